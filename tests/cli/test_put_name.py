"""``put FILE URL/``: the name of a file is one name below the URL that was typed, whatever is in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.answers import OPTIONS, element, multistatus
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.saying import Say, Saying
from tests.servers import Server
from tests.transport.scripted import response

Folder = Callable[[Server], str]


def written(server: Saying) -> list[str]:
    """The request targets of the PUTs."""
    lines = [request.split(b" ", 2) for request in server.requests]
    return [target.decode("ascii") for method, target, _ in lines if method == b"PUT"]


def played(say: Say) -> Saying:
    answers = {
        "OPTIONS": OPTIONS,
        "PUT": response("201 Created"),
        "PROPFIND": multistatus(element("/dir/x", more="<D:resourcetype/>")),
    }
    return say(answers, response("405 Method Not Allowed"))


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("a b.txt", "/dir/a%20b.txt"),
        ("50%25.txt", "/dir/50%2525.txt"),
        ("100%.txt", "/dir/100%25.txt"),
        ("a?b.txt", "/dir/a%3Fb.txt"),
        ("a#b.txt", "/dir/a%23b.txt"),
        ("a;b.txt", "/dir/a%3Bb.txt"),
        ("a%2Fb.txt", "/dir/a%252Fb.txt"),
        ("é.txt", "/dir/%C3%A9.txt"),
        ("end ", "/dir/end%20"),
        (b"\xff.txt".decode("utf-8", "surrogateescape"), "/dir/%FF.txt"),
        ("it's (1), @home=a&b!.txt", "/dir/it's%20(1),%20@home=a&b!.txt"),
    ],
)
def test_no_character_in_the_name_of_a_file_ends_or_changes_it(
    say: Say, tmp_path: Path, name: str, target: str
) -> None:
    server = played(say)
    file = tmp_path / name
    file.write_text("new\n")
    run("put", "--no-ledger", str(file), f"{server.url}/dir/")
    assert written(server) == [target]


@pytest.mark.parametrize(
    "name", ["..%2Fvictim.txt", "..%252Fvictim.txt", "..\\victim.txt", "%2e%2e", "..;x", "..%c0%afvictim.txt"]
)
def test_no_name_of_a_file_leads_out_of_the_url_that_was_typed(say: Say, tmp_path: Path, name: str) -> None:
    server = played(say)
    file = tmp_path / name
    file.write_text("new\n")
    done = run("put", "--no-ledger", str(file), f"{server.url}/dir/")
    assert written(server) == []
    assert done.code == 2
    assert "leads elsewhere" in done.err


def test_no_name_is_put_behind_a_query(say: Say, tmp_path: Path) -> None:
    server = played(say)
    file = tmp_path / "a.txt"
    file.write_text("new\n")
    run("put", "--no-ledger", str(file), f"{server.url}/dir/b?c=/")
    assert written(server) == ["/dir/b?c=/"]


@pytest.mark.parametrize("kind", ["nginx", "lighttpd", "apache"])
def test_a_file_above_the_url_that_was_typed_is_not_overwritten(
    server_for: ServerFor, folder: Folder, tmp_path: Path, kind: str
) -> None:
    server = server_for(kind)
    above = folder(server)
    victim, below = server.path(above) / "victim.txt", server.path(above) / "dir"
    victim.write_text("precious\n")
    victim.chmod(0o666)
    below.mkdir()
    below.chmod(0o777)
    file = tmp_path / "..%2Fvictim.txt"
    file.write_text("overwritten\n")
    run("put", "--no-ledger", str(file), f"{above}dir/")
    assert victim.read_text() == "precious\n"


def test_a_name_arrives_as_it_is(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    server = server_for("nginx")
    url = folder(server)
    for name in ("50%25.txt", "a?b.txt", "a#b;c.txt", "é +&.txt"):
        (tmp_path / name).write_text("new\n")
        assert run("put", "--no-ledger", str(tmp_path / name), url).code == 0, name
        assert (server.path(url) / name).read_text() == "new\n"

"""``--bundle``: everything that a bug report needs, and nothing that lets anybody in."""

import base64
import contextlib
import json
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from davlock import __version__
from davlock.cli.bundle_content import HALF
from davlock.cli.bundle_content import Tape as _Tape
from davlock.cli.main import cli
from davlock.protocol.message import Exchange, Request, Response
from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, element, multistatus
from tests.cli.command import Done, popen, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say
from tests.servers import Server
from tests.servers.proxy import Passing, proxy
from tests.transport.scripted import Conversation, ScriptedServer, answering, response

Serve = Callable[..., ScriptedServer]

PASSWORD = "Tr0ub4dor&3"


def unpacked(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def explained(har: str, tmp_path: Path) -> Any:
    file = tmp_path / "exchanges.har"
    file.write_text(har, encoding="utf-8")
    done = run("explain", "--json", str(file))
    assert done.code == 0, done
    return done.result


def told(result: Any) -> list[tuple[str, str]]:
    return [(found["id"], found["certainty"]) for found in result["findings"]]


def bundle(tmp_path: Path, *arguments: str) -> tuple[Done, dict[str, str]]:
    path = tmp_path / "bundle.zip"
    done = run("diagnose", "--json", "--bundle", str(path), *arguments)
    assert path.exists(), done
    return done, unpacked(path)


def test_free_and_locked(any_server: Server, make_file: MakeFile, tmp_path: Path) -> None:
    """What is told of the HAR is what was told live."""
    url = make_file(any_server, "a.txt")
    done, files = bundle(tmp_path, url)
    assert set(files) == {"README.txt", "result.json", "exchanges.har", "command.json", "versions.json"}
    assert json.loads(files["result.json"]) == done.json
    assert told(explained(files["exchanges.har"], tmp_path)) == told(done.result)
    token = run("lock", "-q", "--no-ledger", "--timeout", "60", url).out.strip()
    done, files = bundle(tmp_path, url)
    assert told(explained(files["exchanges.har"], tmp_path)) == told(done.result)
    for name, text in files.items():
        assert token not in text, name


@pytest.mark.parametrize("arguments", [("--attempt", "lock"), ("--as", "finder")])
def test_what_was_tried_too(
    any_server: Server, make_file: MakeFile, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    url = make_file(any_server, "a.txt")
    done, files = bundle(tmp_path, *arguments, url)
    read = explained(files["exchanges.har"], tmp_path)
    assert (told(read), read["verdict"]) == (told(done.result), done.result["verdict"])


def test_nothing_there(any_server: Server, folder: Callable[[Server], str], tmp_path: Path) -> None:
    done, files = bundle(tmp_path, folder(any_server) + "none.txt")
    assert told(explained(files["exchanges.har"], tmp_path))[0] == told(done.result)[0]


@pytest.mark.parametrize("kind", ["rclone", "apache", "wsgidav", "nginx"])
def test_everything_at_once(server_for: ServerFor, make_file: MakeFile, tmp_path: Path, kind: str) -> None:
    """No token, in whatever file, and the same stand-in for the same one."""
    url = make_file(server_for(kind), "a.txt")
    above = url.rpartition("/")[0] + "/"
    done, files = bundle(
        tmp_path, "--scratch", above, "--attempt", "lock", "--as", "office", "--if-match", '"stale"', url
    )
    assert set(files) == {
        "README.txt", "result.json", "exchanges.har", "if-match.har", "scratch.har", "command.json", "versions.json"
    }  # fmt: skip
    text = "\n".join(files.values())
    tokens = set()
    for name in ("exchanges.har", "scratch.har"):
        for entry in json.loads(files[name])["log"]["entries"]:
            for field in entry["request"]["headers"] + entry["response"]["headers"]:
                if field["name"].lower() == "lock-token":
                    assert field["value"].startswith("<opaquelocktoken:redacted-")
                    tokens.add(field["value"])
    assert len(tokens) >= 2
    assert "urn:uuid:" not in text
    assert "first" not in "".join(entry for name, entry in files.items() if name != "README.txt")
    result = json.loads(files["result.json"])["results"][0]
    assert [found["id"] for found in result["findings"]] == done.ids


def test_no_secret_gets_in(server_for: ServerFor, make_file: MakeFile, tmp_path: Path) -> None:
    """Not even from a server that tells everything it was told."""
    server = server_for("wsgidav", auth="basic")
    url = make_file(server, "a.txt")
    assert run("lock", "-u", "alice:alice", "--timeout", "60", url).code == 0
    key = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"

    def before(passing: Passing) -> None:
        passing.set("Authorization", "Basic " + base64.b64encode(b"alice:alice").decode())

    def after(passing: Passing) -> None:
        passing.set("Set-Cookie", "session=0123456789abcdef; Path=/")
        passing.set("X-Debug", f"password {PASSWORD}")
        passing.set("Location", f"http://someone:{PASSWORD}@dav.example/")

    with proxy(server.url, before=before, after=after) as address:
        there = url.replace(server.url, address)
        done, files = bundle(
            tmp_path, "-u", f"somebody:{PASSWORD}", "-H", f"X-Our-Key: {key}", "-H", f"Cookie: id={key}", there
        )
    assert done.code == 1
    basic = base64.b64encode(f"somebody:{PASSWORD}".encode()).decode()
    for name, text in files.items():
        for secret in (PASSWORD, basic, key, "0123456789abcdef", "someone:"):
            assert secret not in text, (name, secret)
        assert str(tmp_path) not in text, name
    assert "Authorization" in files["exchanges.har"]
    assert told(explained(files["exchanges.har"], tmp_path)) == told(done.result)


def test_secrets_of_a_query(say: Say, tmp_path: Path) -> None:
    """A presigned URL, which the server repeats. The screen and --json keep it: printed commands need it."""
    refusal = response("403 Forbidden", b"no access to /a?sig=s3cretsig&se=1", "X-Asked: /a?sig=s3cretsig")
    server = say({}, refusal)
    done, files = bundle(tmp_path, f"{server.url}/a?sig=s3cretsig&x=1")
    assert "s3cretsig" in done.out
    assert "x=1" in files["result.json"]
    assert [name for name, text in files.items() if "s3cret" in text] == []


def test_credentials_in_the_url(server_for: ServerFor, make_file: MakeFile, tmp_path: Path) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    _, files = bundle(tmp_path, url.replace("http://", "http://somebody:s%26cret-s%26cret@"))
    for name, text in files.items():
        assert "s&cret" not in text, name
        assert "s%26cret" not in text, name
        assert "somebody" not in text, name


def test_a_short_token_is_replaced_in_every_text(serve: Serve, tmp_path: Path) -> None:
    """rclone's is a number; it stands in quotes, remedies and facts as well."""
    lock = (
        "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth>"
        "<D:timeout>Second-540</D:timeout><D:locktoken><D:href>1795350197</D:href></D:locktoken></D:activelock>"
    )
    server = serve(by_method({"PROPFIND": multistatus(element(locks=lock)), "OPTIONS": OPTIONS}))
    done, files = bundle(tmp_path, f"{server.url}/a.txt")
    assert "1795350197" in done.out
    for name, text in files.items():
        assert "1795350197" not in text, name
    assert "opaquelocktoken:redacted-1" in files["result.json"]


def test_versions(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    _, files = bundle(tmp_path, f"{server.url}/a.txt")
    versions = json.loads(files["versions.json"])
    assert versions["davlock"] == __version__
    assert {"click", "httpx", "lxml"} <= set(versions["libraries"])


def test_without_an_answer(tmp_path: Path) -> None:
    done, files = bundle(tmp_path, "http://127.0.0.1:1/a.txt")
    assert done.code == 5
    assert json.loads(files["exchanges.har"])["log"]["entries"][0]["response"]["status"] == 0


def test_a_login_that_failed(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({}, default=response("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"')))
    done, files = bundle(tmp_path, "-u", f"somebody:{PASSWORD}", f"{server.url}/a.txt")
    assert done.code == 4
    assert PASSWORD not in "".join(files.values())
    assert told(explained(files["exchanges.har"], tmp_path)) == told(done.result)


def test_an_earlier_bundle_is_replaced(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    bundle(tmp_path, f"{server.url}/a.txt")
    before = (tmp_path / "bundle.zip").stat().st_ino
    bundle(tmp_path, f"{server.url}/a.txt")
    assert (tmp_path / "bundle.zip").stat().st_ino != before


@pytest.mark.parametrize("path", ["-", ".", "/nowhere-at-all/bundle.zip", "/dev/null", "/dev/stdout"])
def test_where_it_cannot_be_written(serve: Serve, path: str) -> None:
    """Said before anything is asked."""
    server = serve(by_method({}))
    done = run("diagnose", "--bundle", path, f"{server.url}/")
    assert (done.code, done.out, server.requests) == (2, "", [])
    assert "--bundle" in done.err


def _networked(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The path of each command that can ask a server, and the command."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from _networked(command, (*path, name))
        elif command is not None and any(option.name == "oauth2_bearer" for option in command.params):
            yield (*path, name), command


def test_every_command_that_asks_a_server_takes_it() -> None:
    for path, command in _networked():
        assert "--bundle" in {spelling for option in command.params for spelling in option.opts}, path


def test_the_networked_commands() -> None:
    names = {path[0] for path, _ in _networked()}
    assert names >= {
        *("diagnose", "locks", "propfind", "lock", "refresh", "unlock", "put", "run", "wait", "watch", "cleanup"),
        *("check", "ledger"),
    }


def test_several_urls_are_in_one_bundle(serve: Serve, tmp_path: Path) -> None:
    """Each with a HAR of its own, in the order in which they were typed."""
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    _, files = bundle(tmp_path, f"{server.url}/a.txt", f"{server.url}/b.txt")
    assert [result["target"][-5:] for result in json.loads(files["result.json"])["results"]] == ["a.txt", "b.txt"]
    for name, target in (("exchanges.har", "a.txt"), ("exchanges-2.har", "b.txt")):
        urls = [entry["request"]["url"] for entry in json.loads(files[name])["log"]["entries"]]
        assert urls[0].endswith(target)
        assert not any(url.endswith(("a.txt", "b.txt")) and not url.endswith(target) for url in urls)


def test_a_link_is_not_written_through(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({}))
    precious = tmp_path / "precious"
    precious.write_text("precious")
    link = tmp_path / "bundle.zip"
    link.symlink_to(precious)
    done = run("diagnose", "--bundle", str(link), f"{server.url}/a.txt")
    assert (done.code, server.requests) == (2, [])
    assert "symbolic link" in done.err
    assert precious.read_text() == "precious"


def test_a_link_that_comes_later_is_not_written_through(serve: Serve, tmp_path: Path) -> None:
    """The server answers when the link is there."""
    precious, link = tmp_path / "precious", tmp_path / "bundle.zip"
    precious.write_text("precious")
    answer = by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS})

    def play(conversation: Conversation) -> None:
        if not link.is_symlink():
            link.symlink_to(precious)
        answer(conversation)

    done = run("diagnose", "--bundle", str(link), f"{serve(play).url}/a.txt")
    assert done.code == 74
    assert "symbolic link" in done.err
    assert precious.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "state") == ["bundle.zip", "precious"]


def test_only_its_owner_can_read_it(serve: Serve, tmp_path: Path) -> None:
    """Also where a file of a wider mode was there."""
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    path = tmp_path / "bundle.zip"
    path.touch(mode=0o644)
    bundle(tmp_path, f"{server.url}/a.txt")
    assert path.stat().st_mode & 0o7777 == 0o600


def test_a_bundle_that_cannot_be_written_is_status_74(serve: Serve, tmp_path: Path) -> None:
    """The result is on stdout all the same."""
    folder = tmp_path / "folder"
    folder.mkdir()
    answer = by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS})

    def play(conversation: Conversation) -> None:
        with contextlib.suppress(OSError):
            folder.rmdir()
        answer(conversation)

    done = run("diagnose", "--json", "--bundle", str(folder / "bundle.zip"), f"{serve(play).url}/a.txt")
    assert done.code == 74
    assert done.result["verdict"] == "clear"
    assert "--bundle" in done.err


def test_the_bundle_of_a_command_that_failed(serve: Serve, tmp_path: Path) -> None:
    """An error that ends the command is in it, and so is what was asked before."""
    path = tmp_path / "bundle.zip"
    server = serve(answering(b"NOT HTTP\r\n\r\n"))
    done = run("run", "--bundle", str(path), "--no-wait", f"{server.url}/a.txt", "--", "true")
    assert done.code == 125
    ending = json.loads(unpacked(path)["command.json"])
    assert (ending["command"], ending["options"], ending["exit_status"]) == ("run", ["--no-wait", "--bundle"], 125)


def test_a_usage_error_leaves_an_older_bundle_alone(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_text("older")
    done = run("diagnose", "--bundle", str(path), "ftp://127.0.0.1/")
    assert done.code == 2
    assert path.read_text() == "older"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_bundle_of_a_command_that_was_interrupted(
    serve: Serve, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """What was asked before is in it, and the signal decides the exit status."""
    path = tmp_path / "bundle.zip"
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    url = f"{server.url}/a.txt"
    with popen("watch", "--interval", "60s", "--bundle", str(path), url, measured=False) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # the answer was read
        process.send_signal(number)
        process.communicate(timeout=60)
    files = unpacked(path)
    assert process.returncode == code
    assert url in files["exchanges.har"]
    assert json.loads(files["command.json"])["exit_status"] == code


def test_content_stays_out(serve: Serve, tmp_path: Path) -> None:
    """What is written to a file is nobody's business."""
    answers = {"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS, "PUT": response("204 No Content")}
    server = serve(by_method(answers))
    content, path = tmp_path / "content", tmp_path / "bundle.zip"
    content.write_text("very private content")
    run("put", "--bundle", str(path), str(content), f"{server.url}/a.txt")
    files = unpacked(path)
    assert '"PUT"' in files["exchanges.har"]
    assert "very private" not in "".join(files.values())


def test_tokens_stay_where_the_person_wants_them(serve: Serve, tmp_path: Path) -> None:
    locked = multistatus(element(locks=active_lock()))
    server = serve(by_method({"PROPFIND": locked, "OPTIONS": OPTIONS}))
    _, files = bundle(tmp_path, f"{server.url}/a.txt")
    assert TOKEN not in "".join(files.values())
    _, files = bundle(tmp_path, "--trace-tokens", f"{server.url}/a.txt")
    assert TOKEN in files["result.json"]
    assert TOKEN in files["exchanges.har"]


def test_a_long_walk_keeps_its_beginning_and_its_end() -> None:
    """A bundle does not grow with the number of requests."""
    tape = _Tape()
    body = b"x" * 65536
    exchanges = [
        Exchange(request=Request(method="PROPFIND", url=f"http://h/{number}"), outcome=Response(status=207, body=body))
        for number in range(1000)
    ]
    for exchange in exchanges:
        tape.add("exchanges.har", exchange)
    kept = [exchange for _, exchange in tape.exchanges]
    assert len(kept) + tape.left_out == 1000
    assert len(kept) * 65536 <= 2 * HALF
    assert (kept[0], kept[-1]) == (exchanges[0], exchanges[-1])


def test_a_file_that_is_no_bundle_is_not_replaced(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    novel = tmp_path / "novel.odt"
    novel.write_bytes(b"PK\x03\x04 my novel")
    for arguments in (("diagnose", f"{server.url}/a.txt"), ("put", str(novel), f"{server.url}/a.txt")):
        done = run(*arguments, "--bundle", str(novel))
        assert (done.code, server.requests) == (2, []), arguments
        assert "is no bundle of davlock" in done.err
    assert novel.read_bytes() == b"PK\x03\x04 my novel"
    for name in ("new.zip", "new.zip"):
        assert run("diagnose", f"{server.url}/a.txt", "--bundle", str(tmp_path / name)).code == 0
    (tmp_path / "empty.zip").touch()
    assert run("diagnose", f"{server.url}/a.txt", "--bundle", str(tmp_path / "empty.zip")).code == 0


def test_a_report_of_the_same_command_is_not_replaced(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    path = tmp_path / "x"
    done = run("check", f"{server.url}/", "--select", "dav-header", "--report", f"junit={path}", "--bundle", str(path))
    assert done.code == 74
    assert "another file of this command is there" in done.err
    assert path.read_bytes().startswith(b"<?xml")

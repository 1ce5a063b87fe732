"""``diagnose --bundle``: everything that a bug report needs, and nothing that lets anybody in."""

import base64
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from davlock import __version__
from tests.cli.answers import OPTIONS, by_method, element, multistatus
from tests.cli.command import Done, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.servers import Server
from tests.servers.proxy import Passing, proxy
from tests.transport.scripted import ScriptedServer, response

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


def test_a_file_that_is_there_is_replaced(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    (tmp_path / "bundle.zip").write_text("older")
    bundle(tmp_path, f"{server.url}/a.txt")


@pytest.mark.parametrize("path", ["-", ".", "/nowhere-at-all/bundle.zip"])
def test_where_it_cannot_be_written(path: str) -> None:
    """Said before anything is asked."""
    done = run("diagnose", "--bundle", path, "http://127.0.0.1:1/")
    assert (done.code, done.out) == (2, "")
    assert "--bundle" in done.err


def test_one_url_at_a_time(tmp_path: Path) -> None:
    done = run("diagnose", "--bundle", str(tmp_path / "b.zip"), "http://127.0.0.1:1/", "http://127.0.0.1:1/")
    assert (done.code, done.out) == (2, "")

"""A lockroot, an href or a Location on another host is told, and never the URL of a command."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.answers import OTHER, TOKEN, active_lock, document, element, multistatus
from tests.cli.command import run
from tests.saying import Say
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]

ELSEWHERE = ("http://evil.example", "https://evil.example:8443", "//evil.example", "http://user:secret@evil.example")

LOGIN = {"DAVLOCK_USER": "alice:secret"}


def commands(result: dict[str, object]) -> list[list[str]]:
    found = result["findings"]
    assert isinstance(found, list)
    return [remedy["command"] for finding in found for remedy in finding["remedies"] if remedy["command"]]


@pytest.mark.parametrize("host", ELSEWHERE)
@pytest.mark.parametrize("path", ["/a.txt", "/", "/other/b.txt", "/%2e%2e/a.txt", "/a.txt%2f..%2fb.txt"])
@pytest.mark.parametrize(
    "arguments",
    [("diagnose",), ("locks",), ("lock",), ("put", "-"), ("wait", "-w", "0"), ("unlock", "--token", OTHER)],
    ids=lambda arguments: arguments[0],
)
def test_no_command_leads_to_the_host_of_a_lockroot(say: Say, host: str, path: str, arguments: tuple[str, ...]) -> None:
    lock = active_lock(root=host + path, depth="infinity")
    seen = multistatus(element("/a.txt", locks=lock, more="<D:resourcetype/>"))
    error = f'<D:error xmlns:D="DAV:"><D:lock-token-submitted><D:href>{host}{path}</D:href></D:lock-token-submitted>'
    refused = response("423 Locked", f"{error}</D:error>".encode(), "Content-Type: application/xml")
    server = say({"PROPFIND": seen, "PUT": refused, "LOCK": refused, "UNLOCK": response("409 Conflict")}, refused)
    for form in ("--json", "--format=tsv"):
        done = run(*arguments, "--no-ledger", form, f"{server.url}/a.txt", stdin=b"x", env=LOGIN)
        for line in f"{done.out}\n{done.err}".splitlines():
            assert re.search(r"\b(?:davlock|curl|svn) [^\t]*evil\.example", line) is None
        if form == "--json":
            for command in commands(done.result):
                assert not any("evil.example" in word for word in command), command
    assert not any(b"Host: evil" in request for request in server.requests)


def test_a_redirect_to_another_host_is_no_command(say: Say) -> None:
    away = response("302 Found", b"", "Location: https://evil.example/a.txt")
    done = run("diagnose", "--json", "--allow-insecure-auth", f"{say({}, away).url}/a.txt", env=LOGIN)
    assert done.ids == ["redirected"]
    assert done.result["findings"][0]["facts"] == {"location": "https://evil.example/a.txt"}
    assert commands(done.result) == []


def capture(line: str, host: str) -> bytes:
    seen = document(element("/a.txt", locks=active_lock(root="http://evil.example/a.txt")))
    head = f"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\nContent-Length: {len(seen)}\r\n\r\n"
    return f"{line}{host}".encode() + head.encode() + seen


def test_a_capture_without_a_url_has_no_command_with_one(tmp_path: Path) -> None:
    file = tmp_path / "answer.http"
    file.write_bytes(capture("", ""))
    done = run("explain", "--json", str(file))
    assert TOKEN in done.out
    assert [word for command in commands(done.result) for word in command if "://" in word] == []


def test_a_capture_stays_at_the_host_that_was_asked(tmp_path: Path) -> None:
    file = tmp_path / "answer.http"
    file.write_bytes(capture("PROPFIND /a.txt HTTP/1.1\r\n", "Host: dav.example\r\nDepth: 0\r\n\r\n"))
    done = run("explain", "--json", str(file))
    urls = [word for command in commands(done.result) for word in command if "://" in word]
    assert urls
    assert all(re.match(r"https?://dav\.example/", url) for url in urls)

"""Why an If-Match does not match: the tag is read by every way that a client may have come by it."""

from collections.abc import Callable

import pytest

from tests.cli.answers import OPTIONS, element, methods, multistatus
from tests.cli.command import Done, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say
from tests.servers.proxy import Hook, Passing, proxy, untouched
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]


def tag_of(url: str) -> str:
    """What the server itself calls this version."""
    done = run("propfind", "--json", url, "-p", "getetag")
    tag = str(done.result["properties"][0]["value"])
    return tag if tag.startswith('"') else f'"{tag}"'


def suffixing(passing: Passing) -> None:
    """mod_deflate: an answer that may be compressed has a tag of its own, and no condition ever sees it."""
    tag = passing.get("ETag")
    if tag is not None and "gzip" in (passing.coding or ""):
        passing.set("ETag", tag[:-1] + '-gzip"')


def certain(done: Done) -> list[tuple[str, str]]:
    return [(found["id"], found["certainty"]) for found in done.result["findings"] if found["id"].startswith("412")]


KINDS = ["apache", "wsgidav", "lighttpd"]


# lighttpd looks at If-Match only where something is written, and WsgiDAV takes a weak tag for a strong one.
@pytest.mark.parametrize(
    ("command", "kind", "after", "sent", "expected"),
    [
        ("diagnose", "apache", untouched, '"stale"', "412-etag-changed"),
        ("diagnose", "apache", suffixing, "{tag}-gzip", "412-etag-mangled"),
        ("diagnose", "apache", untouched, "W/{tag}", "412-etag-mangled"),
        ("diagnose", "wsgidav", untouched, '"stale"', "412-etag-changed"),
        ("diagnose", "wsgidav", suffixing, "{tag}-gzip", "412-etag-mangled"),
        ("put", "apache", untouched, '"stale"', "412-etag-changed"),
        ("put", "apache", suffixing, "{tag}-gzip", "412-etag-mangled"),
        ("put", "apache", untouched, "W/{tag}", "412-etag-mangled"),
        ("put", "wsgidav", untouched, '"stale"', "412-etag-changed"),
        ("put", "wsgidav", suffixing, "{tag}-gzip", "412-etag-mangled"),
        ("put", "lighttpd", untouched, '"stale"', "412-etag-changed"),
        ("put", "lighttpd", suffixing, "{tag}-gzip", "412-etag-mangled"),
        ("put", "lighttpd", untouched, "W/{tag}", "412-etag-mangled"),
    ],
)
def test_what_is_wrong_with_a_tag(
    server_for: ServerFor, make_file: MakeFile, command: str, kind: str, after: Hook, sent: str, expected: str
) -> None:
    server = server_for(kind)
    url = make_file(server, "a.txt")
    tag = tag_of(url)
    wanted = sent.replace("{tag}-gzip", tag[:-1] + '-gzip"').replace("{tag}", tag)
    with proxy(server.url, after=after) as address:
        there = url.replace(server.url, address)
        if command == "diagnose":
            done = run("diagnose", "--json", "--if-match", wanted, there)
        else:
            done = run("put", "--json", "-", there, "--if-match", wanted, stdin=b"next\n")
    assert certain(done)[:1] == [(expected, "certain")]
    assert server.path(url).read_bytes() == b"first\n"
    if command == "diagnose":
        assert (done.code, done.result["verdict"]) == (1, "clear")  # nothing is locked, and yet a write is refused
        assert [found["id"] for found in done.result["findings"]][-1] == "no-lock"
    for found in done.result["findings"]:
        for quote in found["evidence"]:
            if quote["source"].startswith("request header"):
                assert done.result["exchanges"][quote["exchange"]]["method"] in ("HEAD", "PUT")


def test_a_body_in_answer_to_head(server_for: ServerFor, make_file: MakeFile) -> None:
    """WsgiDAV sends one with a 412; it is not taken for the next answer."""
    url = make_file(server_for("wsgidav"), "a.txt")
    done = run("diagnose", "--json", "--if-match", "stale", url)
    assert certain(done) == [("412-etag-changed", "certain")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tag_that_matches(server_for: ServerFor, make_file: MakeFile, kind: str) -> None:
    url = make_file(server_for(kind), "a.txt")
    done = run("diagnose", "--json", "--if-match", tag_of(url), url)
    assert certain(done) == []
    assert any(entry["what"] == "If-Match" and "it matches" in entry["why"] for entry in done.result["skipped"])


def test_a_server_that_does_not_look_at_it_when_reading(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("lighttpd"), "a.txt")
    done = run("diagnose", "--json", "--if-match", '"stale"', url)
    assert certain(done) == []
    (why,) = (entry["why"] for entry in done.result["skipped"] if entry["what"] == "If-Match")
    assert f"the current one is {tag_of(url)}" in why


def test_a_weak_tag_of_the_same_version(say: Say) -> None:
    """Apache in the second after a change: the tag is right, and does not match."""
    server = say(
        {
            "PROPFIND": multistatus(element(more="<D:resourcetype/>")),
            "OPTIONS": OPTIONS,
            "PUT": response("412 Precondition Failed"),
            "HEAD": b'HTTP/1.1 200 OK\r\nETag: W/"1-2"\r\nContent-Length: 5000000\r\n\r\n',
            "GET": response("200 OK", b"", 'ETag: W/"1-2"'),
        }
    )
    done = run("put", "--json", "-", f"{server.url}/a.txt", "--if-match", '"1-2"', stdin=b"x")
    assert certain(done) == [("412-etag-mangled", "certain")]
    assert "GET" not in methods(server.requests), "a large file is not fetched"


@pytest.mark.parametrize("status", ["405 Method Not Allowed", "403 Forbidden", "500 Internal Server Error"])
def test_head_is_not_answered(say: Say, status: str) -> None:
    answers = {"PROPFIND": multistatus(element(more="<D:resourcetype/>")), "OPTIONS": OPTIONS}
    server = say(answers, default=response(status))
    done = run("diagnose", "--json", "--if-match", '"1"', f"{server.url}/a.txt")
    assert done.ids == ["no-lock"]
    assert any(entry["what"] == "If-Match" and status[:3] in entry["why"] for entry in done.result["skipped"])


def test_current_makes_no_sense_here() -> None:
    done = run("diagnose", "--if-match", "current", "http://127.0.0.1:1/")
    assert (done.code, done.out) == (2, "")


def test_a_tag_that_is_none() -> None:
    done = run("diagnose", "--if-match", 'a"b', "http://127.0.0.1:1/")
    assert (done.code, done.out) == (2, "")
    assert "--if-match" in done.err

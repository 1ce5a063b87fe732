"""A listing that went less deep than it was asked to, or was cut short, proves not that nothing is locked."""

import httpx
import pytest

from tests.cli.answers import OPTIONS, element, multistatus
from tests.cli.command import run
from tests.saying import Say

COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"
URL = "http://dav.example/f/"


def as_depth_1(request: httpx.Request) -> bytes:
    """``/f/d/b`` is never shown for ``/f/``, whatever its Depth."""
    if request.method == "OPTIONS":
        return OPTIONS
    members = {"/f/": ["/f/d/"], "/f/d/": ["/f/d/b"]}.get(request.url.path, [])
    names = [request.url.path, *(members if request.headers["Depth"] != "0" else [])]
    return multistatus(*(element(name, more=COLLECTION if name.endswith("/") else "") for name in names))


def cut_short(request: httpx.Request) -> bytes:
    if request.method == "OPTIONS":
        return OPTIONS
    end = "<D:response><D:href>/f/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>"
    return multistatus(element("/f/", more=COLLECTION), element("/f/d/", more=COLLECTION), end)


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (as_depth_1, "the server answered Depth infinity as Depth 1"),
        (cut_short, "the server cut the listing short (507)"),
    ],
)
def test_what_was_not_looked_at_is_said(say: Say, server: object, why: str) -> None:
    say(server)
    done = run("locks", "--depth", "infinity", URL, "--json")
    assert (done.code, done.result["locks"]) == (7, [])
    assert {"what": "members", "why": why} in done.result["skipped"]
    line = f"{URL}: not all of its members were read: {why}; davlock locks -r asks a collection at a time"
    assert done.err == f"davlock: {line}\n"
    assert "No locks on" not in run("locks", "--depth", "infinity", URL, tty=True).out
    watched = run("watch", "--depth", "infinity", "--until-free", "--for", "0.3s", "--interval", "0.1s", URL)
    assert watched.code == 3
    assert why in watched.out + watched.err
    assert "\tfree\t" not in watched.out


def test_propfind_says_that_it_was_cut_short(say: Say) -> None:
    say(cut_short)
    done = run("propfind", "--depth", "1", URL)
    assert done.code == 7
    assert "the server cut the listing short (507)" in done.err

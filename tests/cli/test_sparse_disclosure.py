"""A server that has lockdiscovery only on what is locked, and never in a listing: davlock finds its one lock."""

import httpx
import pytest

from tests.cli.answers import OPTIONS, TOKEN, active_lock, multistatus
from tests.cli.command import Done, run
from tests.saying import Answer, Say
from tests.transport.scripted import response

NAMES = ("/f/", *(f"/f/{number}.txt" for number in range(8)))
HELD = "/f/5.txt"


def told(path: str, *, shown: bool) -> str:
    kind = "<D:collection/>" if path.endswith("/") else ""
    found = f"<D:resourcetype>{kind}</D:resourcetype>"
    missing = "<D:propstat><D:prop><D:lockdiscovery/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
    if shown:
        found += f"<D:lockdiscovery>{active_lock(root=path)}</D:lockdiscovery>"
        missing = ""
    return (
        f"<D:response><D:href>{path}</D:href><D:propstat><D:prop>{found}</D:prop><D:status>HTTP/1.1 200 OK</D:status>"
        f"</D:propstat>{missing}</D:response>"
    )


def asked(say: Say, held: str | None, *command: str) -> Done:
    def server(request: httpx.Request) -> Answer:
        path = request.url.path
        if request.method == "OPTIONS":
            return OPTIONS
        if request.method != "PROPFIND" or path not in ("/", *NAMES):
            return response("404 Not Found")
        if request.headers["Depth"] == "0" or path == "/":
            return multistatus(told(path, shown=path == held))
        return multistatus(*(told(name, shown=False) for name in NAMES))

    return run(*command, "--json", f"{say(server).url}/f/")


@pytest.mark.parametrize(
    ("command", "code"), [(("locks", "--depth", "1"), 0), (("locks", "-r"), 0), (("diagnose",), 1)]
)
def test_the_lock_of_a_later_member_is_found(say: Say, command: tuple[str, ...], code: int) -> None:
    done = asked(say, HELD, *command)
    assert done.code == code, done
    assert [lock["token"] for lock in done.result["locks"]] == [TOKEN]


def test_diagnose_says_which_member_is_locked(say: Say) -> None:
    result = asked(say, HELD, "diagnose").result
    assert (result["findings"][0]["id"], result["verdict"]) == ("423-member-lock", "blocked")


@pytest.mark.parametrize("command", [("locks", "--depth", "1"), ("locks", "-r")])
def test_nothing_is_known_where_no_member_shows_a_lock(say: Say, command: tuple[str, ...]) -> None:
    done = asked(say, None, *command)
    assert (done.code, done.result["locks"]) == (3, None)
    assert "the server does not show its locks here" in done.err


def test_diagnose_knows_nothing_where_no_member_shows_a_lock(say: Say) -> None:
    assert asked(say, None, "diagnose").result["verdict"] == "unknown"

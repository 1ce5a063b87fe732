"""``%2F`` in a URL is part of a name: what a command changes never reaches the URL that has a slash in its place."""

from collections.abc import Callable

import httpx

from tests.cli.answers import OPTIONS, TOKEN, active_lock, element, granted, multistatus
from tests.cli.command import run
from tests.saying import Say, Saying
from tests.transport.scripted import response


def writes(server: Saying, method: str) -> list[str]:
    """The request targets of one method."""
    lines = [request.split(b" ", 2) for request in server.requests]
    return [target.decode("ascii") for verb, target, _ in lines if verb == method.encode()]


def lists(tree: str, *members: str, locked: bool = True) -> Callable[[httpx.Request], bytes]:
    """``tree`` lists ``members``, whatever they are. LOCK and UNLOCK of each work; first it is ``locked``."""
    tokens = {member: f"{TOKEN[:-2]}{number:02}" for number, member in enumerate(members)}
    released = set() if locked else set(members)

    def shown(member: str) -> str:
        lock = "" if member in released else active_lock(tokens[member], root=member)
        return element(member, locks=lock, more="<D:resourcetype/>")

    def answer(request: httpx.Request) -> bytes:
        method, target = request.method, request.url.raw_path.decode("ascii")
        if method == "OPTIONS":
            return OPTIONS
        if method == "UNLOCK":
            released.add(target)
            return response("204 No Content")
        if method == "LOCK" and target in released:
            released.remove(target)
            return granted(tokens[target], root=target)
        if method == "PROPFIND" and target == tree:
            top = element(tree, more="<D:resourcetype><D:collection/></D:resourcetype>")
            below = map(shown, members) if request.headers["Depth"] != "0" else ()
            return multistatus(top, *below)
        if method == "PROPFIND" and target in tokens:
            return multistatus(shown(target))
        return response("405 Method Not Allowed")

    return answer


def test_cleanup_releases_nothing_beside_the_tree(say: Say) -> None:
    server = say(lists("/team/docs/", "/team%2Fdocs/x", "/team%2Fdocs%2Fy", "/team/docs/ok"))
    run("cleanup", "--no-ledger", "--all", "--yes", f"{server.url}/team/docs/")
    assert writes(server, "UNLOCK") == ["/team/docs/ok"]


def test_cleanup_of_an_escaped_slash_releases_nothing_below_the_plain_one(say: Say) -> None:
    server = say(lists("/a%2Fb/", "/a/b/x", "/a%2fb/y", "/a/b"))
    run("cleanup", "--no-ledger", "--all", "--yes", f"{server.url}/a%2Fb/")
    assert writes(server, "UNLOCK") == ["/a%2fb/y"]


def test_run_leaves_no_resource_unlocked_that_was_named(say: Say) -> None:
    server = say(lists("/", "/a/b.txt", "/a%2Fb.txt", locked=False))
    done = run("run", "--no-ledger", f"{server.url}/a/b.txt", f"{server.url}/a%2Fb.txt", "--", "true")
    assert done.code == 0
    assert sorted(writes(server, "LOCK")) == sorted(writes(server, "UNLOCK")) == ["/a%2Fb.txt", "/a/b.txt"]

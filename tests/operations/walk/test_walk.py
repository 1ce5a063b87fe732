"""A tree and its locks, on servers that answer as real ones were seen to, and worse."""

import itertools
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest

from davlock.diagnosis.evidence import Evidence
from davlock.errors import NoResponse, NoResponseKind, RemoteProtocolError
from davlock.locks.observed import ObservedLock
from davlock.operations.singly import MAX_SINGLY
from davlock.operations.walk import cycles
from davlock.operations.walk.cycles import Met, period_of_a_loop
from davlock.operations.walk.dedupe import Names
from davlock.operations.walk.tally import MAX_EXCHANGES, MAX_LINES
from davlock.operations.walk.walk import walk
from davlock.operations.walk.walk_stop import DEEPEST
from davlock.operations.walk.walked import Walked
from davlock.protocol.message import Headers, Request, Response
from tests.cli.answers import active_lock, document
from tests.operations.fake import Answer, FakeSend, answer, lost

HOST = "http://dav.example"
START = f"{HOST}/f/"
FORBIDDEN = answer(403, b'<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>')
DATE = ("Date", "Sun, 22 Nov 2026 12:00:00 GMT")


def told(href: str, locks: str = "", *, status: str = "200 OK") -> str:
    """One resource: a collection where its href ends in a slash."""
    kind = "<D:collection/>" if href.endswith("/") else ""
    other = "" if status == "200 OK" else f"<D:propstat><D:prop><D:resourcetype>{kind}</D:resourcetype></D:prop>"
    if other:
        other += "<D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    typed = "" if other else f"<D:resourcetype>{kind}</D:resourcetype>"
    return (
        f"<D:response><D:href>{href}</D:href>{other}<D:propstat><D:prop>{typed}<D:lockdiscovery>{locks}"
        f"</D:lockdiscovery></D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat></D:response>"
    )


def listing(*elements: str) -> Response:
    """207, and when."""
    return answer(207, document(*elements), DATE)


@dataclass
class Tree:
    """A server with these paths; ``at_once`` says how it answers Depth infinity. ``odd`` replaces answers, by path."""

    paths: tuple[str, ...]
    locks: dict[str, str] = field(default_factory=dict)
    at_once: str = "whole"
    odd: dict[str, Answer] = field(default_factory=dict)
    inherited: bool = False
    status: str = "200 OK"

    def __call__(self, request: Request) -> Answer:
        path = request.url.removeprefix(HOST)
        depth = request.headers.get("Depth")
        if request.method == "OPTIONS":
            return answer(200, b"", ("DAV", "1, 2"), ("Allow", "OPTIONS, PROPFIND, LOCK, UNLOCK"))
        if depth == "1" and path in self.odd:
            return self.odd[path]
        if depth == "infinity" and self.at_once == "refused":
            return FORBIDDEN
        if depth == "0":
            return listing(self.told(path)) if path in self.paths else answer(404)
        level = path.count("/") + 1
        everything = depth == "infinity" and self.at_once != "as 1"
        below = [other for other in self.paths if other.startswith(path) and other != path]
        shown = [other for other in below if everything or other.rstrip("/").count("/") < level]
        whole = listing(*(self.told(other) for other in (path, *shown)))
        if depth == "infinity" and self.at_once == "broken":
            assert whole.body is not None
            return answer(207, whole.body[: len(whole.body) // 2], DATE)
        return whole

    def told(self, path: str) -> str:
        """One resource with its locks, and those above it where this server shows them."""
        above = [at for at in self.locks if path.startswith(at)] if self.inherited else [path]
        return told(path, "".join(self.locks.get(at, "") for at in above), status=self.status)


PATHS = ("/f/", "/f/x.txt", "/f/a/", "/f/a/y.txt", "/f/a/b/", "/f/a/b/z.txt", "/f/c/", "/f/c/w%20w.txt")
LOCKS = {
    "/f/x.txt": active_lock("urn:x", root="/f/x.txt"),
    "/f/a/b/z.txt": active_lock("urn:z", root="/f/a/b/z.txt"),
    "/f/c/w%20w.txt": active_lock("urn:w", root="/f/c/w%20w.txt"),
}


def walked(server: Callable[[Request], Answer], *, jobs: int = 1, url: str = START) -> tuple[Walked, FakeSend]:
    send = FakeSend(server)
    clock = itertools.count(1000)
    return walk(send, url, now=lambda: float(next(clock)), jobs=jobs), send


def reads(send: FakeSend) -> list[Request]:
    return [request for request in send.requests if request.method == "PROPFIND"]


def depths(send: FakeSend) -> list[str]:
    return [f"{request.headers.get('Depth')} {request.url.removeprefix(HOST)}" for request in reads(send)]


def tokens(found: Walked) -> list[str]:
    assert found.locks is not None
    return [str(entry.lock.token) for entry in found.locks]


def whys(found: Walked) -> str:
    return "\n".join(f"{entry.what}: {entry.why}" for entry in found.skipped)


# --- how it asks ------------------------------------------------------------------------------------------------------


def test_at_once() -> None:
    found, send = walked(Tree(PATHS, LOCKS))
    assert tokens(found) == ["urn:z", "urn:w", "urn:x"]
    assert depths(send) == ["0 /f/", "infinity /f/"]
    assert (found.collections, found.resources, found.unread, found.skipped) == (4, 8, 0, ())


@pytest.mark.parametrize("jobs", [1, 8])
def test_a_collection_at_a_time(jobs: int) -> None:
    found, send = walked(Tree(PATHS, LOCKS, "refused"), jobs=jobs)
    assert tokens(found) == ["urn:z", "urn:w", "urn:x"]
    assert sorted(depths(send)) == ["0 /f/", "1 /f/", "1 /f/a/", "1 /f/a/b/", "1 /f/c/", "infinity /f/"]
    assert (found.collections, found.resources, found.unread, found.skipped) == (4, 8, 0, ())


def phodav(
    locks: dict[str, str], refusals: dict[str, int] | None = None, *, paths: tuple[str, ...] = PATHS
) -> Callable[[Request], Answer]:
    """It shows a lock where its resource alone is asked for, and an empty lockdiscovery in a listing."""
    silent, telling = (Tree(paths, shown, at_once="refused") for shown in ({}, locks))

    def server(request: Request) -> Answer:
        alone = request.headers.get("Depth") == "0"
        refused = (refusals or {}).get(request.url.removeprefix(HOST)) if alone else None
        given = answer(refused) if refused is not None else (telling if alone else silent)(request)
        assert isinstance(given, Response)
        return replace(given, headers=Headers.of([*given.headers, ("Server", "PhodavServer libsoup/3.2.3")]))

    return server


@pytest.mark.parametrize("jobs", [1, 8])
def test_a_server_whose_listings_show_no_locks(jobs: int) -> None:
    locks = {**LOCKS, "/f/c/": active_lock("urn:c", root="/f/c", depth="infinity")}
    found, send = walked(phodav(locks), jobs=jobs)
    assert tokens(found) == ["urn:z", "urn:c", "urn:w", "urn:x"]
    assert (found.collections, found.resources, found.unread, found.skipped) == (4, 8, 0, ())
    assert sorted(depths(send)) == sorted(
        [*(f"0 {path}" for path in PATHS), *(f"1 {path}" for path in PATHS if path.endswith("/"))]
    )


@pytest.mark.parametrize(
    ("status", "ended", "why"),
    [
        (404, False, "x.txt: is gone"),
        (403, False, "x.txt: not read: answered 403"),
        (401, True, "not read: answered 401"),
    ],
)
def test_a_member_that_does_not_answer_for_its_own(status: int, ended: bool, why: str) -> None:
    found, _ = walked(phodav(LOCKS, {"/f/x.txt": status}))
    assert (found.ended is not None, why in whys(found)) == (ended, True)
    assert "urn:x" not in tokens(found)
    assert ended or "urn:z" in tokens(found)


@pytest.mark.parametrize("status", [400, 403, 405, 500, 501, 507, 200, 301])
def test_whatever_refuses_infinity(status: int) -> None:
    tree = Tree(PATHS, LOCKS)
    found, _ = walked(lambda request: answer(status) if request.headers.get("Depth") == "infinity" else tree(request))
    assert tokens(found) == ["urn:z", "urn:w", "urn:x"]
    assert (found.unread, found.skipped) == (0, ())


def test_infinity_answered_as_if_1_was_asked() -> None:
    """sabre/dav: nothing says that the answer is not whole."""
    found, send = walked(Tree(PATHS, LOCKS, "as 1"))
    assert tokens(found) == ["urn:z", "urn:w", "urn:x"]
    assert depths(send) == ["0 /f/", "infinity /f/", "1 /f/a/", "1 /f/c/", "1 /f/a/b/"]
    assert (found.collections, found.resources) == (4, 8)


def test_an_answer_of_one_level_is_whole_without_collections() -> None:
    _, send = walked(Tree(("/f/", "/f/x.txt"), {}))
    assert depths(send) == ["0 /f/", "infinity /f/"]


def test_an_answer_that_names_the_collection_alone_is_asked_for_its_members() -> None:
    """Some answer Depth infinity as if Depth 0 had been asked for: then a collection that seemed empty is not."""
    whole = Tree(("/f/", "/f/x.txt"), LOCKS)

    def server(request: Request) -> Answer:
        return listing(told("/f/")) if request.headers.get("Depth") == "infinity" else whole(request)

    found, send = walked(server)
    assert tokens(found) == ["urn:x"]
    assert depths(send) == ["0 /f/", "infinity /f/", "1 /f/"]


def test_a_listing_that_was_cut_short_is_not_whole() -> None:
    cut = "<D:response><D:href>/f/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>"
    whole = Tree(("/f/", "/f/x.txt"), LOCKS)

    def server(request: Request) -> Answer:
        deep = request.headers.get("Depth") == "infinity"
        return listing(told("/f/"), whole.told("/f/x.txt"), cut) if deep else whole(request)

    found, _ = walked(server)
    assert (tokens(found), found.unread) == (["urn:x"], 1)
    assert "answered 507" in whys(found)


def test_a_broken_answer_is_not_thrown_away() -> None:
    emitted: list[str] = []
    send = FakeSend(Tree(PATHS, LOCKS, "broken"))
    found = walk(
        send, START, now=lambda: 0.0, jobs=1, emit=lambda new, _: emitted.extend(str(e.lock.token) for e in new)
    )
    assert tokens(found) == ["urn:z", "urn:w", "urn:x"]
    assert sorted(emitted) == ["urn:w", "urn:x", "urn:z"]
    assert emitted[0] == "urn:x"
    assert "is not complete" in whys(found)
    assert found.unread == 0


@pytest.mark.parametrize("kind", [NoResponseKind.RESET, NoResponseKind.TOO_LARGE, NoResponseKind.TIMEOUT])
def test_no_answer_to_infinity(kind: NoResponseKind) -> None:
    tree = Tree(PATHS, LOCKS)

    def server(request: Request) -> Answer:
        return NoResponse(kind, START, "it ended") if request.headers.get("Depth") == "infinity" else tree(request)

    found, _ = walked(server)
    assert tokens(found) == ["urn:z", "urn:w", "urn:x"]
    assert "it ended" in whys(found)


def test_a_file_is_not_walked() -> None:
    found, send = walked(Tree(PATHS, LOCKS), url=f"{HOST}/f/x.txt")
    assert (tokens(found), depths(send)) == (["urn:x"], ["0 /f/x.txt"])


def test_without_supportedlock() -> None:
    _, send = walked(Tree(PATHS, LOCKS, "refused"))
    bodies = [request.body for request in reads(send)]
    assert all(isinstance(body, bytes) and b"lockdiscovery" in body and b"resourcetype" in body for body in bodies)
    assert not any(b"supportedlock" in body for body in bodies if isinstance(body, bytes))


# --- what it makes of the locks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", ["whole", "refused", "as 1"])
@pytest.mark.parametrize("root", ["/f/a/", None])
def test_a_lock_that_all_members_show(at_once: str, root: str | None) -> None:
    lock = active_lock("urn:a", depth="infinity", root=root)
    found, _ = walked(Tree(PATHS, {"/f/a/": lock}, at_once, inherited=True))
    assert found.locks is not None
    assert [(entry.url, entry.root, entry.inside) for entry in found.locks] == [(f"{START}a/",) * 2 + (True,)]


@pytest.mark.parametrize(("locked", "inside"), [("/f/", True), ("/", False)])
def test_the_root_of_a_lock_on_the_target_itself(locked: str, inside: bool) -> None:
    """Apache sends no lockroot: it is looked for above."""
    lock = active_lock("urn:a", depth="infinity", root=None)
    found, send = walked(Tree(("/", "/f/", "/f/x.txt"), {locked: lock}, inherited=True))
    assert found.locks is not None
    assert [(entry.root, entry.inside) for entry in found.locks] == [(HOST + locked, inside)]
    assert depths(send) == ["0 /f/", "0 /", "infinity /f/"]


def test_a_root_above_that_is_refused() -> None:
    lock = active_lock("urn:a", depth="infinity", root=None)
    found, _ = walked(Tree(("/f/", "/f/x.txt"), {"/f/": lock}, inherited=True))
    assert found.locks is not None
    assert [(entry.url, entry.root, entry.inside) for entry in found.locks] == [(START, None, None)]
    assert "may begin above" in whys(found)


def test_when_it_was_seen() -> None:
    found, _ = walked(Tree(PATHS, LOCKS))
    assert found.locks is not None
    seen = found.locks[0].observation
    assert seen is not None
    assert seen.sent is not None
    assert seen.received is not None
    assert seen.sent < seen.received
    assert seen.date is not None
    assert seen.date.isoformat().startswith("2026-11-22T12:00")


def test_as_they_are_found() -> None:
    """Each once, before the walk ends, with what is known of the server."""
    requests_then: list[int] = []
    send = FakeSend(Tree(PATHS, LOCKS, "refused"))

    def emit(new: tuple[ObservedLock, ...], evidence: Evidence) -> None:
        assert len(new) == 1
        assert evidence.target == START
        requests_then.append(len(reads(send)))

    progress: list[tuple[int, int]] = []
    walk(send, START, now=lambda: 0.0, jobs=1, emit=emit, progress=lambda *so_far: progress.append(so_far))
    assert requests_then == [3, 5, 6]
    assert progress[-1] == (4, 3)


# --- where it must not go ---------------------------------------------------------------------------------------------


def elsewhere(*hrefs: str) -> list[str]:
    """The requests of a walk in which the start names these as its collections."""
    members = [told(href, active_lock(f"urn:{number}", root=None)) for number, href in enumerate(hrefs)]

    def server(request: Request) -> Answer:
        if request.headers.get("Depth") == "infinity":
            return FORBIDDEN
        return listing(told("/f/"), *members) if request.url == START else listing(told(request.url))

    _, send = walked(server)
    return depths(send)[3:]


@pytest.mark.parametrize(
    "href",
    [
        "/",
        "/g/",
        "/f/../g/",
        "/f/%2e%2e/g/",
        "/f/a/%2E%2E/%2e%2e/g/",
        "/f/..%2fg/",
        "http://other.example/g/",
        "//g/f/",
        "",
    ],
)
def test_out_of_the_tree(href: str) -> None:
    assert elsewhere(href) == []


@pytest.mark.parametrize("href", ["http://other.example/f/a/", "https://dav.example:8443/f/a/", "//other.example/f/a/"])
def test_another_host_is_this_one_behind_a_proxy(href: str) -> None:
    """By its path alone: what is sent goes to where the person pointed."""
    assert elsewhere(href) == ["1 /f/a/"]


def test_once_however_it_is_written() -> None:
    assert elsewhere("/f/a/", "/f/%61/", "/f//a/", f"{HOST}/f/a/") == ["1 /f/a/"]


def test_deeper_names_are_left_to_their_own_collection() -> None:
    assert elsewhere("/f/a/b/") == []


LINKS = 40
"""Links that Linux follows in one path."""


def links(
    *names: str, members: tuple[str, ...] = ("x.txt",), far: Answer | None = None, most: int = LINKS
) -> Callable[[Request], Answer]:
    """A server on which each of ``names`` is a symbolic link to the start, so every level looks like the first.

    Beyond ``most`` links in a path it answers ``far``, as nginx does.
    """

    def server(request: Request) -> Answer:
        if request.headers.get("Depth") == "infinity":
            return FORBIDDEN
        path = request.url.removeprefix(HOST)
        if path.count("/") - 2 >= most:
            return far if far is not None else answer(500)
        if path.endswith("/sub/"):
            return listing(told(path))
        return listing(
            told(path), *(told(f"{path}{name}/") for name in names), *(told(path + name) for name in members)
        )

    return server


@pytest.mark.parametrize("jobs", [1, 8])
@pytest.mark.parametrize("status", [403, 404, 500, 508])
def test_a_loop_of_links_is_followed_to_where_the_server_ends_it(status: int, jobs: int) -> None:
    found, send = walked(links("loop", members=("x.txt", "sub/"), far=answer(status)), jobs=jobs)
    assert "loop that davlock did not follow" in whys(found)
    assert (found.unread, found.suspected) == (0, "")
    assert len(reads(send)) < LINKS + 10, "what is beside the path is not read again in each round"


@pytest.mark.parametrize("jobs", [1, 8])
def test_two_loops_in_one_collection_end_too(jobs: int) -> None:
    """Their paths need not repeat themselves, and there are twice as many at every level."""
    found, send = walked(links("here", "there"), jobs=jobs)
    assert len(reads(send)) < 100
    assert "members" in whys(found)
    assert found.unread == 0


def test_a_loop_that_the_server_never_ends_is_not_called_read() -> None:
    """No system follows so many links: it may as well be a deep tree with a lock at its bottom."""
    found, send = walked(links("loop", members=("x.txt", "sub/"), most=1000))
    assert len(reads(send)) < DEEPEST + 10
    assert found.unread == 1 + DEEPEST - 2, "the next level, and a folder beside each from the third on"
    assert found.suspected == f"{START}{'loop/' * (DEEPEST + 1)}"
    assert "without an end" in whys(found)


def test_two_loops_that_the_server_never_ends_end() -> None:
    found, send = walked(links("here", "there", most=1000))
    assert len(reads(send)) < 130
    assert found.unread > 1


def test_a_refusal_after_a_few_repeated_names_proves_no_loop() -> None:
    found, _ = walked(links("a", members=("x.txt", "sub/"), far=answer(403), most=12))
    assert found.unread == 2, "the next level, and the folder beside it"
    assert found.suspected == ""
    assert "loop" not in whys(found)
    assert found.collections == 12 + 11, "all others were read"


@pytest.mark.parametrize("jobs", [1, 8])
@pytest.mark.parametrize("beside", [(), ("f.txt",), ("f.txt", "b/")])
@pytest.mark.parametrize("levels", [3, 4, 8, 45, DEEPEST])
def test_a_real_tree_of_one_name_is_read_to_its_bottom(levels: int, beside: tuple[str, ...], jobs: int) -> None:
    """Names and members repeat as in a loop, and the locks are at the bottom: on the path, and beside it."""
    above = tuple("/f/" + "a/" * level for level in range(levels + 1))
    beyond = f"{above[-2]}b/c/"
    paths = (*above, *(path + name for path in above[:-1] for name in beside), f"{above[-1]}z.txt")
    locks = {f"{above[-1]}z.txt": active_lock("urn:z", root=None)}
    if "b/" in beside and levels < DEEPEST:
        paths = (*paths, beyond, f"{beyond}y.txt")
        locks[f"{beyond}y.txt"] = active_lock("urn:y", root=None)
    found, _ = walked(Tree(paths, locks, "refused"), jobs=jobs)
    assert sorted(tokens(found)) == sorted(lock.split("urn:")[1][:1].join(("urn:", "")) for lock in locks.values())
    assert (found.unread, found.end) == (0, None)
    assert "loop" not in whys(found)
    assert found.collections == sum(path.endswith("/") for path in paths)


def test_where_all_folders_have_members_of_the_same_names_each_is_suspected_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[object] = []

    def counted(names: Names, base: int, visited: Met) -> int:
        looked.append(names)
        return period_of_a_loop(names, base, visited)

    monkeypatch.setattr(cycles, "period_of_a_loop", counted)
    above = [("/f/" + "".join(way)) for level in range(8) for way in itertools.product(("a/", "b/"), repeat=level)]
    found, _ = walked(Tree(tuple(above), {}, "refused"))
    assert (found.collections, found.unread) == (len(above), 0)
    assert len(looked) == len(set(looked))


def test_a_real_tree_deeper_than_the_bound_is_not_called_a_loop() -> None:
    above = tuple("/f/" + "a/" * level for level in range(DEEPEST + 7))
    found, _ = walked(Tree((*above, f"{above[-1]}f.txt"), {}, "refused"))
    assert found.unread == 1
    again, _ = walked(Tree((*above, f"{above[-1]}f.txt"), {}, "refused"), url=found.suspected)
    assert again.unread == 0, "it can be read where it is named"


@pytest.mark.parametrize("order", [("real", "loop"), ("loop", "real")])
def test_a_real_tree_beside_a_loop_of_the_same_names_is_read(order: tuple[str, str]) -> None:
    """What a loop showed says nothing of another collection with the same members."""
    real = tuple("/f/real/" + "a/" * level for level in range(20))
    tree = Tree((*real, *(f"{path}x.txt" for path in real[:-1]), f"{real[-1]}z.txt"), {}, "refused")
    tree.locks[f"{real[-1]}z.txt"] = active_lock("urn:z", root=None)
    loop = links("a", most=LINKS + 1)

    def server(request: Request) -> Answer:
        path = request.url.removeprefix(HOST)
        if path.startswith("/f/real/"):
            return tree(request)
        if path.startswith("/f/loop/"):
            return loop(request)
        if request.headers.get("Depth") == "infinity":
            return FORBIDDEN
        return listing(told("/f/"), *(told(f"/f/{name}/") for name in order))

    found, _ = walked(server)
    assert tokens(found) == ["urn:z"]
    assert "loop/a/a/a/: its names and members repeat" in whys(found)
    assert found.unread == 0


def test_a_walk_that_ends_on_the_way_down_a_loop_counts_what_waits() -> None:
    found, _ = walked(links("loop", members=("x.txt", "sub/"), far=answer(401), most=10))
    assert found.ended is not None
    assert found.unread == 1 + 10 - 3


def test_names_that_repeat_are_no_loop_where_the_members_differ() -> None:
    paths = ("/f/", *(f"/f/{'a/' * level}" for level in range(1, 6)), *(f"/f/{'a/' * n}{n}.txt" for n in range(1, 6)))
    found, _ = walked(Tree(paths, {"/f/a/a/a/a/a/5.txt": active_lock("urn:5", root=None)}, "refused"))
    assert tokens(found) == ["urn:5"]
    assert found.skipped == ()


def test_no_bottom() -> None:
    def server(request: Request) -> Answer:
        if request.headers.get("Depth") == "infinity":
            return FORBIDDEN
        path = request.url.removeprefix(HOST)
        return listing(told(path), told(f"{path}{path.count('/')}/"))

    found, send = walked(server)
    assert len(reads(send)) == DEEPEST + 3
    assert f"more than {DEEPEST} names" in whys(found)
    assert found.unread == 1


# --- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answer(500), "answered 500"),
        (answer(403), "answered 403"),
        (answer(301), "answered 301"),
        (answer(207, b"<html>"), "HTML"),
        (answer(207, document(told("/f/a/"))[:-20]), "not read"),
        (answer(207), "empty"),
        (lost(), "reset"),
        (RemoteProtocolError("HTTP", "the answer is not HTTP/1"), "not HTTP/1"),
    ],
)
def test_one_collection_that_cannot_be_read(given: Answer, why: str) -> None:
    found, _ = walked(Tree(PATHS, LOCKS, "refused", {"/f/a/": given}))
    assert tokens(found) == ["urn:w", "urn:x"]
    assert (found.unread, found.ended) == (1, None)
    assert why in whys(found)
    assert "a/: not read" in whys(found)


@pytest.mark.parametrize(("status", "why"), [(404, "is gone"), (508, "loop")])
def test_what_need_not_be_read(status: int, why: str) -> None:
    found, _ = walked(Tree(PATHS, LOCKS, "refused", {"/f/a/": answer(status)}))
    assert (tokens(found), found.unread) == (["urn:w", "urn:x"], 0)
    assert why in whys(found)


@pytest.mark.parametrize(("status", "unread"), [("403 Forbidden", 1), ("508 Loop Detected", 0), ("404 Not Found", 0)])
def test_a_member_refused_inside_the_answer(status: str, unread: int) -> None:
    element = f"<D:response><D:href>/f/a/</D:href><D:status>HTTP/1.1 {status}</D:status></D:response>"
    found, _ = walked(lambda request: listing(told("/f/"), element, told("/f/x", active_lock("urn:x", root="/f/x"))))
    assert (tokens(found), found.unread) == (["urn:x"], unread)
    assert whys(found).startswith("a/: ")


def test_many_that_cannot_be_read() -> None:
    paths = ("/f/", *(f"/f/{number}/" for number in range(50)))
    found, _ = walked(Tree(paths, {}, "refused", {path: answer(500) for path in paths[1:]}))
    assert found.unread == 50
    assert len(found.skipped) == MAX_LINES + 1
    assert f"{50 - MAX_LINES} more" in whys(found)


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("status", [401, 407, 429, 503])
def test_what_ends_the_walk(status: int, jobs: int) -> None:
    """What is known is kept, and what was not asked is said."""
    found, _ = walked(Tree(PATHS, LOCKS, "refused", {"/f/a/": answer(status)}), jobs=jobs)
    assert "urn:x" in tokens(found)
    assert found.ended is not None
    assert found.ended.status == status
    assert found.unread in (1, 2)  # the other one may have been on its way
    assert f"answered {status}" in whys(found)


def test_nothing_is_asked_after_429() -> None:
    _, send = walked(Tree(PATHS, LOCKS, "refused", {"/f/a/": answer(429)}))
    assert depths(send)[-1] == "1 /f/a/"


@pytest.mark.parametrize("status", [401, 429])
def test_infinity_throttled(status: int) -> None:
    tree = Tree(PATHS, {"/f/": active_lock("urn:f", root="/f/")})
    found, send = walked(
        lambda request: answer(status) if request.headers.get("Depth") == "infinity" else tree(request)
    )
    assert (tokens(found), len(reads(send)), found.unread) == (["urn:f"], 2, 1)
    assert found.ended is not None


def test_a_server_that_went_away() -> None:
    paths = ("/f/", *(f"/f/{number}/" for number in range(50)))
    found, send = walked(Tree(paths, {}, "refused", {path: lost() for path in paths[1:]}))
    assert len(reads(send)) == 3 + 3
    assert (found.unread, found.collections) == (50, 1)
    assert found.ended is not None
    assert found.ended.response is None


@pytest.mark.parametrize("given", [answer(404), answer(401), answer(500), lost()])
def test_the_target_cannot_be_read(given: Answer) -> None:
    found, send = walked(lambda request: given)
    assert (found.ok, found.locks, len(reads(send))) == (False, None, 1)
    assert found.evidence.asked is not None


@pytest.mark.parametrize("body", [b"", b"<html>", document(told("/f/"))[:-9], document(told("/g/"), told("/h/"))])
def test_an_unusable_answer_of_the_target(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        walked(lambda request: answer(207, body))


def test_the_members_of_the_target_are_refused() -> None:
    found, _ = walked(Tree(PATHS, LOCKS, "refused", {"/f/": answer(403)}))
    assert found.ended is not None
    assert (found.ended.status, found.unread, tokens(found)) == (403, 1, [])


# --- what is not disclosed --------------------------------------------------------------------------------------------


def test_nothing_is_disclosed() -> None:
    found, _ = walked(Tree(PATHS, {}, status="404 Not Found"))
    assert (found.locks, found.ok) == (None, True)


def only_where_locked(paths: tuple[str, ...], locks: dict[str, str]) -> Callable[[Request], Answer]:
    """A server that has lockdiscovery only on what is locked, and in no listing."""
    hiding, showing = Tree(paths, {}, status="404 Not Found"), Tree(paths, locks)

    def server(request: Request) -> Answer:
        path = request.url.removeprefix(HOST)
        return showing(request) if request.headers.get("Depth") == "0" and path in locks else hiding(request)

    return server


def test_members_are_asked_singly_where_nothing_is_disclosed() -> None:
    paths = ("/f/", "/f/1", "/f/2", "/f/3", "/f/a/", "/f/a/4")
    locks = {path: active_lock(f"urn:{path}", root=path) for path in ("/f/3", "/f/a/4")}
    found, _ = walked(only_where_locked(paths, locks))
    assert (tokens(found), found.skipped) == (["urn:/f/3", "urn:/f/a/4"], ())


def test_yaws_names_collections_without_a_slash() -> None:
    """Only resourcetype says what a collection is: it must be asked for, though lockdiscovery is 404 beside it."""
    paths = ("/f/", "/f/1", "/f/a/", "/f/a/4", "/f/a/b/", "/f/a/b/5")
    locks = {path: active_lock(f"urn:{path}", root=path) for path in ("/f/1", "/f/a/4", "/f/a/b/5")}
    inner = only_where_locked(paths, locks)

    def server(request: Request) -> Answer:
        given = inner(request)
        assert isinstance(given, Response)
        body = re.sub(rb"/</(\w+:)?href>", rb"</\1href>", given.body or b"")
        if isinstance(request.body, bytes) and b"resourcetype" not in request.body:
            body = re.sub(rb"<(\w+:)?resourcetype>.*?</(\w+:)?resourcetype>", b"", body)
        return replace(given, body=body, headers=Headers.of([*given.headers, ("Server", "Yaws 2.1.1")]))

    found, _ = walked(server)
    assert tokens(found) == ["urn:/f/1", "urn:/f/a/4", "urn:/f/a/b/5"]


def test_no_more_members_than_the_bound_are_asked_where_nothing_is_disclosed() -> None:
    paths = ("/f/", *(f"/f/{number}" for number in range(MAX_SINGLY + 10)))
    found, send = walked(only_where_locked(paths, {}))
    assert found.locks is None
    assert sum(request.url != START and request.method == "PROPFIND" for request in send.requests) == MAX_SINGLY


def test_a_product_that_never_discloses_is_not_walked() -> None:
    tree = Tree(PATHS, {}, status="404 Not Found")
    allow = ("Allow", "OPTIONS, LOCK, DELETE, PROPPATCH, COPY, MOVE, UNLOCK, PROPFIND")
    found, send = walked(lambda request: answer(200, b"", allow) if request.method == "OPTIONS" else tree(request))
    assert found.locks is None
    assert not any(line.startswith(("1", "inf")) for line in depths(send))
    assert "does not show" in whys(found)


def test_some_do_not_disclose() -> None:
    elements = (told("/f/"), told("/f/a", status="403 Forbidden"), told("/f/b", active_lock("urn:b", root="/f/b")))
    found, _ = walked(lambda request: listing(*elements))
    assert tokens(found) == ["urn:b"]
    assert "1 of 3 resources" in whys(found)


def test_told_only_when_asked_for_alone() -> None:
    """oCIS and OpenCloud: among other properties lockdiscovery is 404. Then the slash tells what a collection is."""
    tree = Tree(PATHS, LOCKS, "refused")

    def server(request: Request) -> Answer:
        assert isinstance(request.body, bytes)
        tree.status = "404 Not Found" if b"resourcetype" in request.body else "200 OK"
        return tree(request)

    found, send = walked(server)
    assert tokens(found) == ["urn:z", "urn:w", "urn:x"]
    assert "1 /f/a/b/" in depths(send)


def test_vendor_properties() -> None:
    """Nextcloud's are asked for once it is known, and stand beside the lock."""
    extra = '<nc:lock-time xmlns:nc="http://nextcloud.org/ns">1700000000</nc:lock-time>'
    asked: list[bytes] = []

    def server(request: Request) -> Answer:
        assert isinstance(request.body, bytes)
        asked.append(request.body)
        element = told("/f/x", active_lock("urn:x", root="/f/x")).replace("</D:prop>", f"{extra}</D:prop>")
        body = document(told("/f/"), *([element] if request.headers.get("Depth") != "0" else []))
        return answer(207, body, ("DAV", "1, 3, nextcloud-checksum-update"))

    found, _ = walked(server)
    assert found.locks is not None
    assert found.locks[0].lock.vendor == (("nc:lock-time", "1700000000"),)
    assert b"lock-time" not in asked[0]
    assert b"lock-time" in asked[-1]


# --- how much it keeps ------------------------------------------------------------------------------------------------


def test_exchanges_are_kept_without_their_bodies_and_not_all() -> None:
    paths = ("/f/", *(f"/f/{number}/" for number in range(150)))
    found, _ = walked(Tree(paths, {}, "refused"))
    assert len(found.exchanges) == MAX_EXCHANGES + 2
    assert all(not entry.response or not entry.response.body for entry in found.exchanges)
    assert "of 152 are listed" in whys(found)


def test_interrupted() -> None:
    """Ctrl-C comes out at once, though workers wait for answers."""
    gate = threading.Event()
    tree = Tree(PATHS, LOCKS, "refused")

    def server(request: Request) -> Answer:
        if request.headers.get("Depth") == "1" and request.url != START:
            gate.wait(20)
        return tree(request)

    def emit(new: Iterable[ObservedLock], evidence: Evidence) -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            walk(FakeSend(server), START, now=lambda: 0.0, jobs=4, emit=emit)
        assert not gate.is_set()
    finally:
        gate.set()


def left_out(href: str) -> str:
    return told(href, status="404 Not Found")


def test_a_walk_that_finds_a_lock_takes_a_left_out_lockdiscovery_for_none() -> None:
    tree = listing(told("/f/"), told("/f/a", active_lock(root="/f/a")), left_out("/f/b"))
    found = walk(FakeSend({"PROPFIND": [listing(told("/f/")), tree], "OPTIONS": [answer(200)]}), START, now=lambda: 0.0)
    assert found.locks is not None
    assert [lock.url for lock in found.locks] == [f"{HOST}/f/a"]
    assert not any(note.what == "lockdiscovery" for note in found.skipped)


def test_a_walk_asks_one_by_one_where_listings_leave_locks_out() -> None:
    def server(request: Request) -> Answer:
        if request.method == "OPTIONS":
            return answer(200)
        path = request.url.removeprefix(HOST)
        if request.headers.get("Depth") != "0":
            return listing(told("/f/"), left_out("/f/a"), left_out("/f/b"))
        return listing(told(path, active_lock(root=path) if path == "/f/a" else ""))

    found = walk(FakeSend(server), START, now=lambda: 0.0)
    assert found.locks is not None
    assert ([lock.url for lock in found.locks], found.resources) == ([f"{HOST}/f/a"], 3)

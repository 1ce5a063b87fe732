"""Many sightings, one lock."""

import pytest

from davlock.locks.observed import Observation, ObservedLock
from davlock.operations.walk.dedupe import Deduplicator, merge
from davlock.protocol.lock import ActiveLock, Depth, LockRoot, LockScope, LockToken, LockType, Owner

HERE = "http://dav.example/f/"
ONE = "urn:uuid:1"


def row(
    path: str,
    token: str | None = ONE,
    *,
    depth: Depth | None = Depth.INFINITY,
    root: str | None = None,
    owner: str = "me",
    at: float = 0.0,
) -> ObservedLock:
    lock = ActiveLock(
        scope=LockScope.EXCLUSIVE,
        type=LockType.WRITE,
        depth=depth,
        owner=Owner(owner, owner),
        timeout=None,
        token=LockToken(token) if token is not None else None,
        root=LockRoot(root, root) if root is not None else None,
    )
    return ObservedLock(url=f"http://dav.example{path}", lock=lock, observation=Observation(sent=at, received=at))


def roots(rows: list[ObservedLock], **settled: str) -> list[tuple[str, str | None, bool | None]]:
    found = merge(rows, HERE, {token.replace("_", ":"): root for token, root in settled.items()})
    return [(lock.url.removeprefix("http://dav.example"), lock.root, lock.inside) for lock in found]


A = "http://dav.example/f/a/"

CASES = [
    ("with a lockroot", [row("/f/a/", root=A), row("/f/a/x", root=A)], [("/f/a/", A, True)]),
    ("a member before its root", [row("/f/a/x", root=A), row("/f/a/", root=A)], [("/f/a/", A, True)]),
    (
        "the root is above",
        [row("/f/", root="http://dav.example/"), row("/f/a", root="http://dav.example/")],
        [("/f/", "http://dav.example/", False)],
    ),
    ("at another host, behind a proxy", [row("/f/a/", root="https://inside:81/f/a/")], [("/f/a/", A, True)]),
    ("without a lockroot, the topmost", [row("/f/a/"), row("/f/a/x"), row("/f/a/b/y")], [("/f/a/", A, True)]),
    ("the topmost last", [row("/f/a/x"), row("/f/a/y"), row("/f/a/")], [("/f/a/", A, True)]),
    ("on the target itself nobody knows", [row("/f/"), row("/f/a/")], [("/f/", None, None)]),
    ("siblings, whose collection showed nothing", [row("/f/a/x"), row("/f/a/y")], [("/f/a/x", None, None)]),
    (
        "a lock of depth 0 is where it is shown",
        [row("/f/a/x", depth=Depth.ZERO), row("/f/a/y", depth=Depth.ZERO)],
        [("/f/a/x", A + "x", True), ("/f/a/y", A + "y", True)],
    ),
    (
        "one number for two locks",
        [row("/f/a/", "17"), row("/f/a/x", "17"), row("/f/b/", "17")],
        [("/f/a/", A, True), ("/f/b/", "http://dav.example/f/b/", True)],
    ),
    (
        "one token at two roots",
        [row("/f/a/x", root=A + "x"), row("/f/a/y", root=A + "y")],
        [("/f/a/x", A + "x", True), ("/f/a/y", A + "y", True)],
    ),
    (
        "no token, two owners",
        [row("/f/a/x", None, owner="me"), row("/f/a/x", None, owner="you"), row("/f/a/x", None, owner="me")],
        [("/f/a/x", None, None), ("/f/a/x", None, None)],
    ),
    (
        "no token, but a root",
        [row("/f/a/", None, root=A), row("/f/a/x", None, root=A)],
        [("/f/a/", A, True)],
    ),
    ("the slash and the escapes differ", [row("/f/%61", root=A), row("/f/a/x", root=A[:-1])], [("/f/%61", A, True)]),
    ("a name that begins alike is not inside", [row("/fish/", root=None)], [("/fish/", None, None)]),
    (
        "nor is its root",
        [row("/f/", root="http://dav.example/fish/")],
        [("/f/", "http://dav.example/fish/", False)],
    ),
]


@pytest.mark.parametrize(("what", "rows", "expected"), CASES, ids=[case[0] for case in CASES])
def test_cases(what: str, rows: list[ObservedLock], expected: list[tuple[str, str | None, bool | None]]) -> None:
    assert roots(rows) == expected


def test_what_was_asked_above_the_target_settles_it() -> None:
    above = "http://dav.example/"
    assert roots([row("/f/"), row("/f/a")], urn_uuid_1=above) == [("/f/", above, False)]
    assert roots([row("/f/")], urn_uuid_1=HERE) == [("/f/", HERE, True)]


def test_the_first_sighting_is_told_and_no_other() -> None:
    merger = Deduplicator(HERE)
    told = [merger.add(entry) for entry in (row("/f/a/", at=1.0), row("/f/a/x", at=2.0), row("/f/b", "urn:uuid:2"))]
    assert [found.url[-4:] if found else None for found in told] == ["/f/a/"[-4:], None, "/f/b"]
    assert [lock.observation and lock.observation.sent for lock in merger.found] == [1.0, 0.0]


def test_the_time_is_that_of_the_row_that_speaks() -> None:
    (lock,) = merge([row("/f/a/x", at=1.0, root=A), row("/f/a/", at=2.0, root=A)], HERE)
    assert lock.observation is not None
    assert (lock.url, lock.observation.sent) == (A, 2.0)


def test_ten_thousand_members() -> None:
    merger = Deduplicator(HERE)
    told = sum(merger.add(row(f"/f/a/{number}")) is not None for number in range(10_000))
    assert (told, len(merger.found)) == (1, 1)


@pytest.mark.parametrize("root", ["/f/../x", "/f/%2e%2e/x", "/f/..%2fx", "/f/a%5c..%5cx", "/f/./a"])
def test_a_root_that_leads_elsewhere_is_not_inside(root: str) -> None:
    (found,) = roots([row("/f/a/", root=f"http://dav.example{root}")])
    assert found[2] is False


def test_a_lock_of_depth_0_has_its_root_where_it_is_shown() -> None:
    """nginx writes a lockroot unescaped, so that ``%25`` in it is a name of three characters, or of one."""
    shown = "http://dav.example/f/50%2525.txt"
    (found,) = roots([row("/f/50%2525.txt", depth=Depth.ZERO, root="http://dav.example/f/50%25.txt")])
    assert found[1] == shown

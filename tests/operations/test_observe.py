"""One poll: what it shows, and what it is not taken for."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from davlock.diagnosis.readings import time_reading
from davlock.errors import NoResponse, NoResponseKind
from davlock.locks.observed import Observation, ObservedLock
from davlock.locks.renewal import TimeReading
from davlock.operations.changes import Obstacle, Poll
from davlock.operations.observe import observe
from davlock.protocol.lock import Depth, LockToken
from davlock.protocol.message import Request, Response
from tests.cli.answers import OTHER, TOKEN, active_lock, document, element
from tests.operations.fake import Answer, FakeSend, answer, listing, lost

URL = "http://dav.example/a/b.txt"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WSGIDAV = "WsgiDAV/4.3.3"


def at(send: FakeSend, depth: Depth = Depth.ZERO, url: str = URL) -> Poll:
    ticks = iter(range(1000))
    return observe(send, url, clock=lambda: float(next(ticks)), now=lambda: NOW, depth=depth)


def reading_of(observed: ObservedLock, poll: Poll) -> TimeReading:
    return time_reading(observed.lock.timeout, poll.evidence, observed.observation or Observation())


def apache(*elements: str) -> Response:
    return answer(207, document(*elements), ("DAV", "1,2,<http://apache.org/dav/propset/fs/1>"))


def paths(answers: dict[str, Answer], default: Answer) -> FakeSend:
    def tell(request: Request) -> Answer:
        return answers.get(request.url.removeprefix("http://dav.example"), default)

    return FakeSend(tell)


def test_a_lock_and_when_it_was_seen() -> None:
    locked = apache(element("/a/b.txt", locks=active_lock(root="/a/b.txt")))
    seen = at(paths({"/a/b.txt": locked}, answer(404)))
    assert seen.locks is not None
    (shown,) = seen.locks
    assert shown.lock.token == LockToken(TOKEN)
    assert (shown.lock.claimed, reading_of(shown, seen).seconds) == ("mailto:alice@example.org", 540)
    when = shown.observation
    assert when is not None
    assert (when.sent, when.received, seen.asked, seen.counts_down) == (1, 2, 0, True)


def test_a_lock_above_is_timed_by_the_answer_that_showed_it() -> None:
    above = listing(element("/a/", locks=active_lock(depth="infinity", root="/a/")), server=WSGIDAV)
    free = listing(element("/a/b.txt"), server=WSGIDAV)
    seen = at(paths({"/a/b.txt": free, "/a/": above}, free))
    assert seen.locks is not None
    assert [(shown.url, shown.root, shown.observation and shown.observation.sent) for shown in seen.locks] == [
        (URL, "http://dav.example/a/", 3)
    ]


@pytest.mark.parametrize("refusal", [answer(503), answer(429), answer(500), lost()])
def test_a_walk_that_failed_on_the_way_has_seen_nothing(refusal: Answer) -> None:
    """The lock above would seem to have ended."""
    free = listing(element("/a/b.txt"), server=WSGIDAV)
    seen = at(paths({"/a/b.txt": free}, refusal))
    assert seen.locks is None
    assert seen.trouble is not None
    assert seen.trouble.obstacle is not Obstacle.WITHHELD


def test_a_name_that_is_not_there_is_free_or_locked_from_above() -> None:
    for locks, count in (("", 0), (active_lock(depth="infinity", root="/a/"), 1)):
        above = apache(element("/a/", locks=locks))
        for depth in (Depth.ZERO, Depth.ONE):
            seen = at(paths({"/a/": above, "/": apache(element("/"))}, answer(404)), depth)
            assert seen.locks is not None
            assert len(seen.locks) == count


TROUBLES: list[tuple[Answer, Obstacle, float | None, str]] = [
    (answer(401), Obstacle.REFUSED, None, "answered 401"),
    (answer(403), Obstacle.REFUSED, None, "answered 403"),
    (answer(429, b"", ("Retry-After", "30")), Obstacle.BUSY, 30, "asks to wait 30 s (Retry-After)"),
    (answer(503), Obstacle.BUSY, None, "answered 503"),
    (answer(500), Obstacle.UNUSABLE, None, "answered 500"),
    (answer(405), Obstacle.UNUSABLE, None, "answered 405"),
    (answer(207, b"<html>"), Obstacle.UNUSABLE, None, "207 body"),
    (NoResponse(NoResponseKind.CONNECT, URL, "refused"), Obstacle.NO_ANSWER, None, "refused"),
    (listing(element("/a/b.txt", status="404 Not Found")), Obstacle.WITHHELD, None, "does not show its locks"),
]


@pytest.mark.parametrize("depth", [Depth.ZERO, Depth.ONE])
@pytest.mark.parametrize(("said", "obstacle", "wait", "words"), TROUBLES)
def test_trouble(said: Answer, obstacle: Obstacle, wait: float | None, words: str, depth: Depth) -> None:
    seen = at(FakeSend({"PROPFIND": [said]}), depth)
    assert seen.locks is None
    assert seen.trouble is not None
    assert (seen.trouble.obstacle, seen.trouble.wait) == (obstacle, wait)
    assert words in seen.trouble.words


@pytest.mark.parametrize("depth", [Depth.ZERO, Depth.ONE])
def test_apache_leaves_lockdiscovery_out_where_a_lock_ran_out(depth: Depth) -> None:
    """Until the next write: only that one is over, of others it tells nothing."""
    seen = at(FakeSend({"PROPFIND": [apache(element("/a/b.txt", status="404 Not Found"))]}), depth)
    assert (seen.locks, seen.left_out, seen.trouble) == ((), True, None)


def test_times_that_are_no_measure() -> None:
    def seconds(timeout: str, make: Callable[[str], Response]) -> tuple[float | None, bool]:
        locked = make(element("/a/b.txt", locks=active_lock(root="/a/b.txt", timeout=timeout)))
        seen = at(FakeSend({"PROPFIND": [locked]}))
        assert seen.locks is not None
        reading = reading_of(seen.locks[0], seen)
        return reading.seconds, reading.endless

    assert seconds("Infinite", apache) == (None, True)
    assert seconds("Second-0", apache) == (0, False)
    assert seconds("Second-0", listing) == (None, False)
    assert seconds("Second--2", listing) == (None, False), "over, or miscounted: nobody knows"


def test_a_listing() -> None:
    elements = (
        element("/a/", locks=active_lock(depth="infinity", root="/a/")),
        element("/a/c.txt", locks=active_lock(OTHER, root=None)),
    )
    seen = at(FakeSend({"PROPFIND": [listing(*elements, server=WSGIDAV)]}), Depth.ONE, "http://dav.example/a/")
    assert seen.locks is not None
    assert [(shown.url, shown.root) for shown in seen.locks] == [
        ("http://dav.example/a/", "http://dav.example/a/"),
        ("http://dav.example/a/c.txt", "http://dav.example/a/c.txt"),
    ]
    assert seen.counts_down is True


@pytest.mark.parametrize("refusal", [answer(401), answer(403)])
def test_nothing_is_free_below_a_collection_that_may_not_be_read(refusal: Answer) -> None:
    """WsgiDAV shows a deep lock nowhere but at its root."""
    answers: dict[str, Answer] = {path: listing(element(path), server=WSGIDAV) for path in ("/a/b.txt", "/")}
    seen = at(paths(answers, refusal))
    assert seen.locks is None
    assert seen.trouble is not None
    assert "/a/" in seen.trouble.words


def test_a_listing_that_is_not_kept_whole_ends_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.operations.listing.KEPT_LIMIT", 3_000)
    members = [element(f"/a/{n}", locks=active_lock(f"urn:x:{n}", root=f"/a/{n}")) for n in range(5)]
    seen = at(paths({"/a/": apache(element("/a/"), *members)}, answer(404)), Depth.ONE, "http://dav.example/a/")
    assert seen.locks is None
    assert seen.trouble is not None
    assert seen.trouble.obstacle is Obstacle.UNUSABLE
    assert "of 6 resources are left out" in seen.trouble.words

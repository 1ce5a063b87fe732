"""What happened between two looks, in tables: no server, no clock."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from davlock.diagnosis.evidence import Evidence
from davlock.locks.observed import Observation, ObservedLock
from davlock.locks.renewal import Renewal
from davlock.operations.changes import (
    ChangeKind,
    LockChange,
    Obstacle,
    Poll,
    Trouble,
    WatchedResource,
    follow,
)
from davlock.protocol.lock import ActiveLock, Depth, LockRoot, LockScope, LockToken, LockType, Owner, Timeout

URL = "http://dav.example/a.txt"
BEGUN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def shown(
    at: float,
    seconds: float | None = 60,
    *,
    token: str | None = "urn:a",  # noqa: S107 -- a lock token
    owner: str | None = "alice",
    url: str = URL,
    root: str | None = URL,
    depth: Depth = Depth.ZERO,
    endless: bool = False,
    mine: bool | None = None,
) -> ObservedLock:
    lock = ActiveLock(
        scope=LockScope.EXCLUSIVE,
        type=LockType.WRITE,
        depth=depth,
        owner=Owner(owner, owner) if owner is not None else None,
        timeout=Timeout(None, "Infinite") if endless else _timeout(seconds),
        token=LockToken(token) if token is not None else None,
        root=LockRoot(root, root) if root else None,
    )
    return ObservedLock(url=url, lock=lock, root=root, mine=mine, observation=Observation(sent=at, received=at))


def _timeout(seconds: float | None) -> Timeout | None:
    return None if seconds is None else Timeout(seconds, f"Second-{seconds}")


def look(at: float, *locks: ObservedLock, counts_down: bool | None = True) -> Poll:
    return Poll(
        url=URL,
        at=BEGUN + timedelta(seconds=at),
        asked=at,
        evidence=Evidence(target=URL),
        locks=locks,
        counts_down=counts_down,
    )


def failed(at: float, obstacle: Obstacle = Obstacle.NO_ANSWER, status: int | None = None, words: str = "no") -> Poll:
    trouble = Trouble(obstacle=obstacle, words=words, status=status)
    return Poll(url=URL, at=BEGUN + timedelta(seconds=at), asked=at, evidence=Evidence(target=URL), trouble=trouble)


def play(looks: Sequence[Poll]) -> tuple[WatchedResource, list[list[LockChange]]]:
    place: WatchedResource | None = None
    told: list[list[LockChange]] = []
    for one in looks:
        place, events = follow(place, one, enough=30)
        told.append(list(events))
    assert place is not None
    return place, told


STORIES: dict[str, tuple[list[Poll], list[str]]] = {
    "nothing": ([look(0), look(5)], ["free", ""]),
    "there from the start": ([look(0, shown(0)), look(5, shown(5, 55))], ["seen", ""]),
    "taken": ([look(0), look(5, shown(5))], ["free", "taken"]),
    "released": ([look(0, shown(0)), look(5)], ["seen", "ended free"]),
    "refreshed": ([look(0, shown(0)), look(20, shown(20, 60))], ["seen", "refreshed"]),
    "not renewed": (
        [look(0, shown(0)), look(20, shown(20, 40)), look(31, shown(31, 29)), look(40, shown(40, 20))],
        ["seen", "", "not-renewed", ""],
    ),
    "renewed, then not": (
        [look(0, shown(0)), look(20, shown(20)), look(40, shown(40, 40)), look(51, shown(51, 29))],
        ["seen", "refreshed", "", "not-renewed"],
    ),
    "not renewed, then renewed late": (
        [look(0, shown(0)), look(40, shown(40, 20)), look(58, shown(58, 2)), look(60, shown(60, 59))],
        ["seen", "not-renewed", "", "refreshed"],
    ),
    "renewed twice without a word in between": (
        [look(0, shown(0)), look(40, shown(40, 20)), look(45, shown(45, 60)), look(90, shown(90, 15))],
        ["seen", "not-renewed", "refreshed", "not-renewed"],
    ),
    "fell faster than the clock": ([look(0, shown(0, 600)), look(40, shown(40, 300))], ["seen", ""]),
    "stolen and taken again": (
        [look(0, shown(0)), look(5, shown(5, token="urn:b", owner="bob"))],
        ["seen", "ended taken"],
    ),
    "the owner is another": ([look(0, shown(0)), look(5, shown(5, 55, owner="bob"))], ["seen", "changed"]),
    "it is found to be ours": ([look(0, shown(0)), look(5, shown(5, 55, mine=True))], ["seen", "changed"]),
    "without tokens": (
        [
            look(0, shown(0, token=None)),
            look(5, shown(5, 55, token=None)),
            look(10, shown(10, 60, token=None, owner="bob")),
        ],
        ["seen", "", "ended taken"],
    ),
    "two of one owner, without tokens": (
        [look(0, shown(0, token=None), shown(0, token=None)), look(5, shown(5, 55, token=None))],
        ["seen seen", "ended"],
    ),
    "no end": ([look(0, shown(0, None, endless=True)), look(9999, shown(9999, None, endless=True))], ["seen", ""]),
    "the time granted, not what is left": (
        [look(0, shown(0), counts_down=False), look(9999, shown(9999), counts_down=False)],
        ["seen", ""],
    ),
    "an unknown server is seen to count": (
        [
            look(0, shown(0), counts_down=None),
            look(2, shown(2, 58), counts_down=None),
            look(4, shown(4, 56), counts_down=None),
            look(31, shown(31, 29), counts_down=None),
        ],
        ["seen", "", "", "not-renewed"],
    ),
    "no answer, told once": (
        [look(0, shown(0)), failed(5), failed(15), look(20, shown(20, 40))],
        ["seen", "trouble", "", "changed"],
    ),
    "another trouble": (
        [look(0), failed(5), failed(15, Obstacle.BUSY, 503), failed(20, Obstacle.BUSY, 503)],
        ["free", "trouble", "trouble", ""],
    ),
    "released meanwhile": ([look(0, shown(0)), failed(5), look(15)], ["seen", "trouble", "ended free"]),
    "trouble first": ([failed(0), look(5, shown(5))], ["trouble", "seen"]),
    "left out where it ran out": (
        [
            look(0, shown(0, 5), shown(0, token="urn:b")),
            replace(look(6), left_out=True),
            replace(look(70), left_out=True),
        ],
        ["seen seen", "ended", "ended free"],
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str) -> None:
    looks, told = STORIES[name]
    _, events = play(looks)
    assert [" ".join(event.happening.value for event in step) for step in events] == told
    assert all(event.words for step in events for event in step)


WORDS = {
    "ran out": ([look(0, shown(0, 5)), look(6)], "its time ran out"),
    "broken": ([look(0, shown(0, 60)), look(6)], "with 54 s left"),
    "who knows": ([look(0, shown(0), counts_down=False), look(6, counts_down=False)], "or its time ran out"),
    "no end": ([look(0, shown(0, None, endless=True)), look(6)], "it was released or broken"),
    "refreshed": ([look(0, shown(0)), look(20, shown(20))], "it was renewed: 60 s are left instead of 40 s"),
    "refreshed, of an hour": ([look(0, shown(0, 3600)), look(5, shown(5, 3600))], "3600 s are left instead of 3595 s"),
    "now endless": ([look(0, shown(0)), look(5, shown(5, None, endless=True))], "never ends now"),
    "not renewed": ([look(0, shown(0)), look(31, shown(31, 29))], "not renewed for 31 s"),
    "owner": ([look(0, shown(0)), look(5, shown(5, 55, owner="bob"))], "its owner was alice, and is bob"),
}


@pytest.mark.parametrize("name", WORDS)
def test_words(name: str) -> None:
    looks, words = WORDS[name]
    _, events = play(looks)
    assert words in events[-1][0].words


def test_renewal_and_time_left() -> None:
    place, _ = play([look(0, shown(0)), look(20, shown(20)), look(25, shown(25, 55))])
    (held,) = place.held
    assert held.renewal is Renewal.RENEWED
    assert held.unrenewed_for == 5
    assert held.refreshed_at == BEGUN + timedelta(seconds=20)
    assert held.left(35) == 45
    assert held.left(1000) == 0
    assert held.most == 60


def test_a_watch_says_nothing_of_the_holder() -> None:
    """However long a lock was not renewed: nobody can see whether its holder is gone."""
    looks = [look(at, shown(at, 3600 - at)) for at in range(0, 3600, 100)]
    _, events = play([*looks, look(3700)])
    words = " ".join(event.words for step in events for event in step)
    for word in ("alive", "gone", "holder", "dead", "abandoned"):
        assert word not in words


def test_what_is_kept_does_not_grow() -> None:
    """A watch can last for days, and needs no more than two readings of a lock."""
    looks = [look(at, shown(at, 3600 - at % 600)) for at in range(0, 36000, 5)]
    place, told = play(looks)
    (held,) = place.held
    assert held.since.seconds == 3600
    counts = Counter(event.happening for step in told for event in step)
    assert counts == {ChangeKind.SEEN: 1, ChangeKind.REFRESHED: 59, ChangeKind.NOT_RENEWED: 60}


def test_a_deep_lock_shown_by_many_is_one() -> None:
    root = "http://dav.example/"
    deep = [shown(0, url=url, root=root, depth=Depth.INFINITY) for url in (URL, root, root + "b.txt")]
    place, (events,) = play([look(0, *deep)])
    assert [event.happening for event in events] == [ChangeKind.SEEN]
    assert place.held[0].observed.url == root


def test_free_only_while_it_is_read() -> None:
    assert play([look(0)])[0].free
    assert not play([look(0), failed(5)])[0].free
    assert not play([failed(0)])[0].free
    assert not play([look(0, shown(0))])[0].free


def test_an_event_has_the_time_left_when_it_was_seen() -> None:
    _, events = play([look(0, shown(0)), look(5, shown(5, 55, owner="bob")), look(10)])
    assert [[event.left for event in step] for step in events] == [[60], [55], [None, None]]

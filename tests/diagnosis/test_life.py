"""Looks at a lock by our own clock: a refresh that shows is never taken for silence."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from davlock.diagnosis.life import Life, Sight, life, probable_grant, renewed, runs_down, shows_refresh, silence


def sight(at: float, seconds: float | None, took: float = 0.0) -> Sight:
    return Sight(seconds=seconds, sent=at, received=at + took)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ((0, 60), (10, 50), True),
        ((0, 60), (10, 49), True),
        ((0, 60), (10, 60), False),
        ((0, 60), (1, 60), None),
        ((0, 60), (10, 55), None),
        ((0, None), (10, 60), None),
    ],
)
def test_runs_down(one: tuple[float, float | None], other: tuple[float, float | None], told: bool | None) -> None:
    assert runs_down(sight(*one), sight(*other)) is told


@pytest.mark.parametrize(
    ("other", "shows", "told"),
    [
        ((10, 50), True, False),
        ((10, 51), True, False),  # cut to whole seconds
        ((10, 52), True, True),
        ((10, 60), True, True),
        ((10, 60), False, False),
        ((10, 62), False, True),
        ((10, 40), True, False),
        ((10, None), True, True),
    ],
)
def test_renewed(other: tuple[float, float | None], shows: bool, told: bool) -> None:
    assert renewed(sight(0, 60), sight(*other), shows=shows) is told


def test_a_time_that_is_over_is_no_refresh() -> None:
    over = Sight(seconds=0, sent=70, received=70, over=True)
    assert not renewed(sight(0, 60), over, shows=True)
    assert not renewed(over, replace(over, sent=80, received=80), shows=True)
    assert renewed(over, sight(80, 60), shows=True)


def test_a_slow_answer_is_no_refresh() -> None:
    """The time it shows may be that of any moment in between."""
    assert not renewed(sight(0, 58, took=2), sight(10, 50, took=0), shows=True)


CUTS: dict[str, Callable[[float], float]] = {"floor": math.floor, "round": round, "exact": float}


@given(
    st.floats(5, 5000),
    st.floats(0, 3),
    st.floats(0, 3),
    st.floats(0.1, 4000),
    st.sampled_from(sorted(CUTS)),
)
def test_no_refresh_is_invented(left: float, first: float, second: float, later: float, cut: str) -> None:
    """Whatever way a server cuts the time that is left, and however slowly it answers."""
    how = CUTS[cut]
    one = Sight(seconds=float(how(left - first)), sent=0.0, received=first)
    at = first + later
    other = Sight(seconds=float(how(max(0.0, left - at))), sent=at, received=at + second)
    if left > at:
        assert not renewed(one, other, shows=True)


@given(st.floats(5, 5000), st.floats(2.1, 2000), st.floats(0.1, 100))
def test_a_refresh_in_between_shows(granted: float, later: float, before: float) -> None:
    """By more than the second that is rounded away."""
    one = Sight(seconds=float(int(granted)), sent=0.0, received=0.0)
    at = before + later
    left = granted - later
    if left > 0 and before > 2:
        assert renewed(one, Sight(seconds=float(int(left)), sent=at, received=at), shows=True)


@pytest.mark.parametrize(
    ("seen", "known", "grant"),
    [
        ((598,), None, 600.0),
        ((45,), None, 60.0),
        ((3600,), None, 3600.0),
        ((100,), 3600.0, 3600.0),
        ((9e9,), None, 9e9),
    ],
)
def test_probable_grant(seen: tuple[float, ...], known: float | None, grant: float) -> None:
    assert probable_grant([sight(0, seconds) for seconds in seen], known) == grant


def test_probable_grant_of_a_lock_without_an_end() -> None:
    assert probable_grant([sight(0, None)], None) is None


LOOKS: dict[str, tuple[list[tuple[float, float | None]], Life]] = {
    "refreshed": ([(0, 60), (20, 40), (40, 55)], Life.ALIVE),
    "refreshed, then nothing": ([(0, 60), (20, 60), (55, 25)], Life.GONE),
    "running down": ([(0, 60), (20, 40)], Life.DECAYING),
    "more than half": ([(0, 60), (31, 29)], Life.GONE),
    "no end": ([(0, None), (1000, None)], Life.UNKNOWN),
    "one look": ([(0, 60)], Life.DECAYING),
}


@pytest.mark.parametrize("name", LOOKS)
def test_life(name: str) -> None:
    looks, told = LOOKS[name]
    assert life([sight(*look) for look in looks], granted=None, counts_down=True) is told


def test_where_a_refresh_would_not_show() -> None:
    stands = [sight(0, 60), sight(1000, 60)]
    assert life(stands, granted=None, counts_down=False) is Life.UNKNOWN
    assert life(stands, granted=None, counts_down=None) is Life.UNKNOWN
    assert not shows_refresh(stands, None)
    grew = [sight(0, 60), sight(10, 120)]
    assert life(grew, granted=None, counts_down=False) is Life.ALIVE


def test_an_unknown_server_is_believed_when_it_was_seen_to_count() -> None:
    assert life([sight(0, 60), sight(31, 29)], granted=None, counts_down=None) is Life.GONE


def test_silence_is_no_more_than_was_seen() -> None:
    assert silence([sight(0, 60, took=2), sight(20, 38)], shows=True) == 18

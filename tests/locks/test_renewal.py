"""Two readings of one lock: a renewal that shows is never read as silence, and nothing else is claimed."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from davlock.locks.observed import Observation
from davlock.locks.renewal import (
    EndShift,
    Renewal,
    TimeReading,
    counted_down,
    end_shift,
    may_be_alive,
    may_be_over,
    may_have_been_renewed,
    must_be_over,
    passed,
    record,
    renewal,
    time_left,
    unrenewed_for,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(
    at: float | None,
    seconds: float | None,
    *,
    took: float = 0.0,
    date: float | None = None,
    endless: bool = False,
    over: bool = False,
) -> TimeReading:
    """``at`` by our clock, ``date`` by the server's, in seconds after noon."""
    observation = Observation(
        sent=at,
        received=None if at is None else at + took,
        date=None if date is None else NOON + timedelta(seconds=date),
    )
    return TimeReading(seconds=seconds, observation=observation, endless=endless, over=over)


# -- how much time passed


@pytest.mark.parametrize(
    ("first", "second", "span"),
    [
        (read(0, 60, took=1), read(10, 50, took=2), (9, 12)),
        (read(0, 60, date=0), read(10, 50, date=700), (700, 700)),  # our machine slept: the server's Date decides
        (read(900, 60, date=0), read(10, 50, date=10), (10, 10)),  # our clock was set back
        (read(None, 60, date=0), read(None, 50, date=10), (10, 10)),  # a capture
        (read(0, 60, date=0), read(10, 50), (10, 10)),  # one has no Date: our clock
        (read(0, 60), read(10, 50, date=10), (10, 10)),
        (read(None, 60, date=0), read(10, 50), None),
        (read(0, 60, took=1, date=0), read(10, 50, date=700), (700, 700)),
        (read(0, 60, took=1.5, date=0), read(10, 50, date=700), (8.5, 10)),  # a slow answer: its Date is too early
        (read(0, 60, date=0), read(10, 50, took=30, date=11), (10, 40)),
        (read(None, 60), read(None, 50), None),
    ],
)
def test_passed(first: TimeReading, second: TimeReading, span: tuple[float, float] | None) -> None:
    assert passed(first.observation, second.observation) == span


# -- what two readings say

YES, NO, UNSURE = Renewal.RENEWED, Renewal.NOT_RENEWED, Renewal.UNSURE

TABLE: list[tuple[str, TimeReading, TimeReading, bool | None, Renewal]] = [
    ("fell by what passed", read(0, 60), read(10, 50), True, NO),
    ("rounded up by two", read(0, 60), read(10, 52), True, NO),
    ("more than should be left", read(0, 60), read(10, 52.5), True, YES),
    ("rounded down by two", read(0, 60), read(10, 48), True, NO),
    ("fell faster than the clock", read(0, 60), read(10, 47.5), True, UNSURE),
    ("stood still, and it counts down", read(0, 60), read(10, 60), True, YES),
    ("stood still, and shows the granted time", read(0, 60), read(10, 60), False, UNSURE),
    ("fell, and shows the granted time", read(0, 60), read(10, 50), False, UNSURE),
    ("stood still, on a server that nobody knows", read(0, 60), read(10, 60), None, UNSURE),
    ("fell, on a server that nobody knows", read(0, 60), read(10, 50), None, NO),
    ("too soon to see it fall", read(0, 60), read(1, 60), None, UNSURE),
    ("more than before", read(0, 60), read(10, 62.5), True, YES),
    ("more than before, granted time", read(0, 60), read(10, 63), False, YES),
    ("more than before, nobody knows", read(0, 60), read(10, 63), None, YES),
    ("not more than rounding", read(0, 60), read(10, 62), False, UNSURE),
    ("got an end", read(0, None, endless=True), read(10, 60), None, YES),
    ("lost its end", read(0, 60), read(10, None, endless=True), True, YES),
    ("never ends", read(0, None, endless=True), read(9999, None, endless=True), True, UNSURE),
    ("shows no time", read(0, None), read(9999, None), True, UNSURE),
    ("showed a time once", read(0, 60), read(10, None), True, UNSURE),
    ("is over, and is kept", read(0, 60), read(70, 0, over=True), True, NO),
    ("was over, and is still", read(70, 0, over=True), read(90, 0, over=True), True, NO),
    ("was over, and has time again", read(70, 0, over=True), read(90, 60), True, YES),
    ("is over too soon", read(0, 60), read(10, 0, over=True), True, UNSURE),
    ("nobody knows when", read(None, 60), read(None, 50), True, UNSURE),
    ("nobody knows when, and more", read(None, 60), read(None, 90), True, YES),
    # The server's Date decides where both have one.
    ("our machine slept", read(0, 900, date=0), read(10, 200, date=700), True, NO),
    ("our clock was set back", read(1e6, 900, date=0), read(10, 600, date=300), True, NO),
    ("our clock was set forward", read(0, 900, date=0), read(1e6, 890, date=10), True, NO),
    ("the server's clock was set forward, with its locks", read(0, 9000, date=0), read(9, 5391, date=3609), True, NO),
    ("the server's clock was set forward, without them", read(0, 9000, date=0), read(9, 8991, date=3609), True, YES),
    ("the server's clock was set back, with its locks", read(0, 900, date=0), read(9, 4491, date=-3591), True, YES),
    ("a renewal that our clock hides", read(0, 60, date=0), read(10, 50, date=40), True, YES),
    ("a Date that stands", read(0, 60, date=0), read(10, 50, date=0), True, UNSURE),
    # A slow answer shows the time of any moment in between.
    ("a slow first answer", read(0, 58, took=2), read(10, 50), True, NO),
    ("a slow second answer", read(0, 60), read(10, 47, took=3), True, NO),
]


@pytest.mark.parametrize(
    ("first", "second", "counts_down", "said"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_renewal(first: TimeReading, second: TimeReading, counts_down: bool | None, said: Renewal) -> None:
    assert renewal(first, second, counts_down=counts_down) is said
    silence = unrenewed_for(first, second, counts_down=counts_down)
    assert (silence is not None) == (said is NO)


@pytest.mark.parametrize(
    ("second", "shift"),
    [
        (read(10, 63), EndShift.LATER),
        (read(10, 53), EndShift.LATER),
        (read(10, 52), EndShift.SAME),
        (read(10, 48), EndShift.SAME),
        (read(10, 47), EndShift.EARLIER),
        (read(10, None), EndShift.UNKNOWN),
        (read(None, 50), EndShift.UNKNOWN),
    ],
)
def test_end_shift(second: TimeReading, shift: EndShift) -> None:
    assert end_shift(read(0, 60), second) is shift


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (read(0, 60), read(10, 50), True),
        (read(0, 60), read(10, 48), True),
        (read(0, 60), read(10, 60), False),
        (read(0, 60), read(1, 60), None),
        (read(0, 60), read(2, 60), None),
        (read(0, 60), read(10, 55), None),
        (read(0, None, endless=True), read(10, 60), None),
        (read(0, 60, date=0), read(0, 60, date=10), False),
    ],
)
def test_counted_down(first: TimeReading, second: TimeReading, said: bool | None) -> None:
    assert counted_down(first, second) is said


def test_silence_is_no_more_than_was_seen() -> None:
    assert unrenewed_for(read(0, 60, took=2), read(20, 38, took=1), counts_down=True) == 18
    assert unrenewed_for(read(0, 60, date=0), read(90, 38, date=22), counts_down=True) == 22


@pytest.mark.parametrize(
    ("reading", "alive"),
    [
        (read(0, 60), False),
        (read(0, 61), True),
        (read(0, 0, over=True), False),
        (read(0, None), False),
        (read(0, None, endless=True), False),
    ],
)
def test_a_holder_that_renews_a_minute_before_the_end_may_be_alive_until_then(
    reading: TimeReading, alive: bool
) -> None:
    assert may_be_alive(reading) is alive


# -- a series of readings


@pytest.mark.parametrize(
    ("readings", "counts_down", "last", "silence"),
    [
        ([], True, None, None),
        ([read(0, 60)], True, None, None),
        ([read(0, 60), read(20, 40)], True, None, 20),
        ([read(0, 60), read(20, 60), read(55, 25)], True, 1, 35),
        ([read(0, 60), read(20, 40), read(40, 55)], True, 2, None),
        ([read(0, 60), read(20, 60), read(40, 60)], True, 2, None),
        ([read(0, 60), read(20, 40), read(40, 40)], None, 2, None),  # seen to count down, and then renewed
        ([read(0, 60), read(20, 60), read(40, 60)], None, None, None),
        ([read(0, None, endless=True), read(1000, None, endless=True)], True, None, None),
    ],
)
def test_record(readings: list[TimeReading], counts_down: bool | None, last: int | None, silence: float | None) -> None:
    said = record(readings, counts_down=counts_down)
    assert (said.last_renewal, said.unrenewed_for) == (last, silence)


@pytest.mark.parametrize(
    ("first", "second", "counts_down", "other"),
    [
        (read(0, 60), read(10, 50), True, False),
        (read(0, 60), read(10, 52), None, False),
        (read(0, 60), read(10, 53), None, True),  # it stood still or was renewed: nobody knows this server
        (read(0, 60), read(10, 60), False, False),  # the granted time
        (read(0, 60), read(10, 47), True, True),  # it fell faster than the clock
        (read(0, 60), read(10, 47), False, True),
        (replace(read(0, None), as_sent="Second-0"), read(10, 50), True, True),
        (replace(read(0, None), as_sent="Second-0"), read(10, None), True, False),
        (read(0, None, endless=True), read(10, None, endless=True), True, False),
        (read(0, None), read(10, 50), True, False),  # no time was shown
    ],
)
def test_another_time_may_be_a_renewal(
    first: TimeReading, second: TimeReading, counts_down: bool | None, other: bool
) -> None:
    assert may_have_been_renewed(first, second, counts_down=counts_down) is other


@pytest.mark.parametrize(
    ("reading", "at", "left", "may", "must"),
    [
        (read(0, 60, took=5), 50, 10, False, False),
        (read(0, 60, took=5), 57.9, pytest.approx(2.1), False, False),
        (read(0, 60, took=5), 58, 2, True, False),
        (read(0, 60, took=5), 67, 0, True, False),
        (read(0, 60, took=5), 67.1, 0, True, True),
        (read(0, None), 100, None, False, False),
        (read(None, 60, date=0), 100, None, False, False),
    ],
)
def test_what_is_left_later(reading: TimeReading, at: float, left: float | None, may: bool, must: bool) -> None:
    assert (time_left(reading, at), may_be_over(reading, at), must_be_over(reading, at)) == (left, may, must)


# -- whatever a server rounds, and however slowly it answers

CUTS: dict[str, Callable[[float], float]] = {"floor": math.floor, "round": round, "ceil": math.ceil, "exact": float}


@given(
    st.floats(5, 5000),
    st.floats(0, 3),
    st.floats(0, 3),
    st.floats(0.1, 4000),
    st.sampled_from(sorted(CUTS)),
    st.booleans(),
)
def test_no_renewal_is_invented(left: float, first: float, second: float, later: float, cut: str, dated: bool) -> None:
    how, at = CUTS[cut], first + later
    if left <= at + second:
        return
    # It looks at any moment between sent and received; the Date is of that moment, cut to whole seconds.
    one = read(0.0, float(how(left - first)), took=first, date=math.floor(first) if dated else None)
    other = read(at, float(how(left - at)), took=second, date=math.floor(at) if dated else None)
    assert renewal(one, other, counts_down=True) is not Renewal.RENEWED
    assert renewal(one, other, counts_down=True) is Renewal.NOT_RENEWED


@given(
    st.floats(10, 5000), st.floats(0.5, 0.98), st.floats(0.1, 0.95), st.floats(0.01, 0.9), st.sampled_from(sorted(CUTS))
)
def test_a_renewal_in_between_never_reads_as_not_renewed(
    granted: float, part: float, first: float, second: float, cut: str
) -> None:
    """A holder that renews at 50 to 98 % of the time; rounding hides less than three seconds."""
    how, every = CUTS[cut], granted * part
    at = every * first
    again = every * (1 + second)
    one = read(at, float(how(granted - at)), date=math.floor(at))
    other = read(again, float(how(granted - every * second)), date=math.floor(again))
    if every > 4:
        assert renewal(one, other, counts_down=True) is Renewal.RENEWED
        assert renewal(one, other, counts_down=None) is not Renewal.NOT_RENEWED

"""Moments in the zone of the person."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from davlock.render.local_time import in_local_time, local_time

NOW = datetime(2026, 1, 31, 10, 41, tzinfo=UTC)


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_today_is_a_time_with_its_zone() -> None:
    assert local_time(datetime(2026, 1, 31, 10, 51, tzinfo=UTC), NOW) == "11:51 CET"
    assert local_time(datetime(2026, 1, 31, 10, 51, 7, tzinfo=UTC), NOW, zone=False, seconds=True) == "11:51:07"


def test_a_zone_that_is_days_away_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "AAA99999")
    time.tzset()
    assert local_time(datetime(2026, 1, 31, 10, 51, tzinfo=UTC), NOW) == "10:51 UTC"
    assert local_time(datetime.now(UTC), datetime.now()).count("-") == 0


def test_another_day_is_named_and_summer_has_its_own_zone() -> None:
    assert local_time(datetime(2026, 7, 31, 10, 51, tzinfo=UTC), NOW) == "2026-07-31 12:51 CEST"


def test_the_day_is_that_of_the_zone() -> None:
    assert local_time(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), NOW) == "2026-02-01 00:30 CET"


def test_moments_in_a_sentence() -> None:
    words = "locked by “alice” until 2026-01-31T10:51:00Z; was 2026-02-32T10:51:00Z"
    assert in_local_time(words, NOW) == "locked by “alice” until 11:51 CET; was 2026-02-32T10:51:00Z"

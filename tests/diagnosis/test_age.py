"""The age of a lock: three sources, and what each must not be taken for."""

from dataclasses import replace

import pytest

from davlock.diagnosis.age import Age, AgeSource, age
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty
from davlock.protocol.message import Exchange, Headers, Response
from tests.diagnosis.exchanges import BASE, LOCKINFO, TOKEN, activelock, lock, propfind, refresh, response, shows

URL = f"{BASE}/a.txt"
NOW = "Sun, 22 Nov 2026 12:00:00 GMT"
APACHE = ("DAV", "1,2,<http://apache.org/dav/propset/fs/1>")
UUID1 = "opaquelocktoken:8ebdfa00-dec3-11f1-9a3b-0242ac120002"
"""Made on 2026-11-12 at 18:04:52 UTC."""


def at(exchange: Exchange, date: str | None = NOW, server: tuple[str, str] = APACHE) -> Exchange:
    """``exchange`` as answered by ``server`` at ``date``."""
    answer = exchange.response
    assert isinstance(answer, Response)
    more = [server, *([("Date", date)] if date else [])]
    return replace(exchange, outcome=replace(answer, headers=Headers.of([*answer.headers, *more])))


def told(*exchanges: Exchange) -> Age | None:
    """The age of the one lock in the last of ``exchanges``."""
    evidence: Evidence = from_exchanges(exchanges, target=URL, guess=False)
    (covering,) = evidence.covering
    return age(covering.lock, evidence, covering.exchange)


def nextcloud(time: str, date: str | None = NOW, token: str = TOKEN) -> Exchange:
    """A look at a lock of files_lock."""
    more = f'<n:lock-time xmlns:n="http://nextcloud.org/ns">{time}</n:lock-time>'
    return at(propfind("/a.txt", response("/a.txt", activelock(token), more=more)), date)


def test_nextcloud_says_when() -> None:
    assert told(nextcloud("1795341600")) == Age(7200, AgeSource.LOCK_TIME, Certainty.CERTAIN)
    assert told(nextcloud("1795348830")) == Age(0, AgeSource.LOCK_TIME, Certainty.CERTAIN), "clocks half a minute apart"


@pytest.mark.parametrize("time", ["", "0", "soon", "-1795341600", "1795341600000", "9999999999999999999", "١٧٩٥٣٤١٦٠٠"])
def test_nextcloud_says_nonsense(time: str) -> None:
    assert told(nextcloud(time)) is None


def test_a_lock_from_the_future_has_no_age() -> None:
    assert told(nextcloud("1795352400")) is None


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_without_a_date_there_is_no_age(date: str | None) -> None:
    assert told(nextcloud("1795341600", date)) is None
    assert told(at(shows("/a.txt", activelock(UUID1)), date)) is None


def test_version_1_uuid() -> None:
    found = told(at(shows("/a.txt", activelock(UUID1))))
    assert found is not None
    assert (found.source, found.certainty, found.since_refresh) == (AgeSource.UUID1, Certainty.LIKELY, False)
    assert 9 * 86400 < found.seconds < 10 * 86400


@pytest.mark.parametrize(
    "token",
    [
        TOKEN,
        "opaquelocktoken:e71d4fae-5dec-11d0-a765-00a0c91e6be4",
        "urn:uuid:00000000-0000-1000-8000-000000000000",
        "urn:uuid:ffffffff-ffff-1fff-bfff-ffffffffffff",
        UUID1.replace("-9a3b-", "-0a3b-"),
        UUID1 + "0",
        "1795350197",
    ],
    ids=["version 4", "from 1997", "1582", "5236", "another variant", "too long", "no UUID"],
)
def test_what_is_no_version_1_uuid_of_a_lock(token: str) -> None:
    assert told(at(shows("/a.txt", activelock(token)))) is None


def test_the_vendor_knows_better_than_the_token() -> None:
    found = told(nextcloud("1795341600", token=UUID1))
    assert found is not None
    assert found.source is AgeSource.LOCK_TIME


# -- granted minus remaining


def test_countdown() -> None:
    taken = lock("/a.txt", activelock(timeout="Second-600"))
    found = told(at(taken), at(shows("/a.txt", activelock(timeout="Second-540"))))
    assert found == Age(60, AgeSource.COUNTDOWN, Certainty.LIKELY, idle=60)
    assert found.since_refresh


def test_countdown_goes_by_the_last_refresh() -> None:
    taken = lock("/a.txt", activelock(timeout="Second-600"))
    again = replace(refresh("/a.txt", 200), outcome=lock("/a.txt", activelock(timeout="Second-1800")).outcome)
    found = told(at(taken), at(again), at(shows("/a.txt", activelock(timeout="Second-1700"))))
    assert found is not None
    assert found.seconds == 100


@pytest.mark.parametrize(
    ("granted", "shown", "server"),
    [
        ("Second-600", "Second-540", ("X-Sabre-Version", "4.6.0")),
        ("Second-600", "Second-540", ("Server", "unheard-of/1")),
        ("Second-600", "Second-1700", APACHE),
        ("Infinite", "Second-540", APACHE),
        ("Second-600", "Infinite", APACHE),
    ],
    ids=["does not count", "not known to count", "refreshed elsewhere", "granted without end", "shown without end"],
)
def test_no_countdown(granted: str, shown: str, server: tuple[str, str]) -> None:
    taken = lock("/a.txt", activelock(timeout=granted))
    assert told(at(taken, server=server), at(shows("/a.txt", activelock(timeout=shown)), server=server)) is None


def test_no_countdown_of_a_lock_whose_grant_was_not_seen() -> None:
    other = lock("/a.txt", activelock("urn:another", timeout="Second-600"), token="urn:another", body=LOCKINFO)
    assert told(at(other), at(shows("/a.txt", activelock(timeout="Second-540")))) is None
    assert told(at(lock("/a.txt", activelock(timeout="Second-600")))) is None, "the grant itself is no look"

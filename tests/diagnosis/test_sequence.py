"""What the order of exchanges tells, where it is easier said in a table than in scenarios."""

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.predicates.file_locks import file_locked_since
from davlock.diagnosis.predicates.sequence import cut_before, lock_may_have_ended, seconds_between
from davlock.errors import NoResponseKind
from davlock.protocol.message import Exchange
from tests.diagnosis.exchanges import BASE, exchange

LOCKED = (
    '<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">'
    "<s:exception>OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked</s:exception></d:error>"
)


def _story(*exchanges: Exchange) -> Evidence:
    return from_exchanges(exchanges, target=f"{BASE}/col/a.txt", subject=len(exchanges) - 1)


def _put(
    status: int | NoResponseKind, path: str = "/col/a.txt", *, date: str | None = None, answer: str = ""
) -> Exchange:
    return exchange("PUT", path, status, body=b"x", answered={"Date": date} if date else {}, answer=answer)


@pytest.mark.parametrize(
    ("first", "second", "seconds"),
    [
        ("Sun, 22 Nov 2026 09:00:00 GMT", "Sun, 22 Nov 2026 10:00:05 GMT", 3605.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", "Sun, 22 Nov 2026 08:59:00 GMT", -60.0),
        ("Sunday, 22-Nov-26 09:00:00 GMT", "Sun Nov 22 09:00:01 2026", 1.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", None, None),
        ("yesterday: noon", "Sun, 22 Nov 2026 09:00:00 GMT", None),
    ],
    ids=["an hour", "backwards", "the old forms", "no Date", "no date at all"],
)
def test_seconds_between(first: str, second: str | None, seconds: float | None) -> None:
    assert seconds_between(_story(_put(423, date=first), _put(423, date=second)), 0, 1) == seconds


def test_seconds_between_without_an_answer() -> None:
    assert seconds_between(_story(_put(NoResponseKind.TIMEOUT), _put(423)), 0, 1) is None


@pytest.mark.parametrize(
    ("before", "cut"),
    [
        ((_put(NoResponseKind.TIMEOUT),), 0),
        ((_put(NoResponseKind.RESET), _put(500)), 0),
        ((_put(408),), 0),
        ((_put(504), _put(NoResponseKind.TIMEOUT)), 1),
        ((_put(NoResponseKind.TIMEOUT), _put(201)), None),
        ((_put(NoResponseKind.TIMEOUT, "/col/b.txt"),), None),
        ((exchange("GET", "/col/a.txt", NoResponseKind.TIMEOUT),), None),
        ((_put(NoResponseKind.TOO_LARGE),), None),
        ((), None),
    ],
    ids=[
        "timeout",
        "reset, then 500",
        "408",
        "the last of two",
        "written since",
        "elsewhere",
        "a read",
        "answered",
        "none",
    ],
)
def test_cut_before(before: tuple[Exchange, ...], cut: int | None) -> None:
    assert cut_before(_story(*before, _put(423))) == cut


@pytest.mark.parametrize(
    ("before", "first"),
    [
        ((), 2),
        ((_put(423, answer=LOCKED), _put(423, answer=LOCKED)), 0),
        ((_put(423, answer=LOCKED), _put(204)), 2),
        ((_put(423, answer=LOCKED), exchange("GET", "/col/a.txt", 200)), 0),
    ],
    ids=["one", "three", "written since", "read since"],
)
def test_file_locked_since(before: tuple[Exchange, ...], first: int) -> None:
    filler = [_put(201, "/col/c.txt")] * (2 - len(before))
    assert file_locked_since(_story(*filler, *before, _put(423, answer=LOCKED))) == first


@pytest.mark.parametrize(
    ("between", "ended"),
    [
        (exchange("UNLOCK", "/col/a.txt", 204), True),
        (exchange("UNLOCK", "/col/a.txt", 409), False),
        (exchange("DELETE", "/col/", 204), True),
        (exchange("DELETE", "/col/b.txt", 204), False),
        (exchange("MOVE", "/col/a.txt", 201, sent={"Destination": f"{BASE}/z.txt"}), True),
        (exchange("COPY", "/col/b.txt", 204, sent={"Destination": f"{BASE}/col/a.txt"}), True),
        (exchange("COPY", "/col/a.txt", 201, sent={"Destination": f"{BASE}/z.txt"}), False),
        (_put(204), False),
    ],
    ids=["UNLOCK", "UNLOCK refused", "DELETE above", "DELETE beside", "MOVE away", "COPY onto", "COPY away", "PUT"],
)
def test_lock_may_have_ended(between: Exchange, ended: bool) -> None:
    assert lock_may_have_ended(_story(_put(201), between, _put(412)), 0, 2) is ended

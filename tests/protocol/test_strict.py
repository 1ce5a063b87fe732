"""Header values judged by their grammar, with the reading that is offered all the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from davlock.protocol.headers import EntityTag
from davlock.protocol.lock import LockToken
from davlock.protocol.strict import (
    DEVIATION_LIMIT,
    Reading,
    Value,
    read_etag,
    read_if,
    read_lock_token,
    read_retry_after,
    read_timeout,
)

NOW = datetime(1994, 11, 6, 8, 49, 7, tzinfo=UTC)


def fault(reading: Reading[Value]) -> tuple[int, str] | None:
    return (reading.fault.position, reading.fault.expected) if reading.fault else None


def position(reading: Reading[Value]) -> int | None:
    return reading.fault.position if reading.fault else None


@pytest.mark.parametrize(
    ("text", "value", "wrong"),
    [
        ("<urn:uuid:a515cfa4-5da4-22e1-f5b5-00a0451e6bf7>", "urn:uuid:a515cfa4-5da4-22e1-f5b5-00a0451e6bf7", None),
        (" <urn:a>\r\n", "urn:a", None),
        ("urn:a", "urn:a", 0),
        (" urn:a", "urn:a", 1),
        ("<urn:ä>", "urn:ä", 5),
        ('<urn:"a">', 'urn:"a"', 5),
        ("<urn:a b>", None, 6),
        ("<urn:a", None, 6),
        ("<>", None, 1),
        ("", None, 0),
        ("<urn:a>, <urn:b>", None, 7),
    ],
)
def test_lock_token(text: str, value: str | None, wrong: int | None) -> None:
    reading = read_lock_token(text)
    assert (reading.value, position(reading)) == (LockToken(value) if value else None, wrong)
    assert reading.valid is (wrong is None)


def test_a_token_that_is_no_uri_is_told_and_valid() -> None:
    reading = read_lock_token("<1795350197>")
    assert reading.valid
    assert [entry.what for entry in reading.deviations] == ["the lock token is not an absolute URI (RFC 4918 §6.5)"]


@pytest.mark.parametrize(
    ("text", "value", "wrong"),
    [
        ('"xyzzy"', EntityTag("xyzzy"), None),  # RFC 9110 §8.8.3's examples
        ('W/"xyzzy"', EntityTag("xyzzy", weak=True), None),
        ('""', EntityTag(""), None),
        ('"I am an ETag"', EntityTag("I am an ETag"), None),
        ('w/"xyzzy"', EntityTag("xyzzy", weak=True), 0),
        ("xyzzy", EntityTag("xyzzy"), 0),
        ('"xyzzy', None, 6),
        ('"a\x00b"', None, 2),
        ('"a" "b"', None, 4),
        ("", None, 0),
    ],
)
def test_etag(text: str, value: EntityTag | None, wrong: int | None) -> None:
    reading = read_etag(text)
    assert (reading.value, position(reading)) == (value, wrong)


@pytest.mark.parametrize(
    ("text", "seconds", "wrong"),
    [
        ("Infinite, Second-4100000000", None, None),  # RFC 4918 §10.7's example
        ("second-5", 5, None),
        (" , Second-5 ,", 5, None),
        ("Second-4294967296", 4294967295, 0),
        ("Second-4294967296, Second-5", 5, 0),
        ("Second-5, soon", 5, 10),
        ("Extend,  Second-5", 5, 0),
        ("Second-59.98", 59.98, 0),
        ("Second--1", 0, 0),
    ],
)
def test_timeout(text: str, seconds: float | None, wrong: int | None) -> None:
    reading = read_timeout(text)
    assert reading.value is not None
    assert (reading.value.seconds, position(reading)) == (seconds, wrong)
    assert bool(reading.deviations) is (wrong is not None)


@pytest.mark.parametrize(("text", "wrong"), [("soon", 0), ("  soon", 2), ("", 0), (" ,, ", 4), ("Second-", 0)])
def test_no_timeout(text: str, wrong: int) -> None:
    reading = read_timeout(text)
    assert reading.value is None
    assert fault(reading) == (wrong, "'Second-N' with N up to 4294967295, or 'Infinite'")


@pytest.mark.parametrize(
    ("text", "seconds", "wrong"),
    [
        ("120", 120, None),  # RFC 9110 §10.2.3's example
        ("Sun, 06 Nov 1994 08:49:37 GMT", 30, None),  # RFC 9110 §5.6.7's three
        ("Sunday, 06-Nov-94 08:49:37 GMT", 30, None),
        ("Sun Nov  6 08:49:37 1994", 30, None),
        ("Fri, 31 Dec 1993 23:59:59 GMT", 0, None),
        ("1.5", 1.5, 1),
        ("60, 120", 120, 2),
        ("Sun, 06 Nov 1994 08:49:37 +0000", 30, 0),
        ("soon", None, 0),
        ("-5", None, 0),
        ("1e3", None, 1),
        ("", None, 0),
        (" 12345678901234567890", None, 1),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None, 0),
    ],
)
def test_retry_after(text: str, seconds: float | None, wrong: int | None) -> None:
    reading = read_retry_after(text, now=NOW)
    assert (reading.value.seconds if reading.value else None, position(reading)) == (seconds, wrong)
    assert bool(reading.deviations) is (wrong is not None and seconds is not None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(<urn:a>)", []),
        ('([W/"x"])', []),
        ("([x])", [("list 1, condition 1", "no double quotes")]),
        (
            '(<urn:a>) (Not <5> [w/"x"])',
            [("list 2, condition 1", "absolute URI"), ("list 2, condition 2", "lower case")],
        ),
        ("</a b>(<urn:a>)", None),
        ("</ä> (<urn:a>) (<urn:b>)", [("resource tag of list 1", "'ä' cannot stand in a URI")]),
        ("<a> (<urn:a>)", [("resource tag of list 1", "neither a URL nor a path")]),
    ],
)
def test_if(text: str, told: list[tuple[str, str]] | None) -> None:
    reading = read_if(text)
    assert reading.valid is (told is not None)
    assert len(reading.deviations) == len(told or ())
    for deviation, (where, words) in zip(reading.deviations, told or (), strict=True):
        assert deviation.where == where
        assert words in deviation.what


def test_a_flood_is_cut() -> None:
    assert len(read_if("(<5>)" * 1000).deviations) == DEVIATION_LIMIT


@given(st.text() | st.text('()<>[]"W/ Not:a\t,Second-Infinite0123456789'))
def test_whatever_is_not_read_is_a_fault_inside_the_text(text: str) -> None:
    readings = (read_if(text), read_lock_token(text), read_etag(text), read_timeout(text))
    for reading in (*readings, read_retry_after(text, now=NOW)):
        assert reading.value is not None or reading.fault is not None
        assert reading.valid or reading.fault is not None
        assert reading.fault is None or 0 <= reading.fault.position <= len(text)
        # What is read against its grammar is never read without a word about it.
        assert reading.valid or reading.value is None or reading.deviations

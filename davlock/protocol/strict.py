"""Header values judged by their grammar, beside what davlock's lenient parsers make of them all the same.

A value is valid where it follows its grammar. Two departures are told and leave it valid, since no parser was seen to
mind them: a lock token that is no URI (rclone's is a number), and in an If header an entity tag without its quotes.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from davlock.errors import RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.headers import (
    LARGEST_TIMEOUT,
    NOT_IN_A_URI,
    EntityTag,
    parse_etag_leniently,
    parse_lock_token,
    parse_timeout,
)
from davlock.protocol.if_header import IfHeader, IfSyntaxError, parse_if
from davlock.protocol.lock import LockToken, Timeout
from davlock.protocol.retry_after import LONGEST_WAIT, parse_retry_after
from davlock.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from davlock.protocol.retry_after import RetryAfter

DEVIATION_LIMIT = 64
"""More departures than this are not told one by one."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fault:
    """Where text leaves its grammar: at the character ``position``, counted from 0, ``expected`` should stand."""

    position: int
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[Value]):
    """What a header says. ``value`` is ``None`` where nothing can be made of it; ``fault`` where it follows its
    grammar.
    """

    value: Value | None
    fault: Fault | None
    deviations: tuple[Deviation, ...] = ()

    @property
    def valid(self) -> bool:
        """Returns true if it can be sent as it is."""
        return self.value is not None and self.fault is None


Steps = tuple[tuple[re.Pattern[str], str], ...]

_BLANK = (re.compile(r"[ \t\r\n]*"), "")

# RFC 4918 §10.5, §10.1:  Lock-Token = Coded-URL,  Coded-URL = "<" absolute-URI ">"    ; no LWS in it
_LOCK_TOKEN: Steps = (
    _BLANK,
    (re.compile("<"), "'<'"),
    (re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"), "a URI"),
    (re.compile(">"), "'>', or a character that a URI can have"),
    _BLANK,
)

# RFC 9110 §8.8.3, with the blanks of RFC 4918's own examples:  entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE
_ETAG: Steps = (
    _BLANK,
    (re.compile('(?:W/)?"'), "'\"' or 'W/\"'"),
    (re.compile(r'[^"\x00-\x1f\x7f]*'), ""),
    (re.compile('"'), "'\"'"),
    _BLANK,
)

# RFC 9110 §5.6.7:  HTTP-date = IMF-fixdate / obs-date,  obs-date = rfc850-date / asctime-date
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_HTTP_DATE = (
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{{2}} {_MONTH} [0-9]{{4}} {_TIME} GMT"
    rf"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, [0-9]{{2}}-{_MONTH}-[0-9]{{2}} {_TIME} GMT"
    rf"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} (?:[0-9]{{2}}| [0-9]) {_TIME} [0-9]{{4}}"
)

_RETRY_AFTER: Steps = (
    _BLANK,
    (re.compile(rf"{_HTTP_DATE}|[0-9]+"), "seconds, or a date such as 'Sun, 22 Nov 2026 12:00:00 GMT'"),
    _BLANK,
)


def _walk(text: str, steps: Steps) -> Fault | None:
    position = 0
    for pattern, expected in steps:
        match = pattern.match(text, position)
        if match is None:
            return Fault(position, expected)
        position = match.end()
    return None if position == len(text) else Fault(position, "the end")


def read_if(text: str) -> Reading[IfHeader]:
    """An If header (RFC 4918 §10.4)."""
    try:
        header = parse_if(text)
    except IfSyntaxError as error:
        return Reading(value=None, fault=Fault(error.position, error.expected))
    return Reading(value=header, fault=None, deviations=tuple(islice(_in_if(header), DEVIATION_LIMIT)))


def _in_if(header: IfHeader) -> Iterator[Deviation]:
    tagged = ""
    for number, if_list in enumerate(header.lists, 1):
        if if_list.resource is not None and if_list.resource != tagged:
            tagged = if_list.resource
            where = f"resource tag of list {number}"
            if not tagged.startswith("/") and not LockToken(tagged).is_uri:
                yield Deviation(where, "is neither a URL nor a path from the root (RFC 4918 §8.3)")
            if strange := NOT_IN_A_URI.search(tagged):
                yield Deviation(where, f"{strange[0]!r} cannot stand in a URI (RFC 3986 §2)")
        for place, condition in enumerate(if_list.conditions, 1):
            where = f"list {number}, condition {place}"
            if condition.token is not None:
                yield from _in_token(condition.token, where)
            elif condition.etag is not None:
                yield from parse_etag_leniently(condition.etag.as_sent, where=where)[1]


def _in_token(token: LockToken, where: str) -> Iterator[Deviation]:
    yield from parse_lock_token(token.coded, where=where)[1]
    if not token.is_uri:
        yield Deviation(where, "the lock token is not an absolute URI (RFC 4918 §6.5)")


def read_lock_token(text: str) -> Reading[LockToken]:
    """A Lock-Token header (RFC 4918 §10.5)."""
    fault = _walk(text, _LOCK_TOKEN)
    try:
        token, forgiven = parse_lock_token(text)
    except RemoteProtocolError:
        return Reading(value=None, fault=fault)
    if not token.is_uri:
        forgiven += (Deviation("Lock-Token", "the lock token is not an absolute URI (RFC 4918 §6.5)"),)
    return Reading(value=token, fault=fault, deviations=forgiven)


def read_etag(text: str) -> Reading[EntityTag]:
    """An ETag header (RFC 9110 §8.8.3)."""
    fault = _walk(text, _ETAG)
    try:
        tag, forgiven = parse_etag_leniently(text)
    except RemoteProtocolError:
        return Reading(value=None, fault=fault)
    return Reading(value=tag, fault=fault, deviations=forgiven)


def read_timeout(text: str) -> Reading[Timeout]:
    """A Timeout header, or the text of a timeout element (RFC 4918 §10.7)."""
    try:
        timeout, forgiven = parse_timeout(text)
    except RemoteProtocolError:
        return Reading(value=None, fault=_in_time_types(text))
    return Reading(value=timeout, fault=_in_time_types(text) if forgiven else None, deviations=forgiven)


def _in_time_types(text: str) -> Fault:
    expected = f"'Second-N' with N up to {LARGEST_TIMEOUT}, or 'Infinite'"
    for member in re.finditer(r"[^,\s][^,]*", text):
        try:
            if not parse_timeout(member[0])[1]:
                continue
        except RemoteProtocolError:
            pass
        return Fault(member.start(), expected)
    return Fault(len(text), expected)


def read_retry_after(text: str, *, now: "datetime") -> "Reading[RetryAfter]":
    """A Retry-After header (RFC 9110 §10.2.3); a date in it is judged by ``now``."""
    # Here, since it takes the standard library's e-mail package, which no other header needs.

    fault = _walk(text, _RETRY_AFTER)
    value = parse_retry_after(text, date=None, now=now)
    if value is None:
        start = len(text) - len(text.lstrip())
        return Reading(
            value=None, fault=fault or Fault(start, f"a date in the calendar, or at most {LONGEST_WAIT} seconds")
        )
    what = f"is neither seconds nor an HTTP-date (RFC 9110 §10.2.3), read as {value.seconds:.15g} seconds"
    return Reading(value=value, fault=fault, deviations=() if fault is None else (Deviation("Retry-After", what),))

"""When to ask again: Retry-After (RFC 9110 §10.2.3) and the RateLimit fields, standard and not.

No clock is read. A moment is judged by the response's own Date, since the two clocks may differ, and by ``now``
only where there is none. What makes no sense is no advice: nothing here raises.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from davlock.late_pattern import late_pattern
from davlock.protocol.message import Headers
from davlock.protocol.remembered import remembered
from davlock.values import dataclass

THROTTLED = frozenset({429, 503})
"""RFC 6585 §4 and RFC 9110 §15.6.4: not now. Neither says that anything was done, so even a LOCK may be sent again."""

LONGEST_WAIT = 2**31 - 1
"""Seconds. More is a fault of the sender, not advice: RFC 9111 §1.2.2 has the same bound for delta-seconds."""

# A reset beyond the first cannot be a wait (31 years) and counts as seconds since 1970, one beyond the second (the
# year 5138) for milliseconds.
_EPOCH_FROM = 10**9
_MILLISECONDS_FROM = 10**11


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """``seconds`` from the moment of the response on; a date that has passed is 0."""

    seconds: float
    as_sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A quota. ``source`` is the field that said most about it; ``None`` where no field tells."""

    limit: int | None
    remaining: int | None
    reset_seconds: float | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitAdvice:
    """How long the server asks to wait: ``source`` names the field, ``as_sent`` is its text."""

    seconds: float
    source: str
    as_sent: str


# RFC 9110 §10.2.3, §5.6.7:
#   Retry-After   = HTTP-date / delay-seconds
#   delay-seconds = 1*DIGIT
#   HTTP-date     = IMF-fixdate / obs-date        ; obs-date = rfc850-date / asctime-date
# A fraction is let through, its meaning is plain. A proxy may have joined two fields with a comma, and dates have one
# of their own.
_NUMBER = late_pattern(r"[0-9]+(?:\.[0-9]+)?")
_ISO_MOMENT = late_pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
_COMMA = late_pattern(r"(?<!mon)(?<!tue)(?<!wed)(?<!thu)(?<!fri)(?<!sat)(?<!sun)(?<!day),", re.IGNORECASE)


def parse_retry_after(text: str, *, date: str | None, now: datetime | None) -> RetryAfter | None:
    """``date`` is the response's Date header. Of several values the longest; ``None`` if none of them makes sense."""
    clock = _clock(date, now)
    waits = [wait for member in _COMMA.split(text) if (wait := _delay(member.strip(), clock)) is not None]
    return RetryAfter(max(waits), text.strip()) if waits else None


def _delay(member: str, clock: datetime | None) -> float | None:
    if _NUMBER.fullmatch(member):
        return _plausible(float(member))
    moment = http_date(member)
    if moment is None or clock is None:
        return None
    return _plausible((moment - clock).total_seconds())


def _plausible(seconds: float) -> float | None:
    if seconds > LONGEST_WAIT:
        return None
    wait = max(seconds, 0.0)
    return int(wait) if wait.is_integer() else wait


@remembered(64)
def http_date(text: str) -> datetime | None:
    """A moment with its zone, in any of the three forms of RFC 9110 §5.6.7; ``None`` for anything else."""
    if ":" not in text:
        return None
    from email.utils import parsedate_to_datetime  # a command that asks no server needs none of the email package

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _aware(moment)


def _aware(moment: datetime) -> datetime:
    """What has no zone means UTC, as asctime-date does."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _clock(date: str | None, now: datetime | None) -> datetime | None:
    server_time = http_date(date) if date is not None else None
    return server_time or (_aware(now) if now is not None else None)


def parse_rate_limit(headers: Headers, *, now: datetime | None) -> RateLimit | None:
    """The first family of fields that says when the quota is renewed, else the first that says anything."""
    limits = [limit for limit in _rate_limits(headers, _clock(headers.get("Date"), now)) if limit is not None]
    return next((limit for limit in limits if limit.reset_seconds is not None), limits[0] if limits else None)


def _rate_limits(headers: Headers, clock: datetime | None) -> Iterator[RateLimit | None]:
    yield _combined(headers)
    for prefix in ("RateLimit", "X-RateLimit", "X-Rate-Limit"):
        yield _separate(headers, prefix, clock)


# draft-ietf-httpapi-ratelimit-headers-08 and later, structured fields (RFC 9651):
#   RateLimit: "name";r=REMAINING;t=SECONDS       RateLimit-Policy: "name";q=QUOTA;w=SECONDS
# draft -07 had a dictionary:
#   RateLimit: limit=100, remaining=50, reset=30
def _combined(headers: Headers) -> RateLimit | None:
    text = headers.get("RateLimit")
    if text is None:
        return None
    policies = dict(_structured_list(headers.get("RateLimit-Policy") or ""))
    limits = [
        RateLimit(
            limit=_whole(policies.get(name, {}).get("q")),
            remaining=_whole(parameters.get("r")),
            reset_seconds=_seconds(parameters.get("t")),
            source="RateLimit",
        )
        for name, parameters in _structured_list(text)
    ]
    stated = [limit for limit in limits if limit.remaining is not None or limit.reset_seconds is not None]
    return min(stated, key=_tightness) if stated else _draft_07(text)


def _tightness(limit: RateLimit) -> tuple[float, float]:
    """The policy with the least left binds; of several that are used up, the one that lasts longest."""
    remaining = float("inf") if limit.remaining is None else limit.remaining
    return remaining, -(limit.reset_seconds or 0.0)


_DRAFT_07 = late_pattern(r"\b(limit|remaining|reset)\s*=\s*([0-9]+)")


def _draft_07(text: str) -> RateLimit | None:
    values = dict(_DRAFT_07.findall(text))
    if not values:
        return None
    return RateLimit(
        limit=_first_number(values.get("limit")),
        remaining=_first_number(values.get("remaining")),
        reset_seconds=_reset(values.get("reset"), None),
        source="RateLimit",
    )


def _structured_list(text: str) -> list[tuple[str, dict[str, object]]]:
    """Name and parameters of each member of a structured field's list; nothing if it is not a list."""
    import http_sf  # here, since it is needed for a rare response and would slow every start

    try:
        members = http_sf.parse(text.encode("ascii"), tltype="list")
    except ValueError:
        return []
    items = members if isinstance(members, list) else []
    return [
        (str(item[0]), dict(item[1])) for item in items if isinstance(item, tuple) and not isinstance(item[0], list)
    ]


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _seconds(value: object) -> float | None:
    from decimal import Decimal  # as http_sf, which makes them

    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        return None
    return _plausible(float(value))


# Drafts -00 to -06 (a Limit may carry policies: 100, 100;w=60) and the vendors' fields that they were made from.
def _separate(headers: Headers, prefix: str, clock: datetime | None) -> RateLimit | None:
    names = [f"{prefix}-{what}" for what in ("Reset", "Remaining", "Limit")]
    reset = _reset(headers.get(names[0]), clock)
    remaining, limit = (_first_number(headers.get(name)) for name in names[1:])
    for source, value in zip(names, (reset, remaining, limit), strict=True):
        if value is not None:
            return RateLimit(limit=limit, remaining=remaining, reset_seconds=reset, source=source)
    return None


def _first_number(text: str | None) -> int | None:
    match = re.match(r"\s*([0-9]{1,18})(?![0-9])", text or "")
    return int(match[1]) if match else None


def _reset(text: str | None, clock: datetime | None) -> float | None:
    """Seconds, or on some servers a moment, which needs a clock; of several the longest."""
    waits: list[float] = []
    for member in _COMMA.split(text or ""):
        wait = _time_left(member.strip(), clock)
        if wait is not None and (wait := _plausible(wait)) is not None:
            waits.append(wait)
    return max(waits, default=None)


def _time_left(member: str, clock: datetime | None) -> float | None:
    """A number of seconds, seconds or milliseconds since 1970, an ISO 8601 moment or an HTTP-date."""
    if not _NUMBER.fullmatch(member):
        moment = _iso_moment(member) or http_date(member)
        return None if moment is None or clock is None else (moment - clock).total_seconds()
    value = float(member)
    if value <= _EPOCH_FROM:
        return value
    since_1970 = value / 1000 if value > _MILLISECONDS_FROM else value
    return None if clock is None else since_1970 - clock.timestamp()


def _iso_moment(text: str) -> datetime | None:
    if not _ISO_MOMENT.match(text):
        return None
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        return None


def wait_advice(headers: Headers, *, now: datetime | None) -> WaitAdvice | None:
    """What a refusal says about the time of the next try: Retry-After, else the renewal of a quota that is used up.

    A quota with something left did not cause the refusal, and its renewal says nothing about when that ends.
    """
    sent = headers.get("Retry-After")
    if sent is not None:
        retry = parse_retry_after(sent, date=headers.get("Date"), now=now)
        if retry is not None:
            return WaitAdvice(seconds=retry.seconds, source="Retry-After", as_sent=retry.as_sent)
    limit = parse_rate_limit(headers, now=now)
    if limit is None or limit.reset_seconds is None or limit.remaining:
        return None
    return WaitAdvice(
        seconds=limit.reset_seconds, source=limit.source, as_sent=(headers.get(limit.source) or "").strip()
    )

"""One line of a clean-up's journal: written from values, and read back into them without trust.

What is to be released is checked to the last field, and must be inside the URL that the person typed. Of a lock that
is left alone nothing is ever sent, so the server's own words pass as they are.
"""

import json
import re
import zlib
from datetime import datetime

from davlock.locks.observed import Observation, ObservedLock
from davlock.operations.results import Decision, Planned
from davlock.own_files.fields import (
    Damage,
    choice,
    flag,
    items,
    moment,
    number,
    optional,
    prose,
    record,
    some_text,
    web_address,
    whole,
)
from davlock.protocol.lock import ActiveLock, Depth, LockRoot, LockScope, LockToken, LockType, Owner, Timeout
from davlock.protocol.write_scope import why_outside

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one line, its line feed among them."""

MOST_LOCKS = 10_000_000
"""Locks of one plan."""

_DIGITS = 20
"""Digits of a whole number; davlock writes shorter ones."""

_decision = choice(Decision)
_scope = choice(LockScope)
_type = choice(LockType)
_depth = choice(Depth)
_pair = items(2)


_CRC = re.compile(rb', "crc": "([0-9a-f]{8})"(?=\}\s*\Z)')


def sealed(step: dict[str, object]) -> bytes:
    """``step`` as a line with the checksum of all that it says: a disk can spoil a URL, and leave it a URL."""
    text = json.dumps(step).encode()
    return b'%s, "crc": "%08x"}\n' % (text[:-1], zlib.crc32(text))


def unsealed(line: bytes) -> tuple[bytes, bool]:
    """Returns ``line`` without its checksum, and if it had one. Raises Damage if it is another."""
    found = _CRC.search(line, max(len(line) - 40, 0))
    if found is None:
        return line, False
    text = line[: found.start()] + line[found.end() :]
    if zlib.crc32(text.rstrip()) != int(found[1], 16):
        raise Damage("", "its checksum is another")
    return text, True


def parse(line: bytes) -> dict[str, object]:
    """The object of JSON in ``line``. Raises Damage for anything else, whatever the bytes."""
    if len(line) > LONGEST_LINE:
        raise Damage("", f"it is longer than {LONGEST_LINE // 1024 // 1024} MiB")
    try:
        value = json.loads(line.decode(), parse_int=_integer, parse_constant=_constant, object_pairs_hook=_members)
    except Damage:
        raise
    except UnicodeDecodeError:
        raise Damage("", "it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Damage("", "it is not JSON") from None
    return record("", value)


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise Damage("", f"it has a number of {len(digits)} digits")
    return int(digits)


def _constant(name: str) -> float:
    raise Damage("", f"it has the number {name}")


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Damage("", "it has a name twice")
    return members


def lock_number(step: dict[str, object]) -> int:
    """``n``: which lock of the plan a step is about."""
    return whole("n", step.get("n"), least=1, most=MOST_LOCKS)


def plan_line(planned: Planned) -> dict[str, object]:
    """A planned lock, as JSON keeps it."""
    return {
        "step": "plan",
        "n": planned.number,
        "target": planned.target,
        "decision": planned.decision.value,
        "why": planned.why,
        "may_be_alive": planned.may_be_alive,
        "lock": _as_dict(planned.found),
    }


def planned_of(step: dict[str, object]) -> Planned:
    """A planned lock. Raises Damage for one that cannot be trusted."""
    decision = _decision("decision", step.get("decision"))
    target = web_address("target", step.get("target"))
    observed = _found(record("lock", step.get("lock")))
    if decision is Decision.RELEASE:
        some_text("token", observed.lock.token.uri if observed.lock.token is not None else None)
        for name, url in (("url", observed.url), ("root", observed.root or observed.url)):
            outside = why_outside(target, web_address(name, url))
            if outside:
                raise Damage(name, f"{outside}, and the lock was to be released")
    return Planned(
        number=lock_number(step),
        target=target,
        found=observed,
        decision=decision,
        why=prose("why", step.get("why")),
        may_be_alive=flag("may_be_alive", step.get("may_be_alive", False)),
    )


def _as_dict(observed: ObservedLock) -> dict[str, object]:
    lock, seen = observed.lock, observed.observation
    return {
        "url": observed.url,
        "root": observed.root,
        "inside": observed.inside,
        "token": lock.token.uri if lock.token else None,
        "scope": lock.scope.value if lock.scope else None,
        "type": lock.type.value if lock.type else None,
        "depth": lock.depth.value if lock.depth else None,
        "owner": [lock.owner.text, lock.owner.xml] if lock.owner else None,
        "timeout": [lock.timeout.seconds, lock.timeout.as_sent] if lock.timeout else None,
        "lockroot": [lock.root.url, lock.root.as_sent] if lock.root else None,
        "vendor": lock.vendor,
        "seen": [seen.sent, seen.received, seen.date.isoformat() if seen.date else None] if seen else None,
    }


KEYS = ("url", "root", "inside", "token", "scope", "type", "depth", "owner", "timeout", "lockroot", "vendor", "seen")
"""What a lock in a plan has."""


def _found(lock: dict[str, object]) -> ObservedLock:
    for name in KEYS:
        if name not in lock:
            raise Damage(name, "it is missing")
    return ObservedLock(
        lock=ActiveLock(
            scope=optional(_scope, "scope", lock["scope"]),
            type=optional(_type, "type", lock["type"]),
            depth=optional(_depth, "depth", lock["depth"]),
            owner=optional(_owner, "owner", lock["owner"]),
            timeout=optional(_timeout, "timeout", lock["timeout"]),
            token=optional(_token, "token", lock["token"]),
            root=optional(_lockroot, "lockroot", lock["lockroot"]),
            vendor=tuple(_vendor("vendor", pair) for pair in items()("vendor", lock["vendor"])),
        ),
        url=prose("url", lock["url"]),
        root=optional(prose, "root", lock["root"]),
        inside=optional(flag, "inside", lock["inside"]),
        observation=optional(_seen, "seen", lock["seen"]),
    )


def _owner(field: str, value: object) -> Owner:
    text, xml = _pair(field, value)
    return Owner(prose(field, text), prose(field, xml))


def _timeout(field: str, value: object) -> Timeout:
    seconds, as_sent = _pair(field, value)
    return Timeout(optional(number, field, seconds), prose(field, as_sent))


def _token(field: str, value: object) -> LockToken:
    return LockToken(prose(field, value))


def _lockroot(field: str, value: object) -> LockRoot:
    url, as_sent = _pair(field, value)
    return LockRoot(prose(field, url), prose(field, as_sent))


def _vendor(field: str, value: object) -> tuple[str, str]:
    name, words = _pair(field, value)
    return prose(field, name), prose(field, words)


def _seen(field: str, value: object) -> Observation:
    sent, received, at = items(3)(field, value)
    return Observation(sent=moment(field, sent), received=moment(field, received), date=optional(_instant, field, at))


def _instant(field: str, value: object) -> datetime:
    try:
        at = datetime.fromisoformat(prose(field, value))
    except ValueError as error:
        raise (error if isinstance(error, Damage) else Damage(field, "it is no moment")) from None
    if at.tzinfo is None:
        raise Damage(field, "its moment has no time zone")
    return at

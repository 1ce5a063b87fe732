"""How much memory it takes to hold what an answer says, so that no answer fills the memory.

Four bytes of markup can become a lock of half a kilobyte, and one character can make a text four times as large. So
the bounds count bytes of memory: texts as Python holds them, and for each value what it takes without its texts.
"""

from sys import getsizeof

from davlock.protocol.lock import ActiveLock
from davlock.protocol.response_element import PropStat, ResponseElement

HELD_LIMIT = 48 * 1024 * 1024
"""Bytes that are held of one body. Who takes each response of a listing as it comes has no such bound."""

SHOWN_LIMIT = 16 * 1024 * 1024
"""The same for what is decoded for people and scripts: all of it stands in the output, some of it twice."""

_RESPONSE, _PROPSTAT, _LOCK, _ENTRY, _POINTER = 300, 200, 700, 100, 8
"""Bytes without texts. A lock is held as several values: as sent, as observed, and as it is shown."""


def held_bytes(response: ResponseElement) -> int:
    """Bytes of memory that a response and its locks take, roughly."""
    held = _RESPONSE + _texts(*response.hrefs, response.reason, response.description or "", *response.error_codes)
    return held + sum(map(_of_propstat, response.propstats))


def _of_propstat(propstat: PropStat) -> int:
    held = _PROPSTAT + _texts(propstat.reason, propstat.description or "", *propstat.error_codes)
    for entry in propstat.properties:
        held += _ENTRY + _texts(entry.name, entry.text, entry.xml)
    return held + _ENTRY * len(propstat.supported or ()) + sum(map(held_by_lock, propstat.locks or ()))


def held_by_locks(response: ResponseElement) -> int:
    """Bytes of memory that the locks of a response take, and the address at which they are shown, roughly."""
    locks = [lock for propstat in response.propstats for lock in propstat.locks or ()]
    return held_by_address(response.hrefs[0]) + sum(map(held_by_lock, locks)) if locks else 0


def held_by_address(url: str) -> int:
    """Bytes of memory that an address takes, also to tell it from others and to show it, roughly."""
    return 3 * _texts(url)


def held_by_lock(lock: ActiveLock) -> int:
    """Bytes of memory that a lock takes, also for what is shown of it, roughly."""
    held = _LOCK
    if lock.owner is not None:
        held += _texts(lock.owner.text, lock.owner.xml)
    if lock.token is not None:
        held += _texts(lock.token.uri)
    if lock.root is not None:
        held += _texts(lock.root.url, lock.root.as_sent)
    if lock.timeout is not None:
        held += _texts(lock.timeout.as_sent)
    for name, text in lock.vendor:
        held += _ENTRY + _texts(name, text)
    return held


def _texts(*texts: str) -> int:
    return sum(map(getsizeof, texts)) + _POINTER * len(texts)

"""What the locks that were read say of one token: the only place that decides whether a lock was seen to be gone.

A refresh, a keepalive, a proof and a release ask the same. What an answer's status adds to it, each of them knows.
"""

from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.protocol.lock import LockToken, is_among


class TokenReading(Enum):
    """What a reading says of one token."""

    SHOWN = "shown"
    MISSING = "missing"
    """The locks were read, each with its token, and this one is not among them."""
    UNTOLD = "untold"
    """The locks were not read, or one of them has no token and may be this one."""


def token_reading(evidence: Evidence, token: LockToken, *, after: int = -1) -> TokenReading:
    """Returns what the last reading of the target's locks says of ``token``, if it came after exchange ``after``.

    MISSING proves that the lock is gone only on a server that has shown it, or is known to show its locks.
    """
    if not isinstance(evidence.locks, Known) or evidence.locks.exchange <= after:
        return TokenReading.UNTOLD
    tokens = {entry.token for entry in evidence.covering}
    if is_among(token.uri, tokens):
        return TokenReading.SHOWN
    return TokenReading.UNTOLD if None in tokens else TokenReading.MISSING

"""One word for a person in a hurry: would a write by you, with the tokens that you hold, be refused because of a
lock?
"""

from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.situation import (
    ancestors_read,
    foreign_locks,
    is_transactional,
    locks_read_since,
    own_locks,
    refused_as_locked,
)
from davlock.diagnosis.wording import is_shared


class Verdict(Enum):
    """The word of the JSON contract."""

    CLEAR = "clear"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


def verdict(evidence: Evidence) -> Verdict:
    """From the locks as last read; where they are not shown, from a refusal that says "locked"."""
    refused = refused_as_locked(evidence)
    if refused and (is_transactional(evidence) or not locks_read_since(evidence) or not evidence.covering):
        return Verdict.BLOCKED
    if not isinstance(evidence.locks, Known):
        return Verdict.UNKNOWN
    foreign, own = foreign_locks(evidence), own_locks(evidence)
    if not evidence.covering:
        missing = isinstance(evidence.exists, Known) and not evidence.exists.value
        return Verdict.UNKNOWN if missing and not ancestors_read(evidence) else Verdict.CLEAR
    if not foreign:
        return Verdict.CLEAR
    if not own or not all(is_shared(lock) for lock in evidence.covering):
        return Verdict.BLOCKED
    suffices = evidence.server.shared_token_suffices if evidence.server else None
    if suffices is None:
        return Verdict.UNKNOWN
    return Verdict.CLEAR if suffices else Verdict.BLOCKED

"""The cause that the body of a refusal states itself, whatever its status: it speaks before any status is read.

Servers answer 403 to nearly everything. A body that says "the parent does not exist" is about no login and no lock.
"""

import re
from enum import Enum

from davlock.diagnosis.evidence import Evidence


class StatedCause(Enum):
    """What a body states."""

    PARENT_MISSING = "the collection above is missing"
    MISSING = "the resource is missing"
    EXISTS = "something of that name exists"
    NO_LOCK = "the lock is not known"


_STATUSES = frozenset({400, 403, 405, 409, 422, 424, 500})
"""404, 410, 412 and 423 have a meaning of their own."""

_GONE = (
    r"(?:(?:does|do|did) ?n[o']?t exist|doesn.t exist|not (?:be )?found|could ?n[o']?t be (?:found|located)"
    r"|is missing|must exist)"
)
_PARENT = r"(?:parent|ancestors?|intermediate collections?|containing (?:folder|collection|directory))"
_THING = r"(?:resource|file|path|item|node|object|folder|directory|document|entry|collection|key|blob)"
_PARENT_MISSING = re.compile(
    rf"\b{_PARENT}\b[^\n]{{0,60}}?\b{_GONE}|\bno such {_PARENT}\b|\b(?:missing|no) {_PARENT}\b", re.IGNORECASE
)
_NO_LOCK = re.compile(
    rf"\block(?: token)?\b[^\n]{{0,60}}?\b{_GONE}|\bno such lock\b|\b(?:unknown|invalid) lock(?: token)?\b"
    r"|\bno lock (?:on|for|with|exists)\b|\bis not locked\b",
    re.IGNORECASE,
)
_MISSING = re.compile(
    rf"\b{_THING}\b[^\n]{{0,80}}?\b{_GONE}|\bno such {_THING}\b|\bno such file or directory\b", re.IGNORECASE
)
_EXISTS = re.compile(r"\balready (?:exists?|present)\b|\bfile exists\b", re.IGNORECASE)
_OTHER_SUBJECT = re.compile(r"\b(?:user|account|group|tenant|token|session|realm|principal|role)\b", re.IGNORECASE)
"""What can be missing as well, and has nothing to do with the resource."""

_EXISTS_CODES = frozenset({"resource-must-be-null", "resource-must-not-exist", "destination-must-not-exist"})
_PARENT_CODES = re.compile(r"(?:parent|ancestor)[a-z-]*(?:must-exist|missing|not-found|does-not-exist|exists)")
_MISSING_CODES = re.compile(r"^(?:resource|source)-must-exist$|^(?:resource-)?(?:not-found|does-not-exist)$")


def stated_cause(evidence: Evidence) -> StatedCause | None:
    """Returns what the answer's body states as the cause; ``None`` where it states none of these."""
    cause, error = evidence.cause, evidence.error
    if cause is None or error is None or cause.status not in _STATUSES:
        return None
    for code in cause.codes:
        if code in _EXISTS_CODES:
            return StatedCause.EXISTS
        if _PARENT_CODES.search(code):
            return StatedCause.PARENT_MISSING
        if _MISSING_CODES.search(code):
            return StatedCause.MISSING
    return _of_words(cause.words or error.message or "")


def _of_words(text: str) -> StatedCause | None:
    if _PARENT_MISSING.search(text):
        return StatedCause.PARENT_MISSING
    if _NO_LOCK.search(text):
        return StatedCause.NO_LOCK
    missing = _MISSING.search(text)
    if missing is not None and not _OTHER_SUBJECT.search(missing[0]):
        return StatedCause.MISSING
    return StatedCause.EXISTS if _EXISTS.search(text) else None

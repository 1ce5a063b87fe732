"""The cause that the body of a refusal states, whatever its status: it counts more than the status.

Servers answer 403 to nearly everything. A body that says "the parent does not exist" is not about a login or a lock.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.late_pattern import late_pattern
from davlock.servers.phrases import Said, Sayings

_STATUSES = frozenset({400, 403, 405, 409, 422, 424, 500})
"""Statuses without a meaning of their own, unlike 404, 410, 412 and 423."""

_IN_WORDS = (Said.PARENT_MISSING, Said.NO_SUCH_LOCK, Said.MISSING, Said.EXISTS)
"""What words can state, in the order in which they count: a missing parent is also a missing thing."""

_EXISTS_CODES = frozenset({"resource-must-be-null", "resource-must-not-exist", "destination-must-not-exist"})
_PARENT_CODES = late_pattern(r"(?:parent|ancestor)[a-z-]*(?:must-exist|missing|not-found|does-not-exist|exists)")
_MISSING_CODES = late_pattern(r"^(?:resource|source)-must-exist$|^(?:resource-)?(?:not-found|does-not-exist)$")


def stated_cause(evidence: Evidence) -> Said | None:
    """Returns what the answer's body states as the cause; ``None`` if it states none of these."""
    cause, error = evidence.cause, evidence.error
    if cause is None or error is None or cause.status not in _STATUSES:
        return None
    for code in cause.codes:
        if code in _EXISTS_CODES:
            return Said.EXISTS
        if _PARENT_CODES.search(code):
            return Said.PARENT_MISSING
        if _MISSING_CODES.search(code):
            return Said.MISSING
    sayings = Sayings(cause.words or error.message, cause.status)
    return next((candidate for candidate in _IN_WORDS if candidate in sayings), None)

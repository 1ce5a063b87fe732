"""someone has the file open in an office editor (WOPI).

What happened: Collabora, OnlyOffice or Office Online has the file open, and locks it with its own protocol, WOPI. The
answer says so in X-WOPI-Lock, or gives a reason. An empty X-WOPI-Lock means that nothing is locked. A reason without
X-WOPI-Lock means that the file is checked out elsewhere.

How sure we are: certain if the answer has that lock, or says that another program locked the file. Likely if it only
gives a reason.

What to do: close the document in every browser and program. The lock expires half an hour after its last renewal.
UNLOCK cannot end it.

How to confirm: send the same request after the last editor was closed.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, after_wait
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule

LEASE = 1800.0
"""Seconds after which a WOPI lock expires, unless the editor renews it."""

NOT_LOCKED = ("not locked", "notlocked", "not currently locked", "unlocked", "no lock", "isn't locked")
"""Words of a reason beside an empty X-WOPI-Lock, which together mean that nothing is locked."""


@rule(
    id="409-wopi-lock",
    severity=Severity.ERROR,
    statuses=(409,),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc(9110, "15.5.10"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refusal with X-WOPI-Lock or its reason."""
    response = evidence.response
    if evidence.cause is None or response is None:
        return None
    lock, reason = response.headers.get("X-WOPI-Lock"), response.headers.get("X-WOPI-LockFailureReason")
    elsewhere = (response.headers.get("X-WOPI-LockedByOtherInterface") or "").strip().lower() == "true"
    if not (lock or reason or elsewhere):
        return None
    if not lock and not elsewhere and any(word in (reason or "").lower() for word in NOT_LOCKED):
        return None
    return Match(
        certainty=Certainty.CERTAIN if lock or elsewhere else Certainty.LIKELY,
        headline="Someone has the file open in an office editor",
        explanation=(f"The server says: “{reason.rstrip('.')}”. " if reason else "")
        + "The editor keeps the lock in its own protocol, so UNLOCK cannot end it.",
        retry=after_wait(LEASE),
        evidence=(
            quotes.status_line(evidence),
            *quotes.response_header(evidence, "X-WOPI-Lock"),
            *quotes.response_header(evidence, "X-WOPI-LockFailureReason"),
            *quotes.response_header(evidence, "X-WOPI-LockedByOtherInterface"),
        ),
        facts=(("lock", lock), ("reason", reason)),
        remedies=(safe("Close the document everywhere, then wait"),),
    )

"""X-WOPI-Lock: an office session owns the file.

What happened: Collabora, OnlyOffice or Office Online has the file open and keeps a lock of its own protocol on it.
DAV's UNLOCK does not reach it. An empty X-WOPI-Lock means that nothing is locked; a reason without X-WOPI-Lock means
that the file is checked out elsewhere.

How sure we are: certain where the answer carries that protocol's lock, or says that another program locked the file.
Likely where it gives no more than a reason.

What to do: close the document in every session; such a lock ends by itself half an hour after the last refresh.

How to confirm: the same request after the last editor was closed.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, after_wait
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule

LEASE = 1800.0
"""Seconds that a WOPI lock lives without being refreshed."""

NOT_LOCKED = ("not locked", "notlocked", "not currently locked", "unlocked", "no lock", "isn't locked")
"""Words of a reason beside an empty X-WOPI-Lock, which is the answer where nothing is locked."""


@rule(
    id="409-wopi-lock",
    severity=Severity.ERROR,
    statuses=(409,),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc(9110, "15.5.10"),),
)
def check(evidence: Evidence) -> Match | None:
    """X-WOPI-Lock or its reason on an answer that refuses."""
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
        headline="An office session has the file open",
        explanation=f"The server says: {reason}." if reason else "The lock belongs to the editor's own protocol, WOPI.",
        retry=after_wait(LEASE),
        evidence=(
            quotes.status_line(evidence),
            *quotes.response_header(evidence, "X-WOPI-Lock"),
            *quotes.response_header(evidence, "X-WOPI-LockFailureReason"),
            *quotes.response_header(evidence, "X-WOPI-LockedByOtherInterface"),
        ),
        facts=(("lock", lock), ("reason", reason)),
        remedies=(safe("Close the document in every session, and wait; UNLOCK cannot help"),),
    )

"""any other status: what was looked at, what was not.

What happened: A refusal that davlock does not know. The status is neither about a lock nor one of the cases that pose
as one.

How sure we are: only of what was looked at, which the explanation lists.

What to do: read the answer's body and the server's log at the time of the request.

How to confirm: repeat the request with -v, and compare the answer.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Retry, RetryVerdict, Severity, after_wait
from davlock.diagnosis.own_words import LONGEST, own_words
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.rule import Match, Role, rfc, rule
from davlock.diagnosis.wording import looked_at
from davlock.protocol.precondition import BodyKind


@rule(
    id="other-unexplained",
    severity=Severity.ERROR,
    role=Role.FALLBACK,
    statuses=(400, 500, 502, 503),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc(9110, "15"),),
)
def check(evidence: Evidence) -> Match | None:
    """Any refusal; where there was no response, there is nothing to explain."""
    if is_inquiry(evidence) or evidence.cause is None or evidence.status == 207 or evidence.cause.status == 424:
        return None  # of these, the findings on multistatus answers say what there is to say
    what = evidence.method or "The request"
    error = evidence.error
    spoken = error is not None and error.kind in (BodyKind.ERROR, BodyKind.JSON, BodyKind.PROBLEM, BodyKind.TEXT)
    said = (error.message or "")[:LONGEST] if spoken and error is not None else ""
    if not said and evidence.cause.codes:
        said = f"the condition {', '.join(evidence.cause.codes)} is not met"
    said = said or own_words(evidence)
    if evidence.cause.status in (502, 504):
        return _gateway(evidence)
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"{what} failed ({evidence.cause.status})"
        + (f": {said}" if said else ", and what was seen does not tell why"),
        explanation=("Those are the server's words. " if said else "")
        + f"Nothing points to a lock. {looked_at(evidence)}",
        retry=_retry(evidence),
        evidence=quotes.answer(evidence),
        alternatives=(_LOCKED_AT_OCIS,) if _may_be_ocis(evidence) else (),
    )


_LOCKED_AT_OCIS = Alternative(
    "423-token-required",
    "davlock diagnose URL: ownCloud Infinite Scale and OpenCloud answer 500 to a write of a locked file",
)


def _may_be_ocis(evidence: Evidence) -> bool:
    """Whether it is a write that Infinite Scale or OpenCloud refuses with 500: sabre/dav would have said why."""
    if not evidence.is_write or evidence.cause is None or evidence.cause.status != 500:
        return False
    if evidence.error is not None and (evidence.error.message or evidence.error.exception):
        return False
    if evidence.server is not None:
        return evidence.server.name == "ocis"
    return any(path in evidence.target for path in ("/remote.php/", "/dav/spaces/", "/dav/files/"))


def _retry(evidence: Evidence) -> Retry:
    """A 503 is expected to pass (RFC 9110 §15.6.4), also where it does not say when."""
    if (advice := evidence.wait_advice) is not None:
        return after_wait(advice.seconds)
    return after_wait() if evidence.cause is not None and evidence.cause.status == 503 else AFTER_CHANGE


def _gateway(evidence: Evidence) -> Match:
    write = evidence.is_write or evidence.method in ("LOCK", "UNLOCK")
    return Match(
        certainty=Certainty.LIKELY,
        headline="A gateway could not get an answer from the server behind it",
        explanation="Nothing points to a lock."
        + (" Whether the request had an effect is not known: look before you repeat it." if write else ""),
        retry=after_wait(),
        evidence=quotes.answer(evidence),
    )

"""the server insists on a conditional request (428).

What happened: your write had no If-Match, so it could overwrite a change that you have not seen. This server refuses
such writes (RFC 6585 §3).

How sure we are: certain, because the status says so.

What to do: read the current entity tag, and send it in If-Match. If you sent it, a proxy has dropped it, or the server
wants another condition.

How to confirm: the same write with If-Match does not get 428.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule


@rule(
    id="428-precondition-required",
    severity=Severity.ERROR,
    statuses=(428,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(6585, "3"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 428."""
    if evidence.cause is None or evidence.cause.status != 428:
        return None
    sent = "If-Match" in evidence.headers
    if evidence.method == "LOCK":
        return _lock(evidence)
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server wants a condition in your request",
        explanation="It refuses writes that could overwrite an unseen change. No lock is involved."
        + (" Your If-Match was lost on the way, or the server wants another condition." if sent else ""),
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-Match")),
        remedies=(
            for_admin(safe("Let the proxy pass on If-Match"))
            if sent
            else intrusive(
                "Write with the current entity tag",
                ("davlock", "put", "FILE", evidence.target, "--if-match", "current"),
            )
            if evidence.method == "PUT"
            else intrusive("Send If-Match with the current entity tag"),
        ),
    )


def _lock(evidence: Evidence) -> Match:
    """Returns the match for a LOCK, which writes nothing: it lacks the If of a renewal, or the body of a new lock."""
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server wants a condition in your LOCK",
        explanation="A LOCK without a body is a renewal, which names its lock in If. A LOCK for a new lock has a body.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        remedies=(intrusive("Let davlock send a correct LOCK", ("davlock", "lock", evidence.target)),),
    )

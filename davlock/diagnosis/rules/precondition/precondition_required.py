"""the server insists on a conditional request (RFC 6585 §3).

What happened: 428: a write without If-Match could overwrite what nobody has seen, and this server refuses it.

How sure we are: certain. The status says so.

What to do: read the entity tag, and send it in If-Match.

How to confirm: the same write with If-Match is not answered 428.
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
    """428."""
    if evidence.cause is None or evidence.cause.status != 428:
        return None
    sent = "If-Match" in evidence.headers
    if evidence.method == "LOCK":
        return _lock(evidence)
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server wants the write to carry a condition",
        explanation="It refuses writes that could overwrite a change unseen. No lock is involved."
        + (" If-Match was sent: it was lost on the way, or another condition is wanted." if sent else ""),
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-Match")),
        remedies=(
            for_admin(safe("Let the proxy in front pass on If-Match, or say what is wanted"))
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
    """A LOCK writes nothing: what is missing is the If of a refresh, or the body of a new lock."""
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server wants the LOCK to carry a condition",
        explanation="A LOCK without a body is a refresh, and names its lock in If; a new lock has a lockinfo body.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        remedies=(intrusive("Let davlock send a well-formed LOCK", ("davlock", "lock", evidence.target)),),
    )

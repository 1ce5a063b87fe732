"""a clash with the resource's state, and none of the known cases.

What happened: 409, and nothing that was seen tells what it clashed with. The request clashes with the state of the
resource: a missing parent, a version, an edit. No lock is implied.

How sure we are: only of what was looked at, which the explanation lists.

What to do: read the answer's body and the server's log at the time of the request.

How to confirm: repeat the request with -v, and compare the answer.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Role, rfc, rule
from davlock.diagnosis.wording import looked_at

_PATH = "Check the path that a proxy or virtual host makes of the URL."


@rule(
    id="409-unexplained",
    severity=Severity.ERROR,
    role=Role.FALLBACK,
    statuses=(409,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.10"),),
)
def check(evidence: Evidence) -> Match | None:
    """Any 409."""
    if evidence.cause is None or evidence.cause.status != 409:
        return None
    writes = evidence.method in ("PUT", "MKCOL", "DELETE", "COPY", "MOVE", "PROPPATCH")
    how = evidence.server.write_setup if evidence.server is not None and writes else ""
    words = own_words(evidence)
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"The server refuses the request as a conflict: “{words}”"
        if words
        else "The request clashes with the state of the resource; what was seen does not tell how",
        explanation=f"{_unfit(evidence)}409 from a WebDAV server implies no lock. {looked_at(evidence)}",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        remedies=(for_admin(intrusive(how)),) if how else (),
    )


def _unfit(evidence: Evidence) -> str:
    """Why the usual cause is none of a read."""
    if evidence.method not in ("GET", "HEAD", "PROPFIND", "OPTIONS"):
        return ""
    return f"{evidence.method} creates nothing, so no folder above it is missing. {_PATH} "

"""a conflict that nothing here explains.

What happened: the server answered 409, so the request conflicts with the state of the resource: a missing folder, a
version, an edit. Nothing that was seen shows which one. A 409 does not mean a lock.

How sure we are: only of what was seen. The explanation lists it.

What to do: read the body of the answer, and the server's log at the time of the request.

How to confirm: send the request again with -v and compare the answers.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity
from davlock.diagnosis.own_words import for_headline, own_words
from davlock.diagnosis.predicates.refusal import speaks_of_a_lock
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Role, rfc, rule
from davlock.diagnosis.wording import looked_at, speaks_of_a_lock_words


@rule(
    id="409-unexplained",
    severity=Severity.ERROR,
    role=Role.FALLBACK,
    statuses=(409,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.10"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches any 409."""
    if evidence.cause is None or evidence.cause.status != 409:
        return None
    writes = evidence.method in ("PUT", "MKCOL", "DELETE", "COPY", "MOVE", "PROPPATCH")
    how = evidence.server.write_setup if evidence.server is not None and writes else ""
    words = own_words(evidence)
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"The server refuses it as a conflict: “{for_headline(words)}”"
        if words
        else "The server answers 409, but nothing in the evidence explains why",
        explanation=f"{_meaning(evidence)} {looked_at(evidence)}",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        remedies=(for_admin(intrusive(how)),) if how else (),
    )


def _meaning(evidence: Evidence) -> str:
    """Returns what the 409 does not mean, in a sentence."""
    if speaks_of_a_lock(evidence):
        return f"The server's words {speaks_of_a_lock_words(evidence)}."
    if evidence.method not in ("GET", "HEAD", "PROPFIND", "OPTIONS"):
        return "A 409 does not mean a lock."
    return (
        f"{evidence.method} creates nothing, so no folder is missing: check how a proxy or virtual host changes the"
        " path of the URL."
    )

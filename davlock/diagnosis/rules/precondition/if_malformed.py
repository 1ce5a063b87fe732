"""the If header does not parse: position and what was expected.

What happened: the request's If header is not of the form of RFC 4918 §10.4. Some servers answer 400, some 412, and
several ignore the header altogether: they write, or answer 423 where the token in it would have opened the lock.

How sure we are: certain. The position and what was expected there are given. After a 423, likely where the header has
the token of the lock in it, and possible where that lock is not known: its token can be another one.

What to do: correct the header. `(<token>)` submits a token; `<URL> (<token>)` submits it for a named resource; an
entity tag stands in brackets: `(["etag"])`.

How to confirm: the corrected request is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.request_form import malformed_if
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule


@rule(
    id="400-if-malformed",
    severity=Severity.ERROR,
    statuses=(400, 412, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.4.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """A refusal by 400 or 412 of a request whose If is malformed, or as locked where the If may hold the token."""
    error, certainty = evidence.if_error, malformed_if(evidence)
    if error is None or certainty is None:
        return None
    locked = refused_as_locked(evidence)
    return Match(
        certainty=certainty,
        headline=f"The If header is malformed at character {error.position + 1}: expected {error.expected}",
        explanation="It is locked, and a server that cannot read this header finds no token in it."
        if locked
        else "A server can only ignore such a header or refuse the request.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("position", error.position), ("expected", error.expected)),
        alternatives=(Alternative("423-held-by-other", "the active lock's token: the header does not have it"),)
        if certainty is Certainty.POSSIBLE
        else (),
        remedies=(safe("Write  If: (<token>)  or  If: <URL> (<token>)", who=Who.CLIENT_AUTHOR),),
    )

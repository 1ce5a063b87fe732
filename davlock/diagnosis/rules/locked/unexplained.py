"""locked, and none of the known cases.

What happened: The answer says "locked", in words or by its status, and nothing that was seen tells why. 423 means that
the source or destination is locked, but neither the body nor the locks that were read fit any case that davlock knows.

How sure we are: only of what was looked at, which the explanation lists.

What to do: look at the server's log at the time of the request, and report the exchange so that the case can be
added.

How to confirm: repeat the request with -v and compare.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import investigate, looked_at, retry_as_told


@rule(
    id="423-unexplained",
    severity=Severity.ERROR,
    role=Role.FALLBACK,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """Any refusal as locked."""
    if not refused_as_locked(evidence):
        return None
    words = own_words(evidence)
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"The server refuses the request as locked: “{words}”"
        if words
        else "The server says “locked”, but nothing in the evidence explains why"
        if _says_locked(evidence)
        else f"The status is {evidence.status} (Locked), and nothing in the evidence explains why",
        explanation=looked_at(evidence),
        retry=retry_as_told(evidence),
        evidence=(*quotes.answer(evidence), *quotes.locks(evidence), *quotes.response_header(evidence, "Retry-After")),
        remedies=(investigate(evidence.target),) if evidence.target else (),
    )


def _says_locked(evidence: Evidence) -> bool:
    """Whether a word of the answer says so, or its code; a status in a log line is a number."""
    cause, response, error = evidence.cause, evidence.response, evidence.error
    if cause is None or response is None or cause.status != 423 or cause.codes or cause.member:
        return True
    return "lock" in f"{response.reason} {error.message or '' if error is not None else ''}".lower()

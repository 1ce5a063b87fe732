"""the server says “locked”, but nothing here explains why.

What happened: the server refused the request as locked, in words or with the status 423. Neither the answer nor the
locks that were read fit any case that davlock knows.

How sure we are: only of what was seen. The explanation lists it.

What to do: check the server's log at the time of the request. Please report the exchange, so that davlock can learn
the case.

How to confirm: send the request again with -v and compare the answers.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity
from davlock.diagnosis.own_words import for_headline, own_words
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
    """Matches any refusal as locked."""
    if not refused_as_locked(evidence):
        return None
    words = own_words(evidence)
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"The server refuses it as locked: “{for_headline(words)}”"
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
    """Whether the answer's words or its code say "locked". A status in a log line is only a number."""
    cause, response, error = evidence.cause, evidence.response, evidence.error
    if cause is None or response is None or cause.status != 423 or cause.codes or cause.member:
        return True
    return "lock" in f"{response.reason} {error.message or '' if error is not None else ''}".lower()

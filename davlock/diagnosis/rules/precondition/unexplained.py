"""a condition failed, and none of the known cases.

What happened: a condition of the request evaluated to false. Which one is not known: the conditions were not
captured, or none of those that were seen can have failed.

How sure we are: only of what was looked at, which the explanation lists.

What to do: repeat the request with its headers shown; each of If, If-Match, If-None-Match and If-Unmodified-Since can
be dropped in turn.

How to confirm: the request without the failing condition is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.predicates.etags import read_without_etag
from davlock.diagnosis.predicates.refusal import is_above_target
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, Role, rfc, rfc4918, rule
from davlock.diagnosis.wording import looked_at, submit_token

CONDITIONS = ("If", "If-Match", "If-None-Match", "If-Unmodified-Since", "Overwrite")


@rule(
    id="412-unexplained",
    severity=Severity.ERROR,
    role=Role.FALLBACK,
    statuses=(412,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.13"), rfc4918("12.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Any 412."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    sent = tuple(
        quote for name in CONDITIONS if name in evidence.headers for quote in quotes.request_header(evidence, name)
    )
    read = read_without_etag(evidence)
    if "If-Match" in evidence.headers and "If" not in evidence.headers and read is not None:
        return Match(
            certainty=Certainty.LIKELY,
            headline="If-Match failed, and the server gives this resource no entity tag: none can match",
            explanation="That nothing was overwritten does not tell that the content changed.",
            retry=AFTER_CHANGE,
            evidence=(*quotes.answer(evidence), *sent, Quote("read since", "200 without ETag", read)),
            remedies=(
                safe("Compare the content with what the write was based on"),
                intrusive(
                    "Then take a lock and write without If-Match",
                    ("davlock", "lock", evidence.target),
                ),
            ),
        )
    words = own_words(evidence)
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"A condition of the request failed: “{words}”"
        if words
        else "A condition of the request failed; what was seen does not tell which",
        explanation=looked_at(evidence),
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *sent, *(quotes.locks(evidence) if "If" in evidence.headers else ())),
        remedies=_remedies(evidence),
    )


def _remedies(evidence: Evidence) -> tuple[Remedy, ...]:
    """A token of a lock above may have to be tagged with its root; else each condition can be left out in turn."""
    for covering in evidence.covering:
        root = covering.root or covering.url
        if covering.token in (evidence.submitted or ()) and is_above_target(root, evidence):
            token = covering.token or ""
            if evidence.is_refresh:
                command = ("davlock", "refresh", root, "--token", token)
                return (intrusive("Refresh the lock at its root", command),)
            return (submit_token(evidence, root, token, "Name the root of the lock with its token"),)
    if evidence.headers.complete and not any(name in evidence.headers for name in CONDITIONS):
        return ()
    return (intrusive("Leave out one condition after the other, and see which one it was"),)

"""a condition is false, but nothing here shows which.

What happened: the server answered 412, so a condition of your request is false. The conditions were not captured, or
none of those that were seen explains it.

How sure we are: only of what was seen. The explanation lists it.

What to do: send the request again and show its headers. Then leave out one condition at a time: If, If-Match,
If-None-Match, If-Unmodified-Since.

How to confirm: the request without the false condition gets another answer.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.own_words import for_headline, own_words
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
    """Matches any 412."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    sent = tuple(
        quote for name in CONDITIONS if name in evidence.headers for quote in quotes.request_header(evidence, name)
    )
    read = read_without_etag(evidence)
    if "If-Match" in evidence.headers and "If" not in evidence.headers and read is not None:
        return Match(
            certainty=Certainty.LIKELY,
            headline="If-Match cannot match, because the server gives this resource no entity tag",
            explanation="The server overwrote nothing, but the content need not have changed.",
            retry=AFTER_CHANGE,
            evidence=(*quotes.answer(evidence), *sent, Quote("read since", "200 without ETag", read)),
            remedies=(
                safe("Compare the content with what you read"),
                intrusive("Then lock it, and write without If-Match", ("davlock", "lock", evidence.target)),
            ),
        )
    words = own_words(evidence)
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"A condition of your request is false: “{for_headline(words)}”"
        if words
        else "A condition of your request is false, but nothing in the evidence shows which",
        explanation=looked_at(evidence),
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *sent, *(quotes.locks(evidence) if "If" in evidence.headers else ())),
        remedies=_remedies(evidence),
    )


def _remedies(evidence: Evidence) -> tuple[Remedy, ...]:
    """Returns what to try: to name the root of a lock above, or to leave out one condition at a time."""
    for covering in evidence.covering:
        root = covering.root or covering.url
        if covering.token in (evidence.submitted or ()) and is_above_target(root, evidence):
            token = covering.token or ""
            if evidence.is_refresh:
                command = ("davlock", "refresh", root, "--token", token)
                return (intrusive("Renew the lock at its own URL", command),)
            return (submit_token(evidence, root, token, "Send the lock's URL with its token"),)
    if evidence.headers.complete and not any(name in evidence.headers for name in CONDITIONS):
        return ()
    return (intrusive("Leave out one condition at a time"),)

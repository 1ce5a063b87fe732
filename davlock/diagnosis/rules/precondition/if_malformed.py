"""the If header is malformed: where, and what was expected.

What happened: your If header does not follow RFC 4918 §10.4. Some servers answer 400, some 412. Several ignore the
header: they write anyway, or answer 423 although its token would open the lock.

How sure we are: certain, because davlock shows the position and what it expected there. After a 423, likely if the
header has the lock's token in it. Possible if that lock is unknown, because the token may be another one.

What to do: correct the header. `(<token>)` sends a token, `<URL> (<token>)` sends it for another resource, and an
entity tag goes in brackets: `(["etag"])`. `davlock decode if HEADER` checks it.

How to confirm: the corrected request gets another answer.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.request_form import malformed_if
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.servers.phrases import Said


@rule(
    id="400-if-malformed",
    severity=Severity.ERROR,
    statuses=(400, 412, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.4.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 400 or 412 to a request whose If is malformed, or a refusal as locked if that If may have the token."""
    error, certainty = evidence.if_error, malformed_if(evidence)
    if error is None and Said.IF_MALFORMED in evidence.said:
        return Match(
            certainty=Certainty.CERTAIN,
            headline="The server cannot read your If header",
            explanation=f"The server says: “{own_words(evidence).rstrip('.')}”.",
            retry=AFTER_CHANGE,
            evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
            remedies=(_WRITE,),
        )
    if error is None or certainty is None:
        return None
    locked = refused_as_locked(evidence)
    return Match(
        certainty=certainty,
        headline=f"Your If header is malformed at character {error.position + 1}: expected {error.expected}",
        explanation="It is locked, and a server that cannot read this header finds no token in it."
        if locked
        else "A server can only ignore such a header or refuse the request.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("position", error.position), ("expected", error.expected)),
        alternatives=(Alternative("423-held-by-other", "the active lock's token: it is not in the header"),)
        if certainty is Certainty.POSSIBLE
        else (),
        remedies=(_WRITE,),
    )


_WRITE = safe("Write  If: (<token>)  or  If: <URL> (<token>)", who=Who.CLIENT_AUTHOR)

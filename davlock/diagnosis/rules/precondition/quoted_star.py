"""If-Match has a star in quotes, which matches no version.

What happened: `If-Match: *` means any version, and its star has no quotes. Your request sent `If-Match: "*"`, which
means the one version whose entity tag is a star. No server has that one, so the condition is always false. No lock is
involved.

How sure we are: certain if the request has no other condition. Likely otherwise, or if only the server's words say so.

What to do: send the star without quotes, or the current entity tag.

How to confirm: the same request with `If-Match: *` works.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.late_pattern import late_pattern
from davlock.servers.phrases import Said, Sayings

_QUOTED = late_pattern(r'(?:[Ww]/)?"\*"')


@rule(
    id="412-quoted-star",
    severity=Severity.ERROR,
    statuses=(412,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "13.1.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 412 to an If-Match of one star in quotes."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    sent = evidence.headers.get("If-Match")
    if sent is not None and not _QUOTED.fullmatch(sent.strip()):
        return None
    body = evidence.response.body if evidence.response is not None else None
    if sent is None and Said.STAR_COMPARED not in Sayings(_plain(body)):
        return None
    alone = sent is not None and "If" not in evidence.headers and "If-None-Match" not in evidence.headers
    return Match(
        certainty=Certainty.CERTAIN if alone else Certainty.LIKELY,
        headline="Your If-Match has a star in quotes, which no version matches",
        explanation="The wildcard is a star without quotes. Nothing says that the content changed.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *(quotes.request_header(evidence, "If-Match") if sent else ())),
        remedies=(safe("Send  If-Match: *  without quotes", who=Who.CLIENT_AUTHOR),),
    )


def _plain(body: bytes | None) -> str:
    return (body or b"")[:4096].decode("utf-8", "replace").replace("&quot;", '"')

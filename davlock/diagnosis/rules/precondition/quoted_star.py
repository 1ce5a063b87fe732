"""If-Match: "*": an entity tag of one star, and not the wildcard.

What happened: `If-Match: *` asks for any version, and its star has no quotes. `If-Match: "*"` names the one version
whose entity tag is a star, which no server has. So the condition never holds. No lock is involved.

How sure we are: certain if the request has no other condition, likely otherwise, or from the server's words.

What to do: send the star without quotes, or the current entity tag.

How to confirm: the same request with `If-Match: *` goes through.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.servers.phrases import Said, Sayings

_QUOTED = re.compile(r'(?:[Ww]/)?"\*"')


@rule(
    id="412-quoted-star",
    severity=Severity.ERROR,
    statuses=(412,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "13.1.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """412 to an If-Match of one star in quotes."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    sent = evidence.headers.get("If-Match")
    if sent is not None and not _QUOTED.fullmatch(sent.strip()):
        return None
    body = evidence.response.body if evidence.response is not None else None
    said = sent is None and Said.STAR_COMPARED in Sayings(_plain(body))
    if sent is None and not said:
        return None
    alone = sent is not None and "If" not in evidence.headers and "If-None-Match" not in evidence.headers
    return Match(
        certainty=Certainty.CERTAIN if alone else Certainty.LIKELY,
        headline='If-Match has a star in quotes: "*" is an entity tag, and no version has it',
        explanation="The wildcard is a star without quotes. Nothing says that the content changed.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *(quotes.request_header(evidence, "If-Match") if sent else ())),
        remedies=(safe("Send  If-Match: *  without quotes, or the current entity tag", who=Who.CLIENT_AUTHOR),),
    )


def _plain(body: bytes | None) -> str:
    return (body or b"")[:4096].decode("utf-8", "replace").replace("&quot;", '"')

"""only part of an exchange was pasted.

What happened: you gave davlock a log line, an exception or another part of an exchange. It shows the answer, but not
everything that was sent and received.

How sure we are: certain. The other findings rest on that part alone.

What to do: if a finding leaves more than one cause open, record the whole exchange.

How to confirm: `curl -i` shows the answer with its body. Give its output to `davlock explain`.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, Role, rfc, rule
from davlock.protocol.message import Exchange


@rule(
    id="capture-fragment",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc(9110, "6"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches if davlock read the exchange in question from a part of it."""
    asked = evidence.asked or (evidence.exchanges[-1] if evidence.exchanges else None)
    if asked is None or not asked.fragment:
        return None
    number = evidence.subject if evidence.subject is not None else len(evidence.exchanges) - 1
    unknown = _unknown(asked)
    seen = " ".join(part for part in (asked.request.method, asked.request.url, str(asked.status or "")) if part)
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"You pasted only part of an exchange: {asked.fragment}",
        explanation=f"It shows {seen}. Missing: {', '.join(unknown)}."
        if unknown
        else f"It shows {seen}. The rest is unknown.",
        retry=NOT_NEEDED,
        evidence=(Quote("read", seen, number),),
        facts=(("shape", asked.fragment), ("unknown", unknown)),
        remedies=(
            safe("Record the whole exchange: repeat it with curl -i"),
            *(() if _is_whole(asked.request.url) else (_SAY_URL,)),
        ),
    )


_SAY_URL = safe("Give the whole URL with --url: then commands follow")


def _is_whole(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _unknown(asked: Exchange) -> tuple[str, ...]:
    response = asked.response
    parts = (
        (not asked.request.method, "the method"),
        (not asked.request.url, "the URL"),
        (bool(asked.request.url) and not _is_whole(asked.request.url), "the host of the URL"),
        (not asked.request.headers.complete, "the header of the request"),
        (response is not None and not response.headers.complete, "the header of the answer"),
        (response is not None and response.body is None, "the body of the answer"),
    )
    return tuple(name for missing, name in parts if missing)

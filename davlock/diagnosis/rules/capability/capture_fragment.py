"""part of an exchange was pasted; the rest is unknown.

What happened: you gave davlock a log line, an exception or another part of an exchange. It says what was answered, but
not all that was sent and received.

How sure we are: certain. The findings beside this one rest on what the part shows. What it does not show is unknown.

What to do: record the whole exchange where the finding leaves more than one cause open.

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
    """The exchange under question was read from a part of it."""
    asked = evidence.asked or (evidence.exchanges[-1] if evidence.exchanges else None)
    if asked is None or not asked.fragment:
        return None
    number = evidence.subject if evidence.subject is not None else len(evidence.exchanges) - 1
    unknown = _unknown(asked)
    seen = " ".join(part for part in (asked.request.method, asked.request.url, str(asked.status or "")) if part)
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"What was pasted holds part of an exchange: {asked.fragment}",
        explanation=f"It shows {seen}. Unknown: {', '.join(unknown)}."
        if unknown
        else f"It shows {seen}. The rest of the exchange is unknown.",
        retry=NOT_NEEDED,
        evidence=(Quote("read", seen, number),),
        facts=(("shape", asked.fragment), ("unknown", unknown)),
        remedies=(
            safe("Record the whole exchange: run the request with curl -i"),
            *(() if _is_whole(asked.request.url) else (_SAY_URL,)),
        ),
    )


_SAY_URL = safe("Give the resource's whole URL with --url: then the findings print commands for it")


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

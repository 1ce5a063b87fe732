"""it already exists, and the request may only create it.

What happened: your request sent If-None-Match, so it must not overwrite anything. The resource exists, so the server
wrote nothing. No lock is involved.

How sure we are: certain for *, or if the server names the header, because this condition fails only then. Likely for
an entity tag: the resource still has that version.

What to do: write to another name. If you want to overwrite it, write without the condition.

How to confirm: `davlock propfind URL` finds a resource.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NEVER, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.refusal import failed_header
from davlock.diagnosis.remedies import destructive, safe
from davlock.diagnosis.rule import Match, rfc, rule


@rule(
    id="412-none-match-exists",
    severity=Severity.NOTICE,
    statuses=(412,),
    retry=(RetryVerdict.NEVER,),
    see=(rfc(9110, "13.1.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 412 to If-None-Match as the only condition, or a server that says that this header failed."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    named = failed_header(evidence)
    sent = evidence.headers.get("If-None-Match")
    if named and named != "if-none-match":
        return None
    if not named and (sent is None or "If-Match" in evidence.headers or evidence.submitted):
        return None
    if sent is not None and sent != "*" and not sent.startswith(('"', "W/")):
        return None
    excluded = sent is not None and sent != "*"
    creates = evidence.method in ("PUT", "MKCOL", "LOCK", "")
    gone = isinstance(evidence.exists_now, Known) and not evidence.exists_now.value
    gone = gone and isinstance(evidence.exists_now, Known) and evidence.after_subject(evidence.exists_now.exchange)
    if excluded:
        headline = "It still has the version that your If-None-Match excludes"
    elif creates:
        headline = "It already exists, and your request may only create it"
    else:
        headline = "It exists, and If-None-Match: * allows your request only if it does not"
    return Match(
        certainty=Certainty.LIKELY if (excluded and not named) or gone else Certainty.CERTAIN,
        headline=headline,
        explanation="If-None-Match protected it: the server overwrote nothing. No lock is involved."
        + (" A later read did not find it: it is gone again, or this login may not see it." if gone else ""),
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-None-Match")),
        remedies=(
            destructive(
                "To overwrite it, write without the condition",
                ("davlock", "put", "FILE", evidence.target) if evidence.method in ("PUT", "") else None,
            )
            if creates
            else safe("Leave out the condition (COPY, MOVE: Overwrite: F)", who=Who.CLIENT_AUTHOR),
        ),
    )

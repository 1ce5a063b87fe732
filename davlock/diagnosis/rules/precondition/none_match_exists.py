"""If-None-Match: * and it exists: the answer to "create only".

What happened: the request was to create the resource and not to overwrite it. It is there, so nothing was written.
This is the condition doing its work, not a lock.

How sure we are: certain for *, or where the server names the header: the condition can fail in no other way. Likely
for an entity tag, which the resource then still has.

What to do: write under another name, or without the condition if overwriting is meant.

How to confirm: PROPFIND on the URL finds a resource.
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
    """412 to If-None-Match as the only condition, or the server's word that this header failed."""
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
        headline = "It still has the version that If-None-Match excludes"
    elif creates:
        headline = "It exists already, and the request was to create it only"
    else:
        headline = "It exists, and If-None-Match: * forbids the request for what exists"
    return Match(
        certainty=Certainty.LIKELY if (excluded and not named) or gone else Certainty.CERTAIN,
        headline=headline,
        explanation="If-None-Match did its work: nothing was overwritten. No lock is involved."
        + (" It was not found afterwards: it is gone again, or this login may not see it." if gone else ""),
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-None-Match")),
        remedies=(
            destructive(
                "If overwriting is meant, write without the condition",
                ("davlock", "put", "FILE", evidence.target) if evidence.method in ("PUT", "") else None,
            )
            if creates
            else safe("Leave the condition out (COPY and MOVE have Overwrite: F)", who=Who.CLIENT_AUTHOR),
        ),
    )

"""the write sent its token in Lock-Token, not in If.

What happened: your write sent the token in the Lock-Token header. That header is only for UNLOCK and for answers to
LOCK. Servers ignore it on other requests (Apache may answer 400), so the request counts as one without a token.

How sure we are: likely, because the server refused the write like one without a token, and the token is in the wrong
header.

What to do: send the token in If: (<token>).

How to confirm: `davlock put FILE URL --token TOKEN` works.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import submit_token


@rule(
    id="412-token-in-lock-token-header",
    severity=Severity.ERROR,
    statuses=(400, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.4"), rfc4918("10.5")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refused write or renewal with Lock-Token and without If."""
    sent = evidence.headers.get("Lock-Token")
    if not sent or "If" in evidence.headers or evidence.cause is None or evidence.cause.status not in (400, 412, 423):
        return None
    refresh = evidence.method == "LOCK" and evidence.request is not None and evidence.request.body == b""
    if not (evidence.is_write or refresh):
        return None
    others = any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))
    if evidence.cause.status == 412 and others:
        return None  # that condition failed
    token = sent.strip("<> ")
    shown = [covering.token for covering in evidence.covering]
    if locks_read_since(evidence) and shown and token not in shown and None not in shown:
        return None  # the token would not open anything in If, either
    title = "Send it in the If header"
    renewal = intrusive(title, ("davlock", "refresh", evidence.target, "--token", token))
    return Match(
        certainty=Certainty.LIKELY,
        headline="Your request sends the token in Lock-Token, where servers ignore it",
        explanation=f"{evidence.method} must send its token in the If header. Lock-Token is only for UNLOCK.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Lock-Token"),
            *quotes.request_header(evidence, "If"),
        ),
        facts=(("token", token),),
        remedies=(
            renewal if refresh else submit_token(evidence, evidence.target, token, title),
            safe(f"Send  If: (<{token}>)  instead of Lock-Token", who=Who.CLIENT_AUTHOR),
        ),
    )

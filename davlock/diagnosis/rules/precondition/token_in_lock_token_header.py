"""the token was sent in Lock-Token on a write; it belongs in If.

What happened: Lock-Token is a header of UNLOCK and of answers to LOCK. On a PUT or any other write, servers ignore it
(Apache may answer 400), and the request counts as one without a token.

How sure we are: likely. The write was refused as if without a token, and the token stands in the wrong header.

What to do: move the token to If: (<token>).

How to confirm: `davlock put FILE URL --token TOKEN` goes through.
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
    """A write (or a refresh) refused, with Lock-Token and without If."""
    sent = evidence.headers.get("Lock-Token")
    if not sent or "If" in evidence.headers or evidence.cause is None or evidence.cause.status not in (400, 412, 423):
        return None
    refresh = evidence.method == "LOCK" and evidence.request is not None and evidence.request.body == b""
    if not (evidence.is_write or refresh):
        return None
    others = any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))
    if evidence.cause.status == 412 and others:
        return None  # it is that condition that failed
    token = sent.strip("<> ")
    shown = [covering.token for covering in evidence.covering]
    if locks_read_since(evidence) and shown and token not in shown and None not in shown:
        return None  # nor would it open anything in If
    title = "Send it in If"
    refreshing = intrusive(title, ("davlock", "refresh", evidence.target, "--token", token))
    return Match(
        certainty=Certainty.LIKELY,
        headline="The token was sent in Lock-Token, where servers do not look for it",
        explanation=f"A {evidence.method} submits its token in the If header; Lock-Token is for UNLOCK.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Lock-Token"),
            *quotes.request_header(evidence, "If"),
        ),
        facts=(("token", token),),
        remedies=(
            refreshing if refresh else submit_token(evidence, evidence.target, token, title),
            safe(f"Send  If: (<{token}>)  instead of Lock-Token", who=Who.CLIENT_AUTHOR),
        ),
    )

"""the server tested an untagged If header on the parent, too.

What happened: your request sent the token in an If header that names no URL. Such a header applies to every resource
that the request touches. Apache also tests it on the folder above, which has no such lock. The test fails with 412,
and DELETE or MOVE of the locked resource gets 424.

How sure we are: certain if the answer names the folder with 412. Possible if a DELETE or MOVE with a token gets 424
without such a list, because something locked in the folder can cause that, too.

What to do: name the locked resource in the header: If: <URL> (<token>).

How to confirm: the same request with that header works.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Remedy, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.refusal import is_above_target
from davlock.diagnosis.predicates.tokens import sent_dead_tokens
from davlock.diagnosis.remedies import destructive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import parent_of


@rule(
    id="424-parent-refused",
    severity=Severity.ERROR,
    statuses=(412, 424),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.4.2"), rfc4918("11.4")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 424 to a request without a tagged If, if its cause is a 412 on a collection above or is not named."""
    cause = evidence.cause
    if evidence.status not in (207, 424) or cause is None:
        return None
    if evidence.if_header is not None and evidence.if_header.tagged:
        return None
    if sent_dead_tokens(evidence):
        return None  # in whatever form it is sent, the token opens nothing
    above = is_above_target(cause.url, evidence) or "parent resource" in cause.words.lower()
    named = cause.member and cause.status == 412 and above
    unnamed = cause.status == 424 and not cause.member and evidence.method in ("DELETE", "MOVE")
    if not named and not (unnamed and evidence.submitted):
        return None
    token = evidence.submitted[0] if evidence.submitted else "TOKEN"
    tagged = f"If: <{evidence.target or 'URL'}> (<{token}>)"
    return Match(
        certainty=Certainty.POSSIBLE if not named else Certainty.CERTAIN if evidence.submitted else Certainty.LIKELY,
        headline="Your If header also applies to the folder above, and is false there"
        if named
        else "Your If header also applies to the folder above, and may be false there",
        explanation="An If header without a URL applies to every resource that the request touches. The folder above"
        " is one of them.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        facts=(("parent", cause.url if named else parent_of(evidence.target)),),
        alternatives=() if named else (Alternative("423-member-lock", "the same request with a tagged If list"),),
        remedies=(
            *_again(evidence, tagged),
            safe(f"Send  {tagged}", who=Who.CLIENT_AUTHOR),
        ),
    )


def _again(evidence: Evidence, tagged: str) -> tuple[Remedy, ...]:
    if evidence.method not in ("DELETE", "MOVE") or not evidence.submitted:
        return ()
    fields = ["-H", tagged]
    for name in ("Destination", "Overwrite"):
        sent = evidence.headers.get(name)
        fields += ["-H", f"{name}: {sent}"] if sent is not None and evidence.method == "MOVE" else []
    command = ("curl", "-X", evidence.method, *fields, evidence.target)
    return (destructive("Name the locked URL in the If header", command),)

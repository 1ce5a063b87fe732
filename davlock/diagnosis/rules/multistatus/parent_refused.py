"""the parent was validated with an untagged If and failed.

What happened: Apache answers 424 to DELETE and MOVE of a locked resource when the token came in an untagged If: it
tests the same list against the parent collection, which has no such lock, and that fails with 412.

How sure we are: certain where the body names the parent with 412. The request's If is quoted where it is known.
Possible from a 424 without such a body to a DELETE or MOVE with an untagged token: a locked member fits as well.

What to do: tag the list with the resource that is locked: If: <URL> (<token>).

How to confirm: the same request with the tagged list succeeds.
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
    """424 whose cause is a 412 on a collection above, or is not told, and no tagged If."""
    cause = evidence.cause
    if evidence.status not in (207, 424) or cause is None:
        return None
    if evidence.if_header is not None and evidence.if_header.tagged:
        return None
    if sent_dead_tokens(evidence):
        return None  # in whatever form it is sent, the token opens nothing
    above = is_above_target(cause.url, evidence) or "parent resource" in cause.words.lower()
    named = cause.member and cause.status == 412 and above
    untold = cause.status == 424 and not cause.member and evidence.method in ("DELETE", "MOVE")
    if not named and not (untold and evidence.submitted):
        return None
    token = evidence.submitted[0] if evidence.submitted else "TOKEN"
    tagged = f"If: <{evidence.target or 'URL'}> (<{token}>)"
    return Match(
        certainty=Certainty.POSSIBLE if not named else Certainty.CERTAIN if evidence.submitted else Certainty.LIKELY,
        headline="The If header was tested against the parent collection as well, and failed there"
        if named
        else "The If header was perhaps tested against the parent collection as well, and failed there",
        explanation="An untagged list applies to every resource that the request touches, and the parent is one"
        " of them.",
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
    return (destructive("Send it again with a tagged list", ("curl", "-X", evidence.method, *fields, evidence.target)),)

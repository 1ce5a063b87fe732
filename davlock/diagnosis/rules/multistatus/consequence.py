"""424 is a consequence: the member with the other status is the cause.

What happened: a part of the operation was not tried because another part failed. The resource with the 424 is not at
fault.

How sure we are: certain. 424 has no other meaning.

What to do: look at the member with the other status.

How to confirm: once that member's trouble is gone, the 424 is gone too.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.tokens import sent_dead_tokens
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, Role, rfc4918, rule


@rule(
    id="424-consequence",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    statuses=(207, 424),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("11.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """Any 424, on the answer or on a member."""
    failed = [entry for entry in evidence.refusals if entry.status == 424]
    if not failed:
        return None
    cause = evidence.cause
    known = cause is not None and cause.status != 424
    if not known and sent_dead_tokens(evidence):
        return None  # the tokens are the cause
    return Match(
        certainty=Certainty.CERTAIN,
        headline=(
            f"424{f' on {failed[0].url}' if failed[0].url else ''} is a consequence of {cause.status} on {cause.url}"
            if known and cause is not None
            else "424 is a consequence, and the answer does not name the cause"
        ),
        explanation="Failed Dependency: this part was not tried because another part failed.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote(
                "status" if not failed[0].member else "multistatus member",
                f"{failed[0].url} 424".strip(),
                evidence.subject,
            ),
            *(
                (Quote("multistatus member", f"{cause.url} {cause.status}", evidence.subject),)
                if known and cause
                else ()
            ),
        ),
        remedies=()
        if known
        else (
            safe(
                "Ask the server what stands in the way: the resource, its members, the collection above",
                ("davlock", "diagnose", evidence.target),
            ),
        ),
        facts=(
            ("cause", cause.url if known and cause else None),
            ("status", cause.status if known and cause else None),
        ),
    )

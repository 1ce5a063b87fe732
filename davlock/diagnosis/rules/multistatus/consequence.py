"""this part failed only because another part failed.

What happened: the server skipped a part of the operation because another part failed. Nothing is wrong with the
resource that has the 424.

How sure we are: certain. 424 has no other meaning.

What to do: look at the resource with the other status.

How to confirm: when that resource's problem is solved, the 424 is gone, too.
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
    """Matches any 424, of the answer or of a member."""
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
            f"The 424{f' on {failed[0].url}' if failed[0].url else ''} only follows from {cause.status} on {cause.url}"
            if known and cause is not None
            else "Something else failed first, and the answer does not say what"
        ),
        explanation="424 means that the server skipped this part because another part failed.",
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
        else (safe("Ask the server what is in the way", ("davlock", "diagnose", evidence.target)),),
        facts=(
            ("cause", cause.url if known and cause else None),
            ("status", cause.status if known and cause else None),
        ),
    )

"""A lock on a member stands in the way of an operation on its collection.

What happened: DELETE, MOVE or a LOCK with Depth infinity would have touched everything in the collection, and one of
its members is locked. A 424 on the collection itself is only the consequence.

How sure we are: certain. The answer names the member and its status.

What to do: release the member's lock, or leave that member out.

How to confirm: `davlock locks MEMBER` shows the lock.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Severity
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.situation import blamed, is_below_target, refused_as_locked
from davlock.diagnosis.wording import at_the_same_host, investigate


def check(evidence: Evidence) -> Match | None:
    """A refusal as locked that names something below the target."""
    named = blamed(evidence)
    if named is None or not refused_as_locked(evidence) or not is_below_target(named, evidence):
        return None
    locked = tuple(entry.url for entry in evidence.refusals if entry.member and entry.status == 423) or (named,)
    more = f" and {len(locked) - 1} more" if len(locked) > 1 else ""
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"A member is locked: {named}{more}",
        explanation=f"{evidence.method or 'The request'} concerns the whole collection, and the lock on this"
        " member forbids it.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("members", locked),),
        remedies=(investigate(at_the_same_host(named, evidence)),),
    )


RULE = Rule(
    id="423-member-lock",
    family=Family.LOCKED,
    severity=Severity.ERROR,
    title="a member's lock blocks an operation on its collection",
    page=__doc__,
    check=check,
    references=(rfc4918("7.4"), rfc4918("9.10.3"), rfc4918("9.6.1")),
)

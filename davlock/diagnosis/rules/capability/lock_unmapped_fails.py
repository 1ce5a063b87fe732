"""LOCK on a name that does not exist yet fails; write first.

What happened: RFC 4918 wants LOCK on an unmapped URL to create an empty resource. Older oCIS and OpenCloud answer 500
instead. No lock is left.

How sure we are: certain where the words of that server are there. Likely where the name is known to be missing.

What to do: PUT first, then LOCK. davfs2: use_locks 0.

How to confirm: the same LOCK after a PUT succeeds.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918


def check(evidence: Evidence) -> Match | None:
    """500 to LOCK with oCIS's words."""
    if evidence.method != "LOCK" or evidence.status != 500 or evidence.error is None:
        return None
    if not evidence.error.says("set lock: error: not found"):
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="This server cannot lock a name that does not exist yet",
        explanation="No lock was made, and no file either. Write first, then lock.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        remedies=(
            Remedy(Who.YOU, "Write first, then lock", ("davlock", "put", "FILE", evidence.target), Risk.INTRUSIVE),
            Remedy(Who.YOU, "davfs2: set use_locks 0", None, Risk.INTRUSIVE),
            Remedy(Who.SERVER_ADMIN, "Update oCIS or OpenCloud", None, Risk.INTRUSIVE),
        ),
    )


RULE = Rule(
    id="500-lock-unmapped",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="LOCK on a new name fails; PUT first",
    page=__doc__,
    check=check,
    references=(rfc4918("9.10.4"),),
)

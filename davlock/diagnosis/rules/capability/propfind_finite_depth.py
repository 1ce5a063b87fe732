"""PROPFIND with Depth infinity is refused.

What happened: The server does not list a whole tree in one answer. PROPFIND with Depth infinity (also what a missing
Depth means) was refused. It is about the size of the answer, not about permission or locks.

How sure we are: certain where the body says propfind-finite-depth. Likely from a 403 to such a request alone.

What to do: ask with Depth 1, one collection after the other.

How to confirm: the same PROPFIND with Depth 1 is answered 207.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NEVER, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.protocol.lock import Depth
from davlock.protocol.precondition import FINITE_DEPTH


@rule(
    id="403-propfind-finite-depth",
    severity=Severity.NOTICE,
    statuses=(403,),
    retry=(RetryVerdict.NEVER,),
    see=(rfc4918("9.1"), rfc4918("16")),
)
def check(evidence: Evidence) -> Match | None:
    """403 to PROPFIND with Depth infinity, or the code of RFC 4918 §16 for it."""
    cause = evidence.cause
    if cause is None or evidence.method not in ("PROPFIND", "") or cause.member:
        return None
    said = FINITE_DEPTH in cause.codes
    if not said and not (cause.status == 403 and evidence.method == "PROPFIND" and evidence.depth is Depth.INFINITY):
        return None
    return Match(
        certainty=Certainty.CERTAIN if said else Certainty.LIKELY,
        headline="This server refuses PROPFIND with Depth infinity",
        explanation="It wants the tree asked for level by level. No lock and no permission is in question.",
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Depth")),
        alternatives=() if said else (Alternative("403-no-permission", "the same PROPFIND with Depth 0"),),
        remedies=(safe("Ask with Depth 1", ("davlock", "locks", evidence.target, "--depth", "1")),),
    )

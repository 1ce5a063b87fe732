"""the server does not list a whole tree at once.

What happened: the server refused PROPFIND with Depth: infinity, which a missing Depth also means. It does not want to
list a whole tree in one answer. No permission and no lock is the reason.

How sure we are: certain if the body says propfind-finite-depth. Likely from a 403 to such a request alone.

What to do: ask with Depth: 1, one collection after the other. `davlock locks -r` does that.

How to confirm: the same PROPFIND with Depth: 1 gets 207.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NEVER, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.protocol.lock import Depth
from davlock.protocol.precondition import FINITE_DEPTH
from davlock.servers.phrases import Said


@rule(
    id="403-propfind-finite-depth",
    severity=Severity.NOTICE,
    statuses=(403,),
    retry=(RetryVerdict.NEVER,),
    see=(rfc4918("9.1"), rfc4918("16")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 403 to PROPFIND with Depth infinity, or the code of RFC 4918 §16 for it."""
    cause = evidence.cause
    if cause is None or evidence.method not in ("PROPFIND", "") or cause.member:
        return None
    said = FINITE_DEPTH in cause.codes or Said.FINITE_DEPTH in evidence.said
    if not said and not (cause.status == 403 and evidence.method == "PROPFIND" and evidence.depth is Depth.INFINITY):
        return None
    return Match(
        certainty=Certainty.CERTAIN if said else Certainty.LIKELY,
        headline="The server refuses to list a whole tree in one request",
        explanation="It wants PROPFIND level by level. No lock and no permission is the reason.",
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Depth")),
        alternatives=() if said else (Alternative("403-no-permission", "the same PROPFIND with Depth 0"),),
        remedies=(safe("Ask for one level", ("davlock", "locks", evidence.target, "--depth", "1")),),
    )

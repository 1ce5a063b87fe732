"""Shared locks are not offered here.

What happened: the LOCK asked for a shared lock. Go's webdav answers 501 to that, nginx grants an exclusive one.
Exclusive locks work.

How sure we are: likely from a 501; certain where supportedlock lists exclusive locks only.

What to do: ask for an exclusive lock.

How to confirm: `davlock propfind URL -p supportedlock` lists exclusive locks alone.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.protocol.lock import LockScope


def check(evidence: Evidence) -> Match | None:
    """501 (or 403, 400) to a LOCK whose lockinfo asks for a shared lock."""
    body = evidence.request.body if evidence.request else None
    if evidence.method != "LOCK" or not isinstance(body, bytes) or b"shared" not in body or evidence.cause is None:
        return None
    offered = evidence.supported.value if isinstance(evidence.supported, Known) else ()
    listed = bool(offered) and all(entry.scope is not LockScope.SHARED for entry in offered)
    if evidence.cause.status != 501 and not (listed and evidence.cause.status in (400, 403, 405, 422)):
        return None
    return Match(
        certainty=Certainty.CERTAIN if listed else Certainty.LIKELY,
        headline="This server does not offer shared locks",
        explanation="The LOCK asked for one. Exclusive locks may well work.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            Quote("request body", body[:200].decode("utf-8", "replace").strip(), evidence.subject),
        ),
        remedies=(
            Remedy(
                Who.YOU,
                "Ask for an exclusive lock",
                ("davlock", "lock", evidence.target, "--scope", "exclusive"),
                Risk.INTRUSIVE,
            ),
        ),
    )


RULE = Rule(
    id="exclusive-only",
    family=Family.CAPABILITY,
    severity=Severity.NOTICE,
    title="shared locks are not offered",
    page=__doc__,
    check=check,
    references=(
        rfc4918("6.2"),
        rfc4918("15.10"),
    ),
)

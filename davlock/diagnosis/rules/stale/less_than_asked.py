"""The lock that was granted is not the one that was asked for.

What happened: the answer to LOCK describes another depth or scope. pywebdav3 grants Depth 0 to Depth infinity, so
that members stay free; nginx grants an exclusive lock to whoever asks for a shared one, so that nobody else gets in.

How sure we are: certain. Both are quoted.

What to do: release it if it does not serve. Lock the members one by one, or do without shared locks here.

How to confirm: `davlock locks URL` shows depth and scope.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, Severity
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc4918
from davlock.diagnosis.rules.capability import fake_lock
from davlock.diagnosis.situation import asked_scope
from davlock.protocol.lock import ActiveLock, Depth, LockScope


def check(evidence: Evidence) -> Match | None:
    """A new lock whose depth is 0 instead of infinity, or whose scope is the other one."""
    lock = evidence.granted
    scope = asked_scope(evidence)
    if lock is None or evidence.is_refresh or fake_lock.RULE.check(evidence) is not None:
        return None
    wish, given = "", ""
    if evidence.depth is Depth.INFINITY and lock.depth is Depth.ZERO and "Depth" in evidence.headers:
        wish, given = "Depth infinity", "depth 0"
    elif evidence.headers.get("Depth") == "0" and lock.depth is Depth.INFINITY and _is_shown(evidence, lock):
        wish, given = "Depth 0", "depth infinity"
    elif scope is LockScope.SHARED and lock.scope is LockScope.EXCLUSIVE:
        wish, given = "a shared lock", "an exclusive lock"
    if not wish:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The server granted {given}, where {wish} was asked for",
        explanation="The lock is there, and is another one than was meant."
        + (" Something in between may have dropped the Depth header." if wish == "Depth 0" else ""),
        retry=NOT_NEEDED,
        evidence=(
            Quote("LOCK request", wish, evidence.subject),
            Quote("LOCK answer", given, evidence.subject),
        ),
        facts=(("asked", wish), ("granted", given)),
    )


def _is_shown(evidence: Evidence, lock: ActiveLock) -> bool:
    """Nextcloud's fake locks claim depth infinity, and are not there at all."""
    return any(covering.lock.token == lock.token for covering in evidence.covering)


RULE = Rule(
    id="lock-not-as-asked",
    family=Family.STALE,
    severity=Severity.WARNING,
    title="another depth or scope was granted than was asked for",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc4918("9.10.3"), rfc4918("6.2")),
)

"""this credential may not lock, whatever supportedlock says.

What happened: LOCK alone is answered 403, on a resource that the same login can read, and perhaps write. Public links
of ownCloud and Nextcloud are so: PROPFIND lists supportedlock, and LOCK is refused. Programs that insist on a lock
open the file read-only, or leave an empty one behind.

How sure we are: likely. Locks are offered there, or another write went through, or the answer speaks of locking.

What to do: use an account in place of the link, or a client that does without locks.

How to confirm: a PUT with the same login goes through while LOCK is 403.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NEVER, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.resource import slash_on_a_file
from davlock.diagnosis.predicates.sequence import is_write, on_target
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.servers.phrases import Said


@rule(
    id="403-lock-refused",
    severity=Severity.ERROR,
    statuses=(403,),
    retry=(RetryVerdict.NEVER,),
    scope=Scope.SERVER,
    see=(rfc4918("15.10"), rfc4918("9.10")),
)
def check(evidence: Evidence) -> Match | None:
    """403 to a new LOCK, where supportedlock offers locks, the answer is about locking, or a write went through."""
    cause = evidence.cause
    if evidence.method != "LOCK" or evidence.is_refresh or cause is None or cause.member or cause.status != 403:
        return None
    if refused_as_locked(evidence) or "If" in evidence.headers or slash_on_a_file(evidence):
        return None
    offered = isinstance(evidence.supported, Known) and bool(evidence.supported.value)
    written = _written(evidence)
    said = Said.ABOUT_LOCKING in evidence.said
    if not offered and not said and written is None:
        return None
    seen: list[Quote] = []
    if offered and isinstance(evidence.supported, Known):
        words = ", ".join(entry.scope.value if entry.scope else "?" for entry in evidence.supported.value)
        seen.append(Quote("supportedlock", words, evidence.supported.exchange))
    if written is not None:
        exchange = evidence.exchanges[written]
        seen.append(Quote(f"{exchange.request.method} on the same URL", f"{exchange.status}", written))
    return Match(
        certainty=Certainty.LIKELY,
        headline="This login may not lock here" + (", though the server offers locks" if offered else ""),
        explanation="LOCK itself is refused: no lock stands in the way, and waiting does not help."
        + (" Writing without a lock is allowed." if written is not None else ""),
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *seen),
        alternatives=()
        if written is not None
        else (Alternative("403-no-permission", "a PUT with the same login: it is 403 as well"),),
        remedies=(
            safe("Use an account in place of a public link or a restricted login"),
            intrusive("Or let the client write without locks (davfs2: use_locks 0)"),
        ),
    )


def _written(evidence: Evidence) -> int | None:
    """A write on the target that went through with the same login."""
    login = evidence.headers.get("Authorization")
    for index, exchange in on_target(evidence):
        response = exchange.response
        if not is_write(exchange) or response is None or not response.ok or response.status == 207:
            continue
        if exchange.request.headers.get("Authorization") == login:
            return index
    return None

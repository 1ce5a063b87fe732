"""this login may not lock.

What happened: the server refuses LOCK alone with 403. The same login can read the resource, and perhaps write it.
Public links of ownCloud and Nextcloud work like this: they list supportedlock and refuse LOCK. Programs that insist on
a lock then open the file read-only, or leave an empty one behind.

How sure we are: likely. The server offers locks there, or another write succeeded, or the answer is about locking.

What to do: use a full account instead of the link. Or let the client write without locks (davfs2: use_locks 0).

How to confirm: a PUT with the same login succeeds, while LOCK gets 403.
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
    """Matches 403 to a new LOCK if supportedlock offers locks, the answer is about locking, or a write succeeded."""
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
        headline="Your login may not lock here" + (", though the server offers locks" if offered else ""),
        explanation="The server refuses LOCK itself: no lock is in your way, and waiting does not help."
        + (" You may write without a lock." if written is not None else ""),
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *seen),
        alternatives=()
        if written is not None
        else (Alternative("403-no-permission", "a PUT with the same login: it gets 403, too"),),
        remedies=(
            safe("Use a full account instead of a link"),
            intrusive("Let the client write without locks (davfs2: use_locks 0)"),
        ),
    )


def _written(evidence: Evidence) -> int | None:
    """Returns the number of a write on the target that succeeded with the same login."""
    login = evidence.headers.get("Authorization")
    for index, exchange in on_target(evidence):
        response = exchange.response
        if not is_write(exchange) or response is None or not response.ok or response.status == 207:
            continue
        if exchange.request.headers.get("Authorization") == login:
            return index
    return None

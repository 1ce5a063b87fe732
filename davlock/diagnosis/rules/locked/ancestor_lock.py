"""a folder above is locked, and the lock covers the resource.

What happened: someone locked a folder above the resource, with everything below it. Or they locked the folder alone,
and your request would add something to it or remove something from it.

How sure we are: certain if the server shows the lock, or names the folder in its refusal. Apache never says where a
lock starts, so davlock walks up until the lock no longer appears. Likely if the server shows no depth for the lock, or
a depth that no lock can have.

What to do: look at the locked folder, not at this resource. Wait for the lock there, or ask its holder. If the lock is
yours, send its token together with the URL of the locked folder.

How to confirm: `davlock locks FOLDER` shows the lock on the folder itself.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, RetryVerdict, Severity, Verdict
from davlock.diagnosis.lock_verdict import lock_verdict
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import blamed, is_above_target, is_inquiry, refused_as_locked
from davlock.diagnosis.predicates.resource import below_a_file, spares_the_target
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import (
    ask_holder,
    at_the_same_host,
    describe,
    investigate,
    lock_facts,
    parent_of,
    retry_for,
    retry_until,
    wait_for,
    ways_past,
)
from davlock.locks.observed import ObservedLock
from davlock.protocol.lock import Depth


@rule(
    id="423-ancestor-lock",
    severity=Severity.ERROR,
    statuses=(207, 423, 424),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("7.4"), rfc4918("6.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a lock whose root is above the target, or a refusal that names such a resource."""
    refused = refused_as_locked(evidence)
    if not refused and not is_inquiry(evidence):
        return None
    if refused and evidence.covering and spares_the_target(evidence):
        return None
    sent = (evidence.submitted or ()) if refused else ()
    above = [
        lock
        for lock in foreign_locks(evidence)
        if lock.direct is False and is_above_target(lock.root, evidence) and (not sent or lock.token not in sent)
    ]
    if above and not refused and lock_verdict(evidence).verdict is Verdict.CLEAR:
        return None  # of what the person wants to do, it refuses nothing
    if above:
        return _known(evidence, above[0], refused=refused)
    if is_inquiry(evidence):
        return _list_of_members(evidence)
    named = blamed(evidence)
    if not refused or evidence.covering or not is_above_target(named, evidence):
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"A lock on the folder {named} blocks your request",
        explanation="The lock is on this folder or on one above it. The answer does not say who holds it.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("lockroot", named),),
        remedies=(investigate(at_the_same_host(named or evidence.target, evidence)),),
    )


def _list_of_members(evidence: Evidence) -> Match | None:
    """Matches a lock of depth 0 on the collection above, if the request would change the list of its members."""
    judged = lock_verdict(evidence)
    beside = evidence.parent_locks.value if isinstance(evidence.parent_locks, Known) else ()
    refused = {method: [lock for lock in met.locks if lock in beside] for method, met in judged.methods}
    refused = {method: locks for method, locks in refused.items() if locks}
    if judged.verdict is not Verdict.BLOCKED or not refused or foreign_locks(evidence):
        return None
    lock = next(iter(refused.values()))[0]
    measured = evidence.server is not None and evidence.server.depth_zero_forbids is not None
    methods = " and ".join(refused)
    return Match(
        certainty=Certainty.CERTAIN if measured else Certainty.LIKELY,
        headline=f"The folder {lock.root} is locked, so the server refuses {methods} here",
        explanation=f"{describe(lock, evidence)}. The lock protects the folder's list of files.",
        retry=retry_until((lock,), evidence),
        evidence=(quotes.lock(lock),),
        facts=lock_facts(lock),
        remedies=(*wait_for((lock,), evidence, evidence.target, method=next(iter(refused))), ask_holder(lock)),
    )


def _known(evidence: Evidence, lock: ObservedLock, *, refused: bool) -> Match:
    answer = quotes.answer(evidence) if refused else ()
    deep = lock.lock.depth is not Depth.ZERO
    # RFC 4918 §14.1: 0 or infinity. If the server shows neither, how far the lock reaches is a guess.
    guessed = lock.lock.depth not in (Depth.ZERO, Depth.INFINITY) and not refused
    reach = " with everything below it" if deep else ", so nothing can be added to it or removed from it"
    shown = f"the depth {lock.lock.depth.value}, which no lock can have" if lock.lock.depth is not None else "no depth"
    why = f" The server shows {shown}, so the lock probably covers everything below it." if guessed else ""
    return Match(
        certainty=Certainty.LIKELY if guessed else Certainty.CERTAIN,
        headline=f"The folder {lock.root} is locked{reach}",
        explanation=f"{describe(lock, evidence)}.{why}",
        retry=retry_for(evidence),
        evidence=(*answer, quotes.lock(lock)),
        facts=lock_facts(lock),
        remedies=_ways(lock, evidence),
    )


def _ways(lock: ObservedLock, evidence: Evidence) -> tuple[Remedy, ...]:
    """Returns the ways past the lock.

    If the target's collection is missing, it must be created too: `davlock wait` on the target itself ends at once.
    """
    above = evidence.parent_is_collection
    if not (isinstance(above, Known) and not above.value and lock.root) or below_a_file(evidence):
        return ways_past(lock, evidence)
    waits = wait_for((lock,), evidence, evidence.target)
    missing = parent_of(evidence.target)
    create = intrusive("Then create the missing folder", ("curl", "-X", "MKCOL", missing))
    others = tuple(way for way in ways_past(lock, evidence) if way not in waits)
    return (*wait_for((lock,), evidence, lock.root), create, *others)

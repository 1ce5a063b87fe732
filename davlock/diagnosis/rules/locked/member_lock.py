"""a lock on something in the folder blocks the whole folder.

What happened: DELETE, MOVE or a lock on the whole folder affects everything in it, and one of its members is locked. A
424 on the folder itself only follows from that. Or davlock has looked into the folder and found the lock before you
tried.

How sure we are: certain if the answer names the member. Likely if the answer names nothing, and a listing shows a lock
in the folder. Some servers delete a folder although something in it is locked.

What to do: wait until that lock ends, ask its holder, or leave that member out.

How to confirm: `davlock locks MEMBER` shows the lock.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity, Verdict
from davlock.diagnosis.lock_verdict import REMOVING, lock_verdict
from davlock.diagnosis.predicates.refusal import blamed, is_below_target, is_inquiry, refused_as_locked
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.resource import read_propfind, view
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import ask_holder, at_the_same_host, describe, investigate, look, retry_until, wait_for
from davlock.locks.observed import Observation, ObservedLock
from davlock.protocol.lock import Depth
from davlock.protocol.url import same_path


@rule(
    id="423-member-lock",
    severity=Severity.ERROR,
    statuses=(207, 423, 424),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("7.4"), rfc4918("9.10.3"), rfc4918("9.6.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refusal as locked that names something below the target, or an inquiry that finds a locked member."""
    if is_inquiry(evidence):
        return _inside(evidence)
    named = blamed(evidence)
    if named is None and refused_as_locked(evidence) and not evidence.covering:
        return _listed(evidence)
    if named is None or not refused_as_locked(evidence) or not is_below_target(named, evidence):
        return None
    locked = tuple(entry.url for entry in evidence.refusals if entry.member and entry.status == 423) or (named,)
    more = f" and {len(locked) - 1} more" if len(locked) > 1 else ""
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"Something in the folder is locked: {named}{more}",
        explanation=f"{evidence.method or 'The request'} affects the whole folder, so one lock in it is enough to"
        " block it.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("members", locked),),
        remedies=(investigate(at_the_same_host(named, evidence)),),
    )


def _inside(evidence: Evidence) -> Match | None:
    """Matches if nothing was tried, and a look into the collection shows locks that refuse DELETE and MOVE."""
    members = evidence.member_locks.value.locks if isinstance(evidence.member_locks, Known) else ()
    judged = lock_verdict(evidence)
    inside = {id(lock) for lock in members}  # there can be a thousand
    refused = [
        method
        for method, met in judged.methods
        if met.verdict is Verdict.BLOCKED and any(id(lock) in inside for lock in met.locks)
    ]
    locks = tuple(lock for lock in judged.of(refused[0]).locks if id(lock) in inside) if refused else ()
    if not locks or judged.verdict is not Verdict.BLOCKED:
        return None
    first = locks[0]
    urls = tuple(dict.fromkeys(lock.url for lock in locks))
    more = "" if len(urls) == 1 else f" and {len(urls) - 1} more"
    server = evidence.server
    measured = server is not None and (server.removes_locked_members is False or "DELETE" not in refused)
    return Match(
        certainty=Certainty.CERTAIN if measured else Certainty.LIKELY,
        headline=f"The folder itself is not locked, but something in it is: {first.url}{more}",
        explanation=f"{describe(first, evidence)}. The server refuses {' and '.join(refused)} of the folder"
        f" because of it{'' if measured else ', although some servers delete it anyway'}.",
        retry=retry_until(locks, evidence),
        evidence=tuple(quotes.lock(lock) for lock in locks[:5]),
        facts=(("members", urls[:100]),),
        remedies=(
            # nginx refuses a LOCK of the folder over its members, and wait looks at the folder alone.
            *(wait_for(locks, evidence, evidence.target, method=refused[0]) if refused[0] in REMOVING else ()),
            safe("List every lock in it", ("davlock", "locks", "-r", evidence.target)),
            *(ask_holder(lock) for lock in locks[:3]),
        ),
    )


def _listed(evidence: Evidence) -> Match | None:
    """Matches if the answer names nothing, and a listing shows a lock below the target that is not the person's."""
    if evidence.method not in ("DELETE", "MOVE", "LOCK") or evidence.is_refresh:
        return None
    if evidence.method == "LOCK" and evidence.depth is Depth.ZERO:
        return None
    members: dict[str, ObservedLock] = {}
    for index, exchange in enumerate(evidence.exchanges):
        if exchange.request.method.upper() == "UNLOCK" and exchange.status in (200, 204):
            members = {url: lock for url, lock in members.items() if not same_path(url, exchange.request.url)}
        answer = read_propfind(exchange) if exchange.request.method.upper() == "PROPFIND" else ""
        for element in () if isinstance(answer, str) else answer.responses:
            seen = view(element, exchange.request.url)
            if not is_below_target(seen.url, evidence):
                continue
            members.pop(seen.url, None)  # the last look counts
            for active in seen.locks or ():
                if active.token is None or active.token.uri not in evidence.held:
                    members[seen.url] = ObservedLock(
                        lock=active, url=seen.url, root=seen.url, direct=True, observation=Observation(exchange=index)
                    )
    if not members:
        return None
    url, first = next(iter(members.items()))
    more = f" and {len(members) - 1} more" if len(members) > 1 else ""
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"Something in the folder is locked: {url}{more}",
        explanation=f"The answer does not name it: a listing shows this lock. {describe(first, evidence)}.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *(quotes.lock(entry) for entry in members.values())),
        facts=(("members", tuple(members)),),
        alternatives=(
            Alternative("423-token-required", "PROPFIND on the folder and on those above it: they show a lock"),
        ),
        remedies=(look(url), *(ask_holder(entry) for entry in tuple(members.values())[:4])),
    )

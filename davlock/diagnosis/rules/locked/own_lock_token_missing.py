"""the lock is ours and the request did not submit its token.

What happened: you hold the lock that protects this resource, but the write was sent without that lock's token in its
If header. A server cannot know that the holder is asking: even the user who took a lock must submit its token with
each write.

How sure we are: certain where the token that you hold is the one that lockdiscovery shows. Likely where you locked the
destination of a COPY or MOVE, and the answer does not say which name is locked.

What to do: send the same write with the token in If (not in Lock-Token, which is for UNLOCK only).

How to confirm: `davlock put FILE URL --token TOKEN` goes through.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.logins import logins_differ
from davlock.diagnosis.predicates.locks import foreign_locks, own_locks_then
from davlock.diagnosis.predicates.refusal import blamed, is_below_target, refused_as_locked
from davlock.diagnosis.predicates.resource import spares_the_target
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import describe, lock_facts, submit_token
from davlock.protocol.lock import Depth
from davlock.protocol.url import same_path


@rule(
    id="423-own-lock-token-missing",
    severity=Severity.ERROR,
    statuses=(207, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("7.5"), rfc4918("10.4")),
)
def check(evidence: Evidence) -> Match | None:
    """A write refused as locked, a lock whose token is held, and no token in If."""
    if not evidence.is_write or not refused_as_locked(evidence) or evidence.submitted != ():
        return None
    named = blamed(evidence)
    if is_below_target(named, evidence):
        mine = [lock for lock in own_locks_then(evidence) if lock.lock.depth is not Depth.ZERO]
    elif named is not None:
        return _named(evidence, named)
    else:
        mine = [] if spares_the_target(evidence) else list(own_locks_then(evidence))
    if not mine:
        # COPY and MOVE write to their destination as well.
        onto = (
            evidence.destination
            if named is None and (spares_the_target(evidence) or not foreign_locks(evidence))
            else None
        )
        return _named(evidence, onto, Certainty.LIKELY) if onto is not None else None
    lock = mine[0]
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The lock is yours, but the request did not submit its token",
        explanation=f"{describe(lock, evidence)}. {evidence.method} must carry its token, which you hold, in the"
        " If header.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), quotes.lock(lock)),
        facts=lock_facts(lock),
        remedies=(
            submit_token(evidence, lock.root or evidence.target, lock.token or "", "Send the write with the token"),
            safe(
                f"Add the header  If: <{lock.root or evidence.target}> (<{lock.token}>)  to every write while the"
                " lock is held",
                who=Who.CLIENT_AUTHOR,
            ),
        ),
    )


def _named(evidence: Evidence, named: str, certainty: Certainty = Certainty.CERTAIN) -> Match | None:
    """Another resource is what is locked, by the answer or by what the request does, and a lock of ours was taken
    there.
    """
    for taken in evidence.taken:
        if taken.lock.token is not None and same_path(taken.url, named):
            login = evidence.exchanges[taken.exchange].request.headers
            if logins_differ(login, evidence.headers):
                continue  # somebody else's
            token = taken.lock.token.uri
            return Match(
                certainty=certainty,
                headline=f"The lock on {named} is yours, but the request did not submit its token",
                explanation="You took that lock in these exchanges. Every write that it bears on must carry its token.",
                retry=AFTER_CHANGE,
                evidence=(
                    *quotes.answer(evidence),
                    *quotes.request_header(evidence, "If"),
                    Quote("LOCK answer", f"token {token}", taken.exchange),
                ),
                facts=(("token", token), ("lockroot", taken.url)),
                remedies=(submit_token(evidence, taken.url, token, "Send the write with the token"),),
            )
    return None

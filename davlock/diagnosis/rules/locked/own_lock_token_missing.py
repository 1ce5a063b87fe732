"""you hold the lock, but the request did not send its token.

What happened: the lock that protects the resource is yours, but your program wrote without the lock's token in the If
header. The server cannot know that the holder is writing: even the user who took the lock must send its token with
every write.

How sure we are: certain if the server shows the same token that you hold. Likely if you locked the destination of a
COPY or MOVE, and the answer does not say which resource is locked.

What to do: send the write again with the token in the If header. The Lock-Token header is only for UNLOCK.

How to confirm: `davlock put FILE URL --token TOKEN` works.
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
    """Matches a write refused as locked that sent no token, although the person holds the lock's token."""
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
        # COPY and MOVE also write to their destination.
        onto = (
            evidence.destination
            if named is None and (spares_the_target(evidence) or not foreign_locks(evidence))
            else None
        )
        return _named(evidence, onto, Certainty.LIKELY) if onto is not None else None
    lock = mine[0]
    return Match(
        certainty=Certainty.CERTAIN,
        headline="You hold the lock, but your request did not send its token",
        explanation=f"{describe(lock, evidence)}. Your {evidence.method} must send the lock's token in the If header.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), quotes.lock(lock)),
        facts=lock_facts(lock),
        remedies=(
            submit_token(evidence, lock.root or evidence.target, lock.token or "", "Send its token with the write"),
            safe(
                f"With every write send  If: <{lock.root or evidence.target}> (<{lock.token}>)",
                who=Who.CLIENT_AUTHOR,
            ),
        ),
    )


def _named(evidence: Evidence, named: str, certainty: Certainty = Certainty.CERTAIN) -> Match | None:
    """Matches if ``named``, another resource than the target, is what is locked, and the person took a lock there."""
    for taken in evidence.taken:
        if taken.lock.token is not None and same_path(taken.url, named):
            login = evidence.exchanges[taken.exchange].request.headers
            if logins_differ(login, evidence.headers):
                continue  # somebody else's
            token = taken.lock.token.uri
            return Match(
                certainty=certainty,
                headline=f"You hold the lock on {named}, but your request did not send its token",
                explanation="An earlier LOCK shows that you took it. Every write that it blocks must send its token.",
                retry=AFTER_CHANGE,
                evidence=(
                    *quotes.answer(evidence),
                    *quotes.request_header(evidence, "If"),
                    Quote("LOCK answer", f"token {token}", taken.exchange),
                ),
                facts=(("token", token), ("lockroot", taken.url)),
                remedies=(submit_token(evidence, taken.url, token, "Send its token with the write"),),
            )
    return None

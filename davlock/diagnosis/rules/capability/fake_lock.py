"""LOCK succeeds and protects nothing.

What happened: LOCK succeeds and keeps nobody out. An exclusive LOCK was granted twice, the second time while the first
lock should have kept everybody out. Nextcloud without a lock app, old oCIS, dufs and others grant locks that protect
nothing, so that clients which insist on locks go on.

How sure we are: certain where an exclusive LOCK was granted twice with two tokens, or to two users. Likely where one
user got one token twice, for a few servers renew their user's lock so; where the token is one that such servers make up
(the same for the same path, all zeros) or a refresh with it is refused; and where the product is known to keep no locks
(copyparty). A guess where the same user may lock again on this product, or where the lock is only not shown: then the
server may hide its locks.

What to do: do not rely on locks here. Guard writes with If-Match.

How to confirm: a second LOCK without a token is granted as well: `davlock diagnose URL --scratch FOLDER` tries it.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NEVER, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.proof import (
    put_refused_as_locked,
    second_lock_granted,
    second_lock_refused,
    unlocked_since,
    write_without_token_accepted,
)
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.resource import read_lock_answer
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.diagnosis.sequence import lock_may_have_ended, seconds_between
from davlock.diagnosis.situation import asked_scope, is_made_up, locks_read_since, logins_differ
from davlock.protocol.lock import ActiveLock, LockScope
from davlock.protocol.url import same_resource
from davlock.servers.profile import Profile, Store

REMEDIES = (
    safe("Do not rely on locks here: guard writes with If-Match"),
    for_admin(intrusive("If it is Nextcloud: install the files_lock app")),
)


@rule(
    id="fake-lock",
    severity=Severity.ERROR,
    retry=(RetryVerdict.NEVER,),
    scope=Scope.SERVER,
    see=(rfc4918("6.1"), rfc4918("15.8")),
)
def check(evidence: Evidence) -> Match | None:
    """A granted lock that keeps nobody out; or that lockdiscovery does not show, its token not found to be good."""
    granted = evidence.granted
    if granted is None or granted.token is None or evidence.is_refresh:
        return None
    second, write = second_lock_granted(evidence), write_without_token_accepted(evidence)
    if second is not None and write is not None:
        return _proved(evidence, granted.token.uri, second, write)
    protects = put_refused_as_locked(evidence) is not None or second_lock_refused(evidence) is not None
    if not protects and (both := _granted_twice(evidence, second)) is not None:
        return _twice(evidence, *both)
    if unlocked_since(evidence) or protects:
        return None  # it is gone, as it should be; or it is not shown, and protects all the same
    if evidence.server is not None and evidence.server.store is Store.NOWHERE:
        return _kept_nowhere(evidence, evidence.server, granted.token.uri)
    token = granted.token.uri
    if not isinstance(evidence.locks, Known):
        return None
    if evidence.locks.exchange == evidence.subject or not locks_read_since(evidence):
        return _made_up(evidence, token) if is_made_up(token, evidence.target) else None
    if any(covering.token in (token, None) for covering in evidence.covering):
        return None
    dead = isinstance(evidence.token_alive, Known) and not evidence.token_alive.value
    known = dead or is_made_up(token, evidence.target)
    return Match(
        certainty=Certainty.LIKELY if known else Certainty.POSSIBLE,
        headline="LOCK was answered with a success, and no lock is there: locks may protect nothing here",
        explanation="The lock was looked for again, and is not shown."
        + (" Its token is of the kind that servers make up." if known and not dead else ""),
        retry=NEVER,
        evidence=(
            quotes.status_line(evidence),
            Quote("LOCK answer", f"token {token}", evidence.subject),
            Quote(
                "lockdiscovery", "(empty)" if not evidence.covering else "without that token", evidence.locks.exchange
            ),
        ),
        facts=(("token", token),),
        alternatives=()
        if known
        else (Alternative("423-token-withheld", "a second LOCK without a token: a real lock refuses it with 423"),),
        remedies=REMEDIES,
    )


def _proved(evidence: Evidence, token: str, second: int, write: int) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline="LOCK is granted to everybody, and protects nothing",
        explanation="While the first lock was active, a second exclusive LOCK was granted, and a write without any"
        " token went through.",
        retry=NEVER,
        evidence=(
            quotes.status_line(evidence),
            Quote("LOCK answer", f"token {token}", evidence.subject),
            Quote("second LOCK, without a token", "granted", second),
            Quote("PUT without a token", f"{evidence.exchanges[write].status}", write),
        ),
        facts=(("token", token),),
        remedies=REMEDIES,
    )


def _granted_twice(evidence: Evidence, second: int | None) -> tuple[int, int] | None:
    """Two exclusive LOCKs that were granted, the second one while the first lock cannot have ended."""
    granted, subject = evidence.granted, evidence.subject
    if granted is None or subject is None or granted.scope is not LockScope.EXCLUSIVE:
        return None
    if second is not None and _still_active(evidence, granted, subject, second):
        return subject, second
    if not evidence.lacks("If") or asked_scope(evidence) is not LockScope.EXCLUSIVE:
        return None
    for taken in evidence.taken:
        lock = taken.lock
        exclusive = lock.scope is LockScope.EXCLUSIVE and same_resource(taken.url, evidence.target)
        if exclusive and _still_active(evidence, lock, taken.exchange, subject):
            return taken.exchange, subject
    return None


def _still_active(evidence: Evidence, lock: ActiveLock, first: int, second: int) -> bool:
    """Whether nothing between two exchanges can have ended the lock: no request, and not its time."""
    if lock_may_have_ended(evidence, first, second) or lock.timeout is None:
        return False
    if lock.timeout.infinite:
        return True
    passed = seconds_between(evidence, first, second)
    # Without a Date, exchanges that follow each other are taken for no more than a minute apart.
    return (60 if passed is None else passed) < (lock.timeout.seconds or 0)


def _twice(evidence: Evidence, first: int, second: int) -> Match:
    answers = [evidence.exchanges[index] for index in (first, second)]
    tokens = [
        lock.token.uri
        for exchange in answers
        if exchange.response is not None
        for lock in read_lock_answer(exchange.response, evidence.target)[-1:]
        if lock.token is not None
    ]
    same = len(set(tokens)) == 1
    server = evidence.server
    one_user = logins_differ(answers[0].request.headers, answers[1].request.headers) is not True
    known = server is None or not server.same_user_locks_again or not one_user
    # A few servers renew the lock that their user already has, in answer to a second LOCK.
    certain = seconds_between(evidence, first, second) is not None and not (same and one_user)
    return Match(
        certainty=(Certainty.CERTAIN if certain else Certainty.LIKELY) if known else Certainty.POSSIBLE,
        headline="The server granted an exclusive LOCK twice: locks protect nothing here"
        if known
        else "The server granted the same user an exclusive LOCK twice: locks may protect nothing here",
        explanation="It granted the second LOCK while the first lock should have kept everybody out."
        + (" Both have the same token." if same else ""),
        retry=NEVER,
        evidence=(
            quotes.status_line(evidence),
            Quote("first LOCK", f"granted{f', token {tokens[0]}' if tokens else ''}", first),
            Quote("second LOCK, without a token", f"granted{f', token {tokens[-1]}' if tokens else ''}", second),
        ),
        facts=(("token", tokens[-1] if tokens else None),),
        alternatives=()
        if known
        else (Alternative("lock-granted", "the same LOCK by another user: a real lock refuses it with 423"),),
        remedies=REMEDIES,
    )


def _kept_nowhere(evidence: Evidence, server: Profile, token: str) -> Match | None:
    """A product that grants every LOCK. Not where this very lock is shown: then it is another version of it."""
    reread = isinstance(evidence.locks, Known) and evidence.locks.exchange != evidence.subject
    if reread and any(covering.token == token for covering in evidence.covering):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="LOCK was answered with a success, and protects nothing here",
        explanation=f"{server.title} grants every LOCK and keeps none, as far as is known.",
        retry=NEVER,
        evidence=(quotes.status_line(evidence), Quote("LOCK answer", f"token {token}", evidence.subject)),
        facts=(("token", token),),
        remedies=(safe("Do not rely on locks here: nothing keeps two writers apart"),),
    )


def _made_up(evidence: Evidence, token: str) -> Match:
    """From the LOCK's answer alone: nobody looked again."""
    return Match(
        certainty=Certainty.LIKELY,
        headline="LOCK was answered with a success, and most likely protects nothing here",
        explanation="The token is not one that was drawn for this lock: it is all zeros, or made of the path. Servers"
        " send such tokens so that clients which insist on locks go on.",
        retry=NEVER,
        evidence=(quotes.status_line(evidence), Quote("LOCK answer", f"token {token}", evidence.subject)),
        facts=(("token", token),),
        remedies=REMEDIES,
    )

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
from davlock.diagnosis.logins import logins_differ
from davlock.diagnosis.predicates.grants import EmptySign, empty_grant
from davlock.diagnosis.predicates.sequence import seconds_between
from davlock.diagnosis.predicates.tokens import is_made_up
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.resource import read_lock_answer
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule

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
    empty = empty_grant(evidence)
    if empty is None:
        return None
    token = empty.token
    if empty.sign is EmptySign.PROVED:
        return _proved(evidence, token, empty.first, empty.second)
    if empty.sign is EmptySign.TWICE:
        return _twice(evidence, empty.first, empty.second)
    if empty.sign is EmptySign.NOWHERE:
        return _kept_nowhere(evidence, token)
    if empty.sign is EmptySign.MADE_UP:
        return _made_up(evidence, token)
    return _not_shown(evidence, token)


def _not_shown(evidence: Evidence, token: str) -> Match:
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
                "lockdiscovery",
                "(empty)" if not evidence.covering else "without that token",
                evidence.locks.exchange if isinstance(evidence.locks, Known) else None,
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


def _kept_nowhere(evidence: Evidence, token: str) -> Match:
    """A product that grants every LOCK."""
    product = evidence.server.title if evidence.server is not None else ""
    return Match(
        certainty=Certainty.LIKELY,
        headline="LOCK was answered with a success, and protects nothing here",
        explanation=f"{product} grants every LOCK and keeps none, as far as is known.",
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

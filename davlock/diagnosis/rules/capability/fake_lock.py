"""the server grants locks that protect nothing.

What happened: LOCK succeeds but keeps nobody out. The server may have granted an exclusive lock twice, although the
first should have kept everybody out. Nextcloud without a lock app, old oCIS, dufs and others grant such locks to please
clients that insist on them.

How sure we are: certain if the server granted an exclusive lock twice, with two tokens or to two users. Likely if one
user got the same token twice, because a few servers renew a lock like this. Also likely if the token is made up (all
zeros, or made from the path), if a refresh with it fails, or if the product is known to keep no locks. A guess if the
product lets one user lock twice. Also a guess if the server only does not show the lock: it may hide its locks.

What to do: do not rely on locks here. Send If-Match with every write, so you do not overwrite anybody. On Nextcloud,
the files_lock app adds real locks.

How to confirm: `davlock diagnose URL --scratch FOLDER` tries a second LOCK without a token. A real lock refuses it.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NEVER, Alternative, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.logins import logins_differ
from davlock.diagnosis.predicates.grants import EmptySign, empty_grant
from davlock.diagnosis.predicates.sequence import seconds_between
from davlock.diagnosis.predicates.tokens import is_made_up
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.resource import read_lock_answer
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule

_UNGUARDED = safe("Do not rely on locks here")
_GUARDED = safe("Guard writes with If-Match, not with locks")
_NEXTCLOUD = for_admin(intrusive("On Nextcloud: install the files_lock app"))


@rule(
    id="fake-lock",
    severity=Severity.ERROR,
    retry=(RetryVerdict.NEVER,),
    scope=Scope.SERVER,
    see=(rfc4918("6.1"), rfc4918("15.8")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a granted lock that keeps nobody out, or one that is not shown and whose token was not seen to work."""
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


def _remedies(evidence: Evidence) -> tuple[Remedy, ...]:
    """Returns what helps here: another product has no files_lock app, and some ignore If-Match, too."""
    server = evidence.server
    if server is None:
        return _GUARDED, _NEXTCLOUD
    guard = _UNGUARDED if server.honours_if_match is False else _GUARDED
    return (guard, _NEXTCLOUD) if server.name == "nextcloud" else (guard,)


def _not_shown(evidence: Evidence, token: str) -> Match:
    dead = isinstance(evidence.token_alive, Known) and not evidence.token_alive.value
    known = dead or is_made_up(token, evidence.target)
    return Match(
        certainty=Certainty.LIKELY if known else Certainty.POSSIBLE,
        headline=f"LOCK succeeded but {'created' if known else 'the server shows'} no lock; locking may not work here",
        explanation="The server did not show the lock afterwards."
        + (" Its token is of a kind that servers make up." if known and not dead else ""),
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
        remedies=_remedies(evidence),
    )


def _proved(evidence: Evidence, token: str, second: int, write: int) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server grants a lock to everybody: locks protect nothing here",
        explanation="While the first lock was active, the server granted a second exclusive lock. It also accepted a"
        " write without any token.",
        retry=NEVER,
        evidence=(
            quotes.status_line(evidence),
            Quote("LOCK answer", f"token {token}", evidence.subject),
            Quote("second LOCK, without a token", "granted", second),
            Quote("PUT without a token", f"{evidence.exchanges[write].status}", write),
        ),
        facts=(("token", token),),
        remedies=_remedies(evidence),
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
        headline="The server granted an exclusive lock twice: locks protect nothing here"
        if known
        else "The server granted the same user an exclusive lock twice: locks may protect nothing here",
        explanation="It granted the second LOCK although the first lock should have kept everybody out."
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
        remedies=_remedies(evidence),
    )


def _kept_nowhere(evidence: Evidence, token: str) -> Match:
    """Returns the match for a product that grants every LOCK and keeps none."""
    product = evidence.server.title if evidence.server is not None else ""
    return Match(
        certainty=Certainty.LIKELY,
        headline="LOCK succeeded, but this server keeps no locks: it protects nothing",
        explanation=f"As far as davlock knows, {product} grants every LOCK and keeps none.",
        retry=NEVER,
        evidence=(quotes.status_line(evidence), Quote("LOCK answer", f"token {token}", evidence.subject)),
        facts=(("token", token),),
        remedies=(_UNGUARDED,),
    )


def _made_up(evidence: Evidence, token: str) -> Match:
    """Judges by the answer to LOCK alone: nobody read the locks afterwards."""
    return Match(
        certainty=Certainty.LIKELY,
        headline="LOCK succeeded, but its token is made up: it protects nothing here",
        explanation="The token is all zeros, or made from the path. Servers send such tokens to please clients that"
        " insist on locks.",
        retry=NEVER,
        evidence=(quotes.status_line(evidence), Quote("LOCK answer", f"token {token}", evidence.subject)),
        facts=(("token", token),),
        remedies=_remedies(evidence),
    )

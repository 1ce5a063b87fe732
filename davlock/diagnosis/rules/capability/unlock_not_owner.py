"""Only the principal that took the lock may use or release it.

What happened: the token is right, and the server refused it because another user took the lock. Apache, WsgiDAV and
lighttpd compare the user; nginx, Go and sabre do not.

How sure we are: certain where the server says so, or the token is that of the lock which is shown. Likely from a 403
to an UNLOCK alone.

What to do: authenticate as the user who took the lock (the same login: another app password, or realm\\user for user,
can be another principal), or have the administrator free it.

How to confirm: the same request as that user.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.resource import TakenLock
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.situation import blamed, locks_read_since, logins_differ, sent_tokens, unlock_token_refused
from davlock.diagnosis.wording import admin_store
from davlock.protocol.url import same_path

WORDS = ("created by another user", "locktoken created by user", "not the owner of the lock", "lock owner")


def check(evidence: Evidence) -> Match | None:
    """403 to UNLOCK or to a request that submitted a token; 412 or 423 while the token sent is the active lock's."""
    cause = evidence.cause
    if cause is None or cause.member or blamed(evidence) is not None:
        return None
    if evidence.method == "LOCK" and not evidence.is_refresh:
        return None
    if unlock_token_refused(evidence) and cause.status == 403:
        return None  # it says that there is no such lock
    vouched = evidence.server is not None and evidence.server.shows_locks is True
    if vouched and isinstance(evidence.locks, Known) and locks_read_since(evidence) and not evidence.covering:
        return None  # nothing is locked
    header = "Lock-Token" if evidence.method == "UNLOCK" else "If"
    sent = sent_tokens(evidence)
    if not sent:
        return None
    active = [covering for covering in evidence.covering if covering.token in sent and covering.direct is not False]
    another_login = _another_login(evidence, sent)
    words = evidence.error is not None and evidence.error.says(*WORDS)
    blameless = another_login is False or (evidence.is_write and another_login is None and _taken(evidence, sent))
    if blameless and not words and not locks_read_since(evidence):
        return None  # the same client took the lock, as far as is known: a write can be refused for other reasons
    matches = bool(active) and another_login is not False and (locks_read_since(evidence) or another_login is True)
    if cause.status == 403:
        certainty = Certainty.CERTAIN if words or (matches and another_login is not False) else Certainty.LIKELY
    elif words or (cause.status in (409, 412, 423) and matches and _exclusive_and_plain(evidence)):
        certainty = Certainty.CERTAIN if words else Certainty.LIKELY
    else:
        return None
    return Match(
        certainty=certainty,
        headline="The lock belongs to another user: this server lets only that user use its token",
        explanation="The token names an active lock; what the server refused is the login that sent it."
        if matches
        else "The server refused the login, not the token, as far as the answer tells.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, header), *quotes.locks(evidence)),
        facts=(("token", sent[0]),),
        alternatives=()
        if certainty is Certainty.CERTAIN
        else (Alternative("403-no-permission", "the same request as the user who took the lock"),),
        remedies=(
            Remedy(Who.YOU, "Send it as the user who took the lock (-u THAT-USER)", None, Risk.INTRUSIVE),
            Remedy(Who.LOCK_OWNER, "Release the lock in the program that took it", None, Risk.SAFE),
            *admin_store(evidence),
        ),
    )


def _another_login(evidence: Evidence, sent: tuple[str, ...]) -> bool | None:
    """Whether the lock was taken in these exchanges with other credentials than the request had; ``None``: it was
    not, or that cannot be seen.
    """
    taken = _taken(evidence, sent)
    if taken is None:
        return None
    return logins_differ(evidence.exchanges[taken.exchange].request.headers, evidence.headers)


def _taken(evidence: Evidence, sent: tuple[str, ...]) -> TakenLock | None:
    """The lock of one of these tokens, where it was granted in these exchanges."""
    return next((taken for taken in evidence.taken if taken.lock.token and taken.lock.token.uri in sent), None)


def _exclusive_and_plain(evidence: Evidence) -> bool:
    """Whether nothing but the token can have failed: one lock, and no other condition."""
    lists = evidence.if_header.lists if evidence.if_header else ()
    plain = all(condition.etag is None and not condition.negated for entry in lists for condition in entry.conditions)
    tagged = any(entry.resource is not None and not same_path(entry.resource, evidence.target) for entry in lists)
    others = any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))
    return len(evidence.covering) == 1 and plain and not tagged and not others


RULE = Rule(
    id="403-unlock-not-owner",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="only the principal that took the lock may use or release it",
    page=__doc__,
    check=check,
    references=(rfc4918("6.4"), rfc4918("6.5")),
)

"""The lock tokens that a request sent, and what is known about them."""

import hashlib
from urllib.parse import unquote

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.logins import logins_differ
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.sequence import lock_may_have_ended
from davlock.diagnosis.predicates.stated_cause import stated_cause
from davlock.diagnosis.predicates.unknown_method import says_unknown_method
from davlock.locks.observed import ObservedLock
from davlock.protocol.if_header import NO_LOCK
from davlock.protocol.lock import is_among, is_empty_token
from davlock.protocol.precondition import (
    LOCK_TOKEN_MATCHES,
    DavError,
)
from davlock.protocol.url import path_of, same_path
from davlock.servers.phrases import Said, Sayings


def unlock_token_refused(evidence: Evidence) -> bool:
    """Returns true if UNLOCK was refused because its token locks nothing at this URL.

    The RFC's 409 (§9.11.1), Apache's 400 to any token that it does not find, Zope's 412, and files_lock's 412 for "not
    locked". A 400 counts only for a well-formed Lock-Token, or it is about the header.
    """
    if evidence.method != "UNLOCK" or evidence.cause is None:
        return False
    if says_unknown_method(evidence.status, evidence.error):
        return False
    if LOCK_TOKEN_MATCHES in evidence.cause.codes:
        return True
    stated = stated_cause(evidence)
    if stated in (Said.PARENT_MISSING, Said.EXISTS, Said.MISSING):
        return False  # the body names another cause
    if evidence.cause.status in (409, 412) or (stated is Said.NO_SUCH_LOCK and evidence.cause.status in (400, 403)):
        return True
    if Said.TOKEN_NOT_FOUND in evidence.said:  # asgiwebdav, Subversion, and Apache in its log
        return True
    if evidence.cause.status == 403:
        return False
    sent = evidence.headers.get("Lock-Token") or ""
    return evidence.cause.status == 400 and sent.startswith("<") and sent.endswith(">")


def unlock_not_found(evidence: Evidence) -> bool:
    """Returns true if UNLOCK got 404 or 410 although its resource is there: the server cannot mean the resource."""
    cause, there = evidence.cause, evidence.exists_now
    if evidence.method != "UNLOCK" or cause is None or cause.status not in (404, 410):
        return False
    return isinstance(there, Known) and there.value and evidence.after_subject(there.exchange)


def says_no_token(error: DavError) -> bool:
    """Whether a body says that UNLOCK came without its Lock-Token: not that the token is one which locks nothing."""
    return Said.NO_TOKEN_SENT in Sayings(error.message)


def sent_tokens(evidence: Evidence) -> tuple[str, ...]:
    """Returns the tokens that the request sent: in Lock-Token for UNLOCK, else in If."""
    if evidence.method == "UNLOCK":
        token = (evidence.headers.get("Lock-Token") or "").strip("<> ")
        return () if is_empty_token(token) else (token,)
    return evidence.submitted or ()


def another_login(evidence: Evidence) -> bool | None:
    """Whether the lock whose token was sent was taken in these exchanges with other credentials; ``None``: it was not
    taken in them, or that cannot be seen.
    """
    taken = taken_with_a_sent_token(evidence)
    if taken is None:
        return None
    return logins_differ(evidence.exchanges[taken.exchange].request.headers, evidence.headers)


def taken_with_a_sent_token(evidence: Evidence) -> ObservedLock | None:
    """Returns the lock of one of the tokens that the request sent, if these exchanges granted it."""
    sent = sent_tokens(evidence)
    taken = (*evidence.taken, *evidence.expired)
    return next((entry for entry in taken if entry.lock.token and is_among(entry.lock.token.uri, sent)), None)


def knows_no_lock(evidence: Evidence) -> bool:
    """Returns true if a refresh was refused in sabre's words for one whose lock it does not find at all."""
    return Said.NO_LOCK_TO_REFRESH in evidence.said


def only_tokens(evidence: Evidence) -> bool:
    """Returns true if the request's only conditions are tokens of its resource."""
    lists = evidence.if_header.lists if evidence.if_header else ()
    plain = all(condition.etag is None and not condition.negated for entry in lists for condition in entry.conditions)
    tagged = any(entry.resource is not None and not same_path(entry.resource, evidence.target) for entry in lists)
    others = any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))
    return plain and not tagged and not others


def only_the_token_can_fail(evidence: Evidence) -> bool:
    """Returns true if only the token can have failed: there is one lock, and no other condition."""
    return len(evidence.covering) == 1 and only_tokens(evidence)


def token_of_another_user(evidence: Evidence) -> bool:
    """Whether a token that is an active lock's was refused: the server compares the user as well (Tomcat says 409).

    WsgiDAV says 412, as to any condition that does not hold. So a 412 counts where the token alone can have failed, or
    where the same was refused with 403 or 423 before.
    """
    if (
        evidence.cause is None
        or len(evidence.covering) != 1
        or not is_among(evidence.covering[0].token, sent_tokens(evidence))
    ):
        return False
    status, covering = evidence.cause.status, evidence.covering[0]
    if evidence.method == "UNLOCK":
        return status in (403, 409)
    if status != 412:
        return status in (403, 423)
    alike = evidence.server is not None and evidence.server.foreign_token_works
    if covering.mine or alike or not locks_read_since(evidence):
        return False
    return only_the_token_can_fail(evidence) or _was_refused_before(covering, evidence)


def _was_refused_before(covering: ObservedLock, evidence: Evidence) -> bool:
    """Whether an earlier request like the one under question sent the token of the lock, and was refused as locked."""
    return any(
        exchange.status in (403, 423)
        and exchange.request.method == evidence.method
        and same_path(exchange.request.url, evidence.target)
        and f"<{covering.token}>" in (exchange.request.headers.get("If") or "")
        and not logins_differ(exchange.request.headers, evidence.headers)
        for exchange in evidence.exchanges[: evidence.subject]
    )


def is_made_up(token: str, url: str) -> bool:
    """Whether no server draws such a token for a lock: all zeros (old oCIS), or the MD5 of the path (Nextcloud's
    FakeLockerPlugin).
    """
    value = token.rpartition(":")[2]
    if value and not value.strip("0-"):
        return True
    path = unquote(path_of(url)).strip("/")
    tails = [path.split("/", skipped)[-1] for skipped in range(path.count("/") + 1)]
    return any(value == hashlib.md5(tail.encode(), usedforsecurity=False).hexdigest() for tail in tails)


def sent_dead_tokens(evidence: Evidence) -> bool:
    """Whether a write or a renewal sent tokens, and later reads of its resource show no lock at all.

    Servers refuse such a request with 412, 423, 409, 400 or 424: the status does not show that the tokens are why.
    """
    tokens = [token for token in evidence.submitted or () if token != NO_LOCK.uri]
    if not tokens or not (evidence.is_write or evidence.is_refresh):
        return False
    if not isinstance(evidence.locks, Known) or evidence.covering or not locks_read_since(evidence):
        return False
    return not lock_may_have_ended(evidence, evidence.subject or 0, evidence.locks.exchange)

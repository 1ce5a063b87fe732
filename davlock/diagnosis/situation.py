"""Questions that several rules ask of the evidence, answered in one place so that the rules cannot disagree."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from davlock.applications import BY_WORDS, recognise_application
from davlock.applications.application import ApplicationRefusal
from davlock.capture.secret import login_mark
from davlock.diagnosis.evidence import READS, Evidence, from_exchanges
from davlock.diagnosis.fact import Failed, Known
from davlock.diagnosis.logins import login_of
from davlock.diagnosis.resource import GONE, CoveringLock, TakenLock
from davlock.diagnosis.stated_cause import stated_cause
from davlock.diagnosis.unknown_method import says_unknown_method
from davlock.errors import RemoteProtocolError
from davlock.locks.server_record import server_record
from davlock.protocol.lock import LockScope, is_empty_token
from davlock.protocol.lockdiscovery import SCOPES
from davlock.protocol.message import Exchange, Headers
from davlock.protocol.precondition import (
    LOCK_TOKEN_MATCHES,
    LOCK_TOKEN_SUBMITTED,
    NO_CONFLICTING_LOCK,
    BodyKind,
    DavError,
)
from davlock.protocol.url import is_path_above, parent, same_path, same_resource
from davlock.protocol.xml import dav_name, parse_document
from davlock.servers.phrases import Said, Sayings

FILE_LOCKED = ("FileLocked", "LockedException")

PLAIN = frozenset({"GET", "HEAD", "POST"})
"""Methods that a filter of WebDAV's methods lets pass."""

_DAV_METHODS = frozenset({"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE"})
_DAV_REQUEST_FIELDS = ("If", "Depth", "Lock-Token", "Destination", "X-User-Lock")
_DAV_ANSWER_FIELDS = ("DAV", "MS-Author-Via", "Lock-Token")
_DAV_BODIES = (BodyKind.ERROR, BodyKind.MULTISTATUS)

_DIGEST_USER = re.compile(r"^Digest\b.*\busername=(\"[^\"]*\"|[^\s,]+)", re.IGNORECASE | re.DOTALL)

_FAILED_HEADER = re.compile(r"\b(If[A-Za-z-]*)'? header condition failed", re.IGNORECASE)
"""WsgiDAV's words for it; sabre has an element, ``s:header``."""


def is_inquiry(evidence: Evidence) -> bool:
    """Whether nothing was tried: locks were read, and the question is what a write would meet."""
    if evidence.subject is None:
        return True
    if evidence.status is None or evidence.method not in READS:
        return False
    # A PROPFIND that finds nothing has its answer: the name is free. Unless it was there after all.
    still = isinstance(evidence.exists_now, Known) and not evidence.exists_now.value
    return evidence.status < 300 or (evidence.method == "PROPFIND" and evidence.status in GONE and still)


def refused_as_locked(evidence: Evidence) -> bool:
    """Whether the answer says that a lock stands in the way: by 423, or by a code of RFC 4918 §16 whatever the
    status.
    """
    cause = evidence.cause
    if cause is None:
        return False
    return cause.status == 423 or (
        400 <= cause.status < 500 and any(code in cause.codes for code in (LOCK_TOKEN_SUBMITTED, NO_CONFLICTING_LOCK))
    )


def locks_in_question(evidence: Evidence) -> bool:
    """Whether somebody wants to know of the locks: they were asked for, or one of them stood in the way."""
    return is_inquiry(evidence) or refused_as_locked(evidence)


def no_sign_of_dav(evidence: Evidence) -> bool:
    """Whether nothing in the exchanges is WebDAV's: an application of another kind has locks and 423 as well.

    Terraform keeps its state by LOCK with a body of JSON, so that the method alone is no sign.
    """
    if evidence.server is not None or (evidence.error is not None and evidence.error.kind in _DAV_BODIES):
        return False
    return not any(_is_dav(exchange) for exchange in evidence.exchanges)


def _is_dav(exchange: Exchange) -> bool:
    request, response = exchange.request, exchange.response
    if request.method.upper() in _DAV_METHODS or any(name in request.headers for name in _DAV_REQUEST_FIELDS):
        return True
    if request.method.upper() == "LOCK" and (not isinstance(request.body, bytes) or b"lockinfo" in request.body):
        return True
    return response is not None and (
        response.status == 207 or any(name in response.headers for name in _DAV_ANSWER_FIELDS)
    )


def may_be_no_dav(evidence: Evidence) -> bool:
    """Whether the lock that is spoken of is perhaps none of WebDAV's: an answer in JSON, or to POST or PATCH, and no
    sign of WebDAV.
    """
    json = evidence.error is not None and evidence.error.kind in (BodyKind.JSON, BodyKind.PROBLEM)
    return (json or evidence.method in ("POST", "PATCH")) and no_sign_of_dav(evidence)


_DAV_URL = re.compile(
    r"^\w+://(?:[\w-]{1,60}\.){0,5}(?:web|cal|card)?dav[.-]|/(?:web|cal|card|sea|fs)?dav(?:\.php)?(?:[/?]|$)"
    r"|/remote\.php/|/public\.php/|/cal\.php/",
    re.IGNORECASE,
)


def is_thin(evidence: Evidence) -> bool:
    """Whether a part of an exchange is all there is, and nothing in it is WebDAV's: its URL, its words, its writer."""
    asked = evidence.asked
    if asked is None or not asked.fragment or not no_sign_of_dav(evidence):
        return False
    return not any(exchange.by_webdav or _DAV_URL.search(exchange.request.url) for exchange in evidence.exchanges)


def application_refusal(evidence: Evidence) -> ApplicationRefusal | None:
    """What an application that is not WebDAV says in the answer: one that davlock knows, else its words alone, where
    nothing is WebDAV's.
    """
    if evidence.cause is None or evidence.cause.member or evidence.asked is None:
        return None
    if evidence.application is not None:
        return evidence.application
    return recognise_application(evidence.asked, BY_WORDS) if may_be_no_dav(evidence) else None


def read_plainly(evidence: Evidence) -> int | None:
    """The last GET or HEAD of the target with the login of the request under question: its number.

    A filter of methods lets it pass where it refuses WebDAV's.
    """
    login = login_of(evidence.headers)
    for index in reversed(range(len(evidence.exchanges))):
        request = evidence.exchanges[index].request
        plain = request.method.upper() in ("GET", "HEAD") and same_resource(request.url, evidence.target)
        if plain and login_of(request.headers) == login:
            return index
    return None


def is_transactional(evidence: Evidence) -> bool:
    """Whether the refusal is ownCloud's or Nextcloud's internal file lock, which no DAV token opens."""
    return evidence.cause is not None and evidence.error is not None and says_file_locked(evidence.error)


def says_file_locked(error: DavError) -> bool:
    """Whether a body names that lock: by its exception's class, or in the words of the server's own message."""
    named = error.exception is not None and error.exception.rpartition("\\")[2] in FILE_LOCKED
    return named or Said.FILE_LOCK_KNOWN in Sayings(error.message)


def failed_header(evidence: Evidence) -> str:
    """The request header whose condition the server says is false, in lower case; empty where it does not say."""
    error = evidence.error
    if error is None:
        return ""
    said = _FAILED_HEADER.search(error.message or "")
    return (error.failed_header or (said[1] if said is not None else "")).lower()


def token_works(covering: CoveringLock, evidence: Evidence) -> bool | None:
    """Whether a write by this login that sends the token of a lock passes; ``None`` where that is not known.

    RFC 4918 §6.4: a token alone is no permission. Many servers let only the user who took the lock use it. Where
    nobody logs in, there are no users to tell apart.
    """
    if not covering.held:
        return False
    if covering.mine or evidence.is_yours(covering.lock) or not (evidence.logged_in or evidence.user):
        return True
    server, told_apart = evidence.server, evidence.users_told_apart
    if (server is not None and server.foreign_token_works) or (isinstance(told_apart, Known) and not told_apart.value):
        return True
    users = server_record(covering.lock).users
    named_another = bool(users and evidence.user) and server is not None and server.foreign_token_works is False
    return False if named_another else None


def _is_held(covering: CoveringLock, evidence: Evidence) -> bool:
    """Whether its token is held, and not known to be worth nothing for this login."""
    return covering.held and not (is_inquiry(evidence) and token_works(covering, evidence) is False)


def doubtful_tokens(evidence: Evidence) -> tuple[CoveringLock, ...]:
    """The covering locks whose token was typed, where it is not known whether it works for this login."""
    return doubtful_among(evidence.covering, evidence)


def doubtful_among(locks: Iterable[CoveringLock], evidence: Evidence) -> tuple[CoveringLock, ...]:
    """Like ``doubtful_tokens``, of other ``locks``: on a member, or on the collection above."""
    if not is_inquiry(evidence):
        return ()
    return tuple(covering for covering in locks if token_works(covering, evidence) is None)


def foreign_locks(evidence: Evidence) -> tuple[CoveringLock, ...]:
    """The covering locks whose token is not held, or is known to work for another login only."""
    return foreign_among(evidence.covering, evidence)


def foreign_among(locks: Iterable[CoveringLock], evidence: Evidence) -> tuple[CoveringLock, ...]:
    """Like ``foreign_locks``, of other ``locks``: on a member, or on the collection above."""
    return tuple(covering for covering in locks if not _is_held(covering, evidence))


def spares_the_target(evidence: Evidence) -> bool:
    """Whether the request reads its target only: a lock on the source of a COPY refuses nothing (RFC 4918 §7)."""
    return evidence.method == "COPY" and evidence.destination is not None


def at_destination(evidence: Evidence) -> Evidence | None:
    """The same exchanges as they bear on the Destination of COPY or MOVE, which is written to as well."""
    if evidence.destination is None:
        return None
    there = from_exchanges(
        evidence.exchanges, target=evidence.destination, subject=evidence.subject, held=evidence.held, profiles=()
    )
    return replace(there, server=evidence.server)


def own_locks(evidence: Evidence) -> tuple[CoveringLock, ...]:
    """The covering locks whose token is held, and not known to work for another login only."""
    return tuple(covering for covering in evidence.covering if _is_held(covering, evidence))


def own_locks_then(evidence: Evidence) -> tuple[CoveringLock, ...]:
    """The same, or those known when the request was sent where nothing is known since."""
    if isinstance(evidence.locks, Known) or not isinstance(evidence.locks_before, Known):
        return own_locks(evidence)
    return tuple(covering for covering in evidence.locks_before.value if covering.held)


def one_shared_token_is_enough(evidence: Evidence) -> bool | None:
    """Whether a write with one of several shared locks' tokens passes here; ``None`` where that is not known."""
    return evidence.server.shared_token_suffices if evidence.server else None


def wants_every_shared_token(evidence: Evidence) -> bool:
    """Whether the locks are shared, and this server wants the tokens of all of them. ASGI WebDAV shows but one."""
    shared = all(covering.lock.scope is LockScope.SHARED for covering in evidence.covering)
    return bool(evidence.covering) and shared and one_shared_token_is_enough(evidence) is False


def locks_read_since(evidence: Evidence) -> bool:
    """Whether locks were read after the refusal: what was read before it may be out of date."""
    return isinstance(evidence.locks, Known) and (
        evidence.subject is None or evidence.after_subject(evidence.locks.exchange)
    )


def seen_to_be_released(evidence: Evidence) -> bool:
    """Whether the lock that an UNLOCK named was read before it, and is not among those that were read since."""
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    was_there = any(covering.token == sent for covering in before)
    is_there = any(covering.token in (sent, None) for covering in evidence.covering)
    return evidence.method == "UNLOCK" and was_there and locks_read_since(evidence) and not is_there


def resource_gone(evidence: Evidence) -> bool:
    """Whether nothing is left that could be locked, as read after the subject if there is one."""
    exists = evidence.exists_now
    if not isinstance(exists, Known) or exists.value:
        return False
    return evidence.subject is None or evidence.method in READS or exists.exchange > evidence.subject


def proven_free(evidence: Evidence) -> Known[bool] | None:
    """The exclusive LOCK that was granted, where one was tried to see whether anything stands in its way."""
    tried = evidence.lockable
    return tried if evidence.subject is None and isinstance(tried, Known) and tried.value else None


def locks_unread(evidence: Evidence) -> bool:
    """Whether no answer since the refusal tells of locks, one way or the other."""
    if evidence.method in ("COPY", "MOVE"):
        # The destination can be what is locked, and it was not asked.
        return not evidence.covering or spares_the_target(evidence)
    if isinstance(evidence.locks, Failed):
        told = evidence.exchanges[evidence.locks.exchange].status == 207
        return not (told and evidence.after_subject(evidence.locks.exchange))
    return not locks_read_since(evidence)


def asked_scope(evidence: Evidence) -> LockScope | None:
    """The scope in the lockinfo of a LOCK; ``None`` where it is not known."""
    body = evidence.request.body if evidence.request else None
    if evidence.method != "LOCK" or not isinstance(body, bytes):
        return None
    try:
        root, _ = parse_document(body)
    except RemoteProtocolError:
        return None
    words = [dav_name(word.tag) for scope in root if dav_name(scope.tag) == "lockscope" for word in scope]
    return SCOPES.get(words[0] or "") if words else None


def locks_hidden(evidence: Evidence) -> Failed | None:
    """How the server refused to show lockdiscovery, if it did."""
    return evidence.locks if isinstance(evidence.locks, Failed) else None


def blamed(evidence: Evidence) -> str | None:
    """The resource that the answer names as locked, where that is not the target itself.

    From the href of a precondition code (RFC 4918 §16), or the member of a multistatus.
    """
    cause = evidence.cause
    if cause is None:
        return None
    if cause.member:
        return None if same_path(cause.url, evidence.target) else cause.url
    if evidence.error is not None:
        for code in (LOCK_TOKEN_SUBMITTED, NO_CONFLICTING_LOCK):
            for href in evidence.error.hrefs(code):
                if not same_path(href, evidence.target):
                    return href
    return None


def is_above_target(url: str | None, evidence: Evidence) -> bool:
    """Whether ``url`` is a collection above the target, whatever host the server gives itself."""
    return bool(url and evidence.target) and is_path_above(url or "", evidence.target)


def is_below_target(url: str | None, evidence: Evidence) -> bool:
    """Whether ``url`` is a member of the target."""
    return bool(url and evidence.target) and is_path_above(evidence.target, url or "")


def unlock_token_refused(evidence: Evidence) -> bool:
    """Whether UNLOCK was refused because its token locks nothing at this URL.

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
    if evidence.cause.status == 403:  # asgiwebdav and Subversion, in words
        return Said.TOKEN_NOT_FOUND in evidence.said
    sent = evidence.headers.get("Lock-Token") or ""
    return evidence.cause.status == 400 and sent.startswith("<") and sent.endswith(">")


def says_no_token(error: DavError) -> bool:
    """Whether a body says that UNLOCK came without its Lock-Token: not that the token is one which locks nothing."""
    return Said.NO_TOKEN_SENT in Sayings(error.message)


def sent_tokens(evidence: Evidence) -> tuple[str, ...]:
    """The tokens that the request named: in Lock-Token for UNLOCK, else in If."""
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


def taken_with_a_sent_token(evidence: Evidence) -> TakenLock | None:
    """The lock of one of the tokens that the request named, where it was granted in these exchanges."""
    sent = sent_tokens(evidence)
    taken = (*evidence.taken, *evidence.expired)
    return next((entry for entry in taken if entry.lock.token and entry.lock.token.uri in sent), None)


def knows_no_lock(evidence: Evidence) -> bool:
    """Whether a refresh was refused in sabre's words for one of which it finds no lock at all."""
    return Said.NO_LOCK_TO_REFRESH in evidence.said


def only_tokens(evidence: Evidence) -> bool:
    """Whether the request's only conditions are tokens that its resource shall have."""
    lists = evidence.if_header.lists if evidence.if_header else ()
    plain = all(condition.etag is None and not condition.negated for entry in lists for condition in entry.conditions)
    tagged = any(entry.resource is not None and not same_path(entry.resource, evidence.target) for entry in lists)
    others = any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))
    return plain and not tagged and not others


def only_the_token_can_fail(evidence: Evidence) -> bool:
    """Whether nothing but the token can have failed: one lock, and no other condition."""
    return len(evidence.covering) == 1 and only_tokens(evidence)


def token_of_another_user(evidence: Evidence) -> bool:
    """Whether a token that is an active lock's was refused: the server compares the user as well (Tomcat says 409)."""
    statuses = (403, 409) if evidence.method == "UNLOCK" else (403, 423)
    if evidence.cause is None or evidence.cause.status not in statuses or len(evidence.covering) != 1:
        return False
    return any(covering.token in sent_tokens(evidence) for covering in evidence.covering)


def slash_on_a_file(evidence: Evidence) -> bool:
    """Whether the URL ends as a collection's, and what is there was seen to be none."""
    is_file = isinstance(evidence.is_collection, Known) and not evidence.is_collection.value
    return is_file and evidence.target.partition("?")[0].endswith("/")


def below_a_file(evidence: Evidence) -> str:
    """The file that stands above the target where a collection should be; empty where none was seen there."""
    above, nearest = evidence.parent_is_collection, evidence.nearest
    is_none = isinstance(above, Known) and not above.value
    return nearest.rstrip("/") if is_none and nearest is not None and nearest == parent(evidence.target) else ""


def logins_differ(one: Headers, other: Headers) -> bool | None:
    """Whether two requests came with different credentials; ``None`` where that cannot be seen.

    Credentials are taken out of captures and traces; a mark stays that is the same for one user. Two values of Digest
    differ even for one user.
    """
    first, second = (headers.get("Authorization") for headers in (one, other))
    if first is None or second is None:
        return first != second if one.complete and other.complete else None
    if first == second:
        return False
    marks = [login_mark(value) for value in (first, second)]
    if None not in marks:
        return marks[0] != marks[1]  # what is hidden is marked, each user's otherwise
    users = [_DIGEST_USER.search(value) for value in (first, second)]
    if all(users):
        first, second = (found[1] for found in users if found is not None)
        return first != second
    if all(value.lower().startswith(("basic ", "bearer ")) for value in (first, second)):
        return first != second
    return None


def ancestors_read(evidence: Evidence) -> bool:
    """Whether the collection above was asked too."""
    return isinstance(evidence.parent_is_collection, Known)


def is_made_up(token: str, url: str) -> bool:
    """Whether no server draws such a token for a lock: all zeros (old oCIS), or the MD5 of the path (Nextcloud's
    FakeLockerPlugin).
    """
    value = token.rpartition(":")[2]
    if value and not value.strip("0-"):
        return True
    path = unquote(urlsplit(url).path).strip("/")
    tails = [path.split("/", skipped)[-1] for skipped in range(path.count("/") + 1)]
    return any(value == hashlib.md5(tail.encode(), usedforsecurity=False).hexdigest() for tail in tails)

"""Investigate: ask what can change the answer, and nothing else. Reads only, unless leave was given to try a lock."""

from collections.abc import Callable
from dataclasses import replace

from davlock.diagnosis.above import MAX_ANCESTORS
from davlock.diagnosis.evidence import CREATING, Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.predicates.presence import reappearance
from davlock.diagnosis.predicates.refusal import blamed, is_above_target, is_below_target, refused_as_locked
from davlock.diagnosis.predicates.tokens import says_no_token, sent_tokens
from davlock.diagnosis.resource import OwnLock, says_missing
from davlock.operations.etag_sources import asks_for_etags, read_etags
from davlock.operations.neighbours import Clock, look_around
from davlock.operations.probe import Probe, ProbeResult
from davlock.operations.shown_elsewhere import other_spelling, read_ancestors
from davlock.operations.walk.spellings import look_for_other_forms
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange, Headers
from davlock.protocol.precondition import BodyKind, read_error
from davlock.protocol.requests import (
    LOCK_PROPERTIES,
    QUOTA_PROPERTIES,
    STATE_OF_COLLECTION,
    STATE_PROPERTIES,
    head,
    options,
    propfind,
)
from davlock.protocol.url import ancestors, parent
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send

AGAIN = 5
"""How often locks are read again where two answers disagree: two workers that take turns show it in three."""

AGAIN_GONE = 2
"""The same where nothing but the person's word says that there was a lock."""

TOKEN_STATUSES = frozenset({400, 409, 412, 423})
"""How servers refuse a token that they do not know."""

NO_ROOM = frozenset({413, 507})
"""Statuses after which a quota is looked for (RFC 4331)."""

_FILTERED = frozenset({"PROPFIND", "LOCK", "UNLOCK"})
"""Methods that filters do not know, and which need no permission to write, as GET does."""

WITH_A_SLASH = frozenset({400, 403, 404, 405, 409})
"""How servers answer PROPFIND for a file whose URL ends in a slash."""

_BELOW_A_FILE = frozenset({400, 403})
"""How servers answer PROPFIND below a file, where they do not answer 404."""

NOT_ABOUT_LOCKS = frozenset({301, 302, 303, 307, 308, 401, 407, 429, 501, 503, 507})
"""Statuses after which the state of the resource cannot change the diagnosis, or asking on would do harm."""


def diagnose(
    send: Send,
    url: str,
    *,
    held: tuple[str, ...] = (),
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
    client: str | None = None,
    attempt: Callable[[Probe], int | None] | None = None,
    clock: Clock | None = None,
    intended: str = "",
) -> ProbeResult:
    """Ask everything about ``url`` that a diagnosis without a refused request needs.

    ``intended`` is the method that the person wants to send. ``clock`` bounds the time for a look into a collection.
    ``client`` is the User-Agent of another client, whose offer is to be compared with ours. ``attempt`` takes a lock
    for a moment where none is shown, and gives the number of the exchange that did not go well.
    """
    within = url if attempt is not None else None
    probe = Probe(send, url, held=held, own=own, profiles=profiles, stay_within=within)
    probe.intended = intended
    read_state(probe)
    state = probe.exchanges[0]
    if state.response is not None and state.status not in NOT_ABOUT_LOCKS:
        # Not on a name that does not exist: lighttpd 1.4.69 begins an answer there and never ends it.
        there = probe.target if not says_missing(state) else _nearest_collection(probe)
        if there is not None:
            ours = probe.read(options(there))
            if client is not None:
                _compare(probe, ours, probe.read(options(there, client=client)), client)
    if says_missing(state):
        look_for_other_forms(probe)
    read_vendor_locks(probe)
    look_around(probe, clock=clock)
    refused = attempt(probe) if attempt is not None else None
    return probe.report(probe.evidence(inquiry=True) if refused is None else explain_refusal(probe, refused))


def _compare(probe: Probe, ours: Exchange, theirs: Exchange, client: str) -> None:
    """Say so where the other client's answer gives the rules nothing to tell."""
    headers = [answer.headers for answer in (ours.response, theirs.response) if answer is not None and answer.ok]
    if len(headers) < 2:
        whose, exchange = (client, theirs) if ours.response is not None and ours.response.ok else ("davlock", ours)
        probe.skip(
            "client",
            f"the server answered OPTIONS from “{whose}” with {exchange.status or 'nothing'}: nothing to compare",
        )
    elif all(headers[0].get_all(name) == headers[1].get_all(name) for name in ("DAV", "Allow")):
        probe.skip("client", f"“{client}” gets the same answer to OPTIONS as davlock")


def _nearest_collection(probe: Probe) -> str | None:
    """The collection above the target that was found to exist."""
    read = (entry for entry in probe.exchanges[1:] if entry.status == 207 and not says_missing(entry))
    return next((entry.request.url for entry in read), None)


def read_state(probe: Probe) -> None:
    """The target's own properties, then the collections above it that can matter."""
    exchange = probe.propfind(probe.target, STATE_PROPERTIES)
    read_what_was_refused(probe, exchange)
    if exchange.response is None or exchange.status not in (207, 404):
        return
    evidence = probe.evidence(inquiry=True)
    if (other := other_spelling(exchange, evidence)) is not None:
        probe.propfind(other, STATE_PROPERTIES)
        evidence = probe.evidence(inquiry=True)
    if isinstance(evidence.locks, Unreadable) and exchange.status == 207:
        # oCIS answers 404 for lockdiscovery among other properties, and tells when it is asked for alone.
        probe.propfind(probe.target, LOCK_PROPERTIES)
        evidence = probe.evidence(inquiry=True)
        never = evidence.server is not None and evidence.server.shows_locks is False
        if isinstance(evidence.locks, Unreadable) and (never or not evidence.locks.left_out):
            probe.skip("collections above", "the server does not show its locks")
            return
    read_ancestors(probe, evidence)


def read_plainly(probe: Probe, exchange: Exchange) -> None:
    """Ask with HEAD, which every filter knows, where ``exchange`` got 403 with a page: if HEAD passes, a filter of
    methods is the cause, and not a permission.
    """
    response = exchange.response
    if response is None or exchange.status != 403 or exchange.request.method not in _FILTERED:
        return
    asked = any(entry.request.method in ("GET", "HEAD") for entry in probe.exchanges)
    if not asked and read_error(response, exchange.request.url).kind is BodyKind.HTML:
        probe.read(head(probe.target))


def read_what_was_refused(probe: Probe, exchange: Exchange) -> None:
    """What else tells why a PROPFIND of the target was refused; nothing is asked where it was not."""
    read_plainly(probe, exchange)
    _read_without_slash(probe, exchange)
    _read_parent_as_file(probe, exchange)


def _read_without_slash(probe: Probe, exchange: Exchange) -> None:
    """Ask without the slash at the end of the URL, where ``exchange`` was refused with it: a file may be there."""
    url = probe.target.rstrip("/")
    if exchange.status in WITH_A_SLASH and url != probe.target and "?" not in url and parent(url) is not None:
        probe.propfind(url, STATE_PROPERTIES)


def _read_parent_as_file(probe: Probe, exchange: Exchange) -> None:
    """Ask for what is above the target, without a slash at its end: lighttpd answers 403, and Apache 400, for a URL
    below a file, as if a filter or a fault of the request were the cause.
    """
    above = parent(probe.target)
    if exchange.status not in _BELOW_A_FILE or probe.target.endswith("/") or above is None or parent(above) is None:
        return
    if above.endswith("/"):
        probe.propfind(above.rstrip("/"), STATE_OF_COLLECTION)


def look_again(probe: Probe, subject: int, tokens: tuple[str, ...]) -> None:
    """Read the locks a few times more, where the answer to ``subject`` and what was read of ``tokens`` disagree: of
    several workers that do not share their locks, another one may answer.

    On a connection of its own each time, for a connection often stays with one worker.
    """
    for looks in range(sum(_is_another_look(entry) for entry in probe.exchanges), AGAIN):
        evidence = probe.evidence(subject)
        if not isinstance(evidence.locks, Known) or reappearance(evidence) is not None:
            return
        shown = any(covering.token in tokens for covering in evidence.covering)
        if not shown and looks >= AGAIN_GONE and not _was_shown(evidence, tokens):
            return
        request = propfind(probe.target, Depth.ZERO, LOCK_PROPERTIES)
        headers = Headers.of((*request.headers, ("Connection", "close")))
        if probe.ask(replace(request, headers=headers)).status != 207:
            return


def _is_another_look(exchange: Exchange) -> bool:
    request = exchange.request
    return request.method == "PROPFIND" and request.headers.get("Connection") == "close"


def _was_shown(evidence: Evidence, tokens: tuple[str, ...]) -> bool:
    """Returns true if one of ``tokens`` was there when the subject was sent, or was granted by it."""
    before = evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ()
    granted = evidence.granted is not None and evidence.granted.token is not None
    return granted or any(covering.token in tokens for covering in before)


def read_vendor_locks(probe: Probe) -> None:
    """What the product tells of its locks in properties of its own: since when, who locked it, with which editor."""
    evidence = probe.evidence(inquiry=True)
    there = isinstance(evidence.exists, Known) and evidence.exists.value
    if there and evidence.server is not None and evidence.server.lock_properties:
        probe.propfind(probe.target, (*LOCK_PROPERTIES, *evidence.server.lock_properties))


def _misses_the_token(evidence: Evidence) -> bool:
    """Returns true if the answer says that no token came at all: what is locked then decides nothing."""
    return evidence.error is not None and says_no_token(evidence.error)


def explain_refusal(probe: Probe, subject: int) -> Evidence:
    """After a request was refused: what tells its possible causes apart."""
    evidence = probe.evidence(subject)
    cause = evidence.cause
    if cause is not None and cause.status in NO_ROOM and probe.target:
        above = ancestors(probe.target)
        probe.propfind(above[0] if above else probe.target, QUOTA_PROPERTIES)
        evidence = probe.evidence(subject)
    if evidence.page is not None:
        read_state(probe)
        return probe.evidence(subject)
    if cause is None or (cause.status in NOT_ABOUT_LOCKS and evidence.status in NOT_ABOUT_LOCKS):
        return evidence
    read_plainly(probe, probe.exchanges[subject])
    read_state(probe)
    evidence = probe.evidence(subject)
    if asks_for_etags(evidence):
        read_etags(probe)
        evidence = probe.evidence(subject)
    if cause.status in TOKEN_STATUSES and sent_tokens(evidence) and not _misses_the_token(evidence):
        look_again(probe, subject, sent_tokens(evidence))
        evidence = probe.evidence(subject)
    parent_known = isinstance(evidence.parent_is_collection, Known)
    above = ancestors(probe.target)
    if evidence.method in CREATING and cause.status in (400, 403, 404, 409, 424, 500) and not parent_known and above:
        probe.propfind(above[0], STATE_OF_COLLECTION)
    if cause.status in (404, 409):
        look_for_other_forms(probe)
    there = isinstance(evidence.exists_now, Known) and evidence.exists_now.value
    unseen = refused_as_locked(evidence) and not evidence.covering and not cause.member
    unnamed = there and unseen and evidence.server is None
    # Of a token that cannot be seen, only the product tells whether 400 speaks of it or of none at all.
    hidden = evidence.server is None and not isinstance(evidence.locks, Known)
    unnamed = unnamed or (hidden and evidence.method == "UNLOCK" and cause.status == 400)
    if unnamed or (evidence.method == "LOCK" and not evidence.is_refresh and cause.status >= 500):
        probe.read(options(probe.target))  # who hides its locks here, or: does it claim to lock at all?
    read_vendor_locks(probe)
    named = blamed(evidence)
    if is_above_target(named, evidence) and not evidence.covering and not parent_known:
        for url in above[:MAX_ANCESTORS]:
            if probe.propfind(url, STATE_OF_COLLECTION).status != 207:
                break
            if probe.evidence(subject).covering:
                break
    elif named is not None and is_below_target(named, evidence):
        probe.propfind(named, LOCK_PROPERTIES)
    return probe.evidence(subject)

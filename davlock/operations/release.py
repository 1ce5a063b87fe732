"""Release a lock, and say what became of it: the one sender of UNLOCK outside the check suite.

A 2xx alone proves nothing, so the locks are read back, by PROPFIND and by nothing else. After an UNLOCK no LOCK of any
form is sent: on three products a refresh with a dead token makes a lock, or gets a success that means
nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.fact import Known, NotAsked, Unreadable
from davlock.diagnosis.predicates.resource import resource_gone
from davlock.diagnosis.predicates.token_reading import TokenReading, token_reading
from davlock.diagnosis.predicates.tokens import unlock_token_refused
from davlock.diagnosis.predicates.unlocks import lock_in_place_of_ours, own_lock_may_stand
from davlock.diagnosis.resource import OwnLock
from davlock.diagnosis.unusable_reading import unusable_reading
from davlock.errors import LocalProtocolError, NoResponse, RemoteProtocolError, SeveralLocks
from davlock.ledger import Ledger, State
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import NC_NEVER_RENEWED, NC_TYPE
from davlock.operations import investigate
from davlock.operations.own_lock import held_in, taken_over
from davlock.operations.probe import Probe, ProbeResult
from davlock.operations.release_readings import is_plainly_gone, says_nothing, says_yes, shows_tokens, was_shown
from davlock.operations.results import READ_BACK, Achieved, ReleaseOutcome
from davlock.protocol import requests
from davlock.protocol.lock import ActiveLock, LockToken, is_among, same_token
from davlock.protocol.message import Exchange
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.protocol.url import at_origin, same_path
from davlock.servers import PROFILES
from davlock.servers.profile import Profile, Store
from davlock.transport.base import Send
from davlock.values import dataclass

FAULTS = frozenset({500, 502, 504})
"""Answers to UNLOCK that may be a fault of the moment."""

ABOUT_THE_TOKEN = frozenset({400, 409, 412})
"""Answers to UNLOCK that can say: this token locks nothing here. A 404 says it only where the server shows its locks,
or the resource is gone.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What became of one lock."""

    outcome: ReleaseOutcome
    why: str
    evidence_of: Callable[[], Evidence]
    verified: bool = False
    """True if the outcome was read back; else it rests on the server's answer."""
    still_there: bool = False
    """True if the lock was read after the UNLOCK."""

    @property
    def evidence(self) -> Evidence:
        """The evidence, which has the last UNLOCK as its subject. A plain success makes it only when it is asked."""
        return self.evidence_of()

    @property
    def achieved(self) -> Achieved:
        """Says if the lock is gone."""
        if self.outcome in (ReleaseOutcome.RELEASED, ReleaseOutcome.ALREADY_GONE):
            return Achieved.YES
        return Achieved.NO if self.still_there or self.outcome is ReleaseOutcome.REFUSED else Achieved.UNKNOWN


def release(
    probe: Probe,
    token: LockToken,
    *,
    at: str | None = None,
    fields: tuple[tuple[str, str], ...] = (),
    before: Evidence | None = None,
    tries: int = 2,
    read_back: bool = True,
    why_not_again: Callable[[Evidence], str] = lambda evidence: "",
) -> Release:
    """Send UNLOCK for ``token`` to ``at``, or to the target of ``probe``, and read the locks back.

    ``fields`` are header fields that the product also wants. ``before`` is what was known of the locks, where they
    were read already; else they are read first. An UNLOCK without effect is sent up to ``tries`` times where the fault
    may be one of the moment: where two write to Apache's lock database at once, one change is lost.
    ``why_not_again`` sees the lock as it was read back, and says why that must not be; empty where it may. Without
    ``read_back``, for who is in a hurry to leave, the answer is all there is.

    Raises LocalProtocolError, before anything is sent, for a token that cannot stand in a header.
    """
    at = at or probe.target
    request = requests.unlock(at, token, fields=fields)
    if before is None:
        probe.propfind(at, LOCK_PROPERTIES)
        before = probe.evidence(inquiry=True)
    success = ""
    for number in range(1, tries + 1):
        exchange = probe.ask(request)
        ending = _judged(probe, exchange, token, at, before, read_back=read_back)
        if success and ending.outcome is ReleaseOutcome.REFUSED and not ending.still_there:
            # The first UNLOCK may have worked: then nothing is left for the second, and that is no refusal.
            return replace(ending, outcome=ReleaseOutcome.UNSURE, why=f"{success}; then {ending.why}")
        if number > 1 and ending.still_there:
            ending = replace(ending, why=f"{ending.why} after {number} UNLOCKs")
        if number == tries or not ending.still_there:
            break
        went_well = _went_well(ending.evidence)
        success = success or (ending.why if went_well else "")
        if not went_well and not _is_fault(exchange):
            break
        if why := why_not_again(ending.evidence):
            return replace(ending, why=f"{ending.why}; {why}")
    return ending


def _is_fault(exchange: Exchange) -> bool:
    """Returns true if no answer came, or one that may be different in a moment."""
    return exchange.status is None or exchange.status in FAULTS


def _went_well(evidence: Evidence) -> bool:
    """Returns true if UNLOCK got a success that is not a web page, and no member of a 207 failed or is unknown."""
    succeeded = evidence.response is not None and evidence.response.ok and not says_nothing(evidence.response)
    return succeeded and not evidence.refusals and evidence.page is None


def _judged(
    probe: Probe, exchange: Exchange, token: LockToken, at: str, before: Evidence, *, read_back: bool
) -> Release:
    subject = probe.last
    unclear = _is_fault(exchange) or (exchange.response is not None and says_nothing(exchange.response))
    refused = not unclear and not says_yes(exchange) and not _went_well(probe.evidence(subject))
    if not read_back:
        evidence = probe.evidence(subject)
    elif refused:
        evidence = investigate.explain_refusal(probe, subject)
    else:
        probe.propfind(probe.target, LOCK_PROPERTIES)
        if at != probe.target:
            probe.propfind(at, LOCK_PROPERTIES)
        elif is_plainly_gone(probe, subject, token, before):
            return Release(
                outcome=ReleaseOutcome.RELEASED,
                why=READ_BACK,
                evidence_of=cache(partial(probe.evidence, subject)),
                verified=True,
            )
        evidence = probe.evidence(subject)
    reading = token_reading(evidence, token, after=subject)
    answer = (
        f"the server answered {exchange.status} to UNLOCK" if exchange.status is not None else str(exchange.outcome)
    )
    if reading is TokenReading.SHOWN:
        outcome = ReleaseOutcome.REFUSED if refused else ReleaseOutcome.UNSURE
        why = f"{answer}, and the lock is still there"
        return Release(outcome=outcome, why=why, evidence_of=lambda: evidence, verified=True, still_there=True)
    missing = reading is TokenReading.MISSING
    page = exchange.response is not None and exchange.response.ok and not evidence.refusals
    if refused and page and missing and was_shown(before, token):
        # It was there, and is not any more. A page of the server's own can say that all went well.
        return Release(outcome=ReleaseOutcome.RELEASED, why=READ_BACK, evidence_of=lambda: evidence, verified=True)
    if refused:
        return _refused(evidence, token, answer, before)
    gone = resource_gone(evidence)
    if gone or (missing and shows_tokens(before)):
        if not gone and token_reading(before, token) is TokenReading.MISSING:
            why = f"{answer}, but the lock was not there before"
            return Release(outcome=ReleaseOutcome.ALREADY_GONE, why=why, evidence_of=lambda: evidence, verified=True)
        if _went_well(evidence) or exchange.status is None:
            left_out = "the server no longer shows it: it leaves out its locks"
            why = left_out if evidence.inferred_free else READ_BACK
            return Release(outcome=ReleaseOutcome.RELEASED, why=why, evidence_of=lambda: evidence, verified=True)
        why = f"{answer}, and the lock is gone"
        return Release(outcome=ReleaseOutcome.ALREADY_GONE, why=why, evidence_of=lambda: evidence, verified=True)
    if not _went_well(evidence):
        return Release(outcome=ReleaseOutcome.UNSURE, why=answer, evidence_of=lambda: evidence)
    return _by_its_answer(evidence, answer, before)


def _refused(evidence: Evidence, token: LockToken, answer: str, before: Evidence) -> Release:
    """What became of a lock whose UNLOCK was refused, and which is not shown."""
    if _proven_gone(evidence, token, before) or _own_was_gone(evidence, token, before):
        why = f"{answer}, and the lock is gone"
        return Release(outcome=ReleaseOutcome.ALREADY_GONE, why=why, evidence_of=lambda: evidence, verified=True)
    if evidence.status in ABOUT_THE_TOKEN and not isinstance(evidence.locks, Known):
        return Release(
            outcome=ReleaseOutcome.UNSURE, why=answer, evidence_of=lambda: evidence
        )  # this token locks nothing; another may
    there = not isinstance(evidence.exists_now, Known) or evidence.exists_now.value
    if there and evidence.status in (404, *ABOUT_THE_TOKEN) and not evidence.covering:
        why = f"{answer} and shows no lock, but it may hide the lock"
        return Release(outcome=ReleaseOutcome.UNSURE, why=why, evidence_of=lambda: evidence)
    return Release(outcome=ReleaseOutcome.REFUSED, why=answer, evidence_of=lambda: evidence)


def _proven_gone(evidence: Evidence, token: LockToken, before: Evidence) -> bool:
    if not isinstance(evidence.locks, Known) or evidence.covering:
        return False  # not told; or another lock is active, and the person meant to free the resource
    shows = before.server.shows_locks if before.server is not None else None
    if shows is not None:
        return shows
    # Where an empty lockdiscovery proves nothing (Apache), the refusal itself must say that the token locks nothing.
    status = evidence.cause.status if evidence.cause is not None else None
    ended = any(lock.shown or lock.over for lock in evidence.own if same_token(lock.token, token.uri))
    ended = ended or shows_tokens(before) or resource_gone(evidence)
    about_it = status in ABOUT_THE_TOKEN or (status == 404 and ended)
    return (about_it or unlock_token_refused(evidence)) and not own_lock_may_stand(evidence)


def _own_was_gone(evidence: Evidence, token: LockToken, before: Evidence) -> bool:
    """Returns true if davlock's own lock had ended before its UNLOCK was refused, and others are shown in its place.

    They may be shared: an exclusive one proves it by itself.
    """
    if lock_in_place_of_ours(evidence) is not None:
        return True
    own = (lock for lock in evidence.own if same_token(lock.token, token.uri))
    ours = any(lock.url and same_path(lock.url, evidence.target) for lock in own)
    readings = {token_reading(before, token), token_reading(evidence, token, after=evidence.subject or 0)}
    return ours and shows_tokens(before) and readings == {TokenReading.MISSING} and unlock_token_refused(evidence)


def _by_its_answer(evidence: Evidence, answer: str, before: Evidence) -> Release:
    """What happened to a lock whose UNLOCK succeeded, and which the server does not show."""
    if answers_anything(evidence.server):
        assert evidence.server is not None  # noqa: S101 -- as answers_anything says
        why = f"{answer}, which {evidence.server.title} answers to any UNLOCK"
        return Release(outcome=ReleaseOutcome.UNSURE, why=why, evidence_of=lambda: evidence)
    if isinstance(before.locks, Known) and before.covering and _as_many(evidence, before):
        why = f"{answer}, but the server shows as many locks as before"
        return Release(outcome=ReleaseOutcome.UNSURE, why=why, evidence_of=lambda: evidence, still_there=True)
    if unusable := unusable_reading(evidence):
        why = f"{answer}, but davlock cannot read the locks: {unusable}"
        return Release(outcome=ReleaseOutcome.UNSURE, why=why, evidence_of=lambda: evidence)
    return Release(
        outcome=ReleaseOutcome.RELEASED, why="the server says so; not verified", evidence_of=lambda: evidence
    )


def _as_many(evidence: Evidence, before: Evidence) -> bool:
    """Returns true if the same locks, whose tokens are hidden, are shown after the UNLOCK."""
    return isinstance(evidence.locks, Known) and len(evidence.covering) >= len(before.covering)


def answers_anything(server: Profile | None) -> bool:
    """Returns true if the product is known to answer any UNLOCK with a success."""
    return server is not None and (server.unlock_answers_anything or server.store is Store.NOWHERE)


# -- the verb


def unlock(
    send: Send,
    url: str,
    token: LockToken | None,
    *,
    steal: bool = False,
    typed: bool = False,
    at_root: bool = False,
    ledger: Ledger,
    own: tuple[OwnLock, ...] = (),
    profiles: tuple[Profile, ...] = PROFILES,
) -> ProbeResult:
    """Release a lock: the one that ``token`` names, or with ``steal`` the only one that the server shows.

    ``own`` are the locks there that davlock took. Unless the person has ``typed`` the token, or asked to ``steal``, no
    UNLOCK is sent where the server shows it with another owner.

    ``why`` of the report is that of :class:`Release`; it is empty where no UNLOCK was sent.

    Where the server shows no token to steal, no UNLOCK is sent. Raises LocalProtocolError where several locks are
    shown, or the lock root is another URL and ``at_root`` is not given.
    """
    held = held_in(own, token, typed=typed) if token is not None else ()
    probe = Probe(send, url, held=held, own=own, profiles=profiles, stay_within=url)
    investigate.read_state(probe)
    before = probe.evidence(inquiry=True)
    if before.no_response is not None or before.status in CHALLENGES:
        return probe.report(before, Achieved.NO)
    if isinstance(before.locks, Unreadable) and before.server is None and token is None:
        probe.read(requests.options(probe.target))  # a product that never shows its locks is known by it
        before = probe.evidence(inquiry=True)
    stolen = token is None
    if token is None and not steal:
        raise LocalProtocolError(
            "no token was given", "add --token TOKEN, or --steal to use the one that the server shows"
        )
    if token is None:
        only = _only_token(before)
        if not isinstance(only, LockToken):
            probe.skip("UNLOCK", only[0])
            return probe.report(before, only[1])
        token = only
    if not (typed or stolen) and (why := taken_over(before, token)):
        probe.skip("UNLOCK", why)
        return probe.report(before, Achieved.NO)
    where = _where(before, token, at_root=at_root)
    investigate.read_vendor_locks(probe)
    lock = next((entry.lock for entry in probe.evidence(inquiry=True).covering if entry.lock.token == token), None)
    try:
        ending = release(probe, token, at=where, fields=unlock_fields(lock, before.server), before=before)
    except LocalProtocolError as error:
        if stolen:  # the server chose that token
            raise RemoteProtocolError("lockdiscovery", error.what) from None
        raise
    if ending.outcome is ReleaseOutcome.RELEASED and not ending.verified:
        probe.skip("locks", f"{ending.why}: {_why_unverified(ending.evidence)}")
    elif ending.outcome is ReleaseOutcome.UNSURE:
        probe.skip("locks", ending.why)
    if _another_remains(ending, before, token):
        why = "the server accepted a token that it did not show, but another lock is still there"
        return replace(probe.report(ending.evidence, Achieved.NO), why=why)
    if ending.achieved is Achieved.YES:
        ledger.ended(url, token, State.RELEASED)
    return replace(probe.report(ending.evidence, ending.achieved), why=ending.why)


def _why_unverified(evidence: Evidence) -> str:
    """Why the locks could not be read back after an UNLOCK that went well."""
    after = evidence.exchanges[(evidence.subject or 0) + 1 :]
    last = next((entry for entry in reversed(after) if entry.request.method == "PROPFIND"), None)
    if last is not None and isinstance(last.outcome, NoResponse):
        return f"davlock asked for the locks again and got no answer ({last.outcome.why})"
    if last is not None and last.status is not None and last.status >= 400:
        return f"the server answered {last.status} when davlock read the locks again"
    return "the server does not show its locks here"


def _another_remains(ending: Release, before: Evidence, token: LockToken) -> bool:
    """Whether a token that was not shown released nothing, and the lock of before is still there: nginx answers 204 to
    any token, and the person meant to free the resource. That a lock of davlock's own is gone is known all the same.
    """
    if _own_was_gone(ending.evidence, token, before):
        return False
    shown_before = any(entry.lock.token == token for entry in before.covering) or _only_hidden(before) is not None
    known = {entry.token for entry in before.covering if entry.token is not None}
    left = any(is_among(entry.token, known) and entry.lock.token != token for entry in ending.evidence.covering)
    return ending.achieved is Achieved.YES and left and not shown_before


def _where(before: Evidence, token: LockToken, *, at_root: bool) -> str:
    """The URL that UNLOCK is for: the target, or with ``at_root`` the lock root above it, at the origin asked."""
    target = before.target
    lock = next((entry for entry in before.covering if entry.lock.token == token), _only_hidden(before))
    if lock is None or lock.root is None or same_path(lock.root, target):
        return target
    if not at_root:
        raise LocalProtocolError(f"the lock was taken on {lock.root}", "add --at-root to release it there")
    return at_origin(target, lock.root)


def _only_hidden(before: Evidence) -> ObservedLock | None:
    """The lock without its token that a token must be of: the only one that is shown (sabre/dav 1.8 withholds them)."""
    only = before.covering[0] if len(before.covering) == 1 else None
    return only if only is not None and only.token is None else None


def unlock_fields(lock: ActiveLock | None, server: Profile | None) -> tuple[tuple[str, str], ...]:
    """What an UNLOCK needs besides the token: on Nextcloud, the lock of a person or an app takes a header field."""
    kind = dict(lock.vendor).get(NC_TYPE) if lock is not None else None
    return server.unlocks_by_hand if server is not None and kind in NC_NEVER_RENEWED else ()


def _only_token(before: Evidence) -> LockToken | tuple[str, Achieved]:
    """The token of the only lock that is shown; else why there is none to take, and what that says of the release.

    Raises SeveralLocks: the person has to choose one.
    """
    tokens = [entry.lock.token for entry in before.covering if entry.lock.token is not None]
    if len(tokens) > 1:
        raise SeveralLocks(f"{len(tokens)} locks are active here", "choose one with --token TOKEN")
    if tokens:
        return tokens[0]
    if isinstance(before.exists, Known) and not before.exists.value:
        return "there is nothing at this URL, and no lock to release", Achieved.NO
    if isinstance(before.locks, Unreadable | NotAsked):
        why = before.locks.reason if isinstance(before.locks, Unreadable) else before.locks.why
        return f"the server does not show its locks ({why}); add --token TOKEN", Achieved.UNKNOWN
    if before.covering:
        return "the server shows a lock without its token; add --token TOKEN", Achieved.UNKNOWN
    return "the server shows no lock here, so there is nothing to release", Achieved.NO

"""Release a lock that was held: some more tries where the fault may pass, and an end to them."""

from collections.abc import Callable

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.errors import DavlockError, NoResponse, NoResponseKind
from davlock.ledger import State
from davlock.operations.held_lock import HeldLock
from davlock.operations.own_lock import taken_over
from davlock.operations.release import release
from davlock.operations.results import Achieved, ReleaseOutcome
from davlock.operations.wait import Pauses
from davlock.protocol.message import Exchange, Request
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.protocol.retry_after import THROTTLED
from davlock.servers.profile import Profile
from davlock.values import dataclass

RELEASES = 3
"""Times that UNLOCK is tried where the fault may be one of the moment."""

RELEASE_TIME = 60.0
"""Seconds after which no more is sent to release a lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseClock:
    """The clock of the tries. ``jitter`` gives a number from 0 to 1."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    jitter: Callable[[], float]


def release_held(held: HeldLock, clock: ReleaseClock, *, profiles: tuple[Profile, ...]) -> str:
    """Release it; in words, why that could not be done, else empty."""
    pauses, until = Pauses(clock.jitter), clock.now() + RELEASE_TIME
    for left in reversed(range(RELEASES)):
        why, again = _unlock(held, clock, until, profiles, first=left == RELEASES - 1)
        if not why or not again or not left:
            break
        clock.sleep(pauses.next())
    return why


def _unlock(
    held: HeldLock, clock: ReleaseClock, until: float, profiles: tuple[Profile, ...], *, first: bool
) -> tuple[str, bool]:
    """Why it did not work, in words, and whether it may work in a moment. After ``until`` nothing more is sent.

    An UNLOCK that is not the ``first`` may find nothing because one before it, whose answer was lost, released it.
    """
    target = held.target

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        if clock.now() >= until:
            raise NoResponse(NoResponseKind.TIMEOUT, target.url, f"it took longer than {RELEASE_TIME:g} s")
        return target.send(request, feed=feed)

    case = held.probe(send, profiles)
    try:
        case.propfind(target.url, LOCK_PROPERTIES)
        before = case.evidence(inquiry=True)
        if taken_over(before, held.token):  # an UNLOCK would release somebody else's
            target.ledger.ended(target.url, held.token, State.LOST)
            held.missed = case.report(before, Achieved.NO) if not held.lost else None
            return "", False
        ending = release(case, held.token, before=before, tries=1)
    except NoResponse as error:
        return error.why, False
    except DavlockError as error:
        return str(error), False
    evidence = ending.evidence
    if ending.achieved is Achieved.YES:
        target.ledger.ended(target.url, held.token, State.RELEASED)
        if first and not held.lost and ending.outcome is ReleaseOutcome.ALREADY_GONE and _is_there(evidence):
            held.missed = case.report(evidence, Achieved.YES)
        held.unverified = not ending.verified and evidence.status not in (200, 204)
        return "", False
    if evidence.no_response is not None:
        silence = evidence.no_response
        if silence.kind is NoResponseKind.NOT_HTTP:
            return silence.why, False
        return f"no answer: {silence.why}", silence.kind is not NoResponseKind.DEADLINE
    if evidence.response is not None and evidence.response.ok and evidence.cause is not None:
        return (
            f"the server answered 207 to {evidence.method}, with {evidence.cause.status} for {evidence.cause.url}",
            False,
        )
    unsure = ending.outcome is ReleaseOutcome.UNSURE and not ending.still_there
    if evidence.response is not None and not evidence.response.ok and not (unsure and (evidence.status or 0) < 500):
        status = evidence.cause.status if evidence.cause is not None else evidence.status
        return f"the server answered {status} to {evidence.method}", status in THROTTLED or (status or 0) >= 500
    return ending.why, False


def _is_there(evidence: Evidence) -> bool:
    """Whether the resource is still there: else its lock went with it, and the holder may well have removed it."""
    return isinstance(evidence.exists_now, Known) and evidence.exists_now.value

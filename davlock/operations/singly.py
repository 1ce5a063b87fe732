"""Ask members of a collection for their own locks, one by one: a listing can leave out what each of them shows."""

from collections.abc import Sequence

from davlock.diagnosis.evidence import CHALLENGES
from davlock.diagnosis.resource import find_asked, read_propfind, view
from davlock.operations.probe import Probe
from davlock.protocol.lock import ActiveLock
from davlock.protocol.message import Exchange
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.protocol.retry_after import THROTTLED
from davlock.values import dataclass

MAX_SINGLY = 50
"""Members of one collection that are asked one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleAnswers:
    """What members showed when each was asked for its own locks.

    ``locks`` are pairs of a member's URL and a lock that it shows. ``told`` counts the members that say whether they
    are locked, ``silent`` those that do not, ``unasked`` the rest. ``refusal`` is the answer that ended the questions.
    """

    locks: tuple[tuple[str, ActiveLock], ...] = ()
    told: int = 0
    silent: int = 0
    unasked: int = 0
    refusal: Exchange | None = None


def ask_singly(
    probe: Probe, members: Sequence[str], *, showed: bool = False, until_told: bool = False
) -> SingleAnswers:
    """Asks the first ``members``, in order, at most MAX_SINGLY; none of them where the product is known to hide locks.

    ``showed``: this server has shown a lock before. Where it shows one, a member without lockdiscovery is not locked:
    it tells that way. ``until_told`` stops at the first member that has a lockdiscovery.
    """
    server = probe.evidence(inquiry=True).server
    if server is not None and server.shows_locks is False:
        return SingleAnswers(unasked=len(members))
    locks: list[tuple[str, ActiveLock]] = []
    answered = silent = left_out = 0
    refusal: Exchange | None = None
    for url in members[:MAX_SINGLY]:
        exchange = probe.propfind(url, LOCK_PROPERTIES)
        if exchange.response is None or exchange.status in (*CHALLENGES, *THROTTLED):
            refusal = exchange
            break
        answer = read_propfind(exchange)
        element = None if isinstance(answer, str) else find_asked(answer, exchange)
        member = None if element is None else view(element, url)
        if member is not None and member.locks is not None:
            answered += 1
            locks += ((url, lock) for lock in member.locks)
        elif member is not None and member.left_out:
            left_out += 1
        else:
            silent += 1
        if answered and until_told:
            break
    if showed or locks:
        answered += left_out
    else:
        silent += left_out
    unasked = len(members) - answered - silent
    return SingleAnswers(locks=tuple(locks), told=answered, silent=silent, unasked=unasked, refusal=refusal)

"""A walk at one collection: what its listing shows, and where a listing shows no locks, what each member does."""

from collections.abc import Callable
from dataclasses import replace

from davlock.diagnosis.evidence import CHALLENGES
from davlock.diagnosis.resource import ResourceView, find, view
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import ObservedLock
from davlock.operations.budget import BoundReached, Budget
from davlock.operations.redirect import leads_out
from davlock.operations.walk.strategy import CollectionAnswer, Reader, Strategy
from davlock.protocol.held_bytes import held_by_address, held_by_lock
from davlock.protocol.lock import ActiveLock, Depth
from davlock.protocol.message import Exchange, Response
from davlock.protocol.precondition import read_multistatus_of
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import names_of
from davlock.transport.base import Send


def read_collection(
    send: Send, strategy: Strategy, url: str, budget: Budget, may_follow: Callable[[str], bool]
) -> CollectionAnswer:
    """One collection and its members; called by any thread.

    ``may_follow`` is asked about each collection among its members; the others are only counted. Where ``send`` raises
    BoundReached, the answer is what was read before.
    """
    shown = _Shown(budget)
    reader = Reader(strategy, url, lambda rows: shown.add(rows, reader.answer), budget.reserve, may_follow)
    reader.signing = True
    try:
        exchange = send(strategy.request(url, Depth.ONE), feed=reader.feed)
        reader.finish(exchange)
    except RemoteProtocolError as error:
        reader.answer.trouble = str(error)
    except BoundReached as reached:
        reader.answer.bound = reached.bound
    answer = reader.answered
    try:
        for member in reader.each if answer.bound is None else ():
            if not _read_member(send, strategy, member, answer, shown):
                break
    except BoundReached as reached:
        answer.bound = reached.bound
    for member in reader.each:
        budget.release(member)
    if answer.exchange is not None:
        answer.exchange = answer.exchange.without_body()
    # Top down, so that of a lock without a lockroot its root is seen first.
    answer.rows.sort(key=lambda rows: len(names_of(rows[0].url)))
    return answer


class _Shown:
    """Keeps what members show until the walk takes it, within the ``budget``.

    Most servers show a lock of depth infinity on every member: it is one value then.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._last: ActiveLock | None = None

    def add(self, rows: list[ObservedLock], answer: CollectionAnswer) -> None:
        held = held_by_address(rows[0].url)
        kept = []
        for row in rows:
            if row.lock != self._last:
                self._last = row.lock
                held += held_by_lock(row.lock)
            kept.append(replace(row, lock=self._last))
        answer.rows.append(kept)
        answer.held += held
        self._budget.hold(held)


def _read_member(send: Send, strategy: Strategy, url: str, answer: CollectionAnswer, shown: _Shown) -> bool:
    """The locks of one member, by a request of its own. Whether there is any use in more."""
    sent = strategy.now()
    exchange = send(strategy.request(url, Depth.ZERO))
    if exchange.response is None or exchange.status in (*CHALLENGES, *THROTTLED) or leads_out(exchange, strategy.tree):
        answer.exchange = exchange
        return False
    if exchange.status != 207:
        answer.note_refusal(url, exchange.response.status)
        return True
    try:
        seen = own_view(exchange, exchange.response)
        rows = strategy.rows(url, seen, sent)
    except RemoteProtocolError as error:
        answer.trouble = str(error)
        return False
    if rows is None:
        answer.hidden += not seen.left_out
        answer.omitted += seen.left_out
    elif rows:
        shown.add(rows, answer)
    return True


def own_view(exchange: Exchange, response: Response) -> ResourceView:
    """What a 207 says of the very resource that was asked. Raises RemoteProtocolError where it does not mention it."""
    answer = read_multistatus_of(response, exchange.request.url)
    element = find(answer, exchange.request.url, exchange.request.url)
    if element is None and len(answer.responses) == 1:
        element = answer.responses[0]  # chezdav leaves the href empty
    if element is None:
        raise RemoteProtocolError("207 body", "does not mention the resource asked for")
    return view(element, exchange.request.url)


def is_next(above: str, url: str, level: int) -> bool:
    """Returns true if ``url`` is a member of the collection ``above``; in a name, an escaped slash parts no names."""
    return level == 1 or url.rstrip("/").count("/") == above.rstrip("/").count("/") + 1

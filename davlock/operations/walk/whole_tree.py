"""One request for everything: PROPFIND of Depth infinity, and what of its answer can be used."""

from collections.abc import Callable

from davlock.errors import RemoteProtocolError
from davlock.locks.observed import ObservedLock
from davlock.operations.budget import BoundReached, Budget
from davlock.operations.walk.strategy import CollectionAnswer, Reader, Strategy
from davlock.operations.walk.tally import Tally, said
from davlock.operations.walk.walk_stop import WalkStop
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.transport.base import Send


class WholeTree:
    """Asks once for all below the start. ``take`` gets the locks, and ``tell`` is called as collections are read."""

    def __init__(
        self,
        send: Send,
        strategy: Strategy,
        *,
        tally: Tally,
        budget: Budget,
        stop: WalkStop,
        take: Callable[[list[ObservedLock]], None],
        tell: Callable[[], None],
    ) -> None:
        self._send = send
        self._strategy = strategy
        self._tally = tally
        self._budget = budget
        self._stop = stop
        self._tell = tell
        self._members: list[str] = []
        self._reader = Reader(strategy, strategy.start, take)
        self._reader.collection = self._collection

    def _collection(self, address: str, level: int) -> None:
        self._tally.collections += 1
        if level == 1 and not self._reader.deeper:
            if self._budget.reserve(address):
                self._members.append(address)
            else:
                self._reader.answer.crowded += 1
        self._tell()

    @property
    def answer(self) -> CollectionAnswer:
        """What was read of the answer."""
        return self._reader.answer

    def ask(self) -> list[str] | None:
        """The collections to ask one by one, whose places in the budget are reserved.

        ``None``: the answer is of no use, and the tree is to be asked a collection at a time, from its start.
        """
        start, reader, tally = self._strategy.start, self._reader, self._tally
        trouble = ""
        exchange: Exchange | None = None
        try:
            exchange = self._send(self._strategy.request(start, Depth.INFINITY), feed=reader.feed)
            tally.keep(exchange)
            reader.finish(exchange)
        except RemoteProtocolError as error:
            trouble = str(error)
        except BoundReached as reached:
            reader.answer.bound = reached.bound
        answer = reader.answered
        over = (
            exchange is not None and (self._stop.strays(exchange) or self._stop.refuses(exchange, start))
        ) or answer.bound is not None
        if over or trouble or exchange is None or exchange.status != 207 or reader.deeper:
            for address in self._members:
                self._budget.release(address)
            self._members, answer.crowded = [], 0
        if answer.bound is not None:
            self._stop.at(answer.bound)
            tally.count_in(answer)
            tally.left_out(start, "davlock did not read the whole answer to Depth infinity")
            return []
        if over:
            tally.left_out(start, "Depth infinity was " + said(exchange))
            return []
        if trouble or exchange is None or exchange.response is None:
            # What was seen stays, and is met again.
            why = trouble or said(exchange)
            tally.note(
                "Depth infinity", f"the answer is not complete ({why}), so davlock asks one collection at a time"
            )
            tally.collections = 0
            return None
        if exchange.status != 207 or not answer.members:
            return None  # some answer as if Depth 0 had been asked for
        tally.count_in(answer)
        tally.collections += 1
        if reader.deeper:
            return []
        # sabre answers 207 as if Depth 1 had been asked for: what is below the members is not in it.
        tally.collections -= len(self._members) + answer.crowded
        return self._members

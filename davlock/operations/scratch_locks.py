"""The locks that a run took in its scratch collection, and the names that may be locked although no answer says so."""

from collections.abc import Iterable

from davlock.operations.answers import granted
from davlock.protocol.lock import ActiveLock, LockToken
from davlock.protocol.message import Exchange, Request
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchLock:
    """A lock that the server granted in the collection. ``lock`` is how the answer described it, where it did."""

    url: str
    token: LockToken
    lock: ActiveLock | None
    subject: int
    by: int = 0
    """Which user took it."""

    def among(self, shown: Iterable[ActiveLock]) -> ActiveLock | None:
        """The one of ``shown`` that this is: with its token, or without any, where a server keeps tokens to itself."""
        locks = tuple(shown)
        return next((lock for lock in locks if lock.token == self.token), None) or next(
            (lock for lock in locks if lock.token is None), None
        )


class LockTracker:
    """Reads each request and its answer. ``held`` are the locks that were granted and not yet released.

    ``tried`` are all URLs that a LOCK was sent to, in order; ``unsure`` those of them whose answer does not say
    whether there is a lock now.
    """

    def __init__(self) -> None:
        self.held: list[ScratchLock] = []
        self.tried: dict[str, None] = {}
        self.unsure: dict[str, None] = {}

    def note_request(self, request: Request) -> None:
        """A request is about to be sent."""
        if request.method == "LOCK":
            self.tried[request.url] = self.unsure[request.url] = None

    def note_answer(self, exchange: Exchange, number: int, by: int) -> None:
        """The exchange ``number`` got an answer; the user ``by`` sent it."""
        request = exchange.request
        if request.method != "LOCK":
            return
        if exchange.status is not None and exchange.status < 500:
            self.unsure.pop(request.url, None)
        if exchange.status in (200, 201):
            token, lock = granted(exchange)
            if token is not None and not any(taken.token == token and taken.url == request.url for taken in self.held):
                self.held.append(ScratchLock(url=request.url, token=token, lock=lock, subject=number, by=by))

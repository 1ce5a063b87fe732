"""What ends a walk before it has read its tree: a bound, a redirect out of the tree, or a server that wants no more."""

from davlock.diagnosis.evidence import CHALLENGES
from davlock.diagnosis.walk_end import Bound, WalkEnd
from davlock.operations.budget import Budget
from davlock.operations.probe import Probe
from davlock.operations.redirect import leads_out
from davlock.operations.walk.strategy import CollectionAnswer
from davlock.operations.walk.tally import Tally, said
from davlock.protocol.message import Exchange
from davlock.protocol.retry_after import THROTTLED

DEEPEST = 64
"""Names below the start beyond which nothing is followed."""

SILENCES = 3
"""Requests in a row without an answer after which the server is taken to be gone."""

NO_MORE = "the walk had ended"
"""Why a collection was not read that waited for its turn."""

MEMBERS_LEFT_OUT = "some of its members are unread: the limit of requests was reached"

_WORDS = {
    Bound.TIME: "the time is over",
    Bound.REQUESTS: "no requests are left",
    Bound.MEMORY: "the locks take too much memory",
}


class WalkStop:
    """Decides it, answer by answer. ``probe`` gets the exchange with the redirect."""

    def __init__(self, probe: Probe, budget: Budget, tally: Tally) -> None:
        self.over = False
        """True if nothing more is to be asked."""
        self.ended: Exchange | None = None
        """The exchange that ended it: no answer, no login, or too many requests."""
        self.bounds: set[Bound] = set()
        self._probe = probe
        self._budget = budget
        self._tally = tally
        self._silent = 0

    def because_of(self, answer: CollectionAnswer, start: str) -> str:
        """Why nothing more is to be asked after this answer; empty where the walk goes on, or had ended before."""
        exchange = answer.exchange
        if exchange is not None:
            self._silent = self._silent + 1 if exchange.response is None else 0
        if self.over:
            return ""
        why = ""
        if answer.bound is not None:
            why = self.at(answer.bound)
        elif exchange is not None and self.strays(exchange):
            why = f"{said(exchange)}, which leads out of the tree"
        elif exchange is not None:
            if self._silent >= SILENCES:
                self.ended = exchange
            if self.refuses(exchange, start):
                why = said(exchange)
        self.over = bool(why)
        return why

    def at(self, bound: Bound) -> str:
        """Note that a bound is reached; in words."""
        self.bounds.add(bound)
        return _WORDS[bound]

    def count_crowded(self, answer: CollectionAnswer) -> None:
        """Count the members for which no requests are left."""
        if answer.crowded:
            self.at(Bound.REQUESTS)
            self._tally.unread += answer.crowded
            # No number in it: people see one line for all that have one reason.
            self._tally.note(self._tally.shown(answer.url), MEMBERS_LEFT_OUT)

    def strays(self, exchange: Exchange) -> bool:
        """Returns true if its redirect leads out of the tree; the probe keeps it then."""
        if not leads_out(exchange, self._probe.target):
            return False
        self._probe.exchanges.append(exchange.without_body())
        self._probe.strayed = self._probe.last
        return True

    def refuses(self, exchange: Exchange, start: str) -> bool:
        """Returns true if asking on would be of no use, or do harm."""
        if exchange.status in (*CHALLENGES, *THROTTLED):
            self.ended = exchange
        elif exchange.request.url == start and exchange.request.headers.get("Depth") == "1" and exchange.status != 207:
            self.ended = exchange  # no other collection is left to be asked
        return self.ended is not None

    @property
    def end(self) -> WalkEnd | None:
        """How a bound or a redirect cut the walk short; ``None`` where neither did."""
        if not self.bounds and self._probe.strayed is None:
            return None
        return WalkEnd(
            bounds=tuple(bound for bound in Bound if bound in self.bounds),
            redirect=self._probe.strayed,
            collections=self._tally.collections,
            requests=self._budget.spent,
            unread=self._tally.unread,
            max_requests=self._budget.requests,
            seconds=self._budget.seconds,
            names=DEEPEST,
            memory=self._budget.memory,
        )

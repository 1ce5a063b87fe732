"""What a command may spend: the time of the whole, and on walks over trees requests too, for all of its URLs together.

The server decides how large its tree is, and a hostile one makes up names as it is asked. So every walk has an end.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from davlock.diagnosis.walk_end import Bound
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Request
from davlock.protocol.url import without_credentials
from davlock.transport.base import Send

MAX_REQUESTS = 100_000
"""Requests of all walks of a command, unless the person says otherwise."""

MAX_TIME = 3600.0
"""Seconds of all walks of a command, unless the person says otherwise."""

CHARACTERS = 300
"""Characters of URLs that may wait for their turn, for each request that is allowed: names can be long, too."""

LOCKS_LIMIT = 64 * 1024 * 1024
"""Bytes of memory for the locks that a walk finds, some 40,000: a server can make up locks as long as it is read."""

GRACE = 10.0
"""Seconds after the deadline in which a release that is under way may still be read back."""

CLEANING = frozenset({"UNLOCK", "DELETE"})
"""Methods that put an end to what a command has made: after one of them, the grace counts."""


class BoundReached(Exception):
    """Nothing more is sent: ``bound`` is reached. It never leaves the walk."""

    def __init__(self, bound: Bound) -> None:
        super().__init__(bound.value)
        self.bound = bound


class Budget:
    """Counts what walks spend. Several threads may share it.

    ``seconds`` bounds the time by ``clock``, ``None`` does not. It runs while a walk does; with ``whole`` it runs from
    now on, also between walks.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        requests: int = MAX_REQUESTS,
        seconds: float | None = MAX_TIME,
        whole: bool = False,
        memory: int | None = None,
        spell: Callable[[str], str] = str,
    ) -> None:
        """``memory`` bounds the bytes for the locks of one walk, LOCKS_LIMIT if it is ``None``. ``spell`` is how the
        caller spells an option of the command line.
        """
        self.requests = requests
        self.seconds = seconds
        self.memory = LOCKS_LIMIT if memory is None else memory
        self.spent = 0
        """Requests so far."""
        self._clock = clock
        self._whole = whole
        self._spell = spell
        self._left = seconds
        self._end = clock() + seconds if whole and seconds is not None else None
        self._grace = 0.0
        self._closing: float | None = None
        self.cut = False
        """True if the deadline kept a request from being sent or answered."""
        self._waiting = 0
        self._characters = 0
        self._held = 0
        self._guard = threading.Lock()

    # -- time

    @property
    def time_is_up(self) -> bool:
        """Returns true if nothing more may be begun."""
        return self._end is not None and self._clock() >= self._end

    def seconds_left(self) -> float | None:
        """Until nothing more may be begun; ``None`` where no end is set."""
        return None if self._end is None else max(0.0, self._end - self._clock())

    def until(self) -> float | None:
        """When, by the clock, the request that is sent now must be over; ``None`` where no end is set."""
        if self._closing is not None:
            return self._closing
        return None if self._end is None else self._end + self._grace

    def pass_over(self, seconds: float) -> None:
        """The last ``seconds`` do not count: davlock waited for a person."""
        if self._end is not None:
            self._end += seconds
        if self._closing is not None:
            self._closing += seconds

    def allow_grace(self) -> None:
        """From now on a request may end a moment after the deadline: what was begun must be read back."""
        self._grace = GRACE

    def clean_up(self, seconds: float) -> None:
        """From now on requests may be sent for ``seconds``, whatever the deadline says, and none after that."""
        self._closing = self._clock() + seconds

    def end_clean_up(self) -> None:
        """The deadline alone counts again."""
        self._closing = None

    def lift(self) -> None:
        """The deadline holds no more."""
        self._end = None

    def words(self) -> str:
        """What is said of a request that the deadline cut."""
        return f"the deadline of {self.seconds or 0:g} s is over"

    def bounding(self, send: Send) -> Send:
        """``send``, which sends nothing more once the deadline is over, and says why. What releases and removes has
        the grace.
        """

        def bounded(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            if request.method.upper() in CLEANING:
                self.allow_grace()
            until = self.until()
            if until is not None and self._clock() >= until:
                return self._unanswered(Exchange(request=request, outcome=self._too_late(request, sent=False)))
            exchange = send(request, feed=feed)
            outcome, until = exchange.outcome, self.until()
            if not isinstance(outcome, NoResponse) or until is None or self._clock() < until:
                return exchange
            return self._unanswered(replace(exchange, outcome=self._too_late(exchange.request, sent=outcome.sent)))

        return bounded

    def _too_late(self, request: Request, *, sent: bool) -> NoResponse:
        hint = f"allow more with {self._spell('--deadline')}" if self._closing is None else ""
        why = self.words() if self._closing is None else "the time to clean up is over"
        return NoResponse(NoResponseKind.DEADLINE, without_credentials(request.url), why, hint=hint, sent=sent)

    def _unanswered(self, exchange: Exchange) -> Exchange:
        self.cut = True
        return exchange

    @contextmanager
    def walking(self) -> Iterator[None]:
        """The time runs within this block, and nothing is held yet."""
        self._held = 0
        if self._whole or self._left is None:
            yield
            return
        self._end = self._clock() + self._left
        try:
            yield
        finally:
            self._left = max(0.0, self._end - self._clock())
            self._end = None

    # -- requests

    @property
    def left(self) -> int:
        """Requests that may still be sent."""
        return max(0, self.requests - self.spent)

    def spending(self, send: Send) -> Send:
        """``send``, which raises BoundReached once a bound is reached, also in the middle of an answer."""

        def sending(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            self._require_time()
            with self._guard:
                if self.spent >= self.requests:
                    raise BoundReached(Bound.REQUESTS)
                self.spent += 1
            exchange = send(request, feed=self._timed(feed))
            if exchange.response is None:
                self._require_time()  # then that was why
            return exchange

        return sending

    def _timed(self, feed: Callable[[bytes], object] | None) -> Callable[[bytes], object] | None:
        if feed is None or self._end is None:
            return feed

        def timed(data: bytes) -> None:
            self._require_time()
            feed(data)

        return timed

    def _require_time(self) -> None:
        if self.time_is_up:
            raise BoundReached(Bound.TIME)

    # -- what waits for a request

    @property
    def waiting(self) -> int:
        """URLs that wait for their turn."""
        return self._waiting

    def reserve(self, url: str) -> bool:
        """Whether ``url`` may wait for its turn: not more may wait than may be asked. Memory is bounded by that."""
        with self._guard:
            if self._waiting >= self.left or self._characters + len(url) > self.requests * CHARACTERS:
                return False
            self._waiting += 1
            self._characters += len(url)
            return True

    def release(self, url: str) -> None:
        """``url``, which was reserved, waits no more."""
        with self._guard:
            self._waiting -= 1
            self._characters -= len(url)

    # -- what is held

    def hold(self, size: int) -> None:
        """``size`` bytes more of memory are taken by locks. Raises BoundReached if that is too much."""
        with self._guard:
            self._held += size
            if self._held > self.memory:
                raise BoundReached(Bound.MEMORY)

    def let_go(self, size: int) -> None:
        """``size`` bytes of them are free again."""
        with self._guard:
            self._held -= size

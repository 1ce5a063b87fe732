"""A signal does not end a LOCK that is on its way: its answer says which lock there is to release.

A server makes the lock when it reads the request, and answers later. Who leaves in between leaves a lock whose token
nobody knows.
"""

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from davlock.errors import DavlockError, Terminated
from davlock.posix import press_again
from davlock.protocol.message import Exchange, Request
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.operations.workers import Undisturbed

ANSWER_SECONDS = 10.0
"""How long an answer to LOCK is awaited after a signal, and how long after a crash the lock may still appear."""


class LockInterrupted(Terminated):
    """A signal came while a LOCK was on its way. ``exchange`` is the LOCK with its answer, ``None`` where none came.

    ``at_once`` says that a second signal ended the wait for the answer.
    """

    def __init__(self, signum: int, exchange: Exchange | None, *, at_once: bool = False) -> None:
        super().__init__(signum)
        self.exchange = exchange
        self.at_once = at_once


def makes_lock(request: Request) -> bool:
    """Returns true for a LOCK that takes a lock: a refresh has no body."""
    return request.method == "LOCK" and request.body not in (None, b"")


def expect_locks(
    send: Send,
    *,
    announce: Callable[[str], None],
    breakable: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Send:
    """``send``, which after a signal awaits the answer to a LOCK for at most ``ANSWER_SECONDS``.

    ``announce`` is told of the wait. A second signal ends it at once. Within ``breakable`` every signal must raise
    KeyboardInterrupt. Raises LockInterrupted, with the answer where it came in time.
    """
    from davlock.operations.workers import Undisturbed  # a command that only reads needs no thread

    def sending(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        if not makes_lock(request) or threading.current_thread() is not threading.main_thread():
            return send(request, feed=feed)
        lock = Undisturbed(lambda: send(request, feed=feed))
        try:
            with breakable():
                lock.begin()
                return lock.outcome()
        except KeyboardInterrupt as interrupt:
            signum = interrupt.signum if isinstance(interrupt, Terminated) else int(signal.SIGINT)
            if not lock.begun:
                raise
        raise _interrupted(lock, signum, announce, breakable)

    return sending


def _interrupted(
    lock: "Undisturbed[Exchange]",
    signum: int,
    announce: Callable[[str], None],
    breakable: Callable[[], AbstractContextManager[None]],
) -> LockInterrupted:
    """After the first signal: what came of the LOCK."""
    try:
        with breakable():
            wait = f"waiting at most {ANSWER_SECONDS:g} s for the answer to LOCK"
            announce(f"{wait}; {press_again(signum)} to exit at once")
            return LockInterrupted(signum, lock.outcome(ANSWER_SECONDS))
    except (TimeoutError, DavlockError):  # an answer that is no HTTP names no lock either
        return LockInterrupted(signum, None)
    except KeyboardInterrupt:
        return LockInterrupted(signum, None, at_once=True)

"""Take a lock in such a way that nothing that ends the wait for it leaves a lock whose token nobody knows.

A program's signal handlers may raise anything, anywhere in the main thread, and a task can be cancelled. So another
thread takes the lock, and they end only the wait for that thread.
"""

import random
import signal
import threading
from collections.abc import Callable

from davlock.errors import Cancelled, DavlockError
from davlock.operations.keepalive import Keepalive
from davlock.operations.lock_answer import ANSWER_SECONDS, LockInterrupted, makes_lock
from davlock.operations.wait import Waited, WaitPolicy
from davlock.operations.workers import Undisturbed
from davlock.protocol.message import Exchange, Request
from davlock.transport.base import Send


class TakingStopped(DavlockError):
    """Nobody wants the lock any more: its text says what may be left of it, and is empty if nothing is."""


class InterruptibleTaking:
    """Takes one lock, until somebody sets ``stop``."""

    def __init__(self, url: str, send: Send, stop: threading.Event) -> None:
        self._url = url
        self._send = send
        self._stop = stop
        self._lock_sent = False

    def send(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        """Sends no LOCK after a stop, and reports one that was on its way then as interrupted."""
        if not makes_lock(request):
            return self._send(request, feed=feed)
        self._unless_stopped()
        self._lock_sent = True
        exchange = self._send(request, feed=feed)
        if self._stop.is_set():
            raise LockInterrupted(signal.SIGINT, exchange)
        return exchange

    def take(self, keepalive: Keepalive, *, wait: float, now: Callable[[], float]) -> Waited | None:
        """Returns what ``keepalive.take`` returns; its requests must go by :meth:`send`.

        Raises TakingStopped after a stop. What a signal handler raises goes on once it is known what became of the
        lock, with a note if a lock may be left. A second signal ends that at once.
        """
        patience = WaitPolicy(
            deadline=now() + wait,
            once=wait <= 0,
            sleep=self._rest,
            now=now,
            jitter=random.random,
            announce=lambda waits: None,
        )
        taking = Undisturbed(lambda: keepalive.take(patience))
        try:
            taking.begin()
            return taking.outcome()
        except BaseException as error:
            if error is not taking.failure:
                self._end(taking, error)
            elif isinstance(error, KeyboardInterrupt | Cancelled):  # no signal comes to that thread
                raise TakingStopped(_left_behind(error)) from None
            raise

    def _end(self, taking: "Undisturbed[Waited | None]", error: BaseException) -> None:
        """``error`` ended the wait for ``taking``: note in it what may be left."""
        self._stop.set()
        if not taking.begun:
            return
        try:
            over = taking.wait(ANSWER_SECONDS)
        except BaseException as impatient:
            _note(impatient, self._unknown)
            raise
        _note(error, _left_behind(taking.failure) if over else self._unknown)

    @property
    def _unknown(self) -> str:
        if not self._lock_sent:
            return ""
        return f"the LOCK was on its way: a lock may exist on {self._url}; to check: davlock locks {self._url}"

    def _rest(self, seconds: float) -> None:
        """Wait before the next try."""
        if self._stop.wait(seconds):
            self._unless_stopped()

    def _unless_stopped(self) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt


def _note(error: BaseException, words: str) -> None:
    if words:
        error.add_note(words)


def _left_behind(error: BaseException | None) -> str:
    return error.left_behind if isinstance(error, Cancelled) else ""

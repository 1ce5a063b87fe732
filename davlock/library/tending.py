"""A lock that is held: the threads that renew and verify it, and what a program sees of it."""

import atexit
import logging
import math
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from davlock.diagnosis.finding import Severity
from davlock.errors import DavlockError, LocalProtocolError
from davlock.ledger import Ledger
from davlock.library.errors import LockLost, LockRefused, ReleaseFailed
from davlock.library.session import ServerSession, why_no_answer
from davlock.library.taking import InterruptibleTaking
from davlock.library.values import diagnosis_value
from davlock.operations.held_lock import HeldLock, KeepaliveEvent, KeepaliveTarget, LockEvent
from davlock.operations.keepalive import Keepalive
from davlock.operations.locking import LockRequest
from davlock.operations.wait import Waited, WaitEnding
from davlock.operations.workers import Undisturbed
from davlock.posix import POSIX
from davlock.protocol.if_header import IfHeader
from davlock.render.build_result import result
from davlock.servers import PROFILES

_log = logging.getLogger("davlock")

LONGEST_REST = 3600.0
"""Seconds: how often a thread verifies that a lock that never ends has not expired."""


class LockGuard:
    """A lock that you hold: what ``with davlock.lock(url) as lock`` gives you.

    Threads of davlock renew it at half of its lifetime, and verify that the server still has it. Any thread may use
    this object. After a fork, only the process that took the lock renews and releases it.
    """

    def __init__(self, tended: "TendedLock") -> None:
        self._tended = tended

    @property
    def url(self) -> str:
        """Returns what is locked, without credentials."""
        return self._tended.url

    @property
    def token(self) -> str:
        """Returns the lock token, without angle brackets. A few servers change it when davlock renews the lock."""
        return self._tended.held.token.uri

    @property
    def root(self) -> str:
        """Returns the URL on which the lock was taken, as the server says; ``url`` if it does not say."""
        return self._tended.root or self.url

    @property
    def timeout(self) -> float | None:
        """Returns the lifetime in seconds that the server granted last; ``None`` if the lock never ends."""
        life = self._tended.held.life
        return None if life == math.inf else life

    @property
    def expires_at(self) -> datetime | None:
        """Returns when the lock ends unless davlock renews it, in UTC by this machine's clock; ``None`` if never."""
        left = self._tended.held.ends_at - _clock()
        return None if left == math.inf else datetime.now(UTC) + timedelta(seconds=left)

    @property
    def if_header(self) -> str:
        """Returns the value of the ``If`` header that a write needs: ``headers={"If": lock.if_header}``.

        It names the URL, so it also fits DELETE, MOVE and writes below a locked folder. Some servers compare that URL
        badly, such as nginx if it has escapes: for a PUT, send ``f"(<{lock.token}>)"`` there. Read it for each request.
        Raises what :meth:`check` raises.
        """
        self.check()
        return str(IfHeader.tagged_with(self.url, self._tended.held.token))

    @property
    def lost(self) -> bool:
        """Returns true if the lock is gone, or if davlock could not renew it in time. It never changes back."""
        return self._tended.loss() is not None

    def check(self) -> None:
        """Raises LockLost if the lock is lost, and LocalProtocolError after the end of the block.

        It asks no server: davlock's threads do.
        """
        loss = self._tended.loss()
        if loss is not None:
            raise loss
        if self._tended.is_over:
            raise LocalProtocolError("the lock is released", "use it inside the with block")

    def __repr__(self) -> str:
        return f"<davlock.LockGuard of {self.url}{self._tended.state}>"


class TendedLock:
    """One lock, and the threads that tend it."""

    def __init__(
        self,
        session: ServerSession,
        ledger: Ledger,
        wish: LockRequest,
        *,
        poll: float,
        on_lost: Callable[[LockLost], object] | None,
        stop: threading.Event,
    ) -> None:
        """``stop`` ends :meth:`take` from another thread."""
        self.url = session.url
        self.root: str | None = None
        self._session = session
        self._taking = InterruptibleTaking(session.url, session.send, stop)
        self._keepalive = Keepalive(
            (KeepaliveTarget(url=session.url, send=self._taking.send, ledger=ledger),),
            wish,
            profiles=PROFILES,
            now=_clock,
            jitter=random.random,
            poll=poll,
            tell=self._hear,
        )
        self._on_lost = on_lost
        self._process = os.getpid()
        self._over = threading.Event()
        self._keeper: threading.Thread | None = None
        self._held: HeldLock | None = None
        self._releasing: Undisturbed[None] | None = None
        self._lost: LockLost | None = None
        self._left = ""
        self._failure: Exception | None = None

    @property
    def is_ours(self) -> bool:
        """Returns true in the process that took the lock."""
        return os.getpid() == self._process

    @property
    def is_over(self) -> bool:
        """Returns true once the block has ended."""
        return self._over.is_set()

    @property
    def state(self) -> str:
        """What became of the lock, as a clause; empty while it is held."""
        return ", lost" if self._lost is not None else ", released" if self.is_over else ""

    @property
    def held(self) -> HeldLock:
        """The lock as it is now; after the end, as it was."""
        assert self._held is not None  # noqa: S101 -- nobody has the guard before
        return self._held

    # -- taking and tending

    def take(self, wait: float) -> None:
        """Take the lock, and begin to tend it."""
        waited = self._taking.take(self._keepalive, wait=wait, now=_clock)
        if waited is not None:
            raise self._refusal(waited)
        (self._held,) = self._keepalive.held
        _tended.add(self)
        self._keeper = self._start("keeper", lambda: self._keepalive.keep(self._over.wait))
        self._start("watcher", lambda: self._keepalive.watch(self._over.wait))
        self._start("clock", self._expire)

    def _refusal(self, waited: Waited) -> DavlockError:
        evidence, skipped = waited.report.evidence, waited.report.skipped
        late_or_unsettled = waited.report.unsettled or waited.ending is WaitEnding.LATE
        left = "; ".join(note.why for note in skipped if note.what == "LOCK") if late_or_unsettled else ""
        if (error := why_no_answer(evidence)) is not None:
            if left:
                error.add_note(left)
            return error
        diagnosis = diagnosis_value(result(self._session.diagnose(evidence, skipped=skipped)))
        grave = any(finding.severity >= Severity.WARNING for finding in diagnosis.findings)
        succeeded = evidence.method == "LOCK" and evidence.response is not None and evidence.response.ok
        # Nothing is the matter with the answer itself: what davlock read or tried afterwards says why.
        why = "; ".join(note.why for note in skipped if note.why != left) if succeeded and not grave else ""
        return LockRefused(diagnosis, why, left)

    def _start(self, name: str, work: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                work()
            except Exception as error:
                if not self._over.is_set():
                    self._failure = error

        thread = threading.Thread(target=guarded, name=f"davlock {name}", daemon=True)
        thread.start()
        return thread

    def _expire(self) -> None:
        """Notice the end of the lock while an answer to the others is on its way."""
        while not self._over.wait(min(max(self._keepalive.ends_at - _clock(), 0.0), LONGEST_REST)):
            self._keepalive.expire()

    def _hear(self, event: KeepaliveEvent) -> None:
        """From any thread."""
        if event.what is LockEvent.ACQUIRED and event.report is not None:
            granted = event.report.evidence.granted
            self.root = granted.root.url if granted is not None and granted.root is not None else None
        elif event.what is LockEvent.LEFT:
            self._left = event.words
        elif event.what is LockEvent.LOST and self._held is not None:
            self._lost = LockLost(self.url, self._held.token.uri, event.words)
            if self._on_lost is not None:
                try:
                    self._on_lost(self._lost)
                except Exception:  # it must not end the thread that found out
                    _log.exception("on_lost failed for %s", self.url)

    def loss(self) -> LockLost | None:
        """How the lock was lost; ``None`` while it is held."""
        if self.is_ours:
            self._keepalive.expire()
        return self._lost

    # -- the end

    def release(self) -> None:
        """Release the lock. One Ctrl-C, or signal whose handler raises, does not keep davlock from that; two do."""
        if sys.is_finalizing():
            return  # no thread works any more; davlock released it just before, see _release_all
        try:
            self._release().outcome()
        except BaseException as error:
            if self._is_of_release(error):
                raise
            try:
                self._release().outcome()
            except BaseException as impatient:
                if not self._is_of_release(impatient):
                    self._keepalive.leave("interrupted")
                    impatient.add_note(self._left)
                raise
            raise

    def _is_of_release(self, error: BaseException) -> bool:
        """Returns true unless ``error`` is of a signal handler, such as KeyboardInterrupt."""
        return self._releasing is not None and error is self._releasing.failure

    def _release(self) -> "Undisturbed[None]":
        self._over.set()
        if self._releasing is None:
            self._releasing = Undisturbed(self._release_now)
        if not self._releasing.begun:
            self._releasing.begin()
        return self._releasing

    def _release_now(self) -> None:
        if self._keeper is not None:
            self._keeper.join()  # behind its UNLOCK, a refresh that is on its way would make a new lock on nginx
        self._keepalive.settle()
        self._keepalive.release(time.sleep)
        _tended.discard(self)

    def release_at_exit(self) -> None:
        """Release the lock of a block that nobody left. What goes wrong is logged."""
        if not self.is_ours:
            return
        try:
            self.release()
            self.raise_what_went_wrong()
        except Exception as error:
            _log.warning("%s", error)

    def annotate(self, error: BaseException) -> None:
        """Say in the notes of the error that ended the block what became of the lock."""
        if self._lost is not None and error is not self._lost:
            error.add_note(self._lost.why)
        if self._left:
            error.add_note(self._left)

    def raise_what_went_wrong(self) -> None:
        """Raise the reason why the end of the block is not the end of the story."""
        if self._lost is not None:
            raise self._lost
        if self._left:
            raise ReleaseFailed(self.url, self.held.token.uri, self._left)
        if self._failure is not None:
            raise self._failure


_tended: set[TendedLock] = set()
"""The locks that are held now."""


@atexit.register
def _release_all() -> None:
    """Release what is still held when Python ends, while threads still work.

    Later, when Python takes its objects apart, an UNLOCK would wait for a thread for ever.
    """
    for tended in tuple(_tended):
        tended.release_at_exit()


def _clock() -> float:
    """Seconds by a clock that goes on while the machine sleeps, where there is one: so do the server's locks."""
    if not POSIX:
        return time.monotonic()
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

"""One child process: started with clean signals, sent on what davlock is sent, and waited for in the main thread.

While it runs, signals are blocked and taken one by one (sigtimedwait): none is lost, and none interrupts the work on
the locks. Threads that are started meanwhile leave them to the main thread.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

GRACE = 5.0
"""Seconds from SIGTERM to SIGKILL."""

_TICK = 0.05
"""Seconds between looks where the platform cannot wait for a signal and a moment at once."""

_FROM_KERNEL = 0x80
"""SI_KERNEL of Linux (sigaction(2)): a key at the terminal, which sends the signal to the child as well."""

PASSED_ON = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2})

# Python ignores them, which a child would inherit.
_IGNORED_BY_PYTHON = [getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name)]


@contextlib.contextmanager
def signals_held_back() -> Iterator[None]:
    """Signals that would end davlock wait until the block is left: locks are released whoever is impatient."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON | {signal.SIGCHLD})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def forget_signals() -> None:
    """Those that came too late to be sent on: the child has ended, and its status is what counts."""
    while pending := signal.sigpending() & PASSED_ON:
        signal.sigwait(pending)


class Child:
    """Runs from its making on. Signals must be held back already.

    Raises FileNotFoundError where there is no such command, another OSError where it cannot be executed.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._main = threading.get_ident()
        self._pid = os.posix_spawnp(
            command[0], list(command), dict(environment), setsigmask=(), setsigdef=_IGNORED_BY_PYTHON
        )
        self._status: int | None = None
        self.killed = False
        """Whether we ended it."""

    def wake(self) -> None:
        """From another thread: :meth:`wait` is to ask ``wanted`` again."""
        with contextlib.suppress(ProcessLookupError):
            signal.pthread_kill(self._main, signal.SIGCHLD)

    def wait(self, wanted: Callable[[], float | None]) -> int:
        """Until it ends; its status as a shell tells it: 128+n for a signal.

        ``wanted`` is asked before each wait: the seconds after which it is to be asked again, or ``None`` when the
        child is to be ended.
        """
        kill_at: float | None = None
        while not self._has_ended():
            seconds = wanted()
            if self._has_ended():
                break
            if seconds is None or kill_at is not None:
                if kill_at is None:
                    kill_at = time.monotonic() + GRACE
                    self.killed = True
                    os.kill(self._pid, signal.SIGTERM)
                    os.kill(self._pid, signal.SIGCONT)  # one that is stopped could not see it
                elif time.monotonic() >= kill_at:
                    os.kill(self._pid, signal.SIGKILL)
                seconds = max(kill_at - time.monotonic(), _TICK)
            sent = _next_signal(seconds)
            if sent is not None and not self._has_ended():
                os.kill(self._pid, sent)
        assert self._status is not None  # noqa: S101 -- for the type checker
        return self._status

    def _has_ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self._status = code if code >= 0 else 128 - code
        return self._status is not None


def _next_signal(seconds: float) -> signal.Signals | None:
    """The next signal that the child does not know of; ``None`` when the time is over or the child may have ended."""
    # More than a day at once overflows what some systems take.
    seconds = min(seconds, 86400.0)
    wanted = PASSED_ON | {signal.SIGCHLD}
    if hasattr(signal, "sigtimedwait"):
        came: Any = signal.sigtimedwait(wanted, seconds)
        if came is None or came.si_signo == signal.SIGCHLD or came.si_code == _FROM_KERNEL:
            return None
        return signal.Signals(came.si_signo)
    if pending := signal.sigpending() & PASSED_ON:
        return signal.Signals(signal.sigwait(pending))
    time.sleep(min(seconds, _TICK))
    return None

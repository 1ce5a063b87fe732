"""One child process: started with clean signals, sent on what davlock is sent, and waited for in the main thread.

While it runs, signals are blocked and taken one by one (sigtimedwait): none is lost, and none interrupts the work on
the locks. Threads that start in the meantime leave them to the main thread.
"""

import contextlib
import errno
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from davlock.cli.output import complain
from davlock.posix import POSIX

if not POSIX:
    raise ImportError("davlock run needs the signals of a POSIX system")

GRACE = 5.0
"""Seconds from SIGTERM to SIGKILL."""

_TICK = 0.05
"""Seconds between looks where the platform cannot wait for a signal and a moment at once."""

_FROM_KERNEL = 0x80
"""SI_KERNEL of Linux (sigaction(2)): a key at the terminal, which sends the signal to the child as well."""

PASSED_ON = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGALRM,
    }
)

_IMPATIENT = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

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


def wake_main_thread() -> None:
    """From another thread: end the wait of the main thread for a signal, so that it sees what has changed."""
    with contextlib.suppress(ProcessLookupError):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGCHLD)


def until_impatient(
    work: Callable[[], None], warn: Callable[[signal.Signals], None], woken: Callable[[], None]
) -> signal.Signals | None:
    """Do ``work`` in a thread, which is left behind at the second SIGINT, SIGTERM or SIGHUP: that signal.

    ``warn`` is called at the first, ``woken`` whenever the main thread wakes. Signals must be held back already.
    """
    over = threading.Event()
    failures: list[BaseException] = []

    def act() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        over.set()
        wake_main_thread()

    threading.Thread(target=act, name="release", daemon=True).start()
    warned = False
    while not over.is_set():
        came = _next_signal(1.0)
        woken()
        if came is None or came[0] not in _IMPATIENT:
            continue
        if warned:
            return came[0]
        warned = True
        warn(came[0])
    if failures:
        raise failures[0]
    return None


class Child:
    """Runs from its making on. Signals must be held back already.

    Raises FileNotFoundError where there is no such command, another OSError where it cannot be executed.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, say: Callable[[str], None] = complain
    ) -> None:
        self._say = say
        self._refused = False
        self._pid = _spawn(command, environment)
        self._status: int | None = None
        self.killed = False
        """True if we ended it."""

    def wait(self, wanted: Callable[[], float | None]) -> int:
        """Until it ends; its status as a shell tells it: 128+n for a signal.

        ``wanted`` is asked before each wait: the seconds after which it is to be asked again, or ``None`` when the
        child is to be ended. Whatever is raised on the way, the child has ended by then: nothing of it runs on while
        its locks are released.
        """
        try:
            return self._wait(wanted)
        except BaseException:
            self._end()
            raise

    def _wait(self, wanted: Callable[[], float | None]) -> int:
        kill_at: float | None = None
        while not self._has_ended():
            seconds = wanted()
            if self._has_ended():
                break
            if seconds is None or kill_at is not None:
                if kill_at is None:
                    kill_at = time.monotonic() + GRACE
                    self.killed = self._send(signal.SIGTERM)
                    self._send(signal.SIGCONT)  # one that is stopped could not see it
                elif time.monotonic() >= kill_at:
                    self.killed = self._send(signal.SIGKILL) or self.killed
                seconds = max(kill_at - time.monotonic(), _TICK)
            sent = _next_signal(seconds)
            if sent is not None and not self._has_ended() and not (sent[1] and self._knows(sent[0])):
                self._send(sent[0])
        assert self._status is not None  # noqa: S101 -- for the type checker
        return self._status

    def _knows(self, number: signal.Signals) -> bool:
        """Whether the kernel, which sends a signal for a key to all of a process group, sent it to the child too."""
        if number is signal.SIGHUP and os.getsid(0) == os.getpid():
            return False  # the terminal is gone, and only the leader of the session hears of it
        try:
            return os.getpgid(self._pid) == os.getpgrp()
        except OSError:
            return True

    def _end(self) -> None:
        """End it, or wait for its end where that is not allowed."""
        kill_at = time.monotonic() + GRACE
        if not self._has_ended():
            self._send(signal.SIGTERM)
            self._send(signal.SIGCONT)
        while not self._has_ended():
            if time.monotonic() >= kill_at:
                self._send(signal.SIGKILL)
            time.sleep(_TICK)

    def _send(self, number: signal.Signals) -> bool:
        """Returns true if it could be sent. A child that runs as somebody else (sudo) takes none from us."""
        try:
            os.kill(self._pid, number)
        except ProcessLookupError:
            return False
        except PermissionError:
            if not self._refused:
                self._refused = True
                self._say(
                    f"the command (pid {self._pid}) runs as somebody else, and {number.name} cannot be sent to it: its"
                    " end is waited for"
                )
            return False
        return True

    def _has_ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self._status = code if code >= 0 else 128 - code
        return self._status is not None


def _spawn(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """A script without a first line that names its interpreter is one for the shell, as execvp(3) has it."""
    words = list(command)
    if not words[0]:
        raise FileNotFoundError
    try:
        return os.posix_spawnp(words[0], words, environment, setsigmask=(), setsigdef=_IGNORED_BY_PYTHON)
    except OSError as error:
        script = shutil.which(words[0]) if error.errno == errno.ENOEXEC else None
        if script is None:
            raise
        words = ["/bin/sh", script, *words[1:]]
        return os.posix_spawn(words[0], words, environment, setsigmask=(), setsigdef=_IGNORED_BY_PYTHON)


def _next_signal(seconds: float) -> tuple[signal.Signals, bool] | None:
    """The next signal, and whether it came from the kernel; ``None`` when the time is over or the child may have
    ended.
    """
    # More than a day at once overflows what some systems take.
    seconds = min(seconds, 86400.0)
    wanted = PASSED_ON | {signal.SIGCHLD}
    if hasattr(signal, "sigtimedwait"):
        came: Any = signal.sigtimedwait(wanted, seconds)
        # Stopped until the time was over, and continued: Python hands out what it never filled in.
        if came is None or came.si_signo not in PASSED_ON:
            return None
        return signal.Signals(came.si_signo), came.si_code == _FROM_KERNEL
    if pending := signal.sigpending() & PASSED_ON:
        return signal.Signals(signal.sigwait(pending)), False
    time.sleep(min(seconds, _TICK))
    return None

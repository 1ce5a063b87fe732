"""Stop between two things rather than in the middle of one: the first signal is noted, the second is obeyed at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from davlock.cli.exit_status import ExitStatus, for_signal
from davlock.cli.output import complain
from davlock.errors import Terminated
from davlock.posix import press_again, signals_named

SIGNALS = signals_named("SIGINT", "SIGTERM", "SIGHUP")


_raising = False


@contextmanager
def raising_signals() -> Iterator[None]:
    """Within it also the first signal is raised: a LOCK is on its way, or a person is asked a question."""
    global _raising
    before, _raising = _raising, True
    try:
        yield
    finally:
        _raising = before


class Stopping:
    """Whether the person wants an end, and the exit status that they get for it."""

    def __init__(self) -> None:
        self.by: int | None = None
        self.waits = False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within it nothing is in the middle of anything, and the first signal ends it."""
        self.waits = True
        try:
            yield
        except KeyboardInterrupt:
            if self.by is None:
                raise
        finally:
            self.waits = False

    @property
    def asked(self) -> bool:
        """Returns true if a signal has come."""
        return self.by is not None

    @property
    def code(self) -> ExitStatus:
        """For the signal that came."""
        return ExitStatus(for_signal(self.by or signal.SIGTERM))


@contextmanager
def stopping(doing: str, then: str) -> Iterator[Stopping]:
    """Within it the first SIGINT, SIGTERM or SIGHUP says ``doing``, and how to get to ``then``; it raises nothing."""
    state = Stopping()

    def note(number: int, frame: FrameType | None) -> None:
        if state.by is None:
            state.by = number
            if not state.waits:
                complain(f"{doing}; {press_again(number)} {then}")
            if state.waits or _raising:
                raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            raise Terminated(number)

    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # as nohup(1) wants it
    before = {number: signal.signal(number, note) for number in heeded}
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

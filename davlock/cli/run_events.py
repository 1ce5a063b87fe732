"""What ``davlock run`` says on stderr: events come from several threads, and the main thread alone writes them."""

import math
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from queue import Empty, SimpleQueue

from davlock.cli.child import wake_main_thread
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.commands.lock import say_not_tried
from davlock.cli.nonblocking_stderr import NonblockingStderr
from davlock.cli.options import Shared
from davlock.cli.output import clear_of_progress, complain, write_waiting
from davlock.cli.target_screens import target_presenter
from davlock.cli.targets import judge_report
from davlock.operations.held_lock import KeepaliveEvent, LockEvent
from davlock.operations.hindrance import HindranceKind, hindrance
from davlock.operations.wait import Waited, WaitEnding
from davlock.render.local_time import in_local_time
from davlock.render.result import Result
from davlock.servers.profile import Profile


class RunReporter:
    """Reports events: as JSON if that was asked for, else in words, and only what matters."""

    def __init__(self, shared: Shared, on_loss: str) -> None:
        self._presenter = target_presenter("run", shared, err=True)
        self._json = self._presenter.format in ("json", "jsonl")
        self._known = CommandKnowledge(shared)
        self._quiet = shared.quiet
        self._budget = shared.budget
        self._ignores_loss = on_loss == "ignore"
        self._events: SimpleQueue[tuple[KeepaliveEvent, Result | None]] = SimpleQueue()

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The server profiles, by which locks are held."""
        return self._known.profiles

    def tell(self, event: KeepaliveEvent) -> None:
        """Report ``event``, from any thread; the main thread writes it at once, or is woken to write it."""
        self._events.put((event, self._result(event) if self._json else None))
        if threading.current_thread() is threading.main_thread():
            self.write()
        else:
            wake_main_thread()

    def write(self) -> None:
        """Write what has happened. For the main thread."""
        with suppress(OSError):
            write_waiting()
            with suppress(Empty):
                while True:
                    self._write(*self._events.get_nowait())
            with clear_of_progress(erase=False):
                sys.stderr.flush()

    @property
    def rest(self) -> float:
        """Seconds after which to call :meth:`write` again: some of it could not be written yet."""
        return 0.5 if isinstance(sys.stderr, NonblockingStderr) and sys.stderr.behind else math.inf

    def _write(self, event: KeepaliveEvent, result: Result | None) -> None:
        if result is not None:
            self._add(event.what.value, result, event.words)
        elif event.words and self._matters(event.what):
            words = in_local_time(event.words, datetime.now())
            complain(f"waiting for {event.url}: {words}" if event.what is LockEvent.WAITING else words)

    def _matters(self, what: LockEvent) -> bool:
        if what is LockEvent.LOST:
            return not self._ignores_loss
        return what is LockEvent.LEFT or not self._quiet

    def _result(self, event: KeepaliveEvent) -> Result:
        return (
            Result(target=event.url) if event.report is None else judge_report(event.report, self._known, silent=True)
        )

    def _add(self, event: str, result: Result, words: str = "", **keys: object) -> None:
        message = (("message", words),) if words else ()
        self._presenter.add(replace(result, extra=(*result.extra, ("event", event), *message, *keys.items())))

    def refused(self, waited: Waited) -> bool:
        """Explain the lock that could not be taken, as davlock lock does; whether it was in the way for too long."""
        late = waited.ending is WaitEnding.LATE or (self._budget is not None and self._budget.cut)
        if self._json:
            self._add("timeout" if late else "stopped", judge_report(waited.report, self._known, silent=True))
        elif not (late and self._quiet):
            trouble = hindrance(waited.report)
            if trouble is not None and trouble.kind is not HindranceKind.LOCK:
                complain(f"no lock on {waited.report.target}: {trouble.words}")
            say_not_tried(waited.report, self._presenter)
            self._presenter.add(judge_report(waited.report, self._known))
        return late

    def ended(self, status: int) -> None:
        """Report that the child has ended."""
        self.write()
        if self._json:
            with suppress(OSError):
                self._add("ended", Result(target=None), status=status)

    def finish(self) -> None:
        """Write what is left."""
        self.write()
        with suppress(OSError):
            self._presenter.finish()

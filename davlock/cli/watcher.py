"""What a watch needs of the world: senders, the ledger, and where to show what happened."""

import contextlib
import io
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TextIO

import click

from davlock.cli.broken_pipe import pause_for_a_reader
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.credentials import login_for
from davlock.cli.exit_status import ExitStatus, for_watched
from davlock.cli.options import Shared
from davlock.cli.output import Presenter, complain, wants_ascii, wants_color
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.refused_login import complain_with_login, login_refusal, what_to_type
from davlock.cli.session import open_sender
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Finding
from davlock.errors import LocalProtocolError, ReadFailure
from davlock.operations.changes import ChangeKind, LockChange, Obstacle, Poll, WatchedResource
from davlock.operations.observe import observe
from davlock.operations.poll import Step
from davlock.operations.read_failure import read_failure
from davlock.posix import POSIX
from davlock.protocol.lock import Depth
from davlock.protocol.url import without_credentials
from davlock.render.build_result import result
from davlock.render.result import LockView, Result
from davlock.render.watch_rows import EVENT_COLUMNS, event_keys, event_row

if TYPE_CHECKING:
    from davlock.render.live import Screen

if POSIX or TYPE_CHECKING:
    from davlock.cli.exec_hook import OnChange


class Watcher:
    """What a watch needs of the world: senders, the ledger, and where to tell of it. ``stack`` closes all of it."""

    def __init__(
        self,
        stack: contextlib.ExitStack,
        shared: Shared,
        urls: tuple[str, ...],
        depth: Depth,
        interval: float,
        on_change: str | None,
        *,
        tokens: bool = False,
    ) -> None:
        self._known = CommandKnowledge(shared)
        self._depth = depth
        self._urls = tuple(map(without_credentials, urls))
        self._logins = tuple(partial(login_for, shared, url) for url in urls)
        self._ledger = stack.enter_context(open_ledger(shared))
        self._senders = tuple(stack.enter_context(open_sender(shared, url)) for url in urls)
        self._places: list[WatchedResource | None] = [None] * len(urls)
        self._polls: list[Poll | None] = [None] * len(urls)
        self._due: list[float] = [0.0] * len(urls)
        self._presenter = Presenter(
            "watch", shared, rows=lambda result: iter(()), columns=EVENT_COLUMNS, show=lambda console, result: None
        )
        stack.callback(self._presenter.finish)
        live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._screen = None
        if self._presenter.format == "table":
            from davlock.render.live import Screen

            columns = os.environ.get("COLUMNS", "")
            self._screen = stack.enter_context(
                Screen(
                    sys.stdout,
                    color=wants_color(shared, sys.stdout.isatty()),
                    live=live,
                    width=int(columns) if columns.isdecimal() else None,
                    clock=time.monotonic,
                    now=lambda: datetime.now(UTC),
                    tokens=tokens,
                    ascii_marks=wants_ascii(sys.stdout),
                )
            )
        shared_terminal = self._screen is not None and live and sys.stderr.isatty()
        if self._screen is not None and shared_terminal:
            stack.enter_context(contextlib.redirect_stderr(_Above(self._screen, sys.stderr)))
        self._on_change: OnChange | None = None
        if on_change and not POSIX:
            raise LocalProtocolError(
                "--exec works only on Linux and macOS: it needs /bin/sh", "read --format jsonl in a script instead"
            )
        if on_change:
            self._on_change = OnChange(on_change, interval=interval, shared=shared_terminal)
        self.sleep = pause_for_a_reader()

    def observe(self, number: int) -> Poll:
        """One poll of the URL of that number."""
        url = self._urls[number]
        self._ledger.login = self._logins[number]()
        return observe(
            self._senders[number],
            url,
            clock=time.monotonic,
            now=lambda: datetime.now(UTC),
            depth=self._depth,
            own=own_locks(self._ledger, url),
            profiles=self._known.profiles,
        )

    def tell(self, step: Step) -> None:
        """Write down what happened, then run what is to be run."""
        before = self._polls[step.number]
        self._places[step.number], self._due[step.number] = step.place, step.due
        if self._screen is not None:
            self._screen.show(self._places, step.events, min(self._due))
        for event in step.events:
            self._present(event, step.poll, before)
            if event.happening is ChangeKind.TROUBLE:
                self._complain(event, login_refusal(self._result(step.poll).findings))
        if step.place.trouble is None or before is None:
            self._polls[step.number] = step.poll
        if self._on_change is not None:
            for event in step.events:
                if event.happening is not ChangeKind.SEEN:
                    self._on_change.run(event)

    def _complain(self, event: LockChange, refusal: Finding | None) -> None:
        """Above a table, which says the rest, only what it has no place for."""
        if self._screen is not None and refusal is not None:
            complain(f"{refusal.headline}. {what_to_type(refusal)}")
        elif self._screen is None:
            words = f"{event.url}: {event.words}" if event.url not in event.words else event.words
            complain_with_login(words, refusal, with_command=self._presenter.format not in ("json", "jsonl"))

    def codes(self) -> list[ExitStatus]:
        """What became of each URL: read at some time is read."""
        return [_code(place, poll) for place, poll in zip(self._places, self._polls, strict=True)]

    def _present(self, event: LockChange, poll: Poll, before: Poll | None) -> None:
        if self._presenter.format == "tsv":
            self._presenter.write_header()
            click.echo(event_row(event))
        elif self._presenter.format in ("json", "jsonl"):
            result = self._result(poll)
            was = self._result(before) if before is not None and event.happening is ChangeKind.ENDED else result
            self._presenter.add(replace(result, extra=event_keys(event, _view(event, was))))

    def _result(self, poll: Poll) -> Result:
        return result(self._known.judge(poll.evidence, skipped=poll.skipped, listed=poll.rows))


class _Above(io.TextIOBase):
    """stderr at a terminal that holds a table: each whole line is handed over, to be written above it."""

    encoding = "utf-8"
    errors = "replace"  # click writes to no stream that has another, but to what is below it

    def __init__(self, screen: "Screen", below: TextIO) -> None:
        self._screen = screen
        self._begun = ""
        self._below = below

    @contextlib.contextmanager
    def making_room(self) -> Iterator[None]:
        """Within it the table stands aside, and stderr is the terminal itself."""
        with self._screen.pausing(), contextlib.redirect_stderr(self._below):
            yield

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("text is wanted")  # click tries it with bytes
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._screen.say(line)
        return len(text)


def _view(event: LockChange, result: Result) -> LockView | None:
    """The lock of an event, as the look that last showed it has it."""
    if event.held is None:
        return None
    return next((view for view in result.locks or () if view.lock is event.held.lock), None)


def _code(place: WatchedResource | None, poll: Poll | None) -> ExitStatus:
    """The exit status of one URL."""
    if place is None or poll is None:
        return for_watched(None, read=False, refused=False, missing=False)
    trouble, exists = place.trouble, poll.evidence.exists
    failure = read_failure(poll.evidence)
    if failure is None and trouble is not None and trouble.obstacle is Obstacle.UNUSABLE and trouble.status == 207:
        failure = ReadFailure.NOT_DAV
    return for_watched(
        failure,
        read=place.read or trouble is None,
        refused=trouble is not None and trouble.obstacle is Obstacle.REFUSED,
        missing=isinstance(exists, Known) and not exists.value,
    )

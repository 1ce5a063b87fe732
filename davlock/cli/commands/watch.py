"""``davlock watch``."""

import contextlib
import io
import os
import random
import select
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.credentials import login_for
from davlock.cli.duration import DURATION
from davlock.cli.exec_hook import OnChange
from davlock.cli.exit_status import ExitStatus, for_exception, for_watch, for_watched
from davlock.cli.options import Shared, network_options, refuse_unless
from davlock.cli.output import Presenter, wants_color
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.refused_login import complain_with_login, login_refusal
from davlock.cli.session import checked_url, open_sender, urls_from
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Finding
from davlock.errors import LocalProtocolError, ReadFailure
from davlock.locks.renewal import SHORTEST_SILENCE
from davlock.operations.changes import ChangeKind, LockChange, Obstacle, Poll, WatchedResource
from davlock.operations.observe import observe
from davlock.operations.poll import Rhythm, Step, WatchEnding, watch
from davlock.operations.read_failure import read_failure
from davlock.protocol.lock import Depth
from davlock.protocol.url import without_credentials
from davlock.render.build_result import result
from davlock.render.result import LockView, Result

SHORTEST = 0.1
"""Seconds between two looks, at least: a server has other work to do."""

JITTER = 0.1
"""The part of the interval by which it varies."""


NAP = 0.5
"""Seconds that it sleeps at a time."""


@click.command("watch")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--depth", type=click.Choice([depth.value for depth in Depth]), default="0", show_default=True)
@click.option("--interval", type=DURATION, default=5.0, show_default="5s", help="Between two looks at a URL.")
@click.option(
    "--unrenewed-for",
    type=DURATION,
    default=60.0,
    show_default="60s",
    metavar="DURATION",
    help="Report a lock that is not renewed for this long.",
)
@click.option("--until-free", is_flag=True, help="End when no lock is shown any more on any URL.")
@click.option("--for", "lasting", type=DURATION, metavar="DURATION", help="End after this time.")
@click.option("--exec", "on_change", metavar="COMMAND", help="Run a shell command when something happens.")
@network_options
def command(
    urls: tuple[str, ...],
    depth: str,
    interval: float,
    unrenewed_for: float,
    until_free: bool,
    lasting: float | None,
    on_change: str | None,
    shared: Shared,
) -> int:
    """Read the locks of each URL again and again, and say when one is taken, renewed, not renewed, or ends.

    A renewal shows where the server shows the time that is left: the time goes up, or falls by less than what passed.
    Nobody can see whether a holder is gone, so davlock does not say. Reads only.

    Without a terminal: a line an event, with the columns at, event, url, owner, token, seconds_left, renewal, words.
    The events are seen, taken, refreshed (renewed), not-renewed, changed, ended, free and trouble. The column renewal
    is renewed, not-renewed or unsure. --exec runs COMMAND by /bin/sh for each event but seen; it finds them in
    DAVLOCK_EVENT, DAVLOCK_URL, DAVLOCK_OWNER, DAVLOCK_TOKEN, DAVLOCK_RENEWAL and DAVLOCK_SECONDS.

    Exit status 0: with --until-free, no lock is shown any more; with --for, the time is over; 75: both were given, and
    it is over before they are free; 3: this server does not disclose its locks. What fails at the first look ends it,
    what fails later does not.
    """
    refuse_unless(False, "deadline", "--deadline does not end a watch", "use --for")
    shared = replace(shared, budget=None)
    if interval < SHORTEST:
        raise LocalProtocolError(f"--interval is less than {SHORTEST:g} s", "write a longer one")
    if unrenewed_for < SHORTEST_SILENCE:
        least = f"{SHORTEST_SILENCE:g} s"
        raise LocalProtocolError(f"--unrenewed-for is shorter than {least}", f"write {least} or longer")
    checked = {without_credentials(url): url for url in map(checked_url, urls_from(urls))}
    if not checked:
        raise LocalProtocolError("no URL was given on stdin", "pipe URLs to it, one a line")
    rhythm = Rhythm(
        interval=interval,
        jitter=lambda: random.uniform(1 - JITTER, 1 + JITTER),  # noqa: S311 -- nobody gains by guessing it
        lasting=lasting,
        until_free=until_free,
        enough=unrenewed_for,
    )
    try:
        with contextlib.ExitStack() as stack:
            watcher = _Watcher(stack, shared, tuple(checked.values()), Depth(depth), interval, on_change)
            ending = watch(
                tuple(checked),
                watcher.observe,
                rhythm=rhythm,
                tell=watcher.tell,
                clock=time.monotonic,
                sleep=watcher.sleep,
            )
    except KeyboardInterrupt as stop:
        # All that was known is written by now, and nothing is left behind: there is no more to say.
        return for_exception(stop, "watch")
    return for_watch(watcher.codes(), late=ending is WatchEnding.OVER and until_free)


class _Watcher:
    """What a watch needs of the world: senders, the ledger, and where to tell of it. ``stack`` closes all of it."""

    def __init__(
        self,
        stack: contextlib.ExitStack,
        shared: Shared,
        urls: tuple[str, ...],
        depth: Depth,
        interval: float,
        on_change: str | None,
    ) -> None:
        self._known = CommandKnowledge(shared)
        self._depth = depth
        self._urls = tuple(map(without_credentials, urls))
        self._logins = tuple(login_for(shared, url) for url in urls)
        self._ledger = stack.enter_context(open_ledger(shared))
        self._senders = tuple(stack.enter_context(open_sender(shared, url)) for url in urls)
        self._places: list[WatchedResource | None] = [None] * len(urls)
        self._polls: list[Poll | None] = [None] * len(urls)
        self._due: list[float] = [0.0] * len(urls)
        self._presenter = Presenter("watch", shared, rows=lambda found: iter(()), show=lambda console, found: None)
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
                    local=lambda moment: moment.astimezone(),
                )
            )
        shared_terminal = self._screen is not None and live and sys.stderr.isatty()
        if self._screen is not None and shared_terminal:
            stack.enter_context(contextlib.redirect_stderr(_Above(self._screen.say)))
        self._on_change = OnChange(on_change, interval=interval, shared=shared_terminal) if on_change else None
        self.sleep = _pause_for_a_reader()

    def observe(self, number: int) -> Poll:
        """One poll of the URL of that number."""
        url = self._urls[number]
        self._ledger.login = self._logins[number]
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
        if self._screen is None or refusal is not None:
            words = f"{event.url}: {event.words}" if event.url not in event.words else event.words
            complain_with_login(words, refusal, with_command=self._presenter.format not in ("json", "jsonl"))

    def codes(self) -> list[ExitStatus]:
        """What became of each URL: read at some time is read."""
        return [_code(place, poll) for place, poll in zip(self._places, self._polls, strict=True)]

    def _present(self, event: LockChange, poll: Poll, before: Poll | None) -> None:
        if self._presenter.format == "tsv":
            from davlock.render.watch_rows import event_row

            click.echo(event_row(event))
        elif self._presenter.format in ("json", "jsonl"):
            from davlock.render.watch_rows import event_keys

            found = self._result(poll)
            was = self._result(before) if before is not None and event.happening is ChangeKind.ENDED else found
            self._presenter.add(replace(found, extra=event_keys(event, _view(event, was))))

    def _result(self, poll: Poll) -> Result:
        return result(self._known.judge(poll.evidence, skipped=poll.skipped, listed=poll.rows))


class _Above(io.TextIOBase):
    """stderr at a terminal that holds a table: each whole line is handed over, to be written above it."""

    encoding = "utf-8"
    errors = "replace"  # click writes to no stream that has another, but to what is below it

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._begun = ""

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("text is wanted")  # click tries it with bytes
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._say(line)
        return len(text)


def _view(event: LockChange, found: Result) -> LockView | None:
    """The lock of an event, as the look that last showed it has it."""
    if event.held is None:
        return None
    return next((view for view in found.locks or () if view.lock is event.held.lock), None)


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


def _pause_for_a_reader() -> Callable[[float], object]:
    """A sleep that ends with BrokenPipeError once nobody reads stdout any more: there may be nothing to write for
    hours, and ``davlock watch … | head -1`` is to end.

    It is taken in pieces: a signal that comes just before a sleep begins does not end it, and is noticed after it.
    """
    nap = _nap()

    def pause(seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            nap(min(left, NAP))

    return pause


def _nap() -> Callable[[float], object]:
    try:
        number = sys.stdout.fileno()
        pipe = stat.S_ISFIFO(os.fstat(number).st_mode)
    except (OSError, ValueError):
        pipe = False
    if not pipe:
        return time.sleep
    poll = select.poll()
    poll.register(number, 0)  # errors alone, which are told unasked

    def nap(seconds: float) -> None:
        if poll.poll(seconds * 1000):
            raise BrokenPipeError

    return nap

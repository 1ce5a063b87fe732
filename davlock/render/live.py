"""The table of watched locks at a terminal, drawn every second, and once more at the end, to stay."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import TextIO

from rich.console import Group, OverflowMethod, RenderableType
from rich.live import Live
from rich.text import Text

from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.renewal import Renewal
from davlock.locks.server_record import server_record
from davlock.operations.changes import ChangeKind, LockChange, TrackedLock, WatchedResource, why
from davlock.protocol.url import same_resource
from davlock.protocol.visible import visible
from davlock.render.draw_rows import rows_table
from davlock.render.local_time import local_time
from davlock.render.lock_list import NEVER, NOT_SHOWN
from davlock.render.plural import count
from davlock.render.row_list import AlignedLines, RowColumn, RowList, last_name, place_below, row_list
from davlock.render.tables import console_for
from davlock.render.watch_rows import event_line, holder_of_tracked

BAR = 10
"""Columns of the bar of the time that is left."""

REMEMBERED = 5
"""Events that are shown below the table."""


class Screen:
    """``clock`` is the one of the looks, ``now`` the time of day. ``tokens``: they stand below the table.
    ``ascii_marks``: the terminal may know nothing but ASCII.

    With ``live``, the table is redrawn in place between :meth:`__enter__` and :meth:`__exit__`, and the cursor is
    hidden while the table is shown. Without, events are written as they come. Either way the last state stays.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        color: bool,
        live: bool,
        width: int | None,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        tokens: bool = False,
        ascii_marks: bool = False,
    ) -> None:
        self._console = console_for(stream, color=color, width=width, live=live, ascii_marks=ascii_marks)
        self._clock = clock
        self._now = now
        self._shows_tokens = tokens
        self._places: tuple[WatchedResource | None, ...] = ()
        self._due = 0.0
        self._latest: deque[str] = deque(maxlen=REMEMBERED)
        self._over = False
        self._live: Live | None = None
        if live:
            self._live = self._drawing()

    def _drawing(self) -> Live:
        return Live(
            get_renderable=self._scene,
            console=self._console,
            refresh_per_second=1,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> "Screen":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        if self._live is not None:
            try:
                self._live.stop()
            finally:
                self._console.show_cursor(True)
        elif any(self._places):
            self._console.print(self._scene())
        for line in self._tokens():
            self._console.print(Text(line), soft_wrap=True)  # whole, on one line: to be copied

    def show(self, places: Sequence[WatchedResource | None], events: Iterable[LockChange], due: float) -> None:
        """What is known now; ``due`` is when there will be more."""
        # The table itself says what is wrong now.
        unsaid = [event for event in events if self._live is None or event.happening is not ChangeKind.TROUBLE]
        lines = [visible(event_line(event, self._time(event.at))) for event in unsaid]
        self._places, self._due = tuple(places), due
        self._latest.extend(lines)
        if self._live is not None:
            self._live.refresh()
            return
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)

    def say(self, line: str) -> None:
        """A line of somebody else's above the table; of its escape sequences, colours alone are obeyed."""
        self._console.print(Text.from_ansi(line), soft_wrap=True)

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """Within it nothing is drawn, and the cursor is shown: a person is asked a question."""
        if self._live is None:
            yield
            return
        self._live.transient = True
        self._live.stop()
        try:
            yield
        finally:
            # One that was stopped would move the cursor up, over the question.
            self._live = self._drawing()
            self._live.start()

    def _time(self, moment: datetime) -> str:
        return local_time(moment, self._now(), seconds=True)

    def _scene(self) -> RenderableType:
        now = self._clock()
        parts: list[RenderableType] = []
        for place in self._places:
            if place is not None:
                parts += self._place(place, now)
        if self._live is None:
            return Group(*parts)
        if not self._over:
            parts += [Text(line, overflow="fold") for line in self._tokens()]
        # In ASCII, an ellipsis is three columns wide, and a line that is too long spoils what is drawn again.
        cut: OverflowMethod = "crop" if self._console.options.ascii_only else "ellipsis"
        parts += [Text(line, style="dim", no_wrap=True, overflow=cut) for line in tuple(self._latest)]
        if not self._over:
            wait = max(0, round(self._due - now))
            words = f"next look in {seconds_in_words(wait)}" if wait else "looking"
            parts.append(Text(f"{words}; Ctrl-C ends it", style="dim"))
        return Group(*parts)

    def _place(self, place: WatchedResource, now: float) -> Iterator[RenderableType]:
        shown = self._rows(place, now)
        yield Text(visible(shown.head if place.held else place.url), style="bold", overflow="fold")
        if place.trouble is not None:
            since = " The locks below are those last seen." if place.held else ""
            yield Text.assemble(("! ", "bold yellow"), f"{visible(place.trouble.words)}.{since}", overflow="fold")
        elif place.free:
            yield Text.assemble(("✓ ", "bold green"), f"no lock is shown ({self._time(place.at)})")
        if place.held:
            yield rows_table(self._console, shown)

    def _rows(self, place: WatchedResource, now: float) -> RowList:
        names = [place_below(held.observed.url, place.url) for held in place.held]
        here = all(name == "./" for name in names)
        taken = [server_record(held.lock).taken for held in place.held]
        columns = (
            RowColumn(title="FILE", path=True),
            RowColumn(title="HOLDER"),
            RowColumn(title="SINCE", whole=True, dated=True),
            RowColumn(title="SCOPE", common="{}", spare=True),
            RowColumn(title="DEPTH", common="depth {}", spare=True),
            RowColumn(title="LOCK IS ON", path=True),
            RowColumn(title="LEFT", whole=True),
            RowColumn(title="RENEWAL", good="renewed", bad="not renewed"),
        )
        rows = [
            (
                "" if here else name,
                holder_of_tracked(held),
                local_time(since, self._now()) if since is not None else "",
                held.lock.scope.value if held.lock.scope else "scope unknown",
                held.lock.depth.value if held.lock.depth else "unknown",
                _root(held, place),
                self._left(held, now),
                self._renewal(held),
            )
            for name, held, since in zip(names, place.held, taken, strict=True)
        ]
        where = "on" if here else "below"
        return row_list(columns, rows, head=f"{count(len(rows), 'lock')} {where} {place.url}")

    def _left(self, held: TrackedLock, now: float) -> str:
        shown = held.reading
        if shown.endless:
            return NEVER
        left, most = held.left(now), held.most
        if left is None:
            if shown.seconds is None:
                return NOT_SHOWN
            return f"{'granted' if held.counts_down is False else 'at most'} {seconds_in_words(shown.seconds)}"
        filled = min(BAR, round(BAR * left / most)) if most else 0
        return f"{'█' * filled}{'░' * (BAR - filled)} {seconds_in_words(left)}"

    def _renewal(self, held: TrackedLock) -> str:
        if held.renewal is Renewal.RENEWED and held.refreshed_at is not None:
            return f"renewed {self._time(held.refreshed_at)}"
        return why(held)

    def _tokens(self) -> Iterator[str]:
        if not self._shows_tokens:
            return
        held = [held for place in self._places if place is not None for held in place.held]
        pairs = ((last_name(lock.observed.url), lock.token) for lock in held if lock.token is not None)
        yield from map(visible, AlignedLines(tuple(pairs)))


def _root(held: TrackedLock, place: WatchedResource) -> str:
    """Where the lock was taken, if that is not the resource that shows it."""
    root = held.observed.root
    return "" if root is None or same_resource(root, held.observed.url) else place_below(root, place.url)

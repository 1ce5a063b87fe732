"""The table of watched locks at a terminal, drawn every second, and once more at the end, to stay."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import TextIO

from rich import box
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.renewal import Renewal
from davlock.operations.changes import LockChange, TrackedLock, WatchedResource, why
from davlock.protocol.url import same_origin, same_resource
from davlock.protocol.visible import visible
from davlock.render.tables import console_for
from davlock.render.watch_rows import event_line

BAR = 20
"""Columns of the bar of the time that is left."""

FEW = 4
"""Locks up to which there is room for whole sentences: a screen of 24 lines is to hold what matters."""

LONGEST = 200
"""Characters of an owner that are shown: some clients write a page."""

REMEMBERED = 5
"""Events that are shown below the table."""

RENEWAL_STYLE = {Renewal.RENEWED: "green", Renewal.NOT_RENEWED: "yellow", Renewal.UNSURE: "dim"}


class Screen:
    """``clock`` is the one of the looks, ``local`` a moment as the clock on the wall here shows it.

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
        local: Callable[[datetime], datetime],
    ) -> None:
        self._console = console_for(stream, color=color, width=width, live=live)
        self._clock = clock
        self._local = local
        self._places: tuple[WatchedResource | None, ...] = ()
        self._due = 0.0
        self._latest: deque[str] = deque(maxlen=REMEMBERED)
        self._over = False
        self._live: Live | None = None
        if live:
            self._live = Live(
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
        lines = [visible(event_line(event, self._time(event.at))) for event in events]
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

    def _time(self, moment: datetime) -> str:
        return self._local(moment).strftime("%H:%M:%S")

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
        parts += [Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in tuple(self._latest)]
        if not self._over:
            wait = max(0, round(self._due - now))
            words = f"next look in {seconds_in_words(wait)}" if wait else "looking"
            parts.append(Text(f"{words}; Ctrl-C ends it", style="dim"))
        return Group(*parts)

    def _place(self, place: WatchedResource, now: float) -> Iterator[RenderableType]:
        yield Text(visible(place.url), style="bold", overflow="fold")
        if place.trouble is not None:
            since = " The locks below are those last seen." if place.held else ""
            yield Text.assemble(("! ", "bold yellow"), f"{visible(place.trouble.words)}.{since}", overflow="fold")
        elif place.free:
            yield Text.assemble(("✓ ", "bold green"), f"no lock is shown ({self._time(place.at)})")
        if place.held:
            brief = sum(len(place.held) for place in self._places if place is not None) > FEW
            table = Table(box=box.ROUNDED, header_style="bold", border_style="dim", expand=True, show_lines=not brief)
            table.add_column("Lock", overflow="fold", ratio=1)
            table.add_column("Left", overflow="fold", width=BAR)
            table.add_column("Renewal", overflow="fold", ratio=1)
            for held in place.held:
                table.add_row(
                    _lock(held, place, brief=brief),
                    self._left(held, now, brief=brief),
                    self._renewal(held, brief=brief),
                )
            yield table

    def _left(self, held: TrackedLock, now: float, *, brief: bool) -> Text:
        shown = held.reading
        if shown.endless:
            return Text("never ends")
        left, most = held.left(now), held.most
        if left is None:
            if shown.seconds is None:
                return Text("not told")
            if held.counts_down is False:
                return Text(f"{seconds_in_words(shown.seconds)} granted; what is left is not shown")
            return Text(f"at most {seconds_in_words(shown.seconds)}, by what is shown")
        full, empty = ("█", "░") if not self._console.options.ascii_only else ("#", "-")
        size = BAR // 2 if brief else BAR
        filled = min(size, round(size * left / most)) if most else 0
        bar = Text(full * filled, style=RENEWAL_STYLE[held.renewal].removeprefix("dim"))
        return Text.assemble(bar, (empty * (size - filled), "dim"), " " if brief else "\n", seconds_in_words(left))

    def _renewal(self, held: TrackedLock, *, brief: bool) -> Text:
        words = "" if brief and held.renewal is Renewal.UNSURE else why(held)
        if held.renewal is Renewal.RENEWED and held.refreshed_at is not None:
            words = f"renewed {self._time(held.refreshed_at)}"
        return Text(words, style=RENEWAL_STYLE[held.renewal])

    def _tokens(self) -> Iterator[str]:
        for place in self._places:
            for held in place.held if place is not None else ():
                if held.token is not None:
                    yield f"token  {visible(held.token)}  {_owner(held)}"


def _owner(held: TrackedLock) -> str:
    owner = visible(held.owner) or "(owner not shown)"
    return (owner if len(owner) <= LONGEST else owner[:LONGEST] + "…") + (" (yours)" if held.observed.mine else "")


def _lock(held: TrackedLock, place: WatchedResource, *, brief: bool) -> Text:
    """Who, what kind, and where, if not on the watched resource."""
    shown, lock = held.observed, held.lock
    scope = lock.scope.value if lock.scope else "scope unknown"
    parts = [f"{scope}, depth {lock.depth.value if lock.depth else 'unknown'}"]
    if not same_resource(shown.url, place.url):
        parts.append(f"on {visible(_short(shown.url, place.url))}")
    if shown.root is None:
        parts.append("root not told")
    elif not same_resource(shown.root, shown.url):
        parts.append(f"root {visible(_short(shown.root, place.url))}")
    return Text.assemble((_owner(held), "bold"), "\n", (", " if brief else "\n").join(parts))


def _short(url: str, watched: str) -> str:
    """The path alone of what is on the same server."""
    if not same_origin(url, watched):
        return url
    return "/" + url.partition("://")[2].partition("/")[2]

"""Lists for people: what stands in the head, in which order, and how it fits on a terminal."""

import io
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import IO, cast

import pytest
from rich.console import Console

from davlock.diagnosis.age import Age, AgeSource
from davlock.diagnosis.expiry import TimeShown
from davlock.diagnosis.finding import Certainty
from davlock.locks.holder_words import holder_words
from davlock.protocol.lock import ActiveLock, Depth, LockScope, LockToken, Owner
from davlock.protocol.natural_order import natural_key
from davlock.protocol.visible import columns
from davlock.render import draw_rows
from davlock.render.draw_rows import show_rows
from davlock.render.lock_list import ListView, left_in_words, lock_list
from davlock.render.result import LockView, Result
from davlock.render.row_list import AlignedLines, RowColumn, RowList, file_or_place, last_name, place_below, row_list
from davlock.render.tables import console_for
from davlock.render.tree import tree_list

NOW = datetime(2026, 1, 31, 10, 41, tzinfo=UTC)
VIEW = ListView(now=NOW, command=("davlock", "diagnose", "-u", "bob"))
TARGET = "https://dav.example/"


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def lock(
    path: str,
    owner: str = "Alice Miller",
    *,
    minutes: float | None = 10,
    scope: LockScope = LockScope.EXCLUSIVE,
    depth: Depth = Depth.ZERO,
    root: str | None = None,
    age: Age | None = None,
) -> LockView:
    url = TARGET + path
    active = ActiveLock(
        scope=scope,
        type=None,
        depth=depth,
        owner=Owner(owner, owner),
        timeout=None,
        token=LockToken(f"urn:x:{path}"),
        root=None,
    )
    return LockView(
        url=url,
        lock=active,
        holder=holder_words(active),
        root=root or url,
        direct=root is None,
        mine=None,
        endless=minutes is None,
        ends_at=NOW + timedelta(minutes=minutes) if minutes is not None else None,
        time=TimeShown(left=minutes * 60) if minutes is not None else TimeShown(),
        age=age,
    )


def screen(shown: RowList, width: int = 80) -> list[str]:
    stream = io.StringIO()
    show_rows(console_for(stream, color=False, width=width), shown)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def locks_of(*locks: LockView, target: str = TARGET, view: ListView = VIEW) -> list[str]:
    return screen(lock_list(Result(target=target, locks=locks), view))


def test_two_locks() -> None:
    assert locks_of(lock("team/report.odt", minutes=8), lock("team/plan.txt", minutes=50)) == [
        "2 locks below https://dav.example/ (exclusive, depth 0)",
        "FILE             HOLDER          LEFT  ENDS (CET)",
        "─────────────────────────────────────────────────",
        "team/plan.txt    Alice Miller  50 min  12:31",
        "team/report.odt  Alice Miller   8 min  11:49",
        "The next one ends 11:49 CET (team/report.odt) · tokens: --tokens",
        "→ davlock diagnose -u bob https://dav.example/team/report.odt",
    ]


def test_below_20_columns_it_is_laid_out_as_for_20() -> None:
    shown = lock_list(Result(target=TARGET, locks=(lock("a.txt", minutes=8), lock("b.txt", minutes=50))), VIEW)
    assert screen(shown, 1) == screen(shown, 20)
    assert "".join(screen(shown, 1)).count("12:31") == 1


def test_a_tree_that_is_one_file_has_its_name() -> None:
    url = f"{TARGET}a.txt"
    head, _, _, row, *_ = screen(tree_list(Result(target=url, locks=(lock("a.txt", minutes=8),)), VIEW))
    assert head.startswith(f"1 lock on {url} ")
    assert row.startswith("a.txt ")


def test_one_lock_on_the_target_itself() -> None:
    url = f"{TARGET}a.txt"
    assert locks_of(lock("a.txt", minutes=None), target=url, view=ListView(now=NOW, tokens=True)) == [
        "1 lock on https://dav.example/a.txt (exclusive, depth 0)",
        "HOLDER        ENDS",
        "───────────────────",
        "Alice Miller  never",
        "a.txt  urn:x:a.txt",
    ]


@pytest.mark.parametrize(
    ("more", "head", "titles"),
    [
        (lock("b", "bob"), "(exclusive, depth 0)", ("FILE", "HOLDER", "LEFT", "ENDS (CET)")),
        (lock("b", scope=LockScope.SHARED), "(depth 0)", ("FILE", "HOLDER", "SCOPE", "LEFT", "ENDS (CET)")),
        (lock("b/", depth=Depth.INFINITY), "(exclusive)", ("FILE", "HOLDER", "DEPTH", "LEFT", "ENDS (CET)")),
        (
            lock("b/c", root=f"{TARGET}b/"),
            "(exclusive, depth 0)",
            ("FILE", "HOLDER", "LOCK IS ON", "LEFT", "ENDS (CET)"),
        ),
        (
            lock("b", age=Age(3600, AgeSource.SVN_DATE, Certainty.CERTAIN)),
            "(exclusive, depth 0)",
            ("FILE", "HOLDER", "SINCE", "LEFT", "ENDS (CET)"),
        ),
        (
            lock("b", age=Age(3600, AgeSource.COUNTDOWN, Certainty.LIKELY)),
            "(exclusive, depth 0)",
            ("FILE", "HOLDER", "LEFT", "ENDS (CET)"),
        ),
        (lock("b", minutes=60 * 24 * 90 * 2), "(exclusive, depth 0)", ("FILE", "HOLDER", "LEFT", "ENDS")),
    ],
)
def test_what_is_the_same_in_all_rows_stands_in_the_head(more: LockView, head: str, titles: Sequence[str]) -> None:
    shown = lock_list(Result(target=TARGET, locks=(lock("a"), more)), VIEW)
    assert shown.head == f"2 locks below {TARGET} {head}"
    assert tuple(column.title for column in shown.columns) == titles


@pytest.mark.parametrize(
    ("paths", "order"),
    [
        (("f10", "f2", "F1"), ["F1", "f2", "f10"]),
        (("b/x2/a", "b/x10", "a10/b", "a9/z"), ["a9/z", "a10/b", "b/x2/a", "b/x10"]),
        (("²", "1", "a٣", ""), ["", "1", "a٣", "²"]),
    ],
)
def test_natural_order(paths: Sequence[str], order: Sequence[str]) -> None:
    assert sorted(paths, key=natural_key) == order


@pytest.mark.parametrize(
    ("url", "target", "shown"),
    [
        ("https://h/a/b%20c.txt", "https://h/a/", "b c.txt"),
        ("https://h/a/", "https://h/a", "./"),
        ("https://h/a", "https://h/a/", "./"),
        ("https://h/b/c", "https://h/a/", "/b/c"),
        ("https://other/a/c", "https://h/a/", "https://other/a/c"),
        ("https://h/a/b%2Fc", "https://h/a/", "b%2Fc"),
        ("https://h/a/%1b[2J", "https://h/a/", "%1b[2J"),
        ("https://h/a/%ff/%C3%BC", "https://h/a/", "%ff/ü"),
        ("https://h/a/50%25", "https://h/a/", "50%25"),
        ("https://h/a", None, "https://h/a"),
    ],
)
def test_a_path_is_relative_to_the_tree(url: str, target: str | None, shown: str) -> None:
    assert place_below(url, target) == shown


@pytest.mark.parametrize(
    ("url", "target", "shown"),
    [
        ("https://h/a/b%20c.txt", "https://h/a/b%20c.txt", "b c.txt"),
        ("https://h/a/", "https://h/a", "./"),
        ("https://h/a", "https://h/a/", "./"),
        ("https://h/a/b", "https://h/a", "b"),
    ],
)
def test_a_file_that_is_the_target_has_its_name(url: str, target: str, shown: str) -> None:
    assert file_or_place(url, target) == shown


def test_the_last_name() -> None:
    assert [last_name(url) for url in ("https://h/a/b%20c", "https://h/a/", "https://h/")] == [
        "b c",
        "a/",
        "https://h/",
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("heavy", [True, False])
def test_the_same_look_with_and_without_rich(width: int, heavy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short cells, cells that are too long, wide characters, and a column that is never folded."""
    shown = row_list(
        (
            RowColumn(title="FILE"),
            RowColumn(title="HOLDER"),
            RowColumn(title="LEFT", whole=True, right=True),
            RowColumn(title="NOTE"),
        ),
        [
            ("a", "b", "8 min", ""),
            ("日本語" * 4, "Ümläut", "never expires", "x"),
            ("folder/" * 12, "somebody with a long name and more " * 2, "1 s", "one two three"),
        ],
        head="A list",
        foot=("· ".join(("three words here ",) * 8),),
        commands=(("davlock", "x" * 130),),
        heavy=heavy,
    )
    table = screen(shown, width)
    monkeypatch.setattr(draw_rows, "MOST_WITH_RICH", 0)
    assert screen(shown, width) == table
    assert all(columns(line) <= width for line in table[:-1])
    assert table[-1] == f"→ davlock {'x' * 130}", "a command is never folded"
    assert sum("never expires" in line for line in table) == 1


@pytest.mark.parametrize(
    ("time_", "ends", "words"),
    [
        (TimeShown(left=480.0), NOW, "8 min"),
        (TimeShown(left=480.0), None, "at most 8 min"),
        (TimeShown(granted=600.0), None, "granted 10 min"),
        (TimeShown(), None, "not shown"),
        (None, None, "not shown"),
    ],
)
def test_the_time_that_is_left(time_: TimeShown | None, ends: datetime | None, words: str) -> None:
    assert left_in_words(replace(lock("a"), time=time_, ends_at=ends)) == words


def test_a_tree() -> None:
    locks = (lock("b/f10"), lock("b/f2"), lock("a", minutes=None), lock("x/y/z", scope=LockScope.SHARED))
    assert screen(tree_list(Result(target=TARGET, locks=locks), VIEW), 60) == [
        "4 locks below https://dav.example/ (depth 0)",
        "FILE           HOLDER        SCOPE        LEFT  ENDS (CET)",
        "──────────────────────────────────────────────────────────",
        "./",
        "├── a          Alice Miller  exclusive          never",
        "├── b/",
        "│   ├── f2     Alice Miller  exclusive  10 min  11:51",
        "│   └── f10    Alice Miller  exclusive  10 min  11:51",
        "└── x/",
        "    └── y/",
        "        └── z  Alice Miller  shared     10 min  11:51",
        "The next one ends 11:51 CET (b/f2) · tokens: --tokens",
        "→ davlock diagnose -u bob https://dav.example/b/f2",
    ]


def test_ten_thousand_rows_count_themselves_at_the_end() -> None:
    shown = lock_list(Result(target=TARGET, locks=tuple(lock(f"f{number}") for number in range(10_000))), VIEW)
    lines = screen(shown)
    assert lines[0] == f"10,000 locks below {TARGET} (exclusive, depth 0)"
    assert lines[-2] == "10,000 locks · the next one ends 11:51 CET (f0) · tokens: --tokens"
    assert [lines[number].split()[0] for number in (3, 4, 13)] == ["f0", "f1", "f10"]


def test_a_name_of_many_digits_has_its_place_too() -> None:
    """int() refuses more than 4,300 digits."""
    assert sorted(["9" * 5000, "10", "9"], key=natural_key)[:2] == ["9", "10"]


class Nowhere(io.TextIOBase):
    """Counts the lines of what is written, and keeps nothing."""

    lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        return len(text)


def test_long_tokens_take_no_memory_as_they_are_printed() -> None:
    tokens = [f"urn:{number}:{'t' * 60_000}" for number in range(50)]
    shown = row_list((), (), lines=AlignedLines(tuple((f"{place}.txt", token) for place, token in enumerate(tokens))))
    nowhere = Nowhere()
    page = Console(file=cast("IO[str]", nowhere), width=80)
    tracemalloc.start()
    try:
        show_rows(page, shown)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert nowhere.lines == 50
    assert peak < 5 * 60_000

"""Long pages at a terminal: through the pager that is there and wanted, and through none elsewhere."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from davlock.cli.options import Shared
from davlock.cli.output import paged_console
from davlock.cli.pager import print_long
from tests.cli.command import run

LONG = "".join(f"\x1b[1mline {number}\x1b[0m\n" for number in range(30))
KEEP = 'sh -c \'cat > "$KEPT"; echo "$LESS" >> "$KEPT"\''


class Terminal:
    """A terminal of 80 columns and 24 lines; ``text`` is what was written to it."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        self.stream: TextIO = open(slave, "w", encoding="utf-8")  # noqa: SIM115 -- the fixture closes it

    @property
    def text(self) -> str:
        self.stream.flush()
        shown = b""
        with contextlib.suppress(BlockingIOError):
            while True:
                shown += os.read(self._master, 65536)
        return shown.decode().replace("\r\n", "\n")

    def close(self) -> None:
        self.stream.close()
        os.close(self._master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the pager was given, and the flags for less."""
    for name in ("CI", "DAVLOCK_PAGER", "LESS", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KEPT", str(tmp_path / "kept"))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", KEEP)
    return tmp_path / "kept"


def test_a_long_page_goes_through_the_pager(terminal: Terminal, kept: Path) -> None:
    print_long(LONG, stream=terminal.stream)
    assert kept.read_text() == f"{LONG}FRX\n"
    assert terminal.text == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TERM", "dumb"),
        ("CI", "true"),
        ("PAGER", ""),
        ("PAGER", "cat"),
        ("PAGER", "no-such-pager -R"),
        ("PAGER", "less '"),
        ("DAVLOCK_PAGER", "cat"),
        ("LINES", "40"),
    ],
)
def test_without_a_pager_it_is_printed(
    terminal: Terminal, kept: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    print_long(LONG, stream=terminal.stream)
    assert terminal.text == LONG
    assert not kept.exists()


def test_an_unwanted_pager_is_not_started(terminal: Terminal, kept: Path) -> None:
    print_long(LONG, stream=terminal.stream, pager=False)
    assert terminal.text == LONG
    assert not kept.exists()


def test_what_is_piped_starts_no_pager(kept: Path) -> None:
    assert run("explain", "--list", env=dict(os.environ)).out.count("\n") > 24
    assert not kept.exists()


def test_leaving_the_pager_is_no_error(terminal: Terminal, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "true")
    print_long(LONG * 20000, stream=terminal.stream)
    assert terminal.text == ""


@pytest.mark.parametrize("pager", ["false", "sh -c 'no-such-pager'", "sh -c 'head -c 2; exit 1'"])
def test_a_pager_that_fails_costs_no_page(
    terminal: Terminal, kept: Path, monkeypatch: pytest.MonkeyPatch, pager: str
) -> None:
    monkeypatch.setenv("PAGER", pager)
    print_long(LONG, stream=terminal.stream)
    assert terminal.text.endswith(LONG)


@pytest.mark.parametrize("pager", ["sh -c 'head -c 2; exit 130'", "sh -c 'cat; exit 1'"])
def test_a_pager_that_was_left_or_read_all_shows_the_page_once(
    terminal: Terminal, kept: Path, monkeypatch: pytest.MonkeyPatch, pager: str
) -> None:
    monkeypatch.setenv("PAGER", pager)
    print_long(LONG, stream=terminal.stream)
    assert terminal.text.count("line 29") == pager.count("cat")


def test_less_without_r_gets_no_escape_codes(
    terminal: Terminal, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    less = tmp_path / "less"
    less.write_text('#!/bin/sh\ncat > "$KEPT"\n')
    less.chmod(0o700)
    monkeypatch.setenv("PAGER", str(less))
    monkeypatch.setenv("LESS", "-i")
    print_long(LONG, stream=terminal.stream)
    assert "\x1b" not in kept.read_text()


def test_without_a_terminal_nothing_waits_for_a_pager(capsys: pytest.CaptureFixture[str]) -> None:
    with paged_console(Shared()) as page:
        page.file.write("a line\n")
        assert capsys.readouterr().out == "a line\n"

"""``-o FILE``: results go to a file, whole and in one step; formats of kubectl's -o are refused."""

import errno
import io
import json
import os
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from davlock.cli.exit_status import ExitStatus
from tests.cli.answers import active_lock, element, multistatus
from tests.cli.command import run
from tests.saying import Say

NOWHERE = "http://127.0.0.1:1/a"


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "423"),
        ("explain", "--json", "423"),
        ("explain", "--format", "jsonl", "423"),
        ("explain", "--format", "tsv", "423"),
        ("explain", "--list"),
        ("decode", "if", "(<urn:x>)"),
        ("ledger", "list", "--json"),
        ("check", "--list", "--json"),
        ("completion", "zsh"),
        ("help", "locks"),
        ("locks", NOWHERE),
    ],
)
def test_a_file_gets_what_a_pipe_would(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = tmp_path / "out"
    piped, done = run(*arguments), run(*arguments, "-o", str(file))
    assert (done.code, done.out, done.err) == (piped.code, "", piped.err)
    assert file.read_text(encoding="utf-8") == piped.out
    assert os.listdir(tmp_path) == ["out"]
    assert run(*arguments, "-o", "-").out == piped.out


def test_at_a_terminal_the_file_still_gets_lines(tmp_path: Path) -> None:
    file = tmp_path / "out"
    done = run("explain", "--list", "423", "-o", str(file), tty=True)
    assert (done.code, done.out) == (0, "")
    assert file.read_text(encoding="utf-8").startswith("423-ancestor-lock\terror\t")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "json"), "-o names a file; for JSON: --json; for a file of that name: -o ./json"),
        (("-o", "jsonl"), "--format jsonl"),
        (("-o", "tsv"), "--format tsv"),
        (("-o", "table"), "--format table"),
        *((("-o", name), "formats are --json") for name in ("yaml", "wide", "csv", "text")),
        (("-o", "s.md", "--save", "./s.md"), "the command itself uses that file"),
        (("-o", "used", "used"), "the command itself uses that file"),
        (("-o", ""), "-o needs the name of a file: it is empty; is a variable not set?"),
        (("-o", "new/"), "-o needs the name of a file: new/ names a folder; name a file in it"),
    ],
)
def test_a_format_and_a_file_in_use_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("used").write_text("423 Locked", encoding="utf-8")
    done = run("explain", "423", *arguments)
    assert (done.code, done.err.count("\n")) == (ExitStatus.USAGE, 1)
    assert words in done.err
    assert os.listdir(tmp_path) == ["used"]
    assert Path("used").read_text(encoding="utf-8") == "423 Locked"
    assert run("explain", "423", "-o", "./json").code == 0
    assert Path("json").exists()


def test_a_name_that_promises_another_format_is_named(tmp_path: Path) -> None:
    for name, options, words in (
        ("a.json", (), "gets text; for JSON, add --json\n"),
        ("a.json", ("--list",), "gets TSV; for JSON, add --json\n"),
        ("a.tsv", (), "gets text; for TSV, add --format tsv\n"),
        ("a.tsv", ("--format", "tsv"), ""),
        ("a.html", (), "gets text; for the screen as HTML, use --save instead of -o\n"),
        ("a.json", ("--json",), ""),
        ("a.json", ("-q",), ""),
        ("a.txt", (), ""),
    ):
        done = run("explain", "423", *options, "-o", str(tmp_path / name))
        assert (done.code, done.err.endswith(words), bool(done.err)) == (0, True, bool(words))


@pytest.mark.parametrize("format_", ["auto", "jsonl"])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, format_: str) -> None:
    for path in (tmp_path / "none" / "out", tmp_path, Path("/dev/full")):
        done = run("explain", "--format", format_, "423", "-o", str(path))
        assert (done.code, done.out) == (ExitStatus.OUTPUT_FAILED, "")
        assert done.err.startswith(f"davlock: -o {path} could not be written: ")
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out"
    file.write_text("before", encoding="utf-8")

    class Full(io.FileIO):
        def write(self, data: object, /) -> int:
            if self.tell() > 2000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(memoryview(data)[:1000])  # type: ignore[arg-type]  # a buffer, too

    monkeypatch.setattr("davlock.cli.output_file.io", SimpleNamespace(FileIO=Full, BufferedWriter=io.BufferedWriter))
    done = run("explain", "--list", "--json", "-o", str(file))
    assert (done.code, done.err) == (74, f"davlock: -o {file} could not be written: No space left on device\n")
    assert file.read_text(encoding="utf-8") == "before"
    assert os.listdir(tmp_path) == ["out"]


def test_a_stopped_read_leaves_the_file_and_names_what_was_not_read(tmp_path: Path, say: Say) -> None:
    file = tmp_path / "out"
    file.write_text("before", encoding="utf-8")

    def answer(request: httpx.Request) -> bytes:
        if request.url.path == "/stop":
            raise KeyboardInterrupt
        return multistatus(element(locks=active_lock()))

    url = say(answer).url
    one, two = f"{url}/a", f"{url}/stop"
    alone = run("locks", "--json", two, "-o", str(file))
    assert (alone.code, file.read_text(encoding="utf-8")) == (130, "before")
    for done in (run("locks", "--json", one, two, two), run("locks", "--json", one, two, "-o", str(file))):
        assert done.code == 130
    stopped = run("locks", "--json", one, two, two).json["results"]
    assert [(result["target"], result["locks"] is None) for result in stopped] == [
        (one, False),
        (two, True),
        (two, True),
    ]
    assert stopped[-1]["skipped"] == [{"what": "answer", "why": "a signal stopped davlock"}]
    assert json.loads(file.read_text(encoding="utf-8"))["results"][-1]["locks"] is None


def test_a_link_and_permissions_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("before", encoding="utf-8")
    file.chmod(0o600)
    link.symlink_to(file)
    before = file.stat()
    assert run("explain", "999", "-o", str(link)).code == ExitStatus.USAGE
    assert file.read_text(encoding="utf-8") == "before"
    assert run("explain", "423", "-o", str(link)).code == 0
    assert (link.is_symlink(), file.stat().st_mode) == (True, before.st_mode)
    assert file.read_text(encoding="utf-8").startswith("423 Locked\n")


def test_the_owner_of_a_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out"
    file.write_text("before", encoding="utf-8")
    given: list[tuple[int, int]] = []
    monkeypatch.setattr("davlock.cli.report_file.owner_of", lambda path: (1, 2) if path == str(file) else (3, 3))

    def give(path: str, user: int, group: int) -> None:
        given.append((user, group))
        if len(given) > 1:
            raise PermissionError

    monkeypatch.setattr(os, "chown", give)
    kept = []
    for _ in range(2):
        assert run("explain", "423", "-o", str(file)).code == 0
        assert file.read_text(encoding="utf-8").startswith("423 Locked\n")
        kept.append(file.stat().st_ino)
        file.write_text("before", encoding="utf-8")
    assert given == [(1, 2)] * 2
    assert kept[0] == kept[1]  # the second time nothing took its place: it was written to
    assert os.listdir(tmp_path) == ["out"]


def test_the_stdout_of_run_is_its_childs(tmp_path: Path) -> None:
    done = run("run", "-o", str(tmp_path / "out"), NOWHERE, "--", "true")
    assert done.code == ExitStatus.USAGE
    assert "stdout is that of CMD; use > FILE" in done.err
    assert os.listdir(tmp_path) == []

"""``--save FILE``: the screen as a document, whatever stdout is."""

import stat
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.servers import Server


def test_each_kind(server_for: ServerFor, make_file: MakeFile, tmp_path: Path) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    for name, start in (("a.html", "<!DOCTYPE html>"), ("b.SVG", "<svg "), ("c.md", "**davlock diagnose, ")):
        file = tmp_path / name
        done = run("diagnose", "--json", "--save", str(file), url)
        assert (done.code, done.result["verdict"]) == (0, "clear")
        text = file.read_text(encoding="utf-8")
        assert text.startswith(start)
        assert "a.txt" in text


def test_check_and_locks(any_server: Server, make_file: MakeFile, tmp_path: Path) -> None:
    url = make_file(any_server, "a.txt")
    folder = url.rpartition("/")[0] + "/"
    for words in (("locks", "-r", folder), ("check", "--profile", "read-only", folder)):
        file = tmp_path / f"{words[0]}.md"
        done = run(*words[:-1], "--save", str(file), words[-1])
        assert file.exists(), done


def test_a_page(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    done = run("explain", "423", "--save", str(file))
    assert done.code == 0
    assert "423 Locked" in file.read_text(encoding="utf-8")
    assert "423" in done.out


@pytest.mark.parametrize("name", ["report", "report.txt", "missing/report.md"])
def test_a_name_that_cannot_be(name: str, tmp_path: Path) -> None:
    done = run("explain", "423", "--save", str(tmp_path / name))
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert not done.out


def test_a_watch_is_refused(tmp_path: Path) -> None:
    done = run("watch", "--save", str(tmp_path / "w.md"), "http://127.0.0.1:9/")
    assert done.code == 2
    assert "--save" in done.err


def test_the_file_is_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "page.svg"
    file.write_text("an earlier one")
    assert run("explain", "409", "--save", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "page.md").mkdir()
    done = run("explain", "409", "--save", str(tmp_path / "page.md"))
    assert done.code == 74
    assert "409" in done.out


def test_a_plan(any_server: Server, make_file: MakeFile, tmp_path: Path) -> None:
    url = make_file(any_server, "a.txt")
    assert run("lock", "-q", url).code == 0
    file = tmp_path / "plan.md"
    done = run("cleanup", "--all", "--no-ledger", "--save", str(file), url)
    if done.code == 0 and done.rows:  # rclone shows no locks
        text = file.read_text(encoding="utf-8")
        assert "WOULD RELEASE" in text
        assert f"→ davlock cleanup --all --no-ledger --yes {url}\n" in text
    run("unlock", url)

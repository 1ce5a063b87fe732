"""What is meant where no command is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.cli.implied_command import with_command
from davlock.cli.main import COMMANDS
from tests.cli.command import run
from tests.conftest import ServerFor

IMPLIED = (
    (r"\\h@SSL\DavWWWRoot\a", r"diagnose \\h@SSL\DavWWWRoot\a"),
    ("dav.example/a", "diagnose dav.example/a"),
    ("localhost:8080/a -v", "diagnose localhost:8080/a -v"),
    ("https://dav.example/a.txt", "diagnose https://dav.example/a.txt"),
    ("-u bob --json https://dav.example/a.txt", "diagnose -u bob --json https://dav.example/a.txt"),
    ("davs://dav.example/a.txt", "diagnose davs://dav.example/a.txt"),
    ("423", "explain 423"),
    ("423 --json", "explain 423 --json"),
    ("423-held-by-other", "explain 423-held-by-other"),
)
AS_TYPED = (
    "",
    "locks https://dav.example/",
    "help locks",
    "--help",
    "-V",
    "lcoks",
    "-x",
    "4230",
    "42",
    "423x",
    "no/such/file.txt",
)


@pytest.mark.parametrize(("typed", "meant"), IMPLIED)
def test_a_command_is_implied(typed: str, meant: str) -> None:
    assert with_command(typed.split(), COMMANDS) == meant.split()


@pytest.mark.parametrize("typed", AS_TYPED)
def test_words_that_imply_none_stay_as_they_are(typed: str) -> None:
    assert with_command(typed.split(), COMMANDS) == typed.split()


def test_a_file_is_explained(tmp_path: Path) -> None:
    answer = tmp_path / "answer.txt"
    answer.write_text("HTTP/1.1 423 Locked\r\n\r\n")
    assert run(str(answer)).out == run("explain", str(answer)).out
    assert run("423 Locked").out == run("explain", "423 Locked").out


def test_a_url_is_diagnosed(server_for: ServerFor, folder: Callable[..., str]) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    done = run("--json", url)
    assert (done.code, done.result["verdict"]) == (0, "clear")


def test_davlock_alone_shows_what_it_can_do() -> None:
    done = run()
    assert (done.code, done.err) == (0, "")
    assert done.out.count("\n  davlock ") == 6
    assert max(map(len, done.out.splitlines())) <= 80

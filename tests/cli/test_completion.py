"""What a shell completes, and how it is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from davlock.cli.complete_words import answer, suggestions
from davlock.own_files.user_folders import home_folder, state_folder
from tests.cli.command import run


def words(line: str) -> list[str]:
    *before, begun = line.split(" ")
    return [word for kind, word, _ in suggestions(before, begun) if kind == "plain"]


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("exp", {"explain"}),
        ("", {"diagnose", "completion", "ledger"}),
        ("--ver", {"--version"}),
        ("ledger rec", {"recover"}),
        ("ledger recover --js", {"--json"}),
        ("diagnose --as li", {"libreoffice"}),
        ("locks --format j", {"json", "jsonl"}),
        ("locks --format=jsonl", {"--format=jsonl"}),
        ("locks --format = j", {"json", "jsonl"}),
        ("explain 423-held", {"423-held-by-other"}),
        ("explain 42", {"423", "429"}),
        ("check --select dav-header,allow", {"dav-header,allow-header"}),
        ("check --ignore if-w", {"if-wrong-etag"}),
        ("decode lock-", {"lock-token"}),
        ("diagnose https://dav.example/ --at", {"--attempt"}),
    ],
)
def test_what_can_follow(line: str, some: set[str]) -> None:
    assert some <= set(words(line))
    last = line.rpartition(" ")[2]
    assert all(word.startswith(last) for word in words(line))


@pytest.mark.parametrize("line", ["diagnose https://dav", "diagnose -u al", "lock --timeout 1", "explain x"])
def test_nothing_is_made_up(line: str) -> None:
    assert not [word for word in words(line) if not word.startswith("-")]


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of profiles, which the environment names."""
    path = tmp_path / "profiles.toml"
    path.write_text("[servers.work]\nurl = 'https://h/'\n[servers.web-2]\nurl = 3\n[servers.'n n']\n", encoding="utf-8")
    monkeypatch.setenv("DAVLOCK_CONFIG", str(path))
    return path


def test_profiles(profiles: Path) -> None:
    """Where a URL may stand; a colon in what was begun means that the path has begun, or that it is a URL."""
    for line in (
        "diagnose w",
        "locks -r w",
        "put a.txt w",
        "diagnose --scratch w",
        "locks --under=w",
        "ledger forget w",
    ):
        begun = line.rpartition("w")[0].rpartition(" ")[2]
        assert words(line) == [f"{begun}work:", f"{begun}web-2:"]
    assert {"work:", "watch"} <= set(words("w"))
    assert "work:" not in words("")
    for line in ("diagnose work:", "diagnose work:w", "explain wo", "diagnose -u wo"):
        assert words(line) == []
    for text in ("[", "[servers.work]\nurl = 'https://a:b@h/'"):
        profiles.write_text(text, encoding="utf-8")
        assert ("work:" in words("diagnose w")) is (text != "[")


@pytest.mark.parametrize("line", ["put ", "put a", "locks --cacert ca", "explain rep", "run https://h/ -- ./pub"])
def test_files(line: str) -> None:
    *before, begun = line.split(" ")
    assert ("file", begun, "") in list(suggestions(before, begun))


def test_the_forms_of_the_shells() -> None:
    def asked(shell: str, line: str, place: str) -> str:
        return answer({"_DAVLOCK_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": place})

    assert asked("bash", "davlock ledger rec", "2") == "plain,recover\n"
    assert asked("bash", 'davlock put "a', "2") == 'file,"a\n'
    assert "file" not in asked("zsh", "davlock explain 42", "2")
    assert asked("zsh", "davlock put ", "2") == "file\n_\n_\n"
    assert asked("zsh", "davlock ledger rec", "2").startswith("plain\nrecover\nRelease ")
    assert asked("fish", "davlock ledger rec", "rec").startswith("plain,recover\tRelease ")
    assert "," not in asked("fish", "davlock ledger rec", "rec").removeprefix("plain,")


def test_a_request_without_a_line_is_answered_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a command that somebody typed one, where the variable is left over."""
    monkeypatch.setenv("_DAVLOCK_COMPLETE", "bash_complete")
    assert answer({"_DAVLOCK_COMPLETE": "bash_complete"}) == ""
    assert run("explain", "no-such-finding").code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_install(shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    done = run("completion", "--install")
    assert done.code == 0
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert str(file) in done.out
    assert file.read_text(encoding="utf-8") == run("completion", shell).out


def test_install_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative folder is not used: it would be another one in each working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.delenv("BASH_COMPLETION_USER_DIR", raising=False)
    for shell, place in (("bash", ".local/share/bash-completion"), ("fish", ".config/fish")):
        done = run("completion", shell, "--install")
        file = f"{tmp_path}/file/{place}/completions/davlock{'.fish' if shell == 'fish' else ''}"
        assert (done.code, done.err) == (74, f"davlock: --install: {file} could not be written: Not a directory\n")
    monkeypatch.setenv("HOME", "relative")
    assert home_folder().is_absolute()
    assert state_folder().is_absolute()


def test_an_unknown_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert run("completion").err.endswith("name the shell: davlock completion bash\n")
    assert run("completion", "--install").err.endswith("name the shell: davlock completion bash --install\n")
    assert run("completion", "tcsh").code == 2


def test_the_script_is_silent_where_davlock_is_gone(tmp_path: Path) -> None:
    """The shell would write its complaint into the line that is typed."""
    script = f"{run('completion', 'bash').out}\nCOMP_WORDS=(davlock l); COMP_CWORD=1; _davlock_completion davlock-gone"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
    for shell in ("zsh", "fish"):
        (call,) = (line for line in run("completion", shell).out.splitlines() if f"={shell}_complete" in line)
        assert "davlock 2>/dev/null" in call


def test_bash_itself(tmp_path: Path, profiles: Path) -> None:
    """The script, in the shell that everybody has, with a davlock on its path."""
    davlock = tmp_path / "davlock"
    davlock.write_text(f'#!/bin/sh\nexec {sys.executable} -m davlock "$@"\n', encoding="utf-8")
    davlock.chmod(0o755)
    script = (
        "source <(davlock completion bash); COMP_WORDS=(davlock check --select lock-pro); COMP_CWORD=3;"
        ' _davlock_completion davlock; echo "${COMPREPLY[@]}";'
        " compopt() { echo $@; }; COMPREPLY=(); COMP_LINE='davlock diagnose wo '; COMP_POINT=19;"
        ' COMP_WORDS=(davlock diagnose wo); COMP_CWORD=2; _davlock_completion davlock; echo "${COMPREPLY[@]}";'
        " COMPREPLY=(); COMP_LINE='davlock diagnose work:w'; COMP_POINT=23;"
        ' COMP_WORDS=(davlock diagnose work : w); COMP_CWORD=4; _davlock_completion davlock; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["lock-protects", "-o nospace", "work:", ""]

"""``davlock watch``: real locks that come and go while the installed command looks on; a terminal; a command to run."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from davlock.cli.exec_hook import LONGEST, OnChange, variables
from davlock.operations.changes import ChangeKind, LockChange, follow
from davlock.protocol.visible import columns
from tests.cli.answers import TOKEN, active_lock, by_method, element, multistatus
from tests.cli.command import clean_environment, popen, run, run_process, wait_for
from tests.cli.test_contracts import LOCK, METHODS, NUMBER, RESULT, TEXT, Maybe, check
from tests.operations.test_changes import look, shown
from tests.servers import Server
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
EVENT = {
    **RESULT,
    "schema": {"davlock/1"},
    "command": {"watch"},
    "event": {"seen", "taken", "refreshed", "not-renewed", "changed", "ended", "free", "trouble"},
    "at": MOMENT,
    "why": TEXT,
    "lock": Maybe(LOCK),
    "renewal": Maybe({"renewed", "not-renewed", "unsure"}),
    "unrenewed_for": Maybe(NUMBER),
    "seconds_left": Maybe(NUMBER),
    "refreshed_at": Maybe(MOMENT),
}

FREE = multistatus(element())
LOCKED = multistatus(element(locks=active_lock()))
UNTOLD = multistatus(element(status="404 Not Found"))


class Watching:
    """A watch in a process of its own, read event by event."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def until(self, event: str) -> Any:
        """The next ``event``; those before it are left behind."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            named = {"methods": METHODS} if "methods" in told else {}
            check(told, {**EVENT, **named})
            if told["event"] == event:
                return told
        raise AssertionError(f"the watch ended before {event}")


@contextmanager
def watching(*arguments: str) -> Iterator[Watching]:
    with popen("watch", "--format", "jsonl", "--interval", "0.3", *arguments) as process:
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        try:
            yield Watching(process)
        finally:
            watchdog.cancel()
            process.terminate()


def take(url: str, *arguments: str) -> str:
    done = run("lock", "-q", "--no-ledger", *arguments, url)
    assert done.code == 0, done.err
    return done.out.strip()


def file_on(server: Server, folder: Callable[[Server], str]) -> str:
    url = folder(server) + "a.txt"
    assert run("put", "--no-ledger", "-", url, stdin=b"text").code == 0
    return url


@pytest.mark.waits
@pytest.mark.parametrize("kind", ["wsgidav", "apache", "lighttpd", "nginx"])
def test_taken_refreshed_and_broken(
    server_for: Callable[[str], Server], folder: Callable[[Server], str], kind: str
) -> None:
    url = file_on(server_for(kind), folder)
    with watching(url) as watch:
        assert watch.until("free")["locks"] == []
        token = take(url, "--timeout", "60")
        taken = watch.until("taken")
        assert (taken["lock"]["token"], taken["target"], taken["verdict"]) == (token, url, "blocked")
        assert (taken["renewal"], taken["unrenewed_for"]) == ("unsure", None if kind == "lighttpd" else 0)
        if kind == "nginx":
            time.sleep(4.2)  # it grants an hour whatever is asked for: only the clock shows that it does so again
        assert run("refresh", "--no-ledger", "--timeout", "120", "--token", token, url).code == 0
        if kind != "lighttpd":  # it goes on to show what was granted at first
            refreshed = watch.until("refreshed")
            assert (refreshed["renewal"], refreshed["lock"]["token"]) == ("renewed", token)
            assert refreshed["refreshed_at"] is not None
        assert run("unlock", "--no-ledger", "--steal", url).code == 0
        ended = watch.until("ended")
        assert (ended["lock"]["token"], ended["locks"]) == (token, [])
        assert "released or broken" in ended["why"]
        assert watch.until("free")["lock"] is None


@pytest.mark.waits
def test_runs_out(server_for: Callable[[str], Server], folder: Callable[[Server], str]) -> None:
    """Apache shows no lockdiscovery at all where a lock ran out."""
    with ExitStack() as stack:
        watches = {}
        for kind in ("wsgidav", "apache"):
            url = file_on(server_for(kind), folder)
            token = take(url, "--timeout", "8")
            watches[kind] = token, stack.enter_context(watching("--until-free", url))
        for kind, (token, watch) in watches.items():
            assert watch.until("seen")["lock"]["token"] == token, kind
            assert "its time ran out" in watch.until("ended")["why"], kind
            watch.until("free")
            assert watch.process.wait(60) == 0, kind


def test_stolen_and_taken_again(server_for: Callable[[str], Server], folder: Callable[[Server], str]) -> None:
    server = server_for("wsgidav")
    url = file_on(server, folder)
    first = take(url)
    with watching("--depth", "1", os.path.dirname(url) + "/") as watch:
        assert watch.until("seen")["lock"]["url"] == url
        assert run("unlock", "--no-ledger", "--token", first, url).code == 0
        second = take(url)
        assert watch.until("ended")["lock"]["token"] == first
        assert watch.until("taken")["lock"]["token"] == second


def test_a_server_that_does_not_tell(server_for: Callable[[str], Server], folder: Callable[[Server], str]) -> None:
    url = file_on(server_for("rclone"), folder)
    done = run("watch", "--until-free", url)
    assert (done.code, [row[1] for row in done.rows]) == (3, ["trouble"])
    assert "does not show" in done.err


def test_mine(server_for: Callable[[str], Server], folder: Callable[[Server], str]) -> None:
    url = file_on(server_for("wsgidav"), folder)
    assert run("lock", url).code == 0
    done = run("watch", "--json", "--for", "0.1s", url)
    assert (done.code, done.result["lock"]["mine"], done.result["event"]) == (0, True, "seen")


# -- what is written


def answers(serve: Serve, *looks: bytes) -> str:
    """The URL of a file that answers so, one look after the other, below a collection that is free."""
    waiting = list(looks)

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"PROPFIND /a.txt "):
                conversation.say(waiting.pop(0) if len(waiting) > 1 else waiting[0])
            else:
                conversation.say(multistatus(element("/")))

    return serve(play).url + "/a.txt"


def test_tsv(serve: Serve) -> None:
    done = run("watch", "--until-free", answers(serve, FREE))
    assert (done.code, [row[1] for row in done.rows]) == (0, ["free"])
    url = answers(serve, LOCKED, response("503 Service Unavailable", b"", "Retry-After: 1"), LOCKED, FREE)
    done = run("watch", "--interval", "0.1", "--until-free", url)
    assert done.code == 0
    assert [row[1] for row in done.rows] == ["seen", "trouble", "changed", "ended", "free"]
    assert {len(row) for row in done.rows} == {8}
    at, event, where, owner, token, seconds, renewal, words = done.rows[0]
    assert MOMENT.fullmatch(at)
    assert (event, where, owner, token) == ("seen", url, "mailto:alice@example.org", TOKEN)
    assert (seconds, renewal) == ("", "unsure")
    assert words.startswith("exclusive, depth 0")
    assert "it asks to wait 1 s (Retry-After)" in done.err


def test_table_through_a_pipe(serve: Serve) -> None:
    url = answers(serve, LOCKED)
    done = run("watch", "--format", "table", "--for", "0.1s", url)
    seen, head, titles, _, row = done.out.splitlines()
    assert re.fullmatch(r"[0-9:]{8} \S+  seen +alice@example.org: exclusive, depth 0.*", seen)
    assert head == f"1 lock on {url} (exclusive, depth 0)"
    assert titles.split() == ["HOLDER", "LEFT", "RENEWAL"]
    assert row.startswith("alice@example.org  at most 9 min  ")
    assert f"a.txt  {TOKEN}" in run("watch", "--format", "table", "--tokens", "--for", "0.1s", url).out
    plain = run("watch", "--format", "table", "--for", "0.1s", answers(serve, FREE), env={"LC_ALL": "C"}).out
    assert "+ no lock is shown" in plain
    assert plain.isascii()


def test_hostile_owner_in_lines(serve: Serve) -> None:
    url = answers(serve, multistatus(element(locks=active_lock(owner="a\u009b2J\u202eb\tc\nd"))))
    done = run("watch", "--for", "0.1s", url)
    assert [row[3] for row in done.rows] == ["a\\x9b2J\\u202eb c d"]


FIRST = [
    (response("401 Unauthorized"), 4),
    (response("403 Forbidden"), 4),
    (response("405 Method Not Allowed"), 6),
    (response("200 OK", b"<html>"), 6),
    (response("207 Multi-Status", b"<html>"), 6),
    (response("503 Service Unavailable"), 8),
    (response("429 Too Many Requests"), 8),
    (response("500 Internal Server Error"), 3),
    (UNTOLD, 3),
]


@pytest.mark.parametrize("depth", ["0", "1"])
@pytest.mark.parametrize(("answer", "code"), FIRST)
def test_what_fails_at_first(serve: Serve, answer: bytes, code: int, depth: str) -> None:
    done = run("watch", "--depth", depth, answers(serve, answer))
    assert (done.code, [row[1] for row in done.rows]) == (code, ["trouble"])
    # Of a refused login it also says what to type.
    assert len(done.err.splitlines()) == (2 if b" 401 " in answer else 1)


def test_nobody_there(serve: Serve) -> None:
    assert run("watch", "http://127.0.0.1:9/a").code == 5
    done = run("watch", "--for", "0.1s", "http://127.0.0.1:9/a", answers(serve, LOCKED))
    assert (done.code, sorted(row[1] for row in done.rows)) == (7, ["seen", "trouble"])


def test_the_login_is_refused_later(serve: Serve) -> None:
    done = run("watch", "--interval", "0.1", answers(serve, LOCKED, response("401 Unauthorized")))
    assert (done.code, [row[1] for row in done.rows]) == (4, ["seen", "trouble"])


def test_not_free_in_time(serve: Serve) -> None:
    url = answers(serve, LOCKED)
    assert run("watch", "--until-free", "--for", "0.1s", url).code == 75
    assert run("watch", "--for", "0.1s", url).code == 0


def test_a_name_without_a_folder_is_not_free(any_server: Server, folder: Callable[[Server], str]) -> None:
    """A script that waits until its file is free must notice a wrong path."""
    url = folder(any_server)
    done = run("watch", "--until-free", f"{url}no/n.txt")
    assert (done.code, "there is nothing at this URL, nor a folder for it" in done.err) == (1, True), done
    if any_server.kind != "rclone":  # which shows no locks
        assert run("watch", "--until-free", f"{url}n.txt").code == 0


def test_bad_arguments() -> None:
    assert run("watch", "--interval", "0", "http://127.0.0.1:9/").code == 2
    assert run("watch", "-", stdin=b"").code == 2


# -- a command to run


def test_exec_gets_what_the_wire_says_in_the_environment_alone(serve: Serve, tmp_path: Path) -> None:
    touched, told = tmp_path / "touched", tmp_path / "told"
    owner = f"$(touch {touched}) `touch {touched}`; touch {touched} ' &quot; \n"
    url = answers(serve, FREE, multistatus(element(locks=active_lock(owner=owner))), FREE)
    line = f'printf "%s|%s|%s|%s|%s|%s\\n" "$DAVLOCK_EVENT" "$DAVLOCK_URL" "$DAVLOCK_OWNER" "$DAVLOCK_TOKEN" \
        "$DAVLOCK_RENEWAL" "$DAVLOCK_SECONDS" >> {told}'
    done = run("watch", "--interval", "0.1", "--for", "3s", "--exec", line, url)
    assert (done.code, done.err) == (0, "")
    assert [text.split("|") for text in told.read_text().splitlines()] == [
        ["free", url, "", "", "", ""],
        ["taken", url, owner.replace("&quot;", '"').strip(), TOKEN, "unsure", ""],
        ["ended", url, owner.replace("&quot;", '"').strip(), TOKEN, "unsure", ""],
        ["free", url, "", "", "", ""],
    ]
    assert not touched.exists()


def test_variables_that_no_process_could_take() -> None:
    _, (event,) = follow(None, look(0, shown(0, owner="a\0b\ud800" + "é" * 2 * LONGEST)), enough=60)
    told = variables(event)
    assert told[b"DAVLOCK_OWNER"].startswith(b"ab\\ud800\xc3\xa9")
    assert len(told[b"DAVLOCK_OWNER"]) < 128 * 1024
    assert told[b"DAVLOCK_SECONDS"] == b"60"


def test_exec_leaves_what_runs_in_the_background(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has the pipe still, which a table at the terminal needs."""
    told = tmp_path / "pid"
    line = f"printf 'one\\ntwo'; sleep 60 & echo $! > {told}"
    OnChange(line, interval=60, shared=True).run(
        LockChange(happening=ChangeKind.FREE, at=datetime.now(UTC), url="http://dav.example/", words="")
    )
    os.kill(int(told.read_text()), signal.SIGKILL)  # that it is there shows that it was not waited for
    assert capsys.readouterr().err == "one\ntwo\n"


def test_exec_is_not_run_for_what_was_there(serve: Serve, tmp_path: Path) -> None:
    told = tmp_path / "told"
    run("watch", "--for", "0.1s", "--exec", f"touch {told}", answers(serve, LOCKED))
    assert not told.exists()


def test_exec_that_fails_or_takes_long(serve: Serve) -> None:
    done = run("watch", "--interval", "0.1", "--for", "2s", "--exec", "exit 3", answers(serve, FREE, LOCKED))
    assert (done.code, [row[1] for row in done.rows]) == (0, ["free", "taken"])
    assert done.err.count("failed with exit status 3") == 2
    done = run("watch", "--interval", "0.1", "--for", "0.1s", "--exec", "sleep 0.6", answers(serve, FREE))
    assert done.code == 0
    assert "longer than --interval" in done.err


def test_exec_writes_to_stderr(serve: Serve) -> None:
    done = run_process("watch", "--for", "0.1s", "--exec", "echo said; echo more >&2", answers(serve, FREE))
    assert (done.err, len(done.rows)) == ("said\nmore\n", 1)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_the_command_ends_with_the_watch(serve: Serve, tmp_path: Path, number: int, code: int) -> None:
    told = tmp_path / "told"
    process = popen(
        "watch",
        "--exec",
        f"sleep 60 & echo $! > {told}.new; mv {told}.new {told}; wait",
        answers(serve, FREE),
        measured=False,
    )
    with process:
        wait_for(told.exists)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, b"")
    wait_for(lambda: not is_there(int(told.read_text())))


def is_there(pid: int) -> bool:
    """Whether the process runs; one that has ended may wait for somebody to ask for its status."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


# -- ways out


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_ends_it_quietly(serve: Serve, number: int, code: int) -> None:
    server = serve(by_method({"PROPFIND": LOCKED}))
    with popen("watch", "--json", "--interval", "0.2", f"{server.url}/a.txt", measured=False) as process:
        wait_for(lambda: len(server.requests) > 4)  # by then it has taken in the first answer
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, b"")
    assert [event["event"] for event in json.loads(out)["results"]] == ["seen"]


def test_nobody_reads_any_more(serve: Serve) -> None:
    """It is noticed though there is nothing to write."""
    with popen("watch", "--interval", "60", answers(serve, FREE)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"\tfree\t" in process.stdout.readline()
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (0, b"")


class Terminal:
    """``davlock`` with a terminal of ``width`` columns at its three streams."""

    def __init__(self, *arguments: str, width: int) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, width))
        environment = {name: value for name, value in clean_environment().items() if name != "COLUMNS"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "davlock", *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.close(theirs)
        self._watchdog = threading.Timer(60, self.process.kill)
        self._watchdog.start()
        self.text = ""

    def read_until(self, words: str | None) -> str:
        """All that was written, until ``words`` are there; without them, until the end."""
        data = self.text.encode()
        while words is None or words.encode() not in data:
            try:
                more = os.read(self._ours, 65536)
            except OSError:  # how Linux says that the other side is closed
                more = b""
            if not more:
                assert words is None, data
                break
            data += more
        self.text = data.decode()
        return self.text

    def close(self) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def drawn(text: str) -> list[str]:
    """Every line as it was written at last, and those that were drawn over too."""
    return [line.rpartition("\r")[2] for line in ESCAPE.sub("", text).replace("\r\n", "\n").split("\n")]


@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_live_table(serve: Serve, number: int, code: int, width: int) -> None:
    """It fits, nothing from the wire steers the terminal, and the cursor is there again at the end."""
    owner = "Alice \u009b2J\u202e at her desk, in a department with a long name"
    url = answers(serve, multistatus(element(locks=active_lock(owner=owner, depth="infinity", root="/"))))
    terminal = Terminal("watch", "--tokens", "--interval", "60", url, width=width)
    try:
        terminal.read_until("next look in")
        terminal.process.send_signal(number)
        text = terminal.read_until(None)
        assert terminal.process.wait(60) == code
    finally:
        terminal.close()
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert "\x1b[?1049h" not in text, "the alternate screen"
    plain = ESCAPE.sub("", text)
    assert not set(plain) & {"\x1b", "\u009b", "\u202e"}
    assert "Alice \\x9b2J\\u202e" in plain
    table = [line for line in drawn(text) if line.startswith(("HOLDER", "────", "Alice"))]
    assert table
    assert all(columns(line) <= width for line in table)
    assert f"a.txt  {TOKEN}" in plain.rpartition("────")[2], "whole, below the last table"
    assert "Traceback" not in text


def test_what_others_say_stands_above_the_table(serve: Serve) -> None:
    terminal = Terminal("watch", "--for", "0.3s", "--exec", "echo told; exit 3", answers(serve, FREE), width=80)
    try:
        text = terminal.read_until(None)
        assert terminal.process.wait(60) == 0
    finally:
        terminal.close()
    lines = drawn(text)
    assert "told" in lines
    assert any(line.startswith("davlock: --exec: the command for “free” failed with exit status 3") for line in lines)


def test_the_cursor_is_there_again_after_a_bug(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **more: object) -> object:
        raise RuntimeError("a bug")

    monkeypatch.setattr("davlock.cli.watcher.observe", fail)
    done = run("watch", answers(serve, FREE), tty=True)
    assert done.code == 70
    assert done.out.rindex("\x1b[?25h") > done.out.rindex("\x1b[?25l")

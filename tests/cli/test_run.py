"""``davlock run``, on real servers and as processes of its own: what matters is what is left when it is over."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from davlock.cli.options import Shared
from davlock.cli.paths import open_ledger
from davlock.ledger import Entry, Holder, State
from tests.cli.answers import OTHER, TOKEN, active_lock, by_method, element, granted, methods, multistatus
from tests.cli.command import Done, clean_environment, popen, run, run_process, wait_for
from tests.conftest import ServerFor
from tests.saying import Say
from tests.servers import Server, switchable, temporary_directory
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]
Folder = Callable[[Server], str]

PUT = """
import http.client, os, sys, urllib.parse
sys.stdin.readline()
url = urllib.parse.urlsplit(os.environ["DAVLOCK_RUN_URL"])
for headers in {}, {"If": os.environ["DAVLOCK_RUN_IF"]}:
    connection = http.client.HTTPConnection(url.netloc)
    connection.request("PUT", url.path, b"new", headers)
    print(connection.getresponse().status, flush=True)
    connection.close()
sys.exit(7)
"""
"""A child that writes without and with the token, once it is told to."""

COUNTING = """
import os, select, signal, sys
count = 0
reader, writer = os.pipe()
os.set_blocking(writer, False)
signal.set_wakeup_fd(writer)
def came(number, frame):
    global count
    count += 1
    os.write(1, f"{signal.Signals(number).name} {count}\\n".encode())  # print() cannot interrupt itself
for name in ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM"):
    signal.signal(getattr(signal, "SIG" + name), came)
assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
print("ready", signal.pthread_sigmask(signal.SIG_BLOCK, []), flush=True)
while 0 not in select.select([0, reader], [], [])[0]:
    os.read(reader, 1)
sys.stdin.readline()
sys.exit(5)
"""
"""A child that tells which signals it gets, until it is told to end; one just before the read wakes it, too."""


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return sys.executable, "-S", "-c", code, *arguments


@pytest.fixture
def file(folder: Folder) -> Callable[[Server], str]:
    """``file(server)``: the URL of a new file."""

    def new(server: Server, name: str = "a.txt") -> str:
        url = folder(server) + name
        server.path(url).write_text("old")
        server.path(url).chmod(0o666)
        return url

    return new


def taken(url: str) -> str:
    """What davlock lock says on why it cannot lock the URL; nothing where it is free, and then it is free again."""
    done = run("lock", "--no-ledger", "-q", "--create", "--timeout", "60", url)
    return done.err if done.code else run("unlock", "--no-ledger", "-q", "--token", done.out.strip(), url).err


def rows() -> tuple[Entry, ...]:
    with open_ledger(Shared()) as ledger:
        return ledger.entries()


def events(lines: str) -> list[Any]:
    return [json.loads(line) for line in lines.splitlines()]


def names(lines: str) -> list[str]:
    return [event["event"] for event in events(lines)]


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """``davlock run arguments…``, once its child has said its first line."""
    process = popen("run", *arguments)
    assert process.stdout is not None
    try:
        assert process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def end_of(process: subprocess.Popen[bytes]) -> Done:
    """Once it has ended by itself: children here would end when stdin does."""
    process.wait(60)
    return finish(process)


def finish(process: subprocess.Popen[bytes], stdin: bytes = b"") -> Done:
    out, err = process.communicate(stdin, timeout=60)
    return Done(process.returncode, out.decode(), err.decode())


# -- the lock and the child


def test_only_the_child_can_write(any_server: Server, file: Callable[[Server], str]) -> None:
    url = file(any_server)
    done = run_process("run", url, "--", *python(PUT))
    refused, written = done.out.splitlines()
    assert (done.code, done.err, refused) == (7, "", "423")
    assert written in ("201", "204")
    assert any_server.path(url).read_text() == "new"
    (row,) = rows()
    assert (row.state, row.kept) == (State.RELEASED, False)
    assert taken(url) == ""


@pytest.mark.waits
def test_the_lock_outlives_its_time(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    """Past three refreshes; nginx grants an hour whatever is asked, and lighttpd at least 5 s."""
    processes = {}
    for kind in ("wsgidav", "apache", "rclone", "lighttpd"):
        url = file(server_for(kind))
        processes[url] = popen("run", "--timeout", "5", "--format", "jsonl", url, "--", *python(PUT))
    for url, process in processes.items():
        assert process.stderr is not None
        said: list[bytes] = []
        while sum(json.loads(line)["event"] == "refreshed" for line in said) < 3:
            said.append(process.stderr.readline())
        done = finish(process, b"\n")
        assert (done.code, done.out.split()[0], int(done.out.split()[1]) // 100) == (7, "423", 2)
        told = names(b"".join(said).decode() + done.err)
        assert told[0] == "acquired"
        assert told[1:-2] == ["refreshed"] * len(told[1:-2])
        assert len(told) >= 6
        assert told[-2:] == ["ended", "released"]
        assert events(done.err)[-2]["status"] == 7
        assert taken(url) == ""


def test_several_locks(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    where = folder(server)
    urls = [where + name for name in ("b%20b", "a")]
    code = "import os\nfor name in 'URL', 'TOKEN', 'IF': print(os.environ['DAVLOCK_RUN_' + name])"
    done = run_process("run", "--create", *urls, urls[1] + "/", "--", *python(code))
    first, second, one, other, header = done.out.splitlines()
    assert (done.code, done.err, [first, second]) == (0, "", sorted(urls))
    assert header == f"<{first}> (<{one}>) <{second}> (<{other}>)"
    assert [taken(url) for url in urls] == [""] * 2


def test_opposite_orders(server_for: ServerFor, folder: Folder) -> None:
    where = folder(server_for("wsgidav"))
    one, other = where + "one", where + "other"
    pair = ["run", "--create", "--wait=30", "--", "sleep", "0.2"]
    processes = [popen(*pair[:2], *urls, *pair[2:]) for urls in ([one, other], [other, one])]
    ended = [finish(process) for process in processes]
    assert [done.code for done in ended] == [0, 0], ended


def test_never_two_at_once(server_for: ServerFor, file: Callable[[Server], str], tmp_path: Path) -> None:
    url = file(server_for("apache"))
    code = (
        "import os, sys, time; os.close(os.open(sys.argv[1], os.O_CREAT | os.O_EXCL)); time.sleep(0.1);"
        " os.unlink(sys.argv[1])"
    )
    child = python(code, str(tmp_path / "inside"))
    processes = [popen("run", "-q", "--wait", "60s", url, "--", *child) for _ in range(8)]
    assert [(done.code, done.err) for done in map(finish, processes)] == [(0, "")] * 8
    assert taken(url) == ""


# -- what was typed


def test_what_stands_behind_the_dashes_is_the_childs(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    url = file(server_for("wsgidav"))
    code = "import sys; print(sys.argv[1:])"
    done = run_process("run", "--wait", url, "--", *python(code, "--json", "--", "-n", "--help", url))
    assert (done.code, done.out) == (0, f"{['--json', '--', '-n', '--help', url]}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("http://127.0.0.1:1/a",), "after --"),
        (("http://127.0.0.1:1/a", "--"), "after --"),
        (("--", "true"), "URL is missing"),
        (("dav.example/a", "--", "true"), "no scheme"),
        (("-w", "soon", "http://127.0.0.1:1/a", "--", "true"), "soon"),
        (
            ("--depth", "infinity", "http://127.0.0.1:1/a/", "http://127.0.0.1:1/a/b", "--", "true"),
            ", too; leave it out",
        ),
    ],
)
def test_bad_arguments(arguments: tuple[str, ...], said: str) -> None:
    done = run("run", *arguments)
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("/no/such/command",), 127, "no such command"),
        (("davlock-no-such-command",), 127, "no such command"),
        (("",), 127, "no such command"),
        (("/",), 126, "cannot be executed"),
        (("sh", "-c", "exit 3"), 3, ""),
        (("sh", "-c", "kill -9 $$"), 137, ""),
    ],
)
def test_how_the_child_ends(
    server_for: ServerFor, file: Callable[[Server], str], command: tuple[str, ...], code: int, said: str
) -> None:
    url = file(server_for("wsgidav"))
    done = run("run", url, "--", *command)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert len(done.err.splitlines()) == bool(said)
    assert taken(url) == ""


@pytest.mark.parametrize(
    ("first", "code", "said"), [("", 6, ""), ("#!/no/such/interpreter\n", 126, "the interpreter in the first line")]
)
def test_scripts(say: Say, tmp_path: Path, first: str, code: int, said: str) -> None:
    """One that names no interpreter is the shell's, as everywhere."""
    answers: dict[str, bytes | list[bytes]] = {
        "PROPFIND": [multistatus(element()), multistatus(element(locks=active_lock()))],
        "LOCK": granted(),
        "UNLOCK": response("204 No Content"),
    }
    script = tmp_path / "script"
    script.write_text(f'{first}test "$1" = one && exit 6\n')
    script.chmod(0o755)
    done = run("run", "-q", f"{say(answers).url}/a.txt", "--", str(script), "one")
    assert done.code == code
    assert said in done.err


def test_no_lock_can_be_had(server_for: ServerFor, folder: Folder, serve: Serve, tmp_path: Path) -> None:
    """For another reason than a lock: 125, and the child is not run."""
    mark = tmp_path / "ran"
    missing = run("run", folder(server_for("apache")) + "nothing", "--", "touch", str(mark))
    assert (missing.code, missing.out) == (125, "")
    assert "--create" in missing.err
    silent = run("run", "http://127.0.0.1:1/a", "--", "touch", str(mark))
    assert (silent.code, silent.out) == (125, "")
    assert "http://127.0.0.1:1/a" in silent.err
    broken = by_method({"PROPFIND": multistatus(element()), "LOCK": response("405 Method Not Allowed")})
    assert run("run", f"{serve(broken).url}/a.txt", "--", "touch", str(mark)).code == 125
    assert not mark.exists()


def test_a_lock_that_is_none(say: Say, tmp_path: Path) -> None:
    """LOCK is granted, and no lock is there."""
    answers: dict[str, bytes | list[bytes]] = {
        "PROPFIND": multistatus(element(locks=active_lock(OTHER))),
        "LOCK": [granted(), response("412 Precondition Failed")],
        "UNLOCK": response("204 No Content"),
    }
    server = say(answers)
    done = run("run", f"{server.url}/a.txt", "--", "touch", str(tmp_path / "ran"))
    assert done.code == 125
    assert "UNLOCK" in methods(server.requests)
    assert not (tmp_path / "ran").exists()


# -- somebody else has it


@pytest.mark.parametrize("options", [("-n",), ("-w", "0.3"), ("-n", "-E", "9"), ("-n", "--json")])
def test_somebody_has_it(server_for: ServerFor, file: Callable[[Server], str], options: tuple[str, ...]) -> None:
    url = file(server_for("lighttpd"))
    assert run("lock", "--no-ledger", "-q", url).code == 0
    done = run("run", *options, url, "--", "true")
    assert (done.code, done.out) == (9 if "-E" in options else 75, "")
    if "--json" in options:
        (event,) = json.loads(done.err)["results"]
        assert (event["event"], event["findings"][0]["id"]) == ("timeout", "423-lock-conflict")
    else:
        assert "423-lock-conflict" in done.err


@pytest.mark.parametrize("status", ["429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"])
def test_trouble_is_no_lock_in_the_way(say: Say, status: str) -> None:
    answers: dict[str, bytes | list[bytes]] = {"PROPFIND": multistatus(element()), "LOCK": response(status)}
    done = run("run", "-n", "-q", f"{say(answers).url}/a.txt", "--", "true")
    assert (done.code, done.out) == (125, "")
    assert status[:3] in done.err


def test_granted_too_late(serve: Serve, tmp_path: Path) -> None:
    def play(conversation: Conversation) -> None:
        locked = False
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                conversation.pause(1.3)
                locked = True
                conversation.say(granted())
            elif request.startswith(b"UNLOCK"):
                locked = False
                conversation.say(response("204 No Content"))
            else:
                conversation.say(multistatus(element(locks=active_lock() if locked else "")))

    server = serve(play)
    done = run("run", "-w", "0.2", f"{server.url}/a.txt", "--", "touch", str(tmp_path / "ran"))
    assert (done.code, done.out) == (75, "")
    assert "when the waiting time was over; davlock released it" in done.err
    assert methods(server.requests).count("UNLOCK") == 1
    assert not (tmp_path / "ran").exists()


def test_it_is_waited_for(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    url = file(server_for("nginx"))
    token = run("lock", "--no-ledger", "-q", url).out.strip()
    process = popen("run", "--format", "jsonl", url, "--", "echo", "inside")
    assert process.stderr is not None
    waiting = json.loads(process.stderr.readline())
    assert (waiting["event"], waiting["target"], waiting["verdict"]) == ("waiting", url, "blocked")
    assert "locked by" in waiting["message"]
    assert run("unlock", "--no-ledger", "--token", token, url).code == 0
    done = finish(process)
    assert (done.code, done.out) == (0, "inside\n")
    assert names(done.err) == ["acquired", "ended", "released"]


def test_a_lock_beside_it_is_told_to_wait(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    """To release or to renew a lock that a running davlock holds is no way to get it."""
    url = file(server_for("wsgidav"))
    with running(url, "--", *python("print('ready', flush=True); input()")) as process:
        done = run("lock", url, "--json")
        assert (done.code, done.ids[0]) == (1, "423-lock-conflict")
        (finding, *_) = done.result["findings"]
        assert [remedy["title"] for remedy in finding["remedies"]] == [
            f"Wait until your davlock run ends (process {process.pid})"
        ]
        assert finding["retry"]["verdict"] == "after-wait"
        assert finish(process, b"\n").code == 0


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 143),
        (signal.SIGQUIT, 131),
        (signal.SIGUSR1, 128 + signal.SIGUSR1),
        (signal.SIGUSR2, 128 + signal.SIGUSR2),
        (signal.SIGALRM, 128 + signal.SIGALRM),
    ],
)
def test_interrupted_while_waiting(server_for: ServerFor, folder: Folder, number: signal.Signals, code: int) -> None:
    """What was taken already is released."""
    where = folder(server_for("wsgidav"))
    one, other = where + "a", where + "b"
    assert run("lock", "--no-ledger", "-q", "--create", other).code == 0
    process = popen("run", "--create", one, other, "--", "touch", "ran")
    assert process.stderr is not None
    assert b"waiting for" in process.stderr.readline()
    assert taken(one)
    process.send_signal(number)
    done = end_of(process)
    assert (done.code, done.out, done.err.strip()) == (code, "", "")
    assert taken(one) == ""


# -- signals


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM"])
def test_signals_reach_the_child(server_for: ServerFor, file: Callable[[Server], str], name: str) -> None:
    url = file(server_for("wsgidav"))
    process = popen("run", url, "--", *python(COUNTING))
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready set()\n"
    for count in ("1", "2"):
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.stdout.readline().decode().split() == [f"SIG{name}", count]
    done = finish(process, b"end\n")
    assert (done.code, done.out, done.err) == (5, "", "")
    assert taken(url) == ""


def test_a_signal_that_ends_the_child(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    url = file(server_for("apache"))
    with running(url, "--", "sh", "-c", "echo; read end") as process:
        process.send_signal(signal.SIGTERM)
        assert end_of(process).code == 143
    assert taken(url) == ""


def test_a_platform_that_cannot_wait_for_signals(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    url = file(server_for("wsgidav"))
    lacking = "import signal, sys; del signal.sigtimedwait; import davlock.cli.main as m; sys.exit(m.run(sys.argv[1:]))"
    command = ("run", url, "--", "sh", "-c", "kill -USR1 $PPID; exec sleep 30")
    done = subprocess.run([sys.executable, "-c", lacking, *command], env=clean_environment(), check=False, timeout=60)
    assert done.returncode == 128 + signal.SIGUSR1
    assert taken(url) == ""


def at_terminal(terminal: int, url: str, code: str) -> subprocess.Popen[bytes]:
    """``davlock run`` with this child, as the leader of a session at ``terminal``, which is closed here."""
    take = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    command = [*python(take), sys.executable, "-m", "davlock", "run", url, "--", *python(code)]
    process = subprocess.Popen(
        command, stdin=terminal, stdout=subprocess.PIPE, env=clean_environment(), start_new_session=True
    )
    os.close(terminal)
    return process


def test_a_key_reaches_the_child_once(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    """Ctrl-C at a terminal goes to all that run there."""
    url = file(server_for("wsgidav"))
    ours, theirs = pty.openpty()
    with at_terminal(theirs, url, COUNTING) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"ready")
        os.write(ours, b"\x03")
        assert process.stdout.readline() == b"SIGINT 1\n"
        os.write(ours, b"end\n")
        assert (process.stdout.read(), process.wait(60)) == (b"", 5)
    os.close(ours)
    assert taken(url) == ""


def test_ignored_signals_stay_ignored(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    """As nohup(1) wants it; and SIGPIPE, which Python ignores, is not."""
    url = file(server_for("wsgidav"))
    code = "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    davlock = [sys.executable, "-m", "davlock", "run", url, "--", *python(code)]
    done = subprocess.run(["sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *davlock], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"True\n")
    broken = run_process("run", url, "--", "sh", "-c", "(yes; echo $? >&2) | head -1 >/dev/null")
    assert broken.err == "141\n"


@pytest.mark.parametrize("times", [1, 2])
def test_impatience_while_releasing(serve: Serve, times: int) -> None:
    """Ctrl-C once: the UNLOCK is waited for. Twice: it is left."""
    server: ScriptedServer
    process: subprocess.Popen[bytes]

    def play(conversation: Conversation) -> None:
        locked = False
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                locked = True
                conversation.say(granted())
            elif request.startswith(b"UNLOCK"):
                assert process.stderr is not None
                process.send_signal(signal.SIGINT)
                said.append(process.stderr.readline())
                if times == 2:
                    process.send_signal(signal.SIGINT)
                    conversation.pause(30)
                    return
                locked = False
                conversation.say(response("204 No Content"))
            else:
                conversation.say(multistatus(element(locks=active_lock() if locked else "")))

    said: list[bytes] = []
    server = serve(play)
    process = popen("run", f"{server.url}/a.txt", "--", "sh", "-c", "exit 4")
    process.wait(60)
    done = finish(process)
    assert said == [b"davlock: releasing the locks; press Ctrl-C again to exit without releasing them\n"]
    if times == 1:
        assert (done.code, done.err) == (4, "")
        assert methods(server.requests)[-2:] == ["UNLOCK", "PROPFIND"]
    else:
        (line,) = done.err.splitlines()
        assert done.code == 130
        assert f"davlock unlock {server.url}/a.txt --token '{TOKEN}'" in line


def test_a_stderr_that_nobody_reads(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    """Its pipe is full: the loss of the lock ends the child all the same."""
    url = file(server_for("wsgidav"))
    fill = """
import contextlib, os
os.set_blocking(2, False)
with contextlib.suppress(BlockingIOError):
    while True:
        os.write(2, b"x" * 4096)
"""
    script = f'{sys.executable} -S -c "$0"; echo; exec sleep 60'
    reader, writer = os.pipe()
    davlock = [sys.executable, "-m", "davlock", "run", "--poll", "0.1", url, "--", "sh", "-c", script, fill]
    with subprocess.Popen(davlock, stdout=subprocess.PIPE, stderr=writer, env=clean_environment()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        os.set_blocking(writer, True)  # which is a property of the pipe, and not of a process
        steal(url)
        assert process.wait(60) == 76
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize(("key", "name"), [(b"\x03", "SIGINT"), (b"", "SIGHUP")])
def test_what_the_terminal_tells_davlock_alone(
    server_for: ServerFor, file: Callable[[Server], str], key: bytes, name: str
) -> None:
    """A key where the child is a group of its own; that the terminal is gone, as the leader of the session."""
    url = file(server_for("wsgidav"))
    code = f"""
import os, signal, sys, time
if {bool(key)}: os.setpgid(0, 0)
def came(number, frame):
    os.write(1, signal.Signals(number).name.encode() + b"\\n")
    os._exit(5)
signal.signal(signal.{name}, came)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""
    ours, theirs = pty.openpty()
    with at_terminal(theirs, url, code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        if key:
            os.write(ours, key)
        else:
            os.close(ours)
        assert (process.stdout.read(), process.wait(60)) == (f"{name}\n".encode(), 5)
    if key:
        os.close(ours)
    assert taken(url) == ""


def test_what_cannot_be_released(say: Say) -> None:
    answers: dict[str, bytes | list[bytes]] = {
        "PROPFIND": [multistatus(element()), multistatus(element(locks=active_lock()))],
        "LOCK": granted(),
        "UNLOCK": [response("503 Service Unavailable"), response("403 Forbidden")],
    }
    server = say(answers)
    url = f"{server.url}/a.txt"
    done = run("run", "-q", url, "--", "true")
    (line,) = done.err.splitlines()
    assert done.code == 0
    assert methods(server.requests).count("UNLOCK") == 2
    assert f"davlock unlock {url} --token '{TOKEN}'" in line
    (row,) = rows()
    assert (row.state, row.kept) == (State.HELD, False)


def test_davlock_is_killed(server_for: ServerFor, file: Callable[[Server], str]) -> None:
    """What is left behind can be told apart: it was not meant to be kept, and whose it was is gone."""
    url = file(server_for("wsgidav"))
    child = ("sh", "-c", "echo; read end")
    with running("--timeout", "60", url, "--", *child) as process, open_ledger(Shared()) as ledger:
        (row,) = ledger.entries(State.HELD)
        assert ledger.holder(row) is Holder.RUNS
        process.kill()
        process.wait(60)
        assert (row.kept, ledger.holder(row)) == (False, Holder.ENDED)
    assert taken(url)


# -- losing it

SLEEP = ("sh", "-c", "echo; read end")


def steal(url: str) -> None:
    assert run("unlock", "--no-ledger", "--steal", url).code == 0


@pytest.mark.parametrize("kind", ["wsgidav", "apache", "lighttpd", "nginx"])
def test_stolen(server_for: ServerFor, file: Callable[[Server], str], kind: str) -> None:
    url = file(server_for(kind))
    with running("--poll", "0.2", url, "--", *SLEEP) as process:
        steal(url)
        assert run("lock", "--no-ledger", "--owner", "bob", "-q", url).code == 0
        done = end_of(process)
    assert done.code == 76, done.err
    (line,) = done.err.splitlines()
    assert "is lost" in line
    (row,) = rows()
    assert row.state is State.LOST
    assert taken(url), "what the thief holds is left alone"


@pytest.mark.parametrize(("loss", "said"), [("warn", "is lost"), ("ignore", "")])
def test_stolen_and_not_minded(server_for: ServerFor, file: Callable[[Server], str], loss: str, said: str) -> None:
    url = file(server_for("wsgidav"))
    with running("--on-loss", loss, "--poll", "0.1", url, "--", "sh", "-c", "echo; read end; exit 3") as process:
        steal(url)
        wait_for(lambda: rows()[0].state is State.LOST)
        done = finish(process, b"end\n")
    assert done.code == 3
    assert said in done.err
    assert len(done.err.splitlines()) == bool(said)


def test_a_child_that_does_not_listen(
    monkeypatch: pytest.MonkeyPatch, server_for: ServerFor, file: Callable[[Server], str], tmp_path: Path
) -> None:
    monkeypatch.setattr("davlock.cli.child.GRACE", 0.3)
    url = file(server_for("apache"))
    code = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, lambda number, frame: open(sys.argv[2], "a").write("asked"))
subprocess.run([sys.executable, "-m", "davlock", "unlock", "--no-ledger", "--steal", sys.argv[1]], stdout=2, check=True)
time.sleep(60)
"""
    done = run("run", "--poll", "0.2", url, "--", sys.executable, "-c", code, url, str(tmp_path / "said"))
    assert done.code == 76
    assert "is lost" in done.err
    assert (tmp_path / "said").read_text() == "asked"


@pytest.mark.waits
def test_the_server_comes_back() -> None:
    """Apache keeps its locks on disk, WsgiDAV here in memory: a lock is lost where it is gone, and nowhere else."""
    child = ("sh", "-c", "echo; read end; exit 3")
    with contextlib.ExitStack() as stack:
        held = {}
        for kind in ("apache", "wsgidav"):
            switch = stack.enter_context(switchable(kind, directory=stack.enter_context(temporary_directory())))
            url = switch.server.url + "a.txt"
            options = ("--create", "--timeout", "12", "--format", "jsonl")
            process = stack.enter_context(running(*options, url, "--", *child))
            switch.off()
            switch.on()
            held[kind] = process
        apache, wsgidav = held["apache"], held["wsgidav"]
        assert end_of(wsgidav).code == 76
        assert apache.stderr is not None
        assert apache.stdin is not None
        while json.loads(apache.stderr.readline())["event"] != "refreshed":
            pass
        apache.stdin.write(b"end\n")
        apache.stdin.flush()
        # By the same reader: it may have read more than one line, and communicate() would lose them.
        assert names(apache.stderr.read().decode())[-2:] == ["ended", "released"]
        assert apache.wait(30) == 3


@pytest.mark.waits
def test_the_server_does_not_come_back() -> None:
    with temporary_directory() as directory, switchable("wsgidav", directory=directory) as switch:
        url = switch.server.url + "a.txt"
        with running("--create", "--timeout", "4", url, "--", *SLEEP) as process:
            switch.off()
            done = end_of(process)
    assert done.code == 76
    # WsgiDAV shows the whole seconds that were left when it answered.
    assert re.search(r"could not renew it within the granted [1-4] s", done.err)

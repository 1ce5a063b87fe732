"""``davlock.lock``: taken, renewed, lost, and released on every way out of the block."""

import asyncio
import gc
import math
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from types import FrameType

import httpx
import pytest

import davlock
from tests.cli.answers import OPTIONS, OTHER, TOKEN, active_lock, element, granted, multistatus
from tests.cli.command import run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say
from tests.servers import Server, Switch, new_folder, switchable, temporary_directory
from tests.transport.scripted import response

ALICE = ("alice", "alice")
BOB = ("bob", "bob")

SERVERS = [("apache", "digest"), ("wsgidav", "basic")]


@pytest.fixture(params=SERVERS, ids=[kind for kind, _ in SERVERS])
def url(request: pytest.FixtureRequest, server_for: ServerFor, make_file: MakeFile) -> str:
    """A file on a real server that wants a login."""
    kind, auth = request.param
    return make_file(server_for(kind, auth=auth), "a.txt")


def other_program(url: str) -> httpx.Client:
    """Another program with Alice's login."""
    digest = "Digest" in httpx.get(url).headers["WWW-Authenticate"]
    return httpx.Client(auth=httpx.DigestAuth(*ALICE) if digest else ALICE)


def until(condition: Callable[[], object]) -> None:
    """Wait for a thread; a test that waits in vain fails after a minute."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def fork() -> int:
    """``os.fork``; Python 3.12 names its dangers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def locks(url: str) -> tuple[davlock.Lock, ...] | None:
    return davlock.discover(url, auth=ALICE).locks


def test_a_lock_is_there_in_the_block_and_gone_after_it(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    with davlock.lock(url, auth=ALICE, lifetime=300) as lock:
        (shown,) = locks(url) or ()
        assert (shown.token, shown.owner, shown.scope, shown.depth) == (lock.token, "alice", "exclusive", "0")
        assert lock.root == lock.url == url
        assert lock.timeout is not None
        assert lock.expires_at is not None
        assert not lock.lost
        with other_program(url) as client:
            assert client.put(url, content=b"no").status_code == 423
            assert client.put(url, content=b"yes", headers={"If": lock.if_header}).status_code == 204
        with pytest.raises(davlock.LockRefused) as refused, davlock.lock(url, auth=BOB):
            pytest.fail("the lock was granted twice")
        retry = refused.value.retry
        assert retry.verdict is davlock.RetryVerdict.AFTER_WAIT
        assert retry.after_seconds is not None
        assert "alice" in str(refused.value)
        for shown_value in (repr(lock), repr(shown), repr(refused.value.diagnosis)):
            assert lock.token not in shown_value
    assert locks(url) == ()
    assert lock.token
    with pytest.raises(davlock.LocalProtocolError, match="released"):
        _ = lock.if_header
    assert handlers == [signal.getsignal(number) for number in signal.valid_signals()]
    assert capfd.readouterr() == ("", "")
    assert [thread.name for thread in threading.enumerate() if thread.name == "davlock keeper"] == []


def test_a_lock_is_renewed_before_it_ends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.operations.keepalive.EARLIER", 0.998)  # long before, so that the test is quick
    monkeypatch.setattr("random.random", lambda: 1.0)
    with davlock.lock(url, auth=ALICE, lifetime=200) as lock:
        taken_until = lock.expires_at
        assert taken_until is not None
        until(lambda: lock.expires_at is not None and (lock.expires_at - taken_until).total_seconds() > 0.1)
        assert not lock.lost


def test_a_lock_that_somebody_takes_away_is_lost(url: str) -> None:
    heard: list[davlock.LockLost] = []

    def work() -> None:
        with other_program(url) as client, davlock.lock(url, auth=ALICE, poll=0.05, on_lost=heard.append) as lock:
            answer = client.request("UNLOCK", url, headers={"Lock-Token": f"<{lock.token}>"})
            assert answer.status_code == 204
            until(lambda: lock.lost)
            with pytest.raises(davlock.LockLost):
                lock.check()
            with pytest.raises(davlock.LockLost):
                _ = lock.if_header

    with pytest.raises(davlock.LockLost) as lost:
        work()
    assert heard == [lost.value]
    assert lost.value.url == url
    assert "it is gone" in str(lost.value)


def test_a_lock_that_somebody_else_has_instead_is_lost_and_not_left(url: str) -> None:
    """Nobody noticed before the end of the block, where the server refuses the UNLOCK."""

    def work() -> None:
        with other_program(url) as client, davlock.lock(url, auth=ALICE, poll=0) as lock:
            client.request("UNLOCK", url, headers={"Lock-Token": f"<{lock.token}>"}).raise_for_status()
            bobs.__enter__()

    bobs = davlock.lock(url, auth=BOB)
    with pytest.raises(davlock.LockLost, match="“bob” holds"):
        work()
    bobs.__exit__(None, None, None)
    assert locks(url) == ()


def test_an_exception_in_the_block_goes_on_after_the_release(url: str) -> None:
    for error in (ValueError("mine"), KeyboardInterrupt(), SystemExit(3)):
        with pytest.raises(type(error)) as raised, davlock.lock(url, auth=ALICE):
            raise error
        assert raised.value is error
        assert not hasattr(error, "__notes__")
        assert locks(url) == ()


def test_a_forked_child_leaves_the_lock_to_its_parent(url: str) -> None:
    child = 1
    try:
        with davlock.lock(url, auth=ALICE, ledger=True) as lock:
            child = fork()
            if child == 0:
                raise InterruptedError
            assert os.waitpid(child, 0)[1] == 0
            (shown,) = locks(url) or ()
            assert shown.token == lock.token
            assert not lock.lost
            assert [row["token"] for row in _ledger()] == [lock.token]
    except InterruptedError:
        os._exit(0)
    finally:
        if child == 0:
            os._exit(1)
    assert locks(url) == ()
    assert _ledger() == []


def test_a_lock_of_a_program_that_died_is_in_the_ledger(url: str) -> None:
    child = fork()
    if child == 0:
        try:
            with davlock.lock(url, auth=ALICE, ledger=True):
                os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert len(locks(url) or ()) == 1
    assert run("ledger", "recover", "-u", "alice:alice", url).code == 0
    assert locks(url) == ()


def _ledger() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = run("ledger", "list", "--json").json["results"][0]["rows"]
    return rows


@pytest.mark.parametrize("error", [None, ValueError("mine")], ids=["block ends", "block raises"])
def test_a_server_that_is_gone_at_the_end_keeps_the_lock(
    error: ValueError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("davlock.operations.wait.FIRST_PAUSE", 0.01)  # between the tries

    def work(switch: Switch) -> None:
        with davlock.lock(_file(switch.server), auth=ALICE):
            switch.off()
            if error is not None:
                raise error

    with (
        temporary_directory() as directory,
        switchable("wsgidav", auth="basic", directory=directory) as switch,
        pytest.raises(ValueError if error is not None else davlock.ReleaseFailed) as failed,
    ):
        work(switch)
    said = failed.value.__notes__[0] if error is not None else str(failed.value)
    assert "could not be released" in said


def _file(server: Server) -> str:
    url = f"{new_folder(server, 'gone')}a.txt"
    server.path(url).write_bytes(b"first\n")
    return url


class OneFile:
    """A server in memory with one file, and at most one lock on it. ``before`` hears of each request."""

    def __init__(self, before: Callable[[str], None] = lambda method: None, *, timeout: str = "Second-600") -> None:
        self.before = before
        self.timeout = timeout
        self.methods: list[str] = []
        self.locked = False
        self.in_the_way = 0
        """How many times LOCK is refused."""

    def __call__(self, request: httpx.Request) -> bytes:
        self.methods.append(request.method)
        self.before(request.method)
        if request.method == "LOCK" and self.in_the_way:
            self.in_the_way -= 1
            return response("423 Locked")
        if request.method == "LOCK":
            self.locked = True
            return granted(timeout=self.timeout)
        if request.method == "UNLOCK":
            self.locked = False
            return response("204 No Content")
        if self.in_the_way:
            return multistatus(element(locks=active_lock(OTHER)))
        return multistatus(element(locks=active_lock(timeout=self.timeout) if self.locked else ""))


@pytest.fixture(params=[KeyboardInterrupt, SystemExit, TimeoutError])
def interruption(request: pytest.FixtureRequest) -> Iterator[type[BaseException]]:
    """What the program's handler of SIGTERM raises."""

    def handler(number: int, frame: FrameType | None) -> None:
        raise request.param

    before = signal.signal(signal.SIGTERM, handler)
    yield request.param
    signal.signal(signal.SIGTERM, before)


def interrupt(method: str) -> Callable[[str], None]:
    """Sends a signal while ``method`` is on its way."""
    return lambda sent: os.kill(os.getpid(), signal.SIGTERM) if sent == method else None


def test_an_interrupt_while_lock_is_on_its_way_releases_the_lock(say: Say, interruption: type[BaseException]) -> None:
    file = OneFile(interrupt("LOCK"))
    server = say(file)
    with pytest.raises(interruption), davlock.lock(f"{server.url}/a.txt", transport=server):
        pytest.fail("the block began")
    assert file.methods.count("UNLOCK") == 1


def test_after_an_interrupt_no_answer_is_awaited_for_ever(
    say: Say, interruption: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("davlock.library.taking.ANSWER_SECONDS", 0.01)
    go_on = threading.Event()

    def hang(method: str) -> None:
        if method == "LOCK":
            interrupt("LOCK")(method)
            assert go_on.wait(60)

    server = say(OneFile(hang))
    url = f"{server.url}/a.txt"
    with pytest.raises(interruption) as raised, davlock.lock(url, transport=server):
        pytest.fail("the block began")
    go_on.set()
    assert raised.value.__notes__ == [
        f"the LOCK was on its way: a lock may exist on {url}; to check: davlock locks {url}"
    ]


def test_an_interrupt_does_not_keep_davlock_from_the_release(say: Say, interruption: type[BaseException]) -> None:
    file = OneFile(interrupt("UNLOCK"))
    server = say(file)
    with pytest.raises(interruption), davlock.lock(f"{server.url}/a.txt", poll=0, transport=server):
        pass
    assert file.methods[-2:] == ["UNLOCK", "PROPFIND"]  # it was read back


def test_a_second_interrupt_leaves_the_lock_and_says_so(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def hang(method: str) -> None:
        if method == "UNLOCK":
            assert go_on.wait(60)

    def interrupted(release: object) -> None:
        raise KeyboardInterrupt

    server = say(OneFile(hang))
    with (
        pytest.raises(KeyboardInterrupt) as raised,
        davlock.lock(f"{server.url}/a.txt", poll=0, transport=server) as lock,
    ):
        monkeypatch.setattr("davlock.operations.workers.Undisturbed.outcome", interrupted)
    assert raised.value.__notes__ == [
        f"the lock {TOKEN} on {lock.url} could not be released (interrupted); try: davlock unlock {lock.url}"
        f" --token '{TOKEN}'"
    ]
    go_on.set()


def test_a_lock_that_may_be_left_is_named(say: Say) -> None:
    server = say(
        {"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS, "LOCK": response("500 Internal Server Error")}
    )
    with pytest.raises(davlock.LockRefused) as refused, davlock.lock(f"{server.url}/a.txt", transport=server):
        pytest.fail("the block began")
    assert "may exist" in refused.value.left_behind
    assert refused.value.left_behind in str(refused.value)


@pytest.mark.parametrize("fields", [(f"Lock-Token: <{TOKEN}>",), ()], ids=["token", "no token"])
def test_a_success_that_brought_no_lock_is_refused_with_a_reason(fields: tuple[str, ...], say: Say) -> None:
    answer = response("200 OK", b"<oops", "Content-Type: application/xml", *fields)
    server = say({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS, "LOCK": answer, "UNLOCK": response("204 OK")})
    with pytest.raises(davlock.LockRefused) as refused, davlock.lock(f"{server.url}/a.txt", transport=server):
        pytest.fail("the block began")
    reason = "granted an exclusive lock twice" if fields else "the answer to LOCK has no token"
    assert reason in str(refused.value)
    assert refused.value.retry.verdict is not davlock.RetryVerdict.AFTER_WAIT


def test_a_token_that_no_request_can_carry_is_the_fault_of_the_server(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS, "LOCK": granted("urn:x y")})
    with (
        pytest.raises(davlock.RemoteProtocolError, match="stays until its time is over: 'urn:x y' cannot stand in"),
        davlock.lock(f"{server.url}/a.txt", transport=server),
    ):
        pytest.fail("the block began")


def test_a_lock_of_somebody_else_is_waited_for(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.operations.wait.FIRST_PAUSE", 0.01)
    file = OneFile()
    server = say(file)
    file.in_the_way = 2
    with davlock.lock(f"{server.url}/a.txt", poll=0, wait=60, transport=server) as lock:
        assert lock.token == TOKEN
        assert lock.if_header == f"<{server.url}/a.txt> (<{TOKEN}>)"
    assert file.methods.count("LOCK") == 3
    file.in_the_way = 1000
    with (
        pytest.raises(davlock.LockRefused),
        davlock.lock(f"{server.url}/a.txt", wait=0.05, transport=server),
    ):
        pytest.fail("the block began")
    assert file.methods.count("LOCK") >= 4


def test_a_lock_that_was_not_renewed_in_time_is_lost(
    say: Say, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where the machine slept, or no answer came. No other thread needs to ask."""
    heard, later = threading.Event(), 0.0
    monkeypatch.setattr("davlock.library.tending._clock", lambda: time.monotonic() + later)
    monkeypatch.setattr("davlock.library.tending.LONGEST_REST", 0.01)
    server = say(OneFile())

    def on_lost(lost: davlock.LockLost) -> None:
        heard.set()
        raise ValueError("of the caller")

    def work() -> None:
        nonlocal later
        with davlock.lock(f"{server.url}/a.txt", poll=0, on_lost=on_lost, transport=server) as lock:
            assert lock.if_header
            later = 601.0
            assert heard.wait(60)
            assert lock.lost

    with pytest.raises(davlock.LockLost, match="could not renew it within the granted 600 s"):
        work()
    assert "on_lost failed" in caplog.text

    def fail() -> None:
        nonlocal later
        with davlock.lock(f"{server.url}/a.txt", poll=0, transport=server) as lock:
            later += 601.0
            until(lambda: lock.lost)
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as raised:
        fail()
    assert "could not renew it" in raised.value.__notes__[0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"lifetime": 0}, "lifetime of 0 seconds"),
        ({"lifetime": math.inf}, "lifetime of inf seconds"),
        ({"lifetime": "5"}, "lifetime is of type str, and no number"),
        ({"wait": math.nan}, "wait is nan, and no number"),
        ({"poll": -1}, "poll is -1, and no number"),
        ({"on_lost": 5}, "on_lost is of type int"),
        ({"scope": "both"}, "scope='both'"),
        ({"depth": "1"}, "depth='1'"),
        ({"owner": "\0"}, "control character"),
        ({"auth": 3}, "auth is no login"),
        ({"timeout": 0}, "timeout is 0 seconds"),
        ({"transport": httpx.AsyncHTTPTransport()}, "transport is no httpx.BaseTransport"),
        ({"headers": "no"}, "headers is not a mapping"),
        ({"proxy": 1}, "proxy is not a URL"),
        ({"cert": 1}, "cert is not a path"),
        ({"cert": ()}, "cert is not a path"),
    ],
)
def test_unusable_arguments_are_refused_before_anything_is_sent(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(davlock.LocalProtocolError, match=words):
        davlock.lock("http://dav.example/a.txt", **wrong)  # type: ignore[arg-type]  # what mypy refuses is tried


def test_a_url_with_dots_is_no_place_to_lock() -> None:
    with pytest.raises(davlock.LocalProtocolError, match="another place"):
        davlock.lock("http://dav.example/x/../a.txt")


def test_an_argument_that_nobody_knows_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="'colour'"):
        davlock.lock("http://dav.example/a.txt", colour="red")  # type: ignore[call-arg]  # what mypy refuses is tried


def test_nothing_is_created_unless_that_is_allowed(say: Say) -> None:
    server = say({"PROPFIND": response("404 Not Found"), "OPTIONS": OPTIONS})
    with pytest.raises(davlock.LockRefused, match="create"), davlock.lock(f"{server.url}/a.txt", transport=server):
        pytest.fail("the block began")
    assert not [request for request in server.requests if request.startswith(b"LOCK")]


@pytest.mark.parametrize("times", [1, 2])
def test_a_task_that_is_cancelled_while_lock_is_on_its_way_leaves_no_lock(times: int, say: Say) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hang(method: str) -> None:
        if method == "LOCK":
            begun.set()
            assert go_on.wait(60)

    file = OneFile(hang)
    server = say(file)

    context = davlock.lock(f"{server.url}/a.txt", transport=server)

    async def take() -> None:
        async with context:
            pytest.fail("the block began")

    async def main() -> None:
        task = asyncio.create_task(take())
        await asyncio.to_thread(begun.wait, 60)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        if times > 1:
            await asyncio.wait([task])
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    until(lambda: "UNLOCK" in file.methods)
    until(lambda: not file.locked)
    until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("davlock ")])


def test_a_task_that_is_cancelled_does_not_wait_for_somebody_elses_lock(say: Say) -> None:
    refused = threading.Event()
    file = OneFile(lambda method: refused.set() if method == "LOCK" else None)
    server = say(file)
    file.in_the_way = 1000

    async def take() -> None:
        async with davlock.lock(f"{server.url}/a.txt", wait=math.inf, transport=server):
            pytest.fail("the block began")

    async def main() -> None:
        task = asyncio.create_task(take())
        await asyncio.to_thread(refused.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert "UNLOCK" not in file.methods


def test_one_context_takes_one_lock(say: Say) -> None:
    server = say({"PROPFIND": response("404 Not Found"), "OPTIONS": OPTIONS})
    context = davlock.lock(f"{server.url}/a.txt", transport=server)
    with pytest.raises(davlock.LockRefused), context:
        pytest.fail("the block began")
    with pytest.raises(davlock.LocalProtocolError, match="taken before"), context:
        pytest.fail("the block began")

    async def take(context: davlock.LockContext) -> None:
        async with context:
            pytest.fail("the block began")

    context = davlock.lock(f"{server.url}/a.txt", transport=server)
    for error in (davlock.LockRefused, davlock.LocalProtocolError):
        with pytest.raises(error):
            asyncio.run(take(context))


def test_a_lock_is_released_if_nobody_leaves_the_block(url: str) -> None:
    """As where a signal comes between taking the lock and the first line of the block."""
    davlock.lock(url, auth=ALICE).__enter__()
    gc.collect()
    assert locks(url) == ()


END = """
import sys
import davlock

context = davlock.lock(sys.argv[1], auth=("alice", "alice"))
context.__enter__()
"""

NO_THREADS = """
import threading

def refuse(thread):
    raise RuntimeError("can't create new thread at interpreter shutdown")

threading.Thread.start = refuse
"""


@pytest.mark.parametrize("last", ["", "sys.exit(3)", NO_THREADS], ids=["end", "exit", "no new threads"])
def test_a_lock_is_released_if_python_ends_in_the_block(last: str, server_for: ServerFor, make_file: MakeFile) -> None:
    """As in an interactive session. From Python 3.12 on, no thread begins any more by then."""
    url = make_file(server_for("wsgidav", auth="basic"), "a.txt")
    done = subprocess.run([sys.executable, "-c", END + last, url], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (3 if "exit" in last else 0, b"", b"")
    assert locks(url) == ()

"""When to ask again, by a clock that is ours, and what is said meanwhile."""

import math
import os
from dataclasses import replace
from pathlib import Path

import pytest

from davlock.diagnosis.resource import OwnLock
from davlock.errors import NoResponse, NoResponseKind
from davlock.ledger import Ledger, Process
from davlock.operations import wait as waiting
from davlock.operations.locking import LockRequest
from davlock.operations.wait import Waited, WaitEnding, Waiting, WaitPolicy
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import Headers, Request, Response
from tests.cli.answers import OTHER, TOKEN, active_lock, element
from tests.operations.fake import OFF, Answer, FakeSend, answer, listing, lost

URL = "http://dav.example/a.txt"
COUNTS = "nephele/1.0.0"  # known by its name alone, to show the time that is left
DATE = ("Date", "Sun, 22 Nov 2026 11:59:00 GMT")
FREE = listing(element())
HELD = listing(element(locks=active_lock(OTHER, owner="alice")))
HIDDEN = listing(element(status="404 Not Found"))
GRANTED = answer(
    200,
    f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{active_lock()}</D:lockdiscovery></D:prop>'.encode(),
    ("Lock-Token", f"<{TOKEN}>"),
)
SEEN = listing(element(locks=active_lock()))
TLS = NoResponse(NoResponseKind.TLS, URL, "the certificate has expired")


def shown(*locks: str, server: str | None = COUNTS) -> Response:
    found = listing(element(locks="".join(locks)), server=server)
    return Response(status=207, headers=Headers((*found.headers.fields, DATE)), body=found.body)


class Waiter:
    """A clock that moves when somebody sleeps."""

    def __init__(self, jitter: float = 1.0) -> None:
        self.time = 0.0
        self.jitter = jitter
        self.slept: list[float] = []
        self.said: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def patience(self, deadline: float) -> WaitPolicy:
        return WaitPolicy(
            deadline=deadline,
            sleep=self.sleep,
            now=lambda: self.time,
            jitter=lambda: self.jitter,
            announce=self.announce,
        )

    def announce(self, waits: Waiting) -> None:
        assert waits.url == URL
        self.said.append(waits.words)

    def free(self, *answers: Answer, deadline: float = math.inf, own: tuple[OwnLock, ...] = ()) -> Waited:
        send = FakeSend({"PROPFIND": list(answers), "OPTIONS": [answer(200)]})
        return waiting.free(send, URL, self.patience(deadline), own=lambda: own)

    def acquire(self, locks: list[Answer], reads: list[Answer], deadline: float = math.inf) -> tuple[Waited, FakeSend]:
        send = FakeSend({"PROPFIND": reads, "LOCK": locks, "OPTIONS": [answer(200)]})
        return waiting.acquire(send, URL, LockRequest(), self.patience(deadline), ledger=OFF), send


@pytest.fixture
def waiter() -> Waiter:
    return Waiter()


def test_free_at_once(waiter: Waiter) -> None:
    assert waiter.free(FREE).ending is WaitEnding.DONE
    assert (waiter.slept, waiter.said) == ([], [])


def test_growing_pauses(waiter: Waiter) -> None:
    assert waiter.free(*[HELD] * 8, FREE).ending is WaitEnding.DONE
    assert waiter.slept == [0.5, 1, 2, 4, 8, 10, 10, 10]
    (said,) = waiter.said
    assert said == "locked by “alice”"


def test_chance_makes_pauses_shorter() -> None:
    waiter = Waiter(jitter=0.0)
    waiter.free(*[HELD] * 3, FREE)
    assert waiter.slept == [0.25, 0.5, 1]


def test_never_beyond_the_deadline(waiter: Waiter) -> None:
    assert waiter.free(HELD, deadline=5).ending is WaitEnding.LATE
    assert (waiter.time, sum(waiter.slept)) == (5, 5)


def test_no_time_at_all(waiter: Waiter) -> None:
    assert waiter.free(HELD, deadline=0).ending is WaitEnding.LATE
    assert (waiter.slept, waiter.said) == ([], [])


def test_until_the_lock_ends(waiter: Waiter) -> None:
    """Once pauses are long, on a server that shows how much is left."""
    held = active_lock(OTHER, owner="alice", timeout="Second-60")
    soon = active_lock(OTHER, owner="alice", timeout="Second-2")
    waiter.free(*[shown(held)] * 4, shown(soon), shown())
    assert waiter.slept == [0.5, 1, 2, 4, 3]
    assert waiter.said == ["locked by “alice” until 2026-11-22T12:00:00Z"]


def test_something_else_keeps_us(waiter: Waiter) -> None:
    bob = listing(element(locks=active_lock(TOKEN, owner="bob", timeout="Infinite", root=None)))
    waiter.free(HELD, HELD, HELD, bob, lost(), FREE)
    assert waiter.slept == [0.5, 1, 2, 0.5, 0.5]
    said = [words.partition(" (")[0] for words in waiter.said]
    assert said == ["locked by “alice”", "locked by “bob” without end", "no answer"]


def test_several_locks(waiter: Waiter) -> None:
    shared = [active_lock(f"urn:x:{name}", owner=name, scope="shared") for name in "abcde"]
    waiter.free(listing(element(locks="".join(shared))), FREE)
    (said,) = waiter.said
    assert said.count("locked by") == 3
    assert said.endswith("; and 2 more")


def test_shown_before_and_not_found_now(waiter: Waiter) -> None:
    """Apache, once the time of a lock is over."""
    waited = waiter.free(HELD, HIDDEN)
    assert waited.ending is WaitEnding.DONE
    assert "while it lasted" in waited.report.skipped[-1].why


def test_a_lock_of_ones_own(waiter: Waiter) -> None:
    assert waiter.free(HELD, own=(OwnLock(OTHER, 1.0, 1.0),)).ending is WaitEnding.DONE


@pytest.mark.parametrize(
    "answers",
    [[HIDDEN], [answer(401)], [answer(403)], [answer(405)], [TLS], [lost()], [answer(500)]],
    ids=["hidden", "401", "403", "405", "tls", "silence", "500"],
)
def test_what_no_waiting_mends(waiter: Waiter, answers: list[Answer]) -> None:
    assert waiter.free(*answers).ending is WaitEnding.STOPPED
    assert waiter.time < 10


@pytest.mark.parametrize("trouble", [lost(), answer(502), answer(429), answer(503)])
def test_trouble_that_passes(waiter: Waiter, trouble: Answer) -> None:
    assert waiter.free(HELD, trouble, trouble, FREE).ending is WaitEnding.DONE
    assert waiter.free(trouble, FREE, deadline=waiter.time + 9).ending is WaitEnding.DONE


def test_no_answer_until_the_deadline(waiter: Waiter) -> None:
    assert waiter.free(lost(), deadline=5).ending is WaitEnding.STOPPED
    assert waiter.time == 5


def test_as_the_server_asks(waiter: Waiter) -> None:
    asked = answer(429, b"", ("Retry-After", "30"))
    assert waiter.free(asked, FREE, deadline=60).ending is WaitEnding.DONE
    assert waiter.slept == [30.5]
    assert waiter.said == ["the server answers 429, and asks to wait 30 s (Retry-After)"]
    assert waiter.free(asked, FREE, deadline=waiter.time + 29).ending is WaitEnding.STOPPED
    assert waiter.slept == [30.5], "what does not fit is not begun"


def test_lock_until_it_is_granted(waiter: Waiter) -> None:
    waited, fake = waiter.acquire([answer(423), answer(423), GRANTED], [FREE, HELD, HELD, HELD, FREE, SEEN])
    assert waited.ending is WaitEnding.DONE
    assert (waited.begun, waiter.slept, len(waiter.said)) == (waiter.time, [0.5, 1], 1)
    assert fake.methods.count("LOCK") == 3


@pytest.mark.parametrize("status", [403, 409, 412])
def test_other_words_for_locked(waiter: Waiter, status: int) -> None:
    """A lock stands in the way, whatever the status."""
    waited, _ = waiter.acquire([answer(status), GRANTED], [HELD, HELD, HELD, SEEN])
    assert waited.ending is WaitEnding.DONE


@pytest.mark.parametrize("status", [401, 403, 405, 409, 412, 507])
def test_refused_for_another_reason(waiter: Waiter, status: int) -> None:
    waited, fake = waiter.acquire([answer(status)], [FREE])
    assert (waited.ending, waiter.slept) == (WaitEnding.STOPPED, [])
    assert fake.methods.count("LOCK") == 1


def test_granted_and_not_there(waiter: Waiter) -> None:
    waited, fake = waiter.acquire([GRANTED, answer(412)], [FREE, HELD])
    assert waited.ending is WaitEnding.STOPPED
    assert fake.methods.count("LOCK") == 2, "the second tries the token"


@pytest.mark.parametrize("trouble", [answer(429), answer(500), answer(503), lost()])
def test_trouble_is_no_lock_in_the_way(waiter: Waiter, trouble: Answer) -> None:
    """Even where a lock was, before."""
    assert waiter.free(HELD, trouble, deadline=5).ending is WaitEnding.STOPPED
    waited, _ = waiter.acquire([answer(423), trouble], [FREE, HELD, FREE], deadline=waiter.time + 5)
    assert waited.ending is WaitEnding.STOPPED


@pytest.mark.parametrize(("kept", "said"), [(True, "that lock is yours"), (False, "a running davlock (pid ")])
def test_who_else_of_ours_holds_it(waiter: Waiter, tmp_path: Path, kept: bool, said: str) -> None:
    process = Process(host="here", boot="boot", pid=os.getpid(), started="")
    with Ledger(tmp_path, process=process, now=lambda: 0.0, complain=pytest.fail) as ledger:
        run = ledger.new_run()
        ledger.intend(run, URL, owner=None, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=kept)
        ledger.granted(run, LockToken(OTHER), root=None, timeout=None)
        answers: dict[str, list[Answer]] = {"PROPFIND": [FREE, HELD, FREE, SEEN], "LOCK": [answer(423), GRANTED]}
        send = FakeSend({**answers, "OPTIONS": [answer(200)]})
        waiting.acquire(send, URL, LockRequest(), waiter.patience(math.inf), ledger=ledger)
    (words,) = waiter.said
    assert said in words
    assert ("davlock unlock" in words) is kept


@pytest.mark.parametrize(
    ("kept", "way"), [(True, f"davlock unlock {URL} releases it"), (False, f"davlock ledger recover {URL} releases it")]
)
@pytest.mark.parametrize("deadline", [math.inf, 5.0])
def test_a_lock_of_ours_that_nobody_will_release(
    waiter: Waiter, tmp_path: Path, kept: bool, way: str, deadline: float
) -> None:
    """It never ends: waiting for ever would have no end. A time that was given is waited."""
    process = Process(host="here", boot="boot", pid=os.getpid(), started="")
    with Ledger(tmp_path, process=process, now=lambda: 0.0, complain=pytest.fail) as earlier:
        run = earlier.new_run()
        earlier.intend(run, URL, owner=None, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=kept)
        earlier.granted(run, LockToken(OTHER), root=None, timeout=None)
    endless = listing(element(locks=active_lock(OTHER, timeout="Infinite")))
    with Ledger(tmp_path, process=process, now=lambda: 0.0, complain=pytest.fail) as ledger:
        send = FakeSend({"PROPFIND": [FREE, endless], "LOCK": [answer(423)], "OPTIONS": [answer(200)]})
        waited = waiting.acquire(send, URL, LockRequest(), waiter.patience(deadline), ledger=ledger)
    assert waited.ending is WaitEnding.LATE
    assert bool(waiter.slept) is (deadline != math.inf)
    said = [skipped.why for skipped in waited.report.skipped if skipped.what == "LOCK"]
    assert way in (waiter.said or said)[0]


@pytest.mark.parametrize(("once", "ending"), [(False, WaitEnding.LATE), (True, WaitEnding.DONE)])
def test_granted_when_the_time_was_over(waiter: Waiter, once: bool, ending: WaitEnding) -> None:
    """It is released again, unless one try was all that was wanted."""
    locks: list[str] = []

    def slow(request: Request) -> Answer:
        if request.method == "LOCK":
            waiter.time += 30
            locks.append(active_lock())
            return GRANTED
        if request.method == "UNLOCK":
            locks.clear()
            return answer(204)
        return listing(element(locks="".join(locks)), server=COUNTS)

    send = FakeSend(slow)
    patience = replace(waiter.patience(0 if once else 3), once=once)
    waited = waiting.acquire(send, URL, LockRequest(), patience, ledger=OFF)
    assert waited.ending is ending
    assert bool(locks) is once
    assert [skipped.why.partition("; davlock ")[2] for skipped in waited.report.skipped] == ["released it"][once:]


def test_waiting_does_not_end_as_free_below_a_collection_that_may_not_be_read(waiter: Waiter) -> None:
    assert waiter.free(FREE, answer(403)).ending is WaitEnding.STOPPED

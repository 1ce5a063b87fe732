"""Holding locks by a clock that is ours: when they are refreshed, and when they count as lost."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from davlock.errors import RemoteProtocolError, Terminated
from davlock.ledger import Ledger, Process, State
from davlock.operations.held_lock import KeepaliveEvent, KeepaliveTarget, LockEvent
from davlock.operations.keepalive import Keepalive
from davlock.operations.locking import LockRequest
from davlock.operations.wait import WaitEnding, WaitPolicy
from davlock.protocol.message import Request, Response
from davlock.servers import PROFILES
from tests.cli.answers import OTHER, TOKEN, active_lock, document, element
from tests.operations.fake import Answer, FakeSend, answer, listing, lost

URL = "http://dav.example/a.txt"
NO_HTTP = RemoteProtocolError("status line", "is none")
SERVER = "nephele/1.0.0"  # known by its name alone, to show every lock and to count down


@dataclass
class World:
    """A server with one resource, its locks as activelocks by token, and a clock that moves when somebody sleeps."""

    ledger: Ledger
    clock: list[float]
    told: list[KeepaliveEvent] = field(default_factory=list)
    locks: dict[str, str] = field(default_factory=dict)
    grant: str = "Second-60"
    refresh: Answer | None = None
    """What a refresh is answered instead of a grant."""
    token: str = TOKEN
    unlock: int = 204
    asked_at: list[float] = field(default_factory=list)
    shows: bool = True

    def __post_init__(self) -> None:
        self.send = FakeSend(self.answered)

    def answered(self, request: Request) -> Answer:
        if request.method == "PROPFIND":
            locks = "".join(self.locks.values()) if self.shows else ""
            href = urlsplit(request.url).path
            return listing(element(href, locks=locks), server=SERVER if self.shows else None)
        if request.method == "UNLOCK":
            self.locks.pop((request.headers.get("Lock-Token") or "").strip("<>"), None)
            return answer(self.unlock)
        if "If" not in request.headers:
            if self.locks:
                return answer(423)
            return self.granted()
        self.asked_at.append(self.clock[0])
        if self.refresh is not None:
            return self.refresh
        token = (request.headers.get("If") or "").strip("(<>)")
        if token not in self.locks:
            return answer(412)
        del self.locks[token]
        return self.granted()

    def granted(self) -> Response:
        lock = active_lock(self.token, timeout=self.grant)
        self.locks[self.token] = lock
        body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{lock}</D:lockdiscovery></D:prop>'.encode()
        fields = [("Server", SERVER)] if self.shows else []
        return answer(200, body, ("Lock-Token", f"<{self.token}>"), *fields)

    def hold(
        self,
        *more: KeepaliveTarget,
        poll: float = 0,
        seconds: int = 60,
        jitter: float = 0.0,
        tell: Callable[[KeepaliveEvent], None] | None = None,
    ) -> Keepalive:
        place = KeepaliveTarget(url=URL, send=self.send, ledger=self.ledger)
        return Keepalive(
            (place, *more),
            LockRequest(seconds=seconds, owner="me", kept=False),
            profiles=PROFILES,
            now=lambda: self.clock[0],
            jitter=lambda: jitter,
            poll=poll,
            tell=tell or self.told.append,
        )

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.clock[0] += seconds

    def patience(self, seconds: float = math.inf) -> WaitPolicy:
        return WaitPolicy(
            deadline=self.clock[0] + seconds,
            sleep=self.sleep,
            now=lambda: self.clock[0],
            jitter=lambda: 0.0,
            announce=lambda waits: None,
        )

    def taken(self, *, poll: float = 0, seconds: int = 60, jitter: float = 0.0) -> Keepalive:
        hold = self.hold(poll=poll, seconds=seconds, jitter=jitter)
        assert hold.take(self.patience()) is None
        return hold

    def pass_time(self, hold: Keepalive, seconds: float) -> None:
        """Tend the lock, whenever something is due, for so long."""
        end = self.clock[0] + seconds
        while (rest := min(hold.tend(), hold.look())) + self.clock[0] < end:
            self.clock[0] += rest
        self.clock[0] = end

    @property
    def happened(self) -> list[LockEvent]:
        return [event.what for event in self.told]

    @property
    def state(self) -> State:
        (row,) = self.ledger.entries()
        return row.state


@pytest.fixture
def world(tmp_path: Path) -> World:
    clock = [1000.0]
    process = Process(host="here", boot="boot", pid=1, started="")
    ledger = Ledger(tmp_path, process=process, now=lambda: clock[0], complain=lambda words: pytest.fail(words))
    return World(ledger, clock)


def test_half_of_the_time(world: World) -> None:
    hold = world.taken()
    world.pass_time(hold, 100)
    assert world.asked_at == [1030.0, 1060.0, 1090.0]
    assert all(
        request.headers.get("Timeout") == "Second-60" for request in world.send.requests if "If" in request.headers
    )
    hold.release(world.sleep)
    assert world.happened == [
        LockEvent.ACQUIRED,
        *[LockEvent.REFRESHED] * 3,
        LockEvent.RELEASED,
    ]
    assert world.state is State.RELEASED


def test_by_chance_a_little_earlier(world: World) -> None:
    world.pass_time(world.taken(jitter=1.0), 60)
    assert world.asked_at == [1027.0, 1054.0]


def test_a_grant_that_shrinks(world: World) -> None:
    """What was granted last counts, and what was wanted first is asked for."""
    hold = world.taken()
    world.grant = "Second-20"
    world.pass_time(hold, 56)
    assert world.asked_at == [1030.0, 1040.0, 1050.0]
    assert hold.ends_at == 1070.0


def test_without_end(world: World) -> None:
    world.grant = "Infinite"
    hold = world.taken()
    world.pass_time(hold, 1e6)
    assert (world.asked_at, hold.ends_at, hold.lost) == ([], math.inf, False)


@pytest.mark.parametrize("trouble", [lost(), *map(answer, (500, 503, 401, 403, 429)), NO_HTTP])
def test_trouble_that_lasts(world: World, trouble: Answer) -> None:
    """A refresh is tried again until the time granted is over since the last that went well was sent."""
    hold = world.taken()
    world.pass_time(hold, 40)
    world.refresh = trouble
    world.pass_time(hold, 49)
    assert not hold.lost
    assert len(world.asked_at) > 4
    world.pass_time(hold, 2)
    assert hold.lost
    assert world.state is State.LOST
    (event,) = [event for event in world.told if event.what is LockEvent.LOST]
    assert "could not renew it within the granted 60 s" in event.words
    world.refresh = None
    hold.release(world.sleep)
    assert world.send.methods[-1] == "PROPFIND"
    assert "UNLOCK" in world.send.methods, "the server may have it still"


def test_trouble_that_passes(world: World) -> None:
    hold = world.taken()
    world.refresh = answer(503, b"", ("Retry-After", "7"))
    world.pass_time(hold, 40)
    assert world.asked_at[:2] == [1030.0, 1037.0]
    world.refresh = None
    world.pass_time(hold, 60)
    assert not hold.lost


def test_advice_that_comes_too_late(world: World) -> None:
    """To wait as long as the server asks would be to lose the lock for certain."""
    hold = world.taken()
    world.refresh = answer(503, b"", ("Retry-After", "600"))
    world.pass_time(hold, 59)
    assert 2 <= len(world.asked_at) <= 5


@pytest.mark.parametrize("poll", [0, 15])
def test_it_is_not_there(world: World, poll: int) -> None:
    hold = world.taken(poll=poll)
    world.locks = {OTHER: active_lock(OTHER, owner="bob")}
    world.pass_time(hold, 16 if poll else 31)
    assert hold.lost
    (event,) = [event for event in world.told if event.what is LockEvent.LOST]
    assert "it is gone, and “bob” holds" in event.words
    assert (world.state, len(world.asked_at)) == (State.LOST, 0 if poll else 1)
    hold.release(world.sleep)
    assert "UNLOCK" not in world.send.methods


@pytest.mark.parametrize("poll", [0, 15])
@pytest.mark.parametrize("gone", [404, 410])
def test_a_lock_whose_resource_is_gone_is_not_held(world: World, poll: int, gone: int) -> None:
    """lighttpd echoes the token of any refresh: also where nothing is left to lock."""
    hold = world.taken(poll=poll)
    world.send.answers = lambda request: answer(gone) if request.method == "PROPFIND" else world.granted()
    world.pass_time(hold, 16 if poll else 31)
    assert hold.lost
    (event,) = [event for event in world.told if event.what is LockEvent.LOST]
    assert "the resource is gone" in event.words
    assert world.state is State.LOST


def test_an_echo_is_not_believed_where_the_lock_was_shown_before(world: World) -> None:
    """Nothing is known of the server, but it showed this lock when it was taken."""
    hidden = listing(element())
    echo = world.granted()
    grant = answer(200, echo.body or b"", ("Lock-Token", f"<{TOKEN}>"))
    shown = listing(element(locks=active_lock(TOKEN, timeout="Second-60")))
    world.send.answers = lambda request: (
        grant if request.method == "LOCK" else shown if "LOCK" in world.send.methods[:-1] else hidden
    )
    hold = world.taken()
    world.send.answers = lambda request: grant if request.method == "LOCK" else hidden
    world.pass_time(hold, 31)
    assert hold.lost


def test_nothing_is_looked_for_where_nothing_is_shown(world: World) -> None:
    world.shows = False
    hold = world.taken(poll=5)
    before = world.send.methods.count("PROPFIND")
    world.pass_time(hold, 29)
    assert (world.send.methods.count("PROPFIND"), hold.lost) == (before, False)


def test_a_new_token(world: World) -> None:
    hold = world.taken()
    world.token = OTHER
    world.pass_time(hold, 31)
    assert not hold.lost
    assert [token.uri for _, token in hold.tokens] == [OTHER]
    assert "new token" in world.told[-1].words
    (row,) = world.ledger.entries(State.HELD)
    assert row.token == OTHER
    hold.release(world.sleep)
    assert (world.locks, world.state) == ({}, State.RELEASED)


@pytest.mark.parametrize(("trouble", "tries"), [(lost(), 3), (answer(503), 3), (answer(403), 1), (NO_HTTP, 1)])
def test_what_cannot_be_released(world: World, trouble: Answer, tries: int) -> None:
    hold = world.taken()
    world.send.answers = lambda request: trouble if request.method == "UNLOCK" else world.answered(request)
    hold.release(world.sleep)
    assert world.send.methods.count("UNLOCK") == tries
    assert world.told[-1].what is LockEvent.LEFT
    assert f"davlock unlock {URL} --token '{TOKEN}'" in world.told[-1].words
    assert world.state is State.HELD


def test_a_member_that_keeps_its_collection_locked(world: World) -> None:
    hold = world.taken()
    member = "<D:response><D:href>/a.txt/b</D:href><D:status>HTTP/1.1 400 Bad Request</D:status></D:response>"
    refused = answer(207, document(member))
    world.send.answers = lambda request: refused if request.method == "UNLOCK" else world.answered(request)
    hold.release(world.sleep)
    assert "(the server answered 207 to UNLOCK, with 400 for http://dav.example/a.txt/b)" in world.told[-1].words


def test_refreshed_while_others_are_waited_for(world: World) -> None:
    """And lost ones are taken again, together with the others."""
    busy = FakeSend(lambda request: answer(423) if request.method == "LOCK" else listing(element("/b.txt")))
    hold = world.hold(KeepaliveTarget(url="http://dav.example/b.txt", send=busy, ledger=world.ledger))
    waited = hold.take(world.patience(100))
    assert waited is not None
    assert waited.ending is WaitEnding.LATE
    assert world.asked_at == [1030.0, 1060.0, 1090.0]
    assert [event.url for event in world.told if event.what is LockEvent.WAITING] == ["http://dav.example/b.txt"]
    hold.release(world.sleep)
    assert world.locks == {}


def test_lost_while_others_are_waited_for(world: World) -> None:
    busy = FakeSend(lambda request: answer(423) if request.method == "LOCK" else listing(element("/b.txt")))
    hold = world.hold(KeepaliveTarget(url="http://dav.example/b.txt", send=busy, ledger=world.ledger))
    world.refresh = answer(500)
    waited = hold.take(world.patience(1000))
    assert waited is not None
    assert waited.ending is WaitEnding.STOPPED
    assert world.happened.count(LockEvent.LOST) == 5
    assert world.locks == {}


def test_renewed_before_it_is_read_back(world: World) -> None:
    """A server that grants at once, and is slow to show its locks."""
    hold = world.taken(seconds=60)
    seen: list[float] = []

    def slow(request: Request) -> Answer:
        if request.method == "PROPFIND":
            world.sleep(40)
            seen.append(hold.ends_at)
        return world.answered(request)

    world.send.answers = slow
    world.clock[0] += 30
    hold.tend()
    assert (seen[0], hold.lost) == (1090.0, False)
    assert world.happened[-1] is LockEvent.REFRESHED


def test_read_back_in_vain(world: World) -> None:
    """The answer to the refresh stands."""
    hold = world.taken()
    world.send.answers = lambda request: NO_HTTP if request.method == "PROPFIND" else world.answered(request)
    world.pass_time(hold, 200)
    assert not hold.lost
    assert world.asked_at[:2] == [1030.0, 1060.0]


def test_a_look_keeps_no_lock_from_being_refreshed(world: World) -> None:
    """And what it saw proves nothing, once a refresh has given the lock another token."""
    hold = world.taken(poll=10)
    looks = 0

    def slow(request: Request) -> Answer:
        nonlocal looks
        if request.method == "PROPFIND" and "If" not in request.headers and not world.asked_at:
            looks += 1
            if looks == 2:
                world.clock[0] += 20
                world.token = OTHER
                hold.tend()  # as the other thread would
                return world.answered(request)
            return listing(element(), server=SERVER)
        return world.answered(request)

    world.send.answers = slow
    world.clock[0] += 10
    hold.look()
    assert (looks, world.asked_at, hold.lost) == (2, [1030.0], False)
    assert [token.uri for _, token in hold.tokens] == [OTHER]


def test_each_server_by_itself(world: World) -> None:
    """One that is slow keeps the lock on another from nothing."""
    there = World(world.ledger, world.clock)
    url = "http://other.example/b.txt"
    hold = world.hold(KeepaliveTarget(url=url, send=there.send, ledger=world.ledger))
    there.token = OTHER
    assert hold.take(world.patience()) is None
    assert hold.senders == (world.send, there.send)
    world.clock[0] += 30
    hold.tend(there.send)
    assert (world.asked_at, there.asked_at) == ([], [1030.0])


def test_a_loss_is_told_before_anything_is_released(world: World) -> None:
    """Whoever waits for the loss sees it before the thread that found it has said so."""
    heard = threading.Event()

    def slowly(event: KeepaliveEvent) -> None:
        if event.what is LockEvent.LOST:
            heard.wait(20)
        world.told.append(event)

    hold = world.hold(tell=slowly)
    assert hold.take(world.patience()) is None
    world.clock[0] += 60
    finder = threading.Thread(target=hold.expire)
    finder.start()
    while not hold.lost:
        pass
    release = threading.Thread(target=hold.release, args=(world.sleep,))
    release.start()
    release.join(0.1)
    assert release.is_alive()
    heard.set()
    finder.join()
    release.join()
    assert world.happened == [LockEvent.ACQUIRED, LockEvent.LOST]


def test_interrupted(world: World) -> None:
    hold = world.hold()
    world.locks = {OTHER: active_lock(OTHER)}

    def stop(seconds: float) -> None:
        raise Terminated(15)

    patience = WaitPolicy(sleep=stop, now=lambda: world.clock[0], jitter=lambda: 0.0, announce=lambda waits: None)
    with pytest.raises(Terminated):
        hold.take(patience)
    hold.release(world.sleep)
    assert list(world.locks) == [OTHER]


@pytest.mark.parametrize("unlock", [409, 204], ids=["refused", "nginx"])
@pytest.mark.parametrize("scope", ["", "exclusive", "shared"])
@pytest.mark.parametrize("noted", [True, False], ids=["ledger", "no ledger"])
def test_a_lock_that_unlock_does_not_find_was_lost(world: World, unlock: int, scope: str, noted: bool) -> None:
    """Also if another lock is in its place."""
    if not noted:
        world.ledger = Ledger(None, process=Process(host="h", boot="b", pid=1, started="1"), now=float, complain=print)
    hold = world.taken()
    world.locks.clear()
    if scope:
        world.locks[OTHER] = active_lock(OTHER, owner="bob", scope=scope)
    world.unlock = unlock
    hold.release(world.sleep)
    assert world.happened == [LockEvent.ACQUIRED, LockEvent.LOST]
    words = f"the lock on {URL} was lost before it was released: it is gone"
    assert world.told[-1].words.startswith(words)
    assert ("“bob” holds" in world.told[-1].words) == bool(scope)


def test_a_lock_whose_first_unlock_was_lost_is_released(world: World) -> None:
    """The second UNLOCK meets what the first has done."""
    hold = world.hold()
    assert hold.take(world.patience()) is None
    answers: list[Answer] = [lost(), answer(409)]

    def unlock(request: Request) -> Answer:
        if request.method != "UNLOCK":
            return world.answered(request)
        world.locks.clear()
        return answers.pop(0)

    world.send.answers = unlock
    hold.release(world.sleep)
    assert LockEvent.LOST not in world.happened


def test_nothing_more_is_sent_to_release_a_lock_after_a_minute(world: World) -> None:
    """Whoever ended the command waits: the lock is named instead."""
    hold = world.hold()
    assert hold.take(world.patience()) is None

    def slow(request: Request) -> Answer:
        if request.method != "UNLOCK":
            return world.answered(request)
        world.clock[0] += 60
        return answer(503)

    world.send.answers = slow
    hold.release(world.sleep)
    assert world.send.methods[-1] == "UNLOCK"
    assert world.send.methods.count("UNLOCK") == 1
    assert "it took longer than 60 s" in world.told[-1].words


def test_what_was_deleted_took_its_lock_along(world: World) -> None:
    hold = world.hold()
    assert hold.take(world.patience()) is None
    world.send.answers = lambda request: answer(404 if request.method == "PROPFIND" else 409)
    hold.release(world.sleep)
    assert LockEvent.LOST not in world.happened


BODY_WANTED = b'<D:error xmlns:D="DAV:"><D:lockinfo-required/></D:error>'


@pytest.mark.parametrize(
    "refusal", [answer(405), answer(501), answer(400, BODY_WANTED, ("Content-Type", "application/xml"))]
)
def test_a_server_without_renewals_holds_the_lock_to_its_end(world: World, refusal: Answer) -> None:
    """It is asked once, and said once: the lock is held as long as it lasts, and lost only then."""
    hold = world.taken()
    world.refresh = refusal
    world.pass_time(hold, 59)
    assert not hold.lost
    assert len(world.asked_at) == 1
    (event,) = [event for event in world.told if event.what is LockEvent.NOT_REFRESHED]
    assert "does not renew locks" in event.words
    assert "ends in 30 s" in event.words
    world.pass_time(hold, 2)
    assert hold.lost


@pytest.mark.parametrize("status", [400, 404, 409, 412])
def test_a_hidden_lock_is_not_gone_because_its_unlock_was_refused(world: World, status: int) -> None:
    """The server refused a second LOCK, so it hides the lock: then an empty lockdiscovery proves nothing."""
    world.shows, world.unlock = False, status
    hold = world.taken()
    hold.release(world.sleep)
    assert world.happened == [LockEvent.ACQUIRED, LockEvent.LEFT]
    assert f"the server answered {status} to UNLOCK and shows no lock, but it may hide the lock" in world.told[-1].words
    assert f"davlock unlock {URL} --token '{TOKEN}'" in world.told[-1].words
    assert world.state is State.HELD


@pytest.mark.parametrize(("status", "said"), [(204, False), (202, True)])
def test_a_release_that_was_only_accepted_is_not_verified(world: World, status: int, said: bool) -> None:
    world.shows, world.unlock = False, status
    world.taken().release(world.sleep)
    assert world.happened == [LockEvent.ACQUIRED, LockEvent.RELEASED]
    assert world.told[-1].words == (f"the server says the lock on {URL} is released (not verified)" if said else "")


def test_an_empty_207_to_unlock_is_no_success(world: World) -> None:
    world.shows, world.unlock = False, 207
    world.taken().release(world.sleep)
    assert world.happened == [LockEvent.ACQUIRED, LockEvent.LEFT]
    assert "the server answered 207 to UNLOCK" in world.told[-1].words
    assert world.state is State.HELD


@pytest.fixture
def echo(world: World) -> World:
    """A server that shows each owner as it was sent."""

    def answered(request: Request) -> Answer:
        held = world.locks.get(TOKEN)
        said = world.answered(request)
        body = request.body if isinstance(request.body, bytes) else b""
        if (
            request.method == "LOCK"
            and "If" not in request.headers
            and isinstance(said, Response)
            and said.status == 200
        ):
            owner = body.partition(b"owner>")[2].partition(b"<")[0].decode()
            world.locks[TOKEN] = active_lock(TOKEN, owner=owner, timeout=world.grant)
            said = replace(
                said, body=(said.body or b"").replace(b"<D:href>mailto:alice@example.org</D:href>", owner.encode())
            )
        elif request.method == "LOCK" and held is not None:
            world.locks[TOKEN] = held  # a refresh changes no owner
        return said

    world.send.answers = answered
    return world


@pytest.mark.parametrize("poll", [0, 10], ids=["when it is refreshed", "when it is looked at"])
def test_a_lock_with_its_token_and_another_owner_is_lost(echo: World, poll: float) -> None:
    hold = echo.taken(poll=poll)
    echo.pass_time(hold, 5)
    assert not hold.lost
    echo.locks[TOKEN] = bobs = active_lock(TOKEN, owner="bob")
    echo.pass_time(hold, 26)
    assert hold.lost
    assert len(echo.asked_at) == (0 if poll else 1)
    hold.release(echo.sleep)
    assert echo.send.methods.count("UNLOCK") == 0
    assert "“bob”" in echo.told[-1].words
    assert echo.state is State.LOST
    assert echo.locks == {TOKEN: bobs}


def test_no_unlock_of_a_lock_with_another_owner(echo: World) -> None:
    hold = echo.taken()
    echo.locks[TOKEN] = active_lock(TOKEN, owner="bob")
    hold.release(echo.sleep)
    assert echo.send.methods.count("UNLOCK") == 0
    assert echo.happened == [LockEvent.ACQUIRED, LockEvent.LOST]
    assert "“bob”" in echo.told[-1].words
    assert echo.state is State.LOST

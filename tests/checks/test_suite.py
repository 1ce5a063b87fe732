"""How checks are carried out: what comes of each, when a run ends early, and that nothing is left on any way out."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from davlock.checks.check import Check
from davlock.checks.context import CheckContext
from davlock.checks.outcomes import CheckFailed, CheckSkipped, CheckUnknown
from davlock.checks.registry import CHECKS, GROUPS
from davlock.checks.repeats import merge_runs
from davlock.checks.results import About, Checked, CheckOutcome, Level, Run, Stop
from davlock.errors import Cancelled, NoResponse, NoResponseKind, RemoteProtocolError
from davlock.protocol import requests
from davlock.protocol.lock import Depth
from davlock.protocol.message import Request, Response
from tests.checks.world import BASE, SCRATCH, Hook, World, answer, chosen, context, run_in

LOST = NoResponse(NoResponseKind.RESET, BASE, "the connection was reset")


def about(id: str, *, writes: bool = True, level: Level = Level.MUST) -> About:
    return About(
        id=id, group="g", title="T", level=level, reference="RFC 4918 §7", litmus=None, story="S.", writes=writes
    )


def made(id: str, act: Callable[[CheckContext], None], *needs: str) -> Check:
    return Check(about=about(id), act=act, needs=needs)


def of(found: Run) -> dict[str, str]:
    return {one.about.id: one.outcome.value for one in found.checked}


def why(found: Run) -> dict[str, str]:
    return {one.about.id: one.why for one in found.checked}


def pass_by(at: CheckContext) -> None:
    at.file()


def answering(*answers: tuple[str, Response | NoResponse]) -> Hook:
    """Each method has its answer, always; the others are answered by the server."""
    by_method = dict(answers)
    return lambda world, request: by_method.get(request.method)


# -- outcomes


def test_a_server_that_does_all_of_it_passes_everything() -> None:
    world = World()
    found = run_in(context(world, "alice", "bob", hostile=True), chosen())
    assert {one.about.id: one.why for one in found.checked if one.outcome is not CheckOutcome.PASS} == {}
    assert (found.left, found.stopped, found.stop, world.left) == ("", "", None, [])
    assert (found.target, found.scratch, found.began_at) == (BASE, SCRATCH, 1.0)


def test_each_end_has_its_outcome() -> None:
    def fails(at: CheckContext) -> None:
        at.ask(requests.options(BASE))
        at.ask(requests.options(BASE))
        raise CheckFailed("so it failed", at.last - 1)

    def skips(at: CheckContext) -> None:
        raise CheckSkipped("nothing here")

    def cannot_tell(at: CheckContext) -> None:
        raise CheckUnknown("who knows")

    def warns(at: CheckContext) -> None:
        at.warn("one thing")
        at.warn("and another")

    def breaks(at: CheckContext) -> None:
        raise RemoteProtocolError("the body", "is no XML")

    def warns_and_fails(at: CheckContext) -> None:
        at.warn("by the way")
        raise CheckFailed("wrong")

    acts = (fails, skips, cannot_tell, warns, breaks, warns_and_fails, pass_by)
    found = run_in(context(World()), (*chosen("scratch"), *(made(act.__name__, act) for act in acts)))
    assert of(found) == {
        "scratch": "pass",
        "fails": "fail",
        "skips": "skip",
        "cannot_tell": "unknown",
        "warns": "warn",
        "breaks": "unknown",
        "warns_and_fails": "fail",
        "pass_by": "pass",
    }
    assert why(found)["fails"] == "so it failed"
    assert why(found)["warns"] == "one thing; and another"
    assert why(found)["breaks"] == "the body: is no XML"
    assert why(found)["warns_and_fails"] == "wrong"
    failed = found.checked[1]
    assert failed.subject == failed.exchanges[0]
    assert [found.exchanges[index].request.method for index in failed.exchanges] == ["OPTIONS", "OPTIONS"]
    assert found.checked[2].exchanges == ()
    assert found.checked[2].subject is None
    assert found.checked[-1].subject == found.checked[-1].exchanges[-1]


def test_a_warning_is_of_one_check_alone() -> None:
    def warns(at: CheckContext) -> None:
        at.warn("this")

    found = run_in(context(World()), (made("warns", warns), made("clean", lambda at: None)))
    assert of(found) == {"warns": "warn", "clean": "pass"}


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (CheckFailed("x"), "it needs ground, which failed"),
        (CheckUnknown("x"), "it needs ground, which is undecided"),
        (CheckSkipped("x"), "it needs ground, which was not run"),
    ],
)
def test_what_stands_on_bad_ground_is_left_out(end: Exception, told: str) -> None:
    def ends(at: CheckContext) -> None:
        raise end

    asked: list[str] = []
    ground = made("ground", ends)
    above = made("above", lambda at: asked.append("above"), "ground")
    higher = made("higher", lambda at: asked.append("higher"), "above")
    beside = made("beside", lambda at: asked.append("beside"))
    found = run_in(context(World()), (ground, above, higher, beside))
    on_it = told.replace("ground", "above") if isinstance(end, CheckUnknown) else "it needs above, which was not run"
    assert why(found) == {"ground": "x", "above": told, "higher": on_it, "beside": ""}
    assert asked == ["beside"]


def test_a_warning_is_no_bad_ground() -> None:
    found = run_in(
        context(World()), (made("ground", lambda at: at.warn("x")), made("above", lambda at: None, "ground"))
    )
    assert of(found) == {"ground": "warn", "above": "pass"}


def test_what_is_hostile_and_what_takes_two_is_left_out() -> None:
    found = run_in(context(World()), chosen())
    assert {one.why for one in found.checked if one.about.hostile} == {
        "its request crashes some servers; --hostile runs it"
    }
    assert {one.why for one in found.checked if one.about.two_users} == {"it needs a second user: --user2"}
    others = [one for one in found.checked if not one.about.hostile and not one.about.two_users]
    assert {one.about.id: one.outcome for one in others if one.outcome is not CheckOutcome.PASS} == {
        "if-untagged-wrong": CheckOutcome.SKIP  # no product is known by its answers, and so none as safe
    }


def test_locks_are_given_back_after_each_check() -> None:
    world = World()

    def takes(at: CheckContext) -> None:
        at.lock(at.file())
        at.lock(at.name(), depth=Depth.ZERO)
        raise CheckFailed("and fails")

    def looks(at: CheckContext) -> None:
        assert world.locks == []
        assert at.held == ()

    found = run_in(context(world), (*chosen("scratch"), made("takes", takes), made("looks", looks)))
    assert of(found) == {"scratch": "pass", "takes": "fail", "looks": "pass"}


def test_each_check_is_told_before_it_begins() -> None:
    from davlock.checks.suite import run

    world, told = World(), []

    def tell(check: Check, place: int) -> None:
        told.append((place, check.id, len(world.requests)))

    checks = (made("one", lambda at: None), made("two", pass_by, "gone"), *chosen("scratch"), made("last", pass_by))
    run(context(world), checks, clock=lambda: 0.0, now=lambda: 0.0, tell=tell)
    assert told == [(0, "one", 0), (1, "two", 0), (2, "scratch", 1), (3, "last", 2)]


# -- ends before the last


def test_no_answer_at_the_first_request_ends_it() -> None:
    world = World(hook=lambda world, request: LOST)
    found = run_in(context(world), chosen())
    assert found.stop is Stop.NO_ANSWER
    assert "the connection was reset" in found.stopped
    assert (found.checked, found.missed, found.left) == ((), len(chosen()), "")
    assert [(skipped.what, skipped.why) for skipped in found.skipped] == [
        (f"{len(chosen())} checks", "the run ended before them")
    ]
    assert world.methods == ["OPTIONS"]


@pytest.mark.parametrize(
    ("where", "words"), [("HTTP", "something that is not HTTP"), ("PROPFIND", "an unreadable body (PROPFIND)")]
)
def test_an_answer_that_nobody_can_read_ends_the_run_or_the_check(where: str, words: str) -> None:
    """The first one ends the run: this is no WebDAV server. A later one leaves one check undecided."""

    def garbled(method: str) -> World:
        def hook(world: World, request: Request) -> Response | None:
            if request.method == method:
                raise RemoteProtocolError(where, "it begins with SSH-2.0")
            return None

        return World(hook=hook)

    first = run_in(context(garbled("OPTIONS")), chosen())
    assert (first.stop, first.stopped) == (
        Stop.NOT_HTTP,
        f"the server answered OPTIONS with {words}: it begins with SSH-2.0",
    )
    later = run_in(context(garbled("PUT")), chosen("scratch", "put")).checked[-1]
    assert (later.outcome, later.why) == (
        CheckOutcome.UNKNOWN,
        f"the server answered PUT with {words}: it begins with SSH-2.0",
    )


def test_a_redirect_that_leads_nowhere_is_no_webdav() -> None:
    """Nothing is written to such a server, and nobody can follow it."""
    found = run_in(context(World(hook=answering(("PROPFIND", answer(302))))), chosen())
    assert found.stop is Stop.NOT_DAV
    assert not any(exchange.request.method == "MKCOL" for exchange in found.exchanges)


def test_a_propfind_that_succeeds_without_a_multistatus_is_no_webdav() -> None:
    """A login page, or a front end. Nothing is written to such a server."""
    world = World(hook=answering(("PROPFIND", answer(200, b"<p>Log in</p>"))))
    found = run_in(context(world), chosen())
    assert found.stop is Stop.NOT_DAV
    assert found.stopped == "the server answered 200 to PROPFIND, as no WebDAV server does"
    assert set(world.methods) == {"OPTIONS", "PROPFIND"}


def test_three_requests_in_a_row_without_an_answer_end_it() -> None:
    found = run_in(
        context(World(hook=answering(("PUT", LOST)))), chosen("scratch", "put", "body-whole", "if-match-wrong")
    )
    assert found.stop is None, "MKCOL is answered, and put is the ground of the others"
    assert of(found)["put"] == "unknown"

    alone = [made(name, pass_by) for name in ("a", "b", "c", "d")]
    world = World(hook=answering(("PUT", LOST)))
    found = run_in(context(world), (*chosen("scratch"), *alone))
    assert found.stop is Stop.NO_ANSWER
    assert of(found) == {"scratch": "pass", "a": "unknown", "b": "unknown"}
    assert world.methods.count("PUT") == 3
    assert world.left == []


def test_an_answer_in_between_begins_the_count_anew() -> None:
    def asks(at: CheckContext) -> None:
        at.exists(at.target)
        at.file()

    world = World(hook=answering(("PUT", LOST)))
    found = run_in(context(world), (*chosen("scratch"), *(made(str(number), asks) for number in range(5))))
    assert found.stop is None
    assert set(of(found).values()) == {"pass", "unknown"}


@pytest.mark.parametrize(
    ("status", "stop"), [(429, Stop.THROTTLED), (503, Stop.THROTTLED), (401, Stop.LOGIN), (407, Stop.LOGIN)]
)
@pytest.mark.parametrize("at", [1, 5, 40])
def test_some_answers_end_it(status: int, stop: Stop, at: int) -> None:
    def hook(world: World, request: Request) -> Response | None:
        # Of a 401 it is asked once more whether it was about the login.
        return answer(status) if len(world.requests) in (at, at + (status == 401)) else None

    world = World(hook=hook)
    found = run_in(context(world), chosen())
    assert found.stop is stop
    assert str(status) in found.stopped
    assert world.left == []
    assert found.left == ""


def test_nothing_is_removed_that_was_never_made() -> None:
    """Refused at the door: what is told is that, and not that something could not be removed."""
    world = World(hook=lambda world, request: answer(401))
    found = run_in(context(world), chosen())
    assert (found.stop, found.left, world.methods) == (Stop.LOGIN, "", ["OPTIONS"])


class ByUser(World):
    """Its locks bind users: whoever took one writes with any program, without the token, as in webdav-server."""

    def _kept_from(self, request: Request, by: str, *paths: str) -> Response | None:
        ours = [held for held in self.locks if held.by == by]
        self.locks = [held for held in self.locks if held.by != by]
        try:
            return World._kept_from(self, request, by, *paths)
        finally:
            self.locks += ours


def test_where_locks_bind_users_the_second_one_plays_the_stranger() -> None:
    """One fault is told, and nothing that stands on it is left out."""
    found = run_in(context(world := ByUser(), "alice", "bob", hostile=True), chosen())
    outcomes = of(found)
    assert [id for id, outcome in outcomes.items() if outcome == "fail"] == ["lock-protects"]
    assert why(found)["lock-protects"].endswith("the lock stops other users, but no other program of the same user")
    assert [one.why for one in found.checked if one.outcome.value not in ("pass", "fail")] == []
    assert world.left == []


def test_a_fault_behind_locks_that_bind_users_is_found() -> None:
    def hook(world: World, request: Request) -> Response | None:
        return answer(412) if request.method == "LOCK" and not request.body else None

    found = of(run_in(context(ByUser(hook=hook), "alice", "bob"), chosen()))
    assert [id for id, outcome in found.items() if outcome == "fail"] == ["lock-protects", "refresh"]


def test_a_second_user_who_may_not_write_anyway_tells_nothing_about_locks() -> None:
    class Closed(ByUser):
        def _put(self, request: Request, path: str, by: str) -> Response:
            return answer(403) if by == "bob" else ByUser._put(self, request, path, by)

    found = run_in(context(Closed(), "alice", "bob"), chosen())
    assert why(found)["lock-protects"].endswith("the lock protects nothing, at least not from the same user")
    assert of(found)["unlock"] == "skip"


def test_a_login_that_works_is_not_refused_by_a_401_to_one_request() -> None:
    """webdav-server answers 401 to the refresh of a lock that another user has taken."""

    def hook(world: World, request: Request) -> Response | None:
        usual = world.act(request, "bob")
        return answer(401) if usual.status in (412, 423) and request.method == "LOCK" else usual

    world = World()
    at = context(world, "alice", "bob")
    world.hook = lambda world, request: None

    def locks(at: CheckContext) -> None:
        url = at.file()
        at.lock(url)
        world.hook = hook
        refused = at.try_lock(url, by=1)
        world.hook = lambda world, request: None
        at.denied(refused, status=(423,), what="LOCK by bob")

    found = run_in(at, (*chosen("scratch"), made("locks", locks), made("more", lambda at: None)))
    assert found.stop is None
    assert of(found) == {"scratch": "pass", "locks": "warn", "more": "pass"}
    assert found.exchanges[found.checked[1].subject or 0].status == 401
    assert world.left == []


def test_a_login_that_the_second_user_does_not_have() -> None:
    world = World()
    at = context(world, "alice", "bob")

    def hook(world: World, request: Request) -> Response | None:
        alices = request.method == "MKCOL" and len(world.requests) < 3
        return answer(401) if request.headers.get("X-By") or (request.method == "MKCOL" and not alices) else None

    world.hook = hook

    def asks(at: CheckContext) -> None:
        at.request("GET", BASE, ("X-By", "bob"), by=1)

    found = run_in(at, (*chosen("scratch"), made("asks", asks)))
    assert found.stop is Stop.LOGIN
    assert found.stopped.endswith("by bob")
    assert world.left == []


# -- removal


def test_kept() -> None:
    world = World()
    found = run_in(context(world, keep=True), chosen("scratch", "put", "lock"))
    assert SCRATCH.removeprefix(BASE.rstrip("/")) in world.files
    assert "DELETE" not in world.methods
    assert found.left == ""
    assert world.locks == []


@pytest.mark.parametrize("number", range(1, 12))
def test_an_interrupt_of_what_is_kept(number: int) -> None:
    """The files stay, and no lock does."""
    checks = chosen("scratch", "lock", "unmapped-lock", "shared-twice")
    world = World()
    run_in(context(world, stop=lambda: len(world.requests) >= number, keep=True), checks)
    assert (world.locks, SCRATCH.removeprefix(BASE.rstrip("/")) in world.files) == ([], True)

    world = World(interrupts=frozenset({number + 1}))
    with pytest.raises(Cancelled) as caught:
        run_in(context(world, keep=True), checks)
    assert world.locks == []
    assert str(caught.value) == f"davlock kept {SCRATCH}"


def test_no_collection_without_a_check_that_writes() -> None:
    world = World()
    found = run_in(context(world), chosen("dav-header"))
    assert (found.scratch, world.methods) == (None, ["OPTIONS"])


def test_a_lock_in_the_way_of_the_removal_is_found_and_released() -> None:
    """Its answer was lost: nobody has told us its token."""

    def hook(world: World, request: Request) -> Response | NoResponse | None:
        if request.method != "LOCK":
            return None
        world.act(request)
        return LOST

    world = World(hook=hook)
    found = run_in(context(world), chosen("scratch", "put", "lock", "unmapped-lock"))
    assert of(found)["lock"] == "unknown"
    assert (found.left, world.left) == ("", [])


def test_locks_of_the_second_user_are_released() -> None:
    def hook(world: World, request: Request) -> Response | NoResponse | None:
        if request.method != "LOCK":
            return None
        world.act(request, "bob")
        return LOST

    world = World(hook=hook)

    def takes(at: CheckContext) -> None:
        at.try_lock(at.file(), by=1)

    found = run_in(context(world, "alice", "bob"), (*chosen("scratch"), made("takes", takes)))
    assert of(found)["takes"] == "unknown"
    assert (found.left, world.left) == ("", [])


def test_what_is_left_is_told() -> None:
    world = World(hook=answering(("DELETE", answer(403))))
    found = run_in(context(world), chosen("scratch", "put"))
    assert (
        found.left
        == f"could not remove {SCRATCH}: the server refused DELETE (403); to remove it: curl -X DELETE {SCRATCH}"
    )
    assert world.methods.count("DELETE") == 2


def test_what_a_lock_keeps_is_cleaned_up_later() -> None:
    """By the command that removes what other runs left."""
    kept = World(hook=answering(("UNLOCK", answer(403)), ("DELETE", answer(423))))
    found = run_in(context(kept), chosen("scratch", "put", "lock"))
    assert found.left.endswith(f"When no lock is left: davlock check --clean-up {BASE}")


def test_a_delete_that_did_nothing_is_noticed() -> None:
    world = World(hook=answering(("DELETE", answer(204))))
    found = run_in(context(world), chosen("scratch", "put"))
    assert f"{SCRATCH} still exists, although the server answered 204 to DELETE" in found.left


def test_a_delete_that_is_refused_once() -> None:
    """A 503 of the moment."""
    deletes = itertools.count()

    def hook(world: World, request: Request) -> Response | None:
        return answer(503) if request.method == "DELETE" and not next(deletes) else None

    world = World(hook=hook)
    found = run_in(context(world), chosen("scratch", "put"))
    assert (found.left, found.stop, world.left) == ("", None, [])


@pytest.mark.parametrize("status", [403, 405, 409, 507, 500])
def test_a_collection_that_cannot_be_made(status: int) -> None:
    """What was tried beside it is removed as well."""
    world = World(hook=answering(("MKCOL", answer(status))))
    found = run_in(context(world), chosen())
    assert of(found)["scratch"] == "fail"
    assert {one.why for one in found.checked if one.about.id in ("put", "if-evaluated")} == {
        "it needs scratch, which failed"
    }
    assert (found.left, world.left) == ("", [])


def test_a_collection_whose_mkcol_was_lost() -> None:
    """The server has made it, and its answer did not arrive."""

    def hook(world: World, request: Request) -> Response | NoResponse | None:
        if request.method != "MKCOL":
            return None
        world.act(request)
        return LOST

    world = World(hook=hook)
    found = run_in(context(world), chosen("dav-header", "scratch", "put"))
    assert (of(found)["scratch"], found.left, world.left) == ("unknown", "", [])


def test_a_bug_in_a_check_leaves_nothing_behind() -> None:
    def breaks(at: CheckContext) -> None:
        at.lock(at.file())
        raise ZeroDivisionError

    world = World()
    with pytest.raises(ZeroDivisionError):
        run_in(context(world), (*chosen("scratch"), made("breaks", breaks)))
    assert world.left == []


# -- interrupts

FEW = chosen(
    "dav-header", "scratch", "depth-header", "put", "lock", "lock-protects", "token-in-if", "unlock", "depth-infinity",
    "move-token", "refresh", "unmapped-lock", "shared-twice", "name-nfc", "other-writes", "other-after-unlock",
)  # fmt: skip
"""Of each kind one."""


def requests_of(checks: tuple[Check, ...]) -> int:
    """How many requests it takes, with the removal."""
    world = World()
    run_in(context(world, "alice", "bob", hostile=True), checks)
    return len(world.requests)


def removal_of(checks: tuple[Check, ...]) -> int:
    """The number of the request by which the collection is removed."""
    world = World()
    run_in(context(world, "alice", "bob", hostile=True), checks)
    return len(world.requests) - world.methods[::-1].index("DELETE")


def interrupted(checks: tuple[Check, ...], numbers: frozenset[int], acted: bool) -> tuple[World, Cancelled]:
    world = World(interrupts=numbers, acted=acted)
    with pytest.raises(Cancelled) as caught:
        run_in(context(world, "alice", "bob", hostile=True), checks)
    assert caught.value.signum == 2
    return world, caught.value


@pytest.mark.parametrize("acted", [False, True], ids=["before it leaves", "while its answer is on its way"])
@pytest.mark.parametrize("number", range(1, removal_of(FEW)))
def test_an_interrupt_at_every_request(number: int, acted: bool) -> None:
    world, _ = interrupted(FEW, frozenset({number}), acted)
    assert world.left == []


@pytest.mark.parametrize("acted", [False, True], ids=["before it leaves", "while its answer is on its way"])
@pytest.mark.parametrize("number", range(removal_of(FEW), requests_of(FEW) + 1))
def test_an_interrupt_of_the_removal(number: int, acted: bool) -> None:
    """All was asked by then: it is removed, and told."""
    world = World(interrupts=frozenset({number}), acted=acted)
    found = run_in(context(world, "alice", "bob", hostile=True), FEW)
    assert (found.left, world.left) == ("", [])
    assert set(of(found).values()) == {"pass"}


@pytest.mark.parametrize("acted", [False, True], ids=["before it leaves", "while its answer is on its way"])
@pytest.mark.parametrize("number", range(1, removal_of(FEW), 3))
def test_a_second_interrupt_does_not_keep_it_from_being_removed(number: int, acted: bool) -> None:
    for later in (1, 2):
        world, _ = interrupted(FEW, frozenset({number, number + later}), acted)
        assert world.left == []


@pytest.mark.parametrize("acted", [False, True], ids=["before it leaves", "while its answer is on its way"])
@pytest.mark.parametrize("group", [group.name for group in GROUPS])
def test_an_interrupt_in_each_group(group: str, acted: bool) -> None:
    checks = tuple(check for check in CHECKS if check.about.group == group or check.id == "scratch")
    for number in range(1, removal_of(checks)):
        world, _ = interrupted(checks, frozenset({number}), acted)
        assert world.left == [], number


def test_what_is_said_of_an_interrupt() -> None:
    _, error = interrupted(FEW, frozenset({20}), False)
    assert str(error) == f"davlock removed {SCRATCH}"
    _, before = interrupted(FEW, frozenset({1}), False)
    assert SCRATCH not in str(before), "nothing had been made"


@pytest.mark.parametrize("number", range(1, removal_of(FEW) - 3, 2))
def test_a_signal_that_is_asked_for(number: int) -> None:
    """As the command does it: nothing is in the middle of anything."""
    world = World()
    found = run_in(context(world, "alice", "bob", stop=lambda: len(world.requests) >= number), FEW)
    assert (found.stop, found.stopped) == (Stop.INTERRUPTED, "you interrupted it")
    assert (found.left, world.left) == ("", [])
    assert CheckOutcome.FAIL not in {one.outcome for one in found.checked}
    reached = [one.about.id for one in found.checked]
    assert reached == [check.id for check in FEW][: len(reached)]
    assert found.missed == len(FEW) - len(reached)


def test_a_wait_ends_when_it_is_asked_for() -> None:
    world = World()
    found = run_in(context(world, stop=lambda: world.waited > 1), chosen("scratch", "timeout-ends"))
    assert found.stop is Stop.INTERRUPTED
    assert world.waited < 2
    assert world.left == []


# -- several runs


def one_run(*outcomes: CheckOutcome, exchanges: int = 2, left: str = "", stop: Stop | None = None) -> Run:
    world = World()
    at = context(world)
    for _ in range(exchanges):
        at.ask(requests.options(BASE))
    checked = tuple(
        Checked(about=about(f"c{place}"), outcome=outcome, why=outcome.value, exchanges=(0, 1), subject=1)
        for place, outcome in enumerate(outcomes)
    )
    return Run(
        target=BASE,
        scratch=SCRATCH,
        checked=checked,
        exchanges=tuple(at.exchanges),
        left=left,
        stopped=stop.name.lower() if stop else "",
        stop=stop,
        elapsed_ms=10.0,
        began_at=7.0,
    )


def test_one_run_is_itself() -> None:
    run = one_run(CheckOutcome.PASS)
    assert merge_runs([run]) is run


def test_the_worst_of_several_runs() -> None:
    runs = [
        one_run(CheckOutcome.PASS, CheckOutcome.PASS, CheckOutcome.WARN, CheckOutcome.FAIL, CheckOutcome.SKIP),
        one_run(CheckOutcome.PASS, CheckOutcome.FAIL, CheckOutcome.PASS, CheckOutcome.FAIL, CheckOutcome.UNKNOWN),
        one_run(CheckOutcome.PASS, CheckOutcome.PASS, CheckOutcome.WARN, CheckOutcome.FAIL, CheckOutcome.PASS),
    ]
    found = merge_runs([replace(run, began_at=float(number)) for number, run in enumerate(runs)])
    assert [one.outcome.value for one in found.checked] == ["pass", "fail", "warn", "fail", "unknown"]
    assert [one.why for one in found.checked] == [
        "pass",
        "in 1 of 3 runs: fail",
        "in 2 of 3 runs: warn",
        "fail",
        "in 1 of 3 runs: unknown",
    ]
    assert len(found.exchanges) == 6
    assert found.checked[1].exchanges == (2, 3)
    assert found.checked[1].subject == 3
    assert (found.elapsed_ms, found.began_at) == (30.0, 0.0)


def test_what_several_runs_have_left() -> None:
    found = merge_runs(
        [one_run(CheckOutcome.PASS, left="a"), one_run(CheckOutcome.PASS), one_run(CheckOutcome.PASS, left="b")]
    )
    assert found.left == "a; b"
    found = merge_runs([one_run(CheckOutcome.PASS), one_run(CheckOutcome.SKIP, stop=Stop.THROTTLED)])
    assert (found.stop, found.stopped) == (Stop.THROTTLED, "throttled")


def test_the_login_that_was_refused_in_one_of_several_runs() -> None:
    refused = replace(one_run(CheckOutcome.SKIP, stop=Stop.LOGIN), refused_user="bob")
    found = merge_runs([one_run(CheckOutcome.PASS), refused, replace(refused, refused_user="alice")])
    assert (found.stop, found.refused_user) == (Stop.LOGIN, "bob")

"""Whether the server tells users apart: asked once, without a login, before anything is said of other users."""

from collections.abc import Callable

import pytest

from davlock.checks.registry import CHECKS
from davlock.checks.repeats import merge_runs
from davlock.checks.results import CheckOutcome
from davlock.checks.suite import ONE_USER
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Request, Response
from tests.checks.world import BASE, World, answer, chosen, context, run_in

OTHERS = {check.id for check in CHECKS if check.about.two_users}


class Nobody:
    """Sends without a login; ``answered`` is what the server says to that, else it does what it does for all."""

    def __init__(self, world: World, answered: Response | NoResponse | None = None) -> None:
        self.world = world
        self.answered = answered
        self.requests: list[Request] = []

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        self.requests.append(request)
        if self.answered is not None:
            return Exchange(request=request, outcome=self.answered)
        return self.world.send(request)


class OneUser(World):
    """It asks nobody who they are, as Apache without authentication."""

    def act(self, request: Request, by: str = "") -> Response:
        return World.act(self, request)


def test_other_users_are_not_checked_where_the_server_has_one() -> None:
    world = OneUser()
    nobody = Nobody(world)
    found = run_in(context(world, "alice", "bob", anonymous=nobody), chosen())
    skipped = {one.about.id: one.why for one in found.checked if one.outcome is CheckOutcome.SKIP}
    assert {id for id, why in skipped.items() if why == ONE_USER} == OTHERS
    assert not {one.about.id for one in found.checked if one.outcome is CheckOutcome.FAIL}
    assert found.one_user is not None
    asked = found.exchanges[found.one_user]
    assert (asked.request.method, asked.status) == ("PUT", 201)
    assert [request.method for request in nobody.requests] == ["PUT"]
    assert world.left == []


def test_without_the_question_other_users_are_blamed() -> None:
    """What the suite said before: six faults of a server that has none."""
    found = run_in(context(OneUser(), "alice", "bob"), chosen())
    failed = {one.about.id for one in found.checked if one.outcome is CheckOutcome.FAIL}
    assert failed
    assert failed <= OTHERS


REFUSALS = [
    answer(401),
    answer(403),
    answer(302, b"", ("Location", "/login")),
    answer(200, b"<html><form>log in</form></html>"),
    answer(204),
    answer(429),
    answer(500),
    NoResponse(NoResponseKind.TLS, BASE, "a client certificate is wanted"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: str(getattr(refusal, "status", "none")))
def test_other_users_are_checked_where_the_server_wants_a_login(refusal: Response | NoResponse) -> None:
    """A success that wrote nothing, such as a login page, is none."""
    world = World()
    nobody = Nobody(world, refusal)
    found = run_in(context(world, "alice", "bob", anonymous=nobody), chosen())
    assert {one.about.id for one in found.checked if one.outcome is not CheckOutcome.PASS} <= {
        check.id for check in CHECKS if check.about.hostile
    } | {"if-untagged-wrong"}
    assert (found.one_user, found.stop, len(nobody.requests), world.left) == (None, None, 1, [])


def test_one_user_is_told_that_a_second_would_not_help() -> None:
    world = OneUser()
    found = run_in(context(world, anonymous=Nobody(world)), chosen())
    assert {one.why for one in found.checked if one.about.two_users} == {ONE_USER}


def test_nothing_is_asked_where_there_is_no_collection() -> None:
    world = World(hook=lambda world, request: answer(403) if request.method == "MKCOL" else None)
    nobody = Nobody(world)
    found = run_in(context(world, "alice", "bob", anonymous=nobody), chosen())
    assert (found.one_user, nobody.requests) == (None, [])


def test_the_question_goes_into_the_scratch_collection_alone() -> None:
    world = OneUser()
    nobody = Nobody(world)
    at = context(world, "alice", anonymous=nobody)
    run_in(at, chosen("scratch", "put"))
    (asked,) = nobody.requests
    assert asked.url.startswith(at.url)


def test_of_several_runs_the_first_that_showed_it() -> None:
    def one_run(*, told: bool) -> tuple[World, Nobody | None]:
        world = OneUser()
        return world, Nobody(world) if told else None

    runs = []
    for told in (False, True, True):
        world, nobody = one_run(told=told)
        runs.append(run_in(context(world, "alice", anonymous=nobody), chosen("scratch", "put")))
    found = merge_runs(runs)
    assert found.one_user is not None
    assert runs[1].one_user is not None
    assert found.one_user == len(runs[0].exchanges) + runs[1].one_user
    assert "anonymous" in found.exchanges[found.one_user].request.url

"""Each check is seen to fail, on a server with one fault, and so none can be emptied without a test that fails."""

import pytest

from davlock.checks.registry import CHECKS, GROUND
from davlock.checks.results import CheckOutcome
from davlock.protocol.message import Request, Response
from tests.checks.broken import ALICE, BOB, FAILS, WARNS
from tests.checks.world import Hook, World, answer, chosen, context, run_in

BY_ID = {check.id: check for check in CHECKS}


def with_grounds(id: str) -> set[str]:
    """A check and all that it needs, and what those need."""
    return {id, GROUND}.union(*(with_grounds(need) for need in BY_ID[id].needs))


def outcomes(id: str, hook: Hook) -> dict[str, CheckOutcome]:
    world = World(hook=hook)
    done = run_in(context(world, ALICE, BOB, hostile=True), chosen(*with_grounds(id)))
    assert world.left == []
    return {checked.about.id: checked.outcome for checked in done.checked}


@pytest.mark.parametrize("id", FAILS)
def test_a_check_fails_where_the_server_does(id: str) -> None:
    """And nothing that it needs, so that the fault is its own."""
    found = outcomes(id, FAILS[id])
    assert [other for other, outcome in found.items() if outcome is CheckOutcome.FAIL] == [id]


@pytest.mark.parametrize("id", WARNS)
def test_a_check_that_cannot_fail_warns(id: str) -> None:
    assert outcomes(id, WARNS[id])[id] is CheckOutcome.WARN


def test_every_check_has_a_server_that_it_fails_on() -> None:
    """A new check has its fault in tests/checks/broken.py."""
    assert [id for id in BY_ID if id not in FAILS and id not in WARNS] == []
    assert {*FAILS, *WARNS} - {*BY_ID} == set()
    assert {*FAILS} & {*WARNS} == set()


@pytest.mark.parametrize("method", ["PROPFIND", "GET", "HEAD"])
def test_a_last_read_that_is_refused_crashes_no_check(method: str) -> None:
    """Whatever a check comes to where the server lets nobody read any more, it comes to something."""
    for id in BY_ID:
        run = run_in(context(World(), ALICE, BOB, hostile=True), chosen(*with_grounds(id)))
        (own,) = (checked.exchanges for checked in run.checked if checked.about.id == id)
        reads = [number for number in own if run.exchanges[number].request.method == method]
        last = reads[-1] + 1 if reads else 0

        def refused(world: World, request: Request, last: int = last) -> Response | None:
            return answer(403) if len(world.requests) == last else None

        outcomes(id, refused)

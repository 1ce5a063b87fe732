"""What a diagnosis learns in its scratch collection, and what it says that it could not try."""

from collections.abc import Callable

import pytest

from davlock.checks.diagnostic import ScratchDiagnosis, diagnose_in, diagnostic_context
from davlock.diagnosis.evidence import Evidence
from davlock.protocol.message import Exchange, Request
from tests.checks.broken import FAILS, refusing, saying
from tests.checks.world import BASE, Hook, World

HERE = f"{BASE}davlock-scratch-m/"


def learn(world: World) -> ScratchDiagnosis:
    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        return world.send(request)

    at = diagnostic_context(
        send,
        BASE,
        "m",
        owner="somebody",
        target=Evidence(target=BASE),
        sleep=world.sleep,
        clock=lambda: world.waited,
    )
    return diagnose_in(at, clock=lambda: 0.0, now=lambda: 0.0)


def test_a_sound_server() -> None:
    world = World()
    learned = learn(world)
    assert world.left == []
    assert (learned.outcomes.failures, learned.skipped, learned.outcomes.lock_granted) == ((), (), True)
    assert {request.url.startswith(HERE) for request in world.requests} == {True}


def test_no_lock_follows_an_unlock() -> None:
    world = World()
    learn(world)
    assert "LOCK" not in world.methods[world.methods.index("UNLOCK") :]


@pytest.mark.parametrize(
    "id", ["lock", "lock-protects", "token-in-if", "unlock", "if-match-wrong", "destination-header"]
)
def test_a_check_that_fails_is_evidence(id: str) -> None:
    """Its subject is the exchange that decided."""
    world = World(hook=FAILS[id])
    learned = learn(world)
    assert world.left == []
    assert id in [checked.about.id for checked in learned.run.checked if checked.outcome.value == "fail"]
    subjects = [checked.subject for checked in learned.run.checked if checked.outcome.value == "fail"]
    assert [failure.subject for failure in learned.outcomes.failures] == subjects


NOT_TRIED: list[tuple[Hook, str]] = [
    (refusing("MKCOL", 403), f"{HERE} could not be created: MKCOL was answered 403"),
    (refusing("MKCOL", 507), f"{HERE} could not be created: MKCOL was answered 507"),
    (refusing("MKCOL", 429), f"{HERE} could not be created: MKCOL was answered 429"),
    (refusing("PUT", 507), f"PUT {HERE}f2.txt was refused: PUT was answered 507"),
    (saying("PUT", status=201), "put: what was written is not what is read: nothing is there"),
    (refusing("LOCK", 429), "not everything was tried there: LOCK was answered 429: the server wants to be asked less"),
]


@pytest.mark.parametrize(("hook", "why"), NOT_TRIED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_was_not_tried_is_said(hook: Hook, why: str) -> None:
    assert [(skipped.what, skipped.why) for skipped in learn(World(hook=hook)).skipped] == [("scratch collection", why)]


def test_nothing_beside_the_collection_is_written() -> None:
    """The check suite tries a file there where the collection cannot be created."""
    world = World(hook=refusing("MKCOL", 500))
    learn(world)
    assert {request.url for request in world.requests if request.method != "PROPFIND"} == {HERE}


def test_what_is_left_is_said() -> None:
    learned = learn(World(hook=refusing("DELETE", 403)))
    (skipped,) = learned.skipped
    assert (
        skipped.why
        == learned.run.left
        == (f"{HERE} could not be removed: DELETE was answered 403; try: curl -X DELETE {HERE}")
    )

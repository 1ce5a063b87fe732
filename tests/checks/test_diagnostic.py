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
    (refusing("MKCOL", 403), f"davlock could not create {HERE}: the server answered 403 to MKCOL"),
    (refusing("MKCOL", 507), f"davlock could not create {HERE}: the server answered 507 to MKCOL"),
    (refusing("MKCOL", 429), f"davlock could not create {HERE}: the server answered 429 to MKCOL"),
    (refusing("PUT", 507), f"the server refused PUT {HERE}f2.txt (507)"),
    (saying("PUT", status=201), "put: the server stored nothing: GET does not return what PUT sent"),
    (
        refusing("LOCK", 429),
        "davlock did not try everything there: the server answered 429 to LOCK: it wants fewer requests",
    ),
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
        == (f"could not remove {HERE}: the server refused DELETE (403); to remove it: curl -X DELETE {HERE}")
    )

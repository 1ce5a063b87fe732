"""Releasing what was found: nothing that is alive, and nothing that is not told."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.lock_filter import Judgement
from davlock.diagnosis.resource import OwnLock
from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind
from davlock.locks.observed import Observation, ObservedLock
from davlock.operations.cleanup.plan import WITHHELD, Judge, Terms, plan_locks
from davlock.operations.cleanup.release import Released, release_planned
from davlock.operations.cleanup.reread import seen_to_count_down
from davlock.operations.probe import Probe
from davlock.operations.results import Decision, Planned, ReleaseOutcome
from davlock.protocol.message import Headers, Request, Response
from tests.cli.answers import active_lock, document, element
from tests.operations.lock_world import APACHE, BASE, Held, World

TARGET = f"{BASE}/t/"
PHODAV = (("Server", "PhodavServer libsoup/3.2.3"),)


def yes(found: ObservedLock, evidence: Evidence) -> Judgement:
    return Judgement(True, "")


def terms(world: World, judge: Judge = yes) -> Terms:
    return Terms(judge=judge, now=world.clock, counts_down=world.counts_down)


def evidence_of(world: World) -> Evidence:
    probe = Probe(world, TARGET)
    probe.propfind(TARGET, ("{DAV:}lockdiscovery",))
    return probe.evidence(inquiry=True)


def found(world: World, held: Held) -> ObservedLock:
    """The lock as a walk would have found it just now."""
    url = BASE + held.path
    look = Probe(world, url)
    sent = world.now
    look.propfind(url, ("{DAV:}lockdiscovery",))
    entry = next(entry for entry in look.evidence(inquiry=True).covering if entry.token == held.token)
    seen = Observation(sent=sent, received=world.now)
    return ObservedLock(lock=entry.lock, url=url, root=url, inside=True, observation=seen)


def planned(world: World, held: Held) -> Planned:
    return Planned(number=1, target=TARGET, found=found(world, held), decision=Decision.RELEASE, why="")


def release(
    world: World,
    one: Planned,
    under: Terms | None = None,
    *,
    before: Callable[[Planned], None] = lambda one: None,
    resumed: bool = False,
) -> Released:
    return release_planned(world, one, under or terms(world), before_unlock=before, resumed=resumed)


def test_released_and_seen_to_be_gone() -> None:
    world = World()
    held = world.add("/t/a.txt")
    done = release(world, planned(world, held))
    assert (done.outcome, world.unlocked, world.locks) == (ReleaseOutcome.RELEASED, [held.token], [])
    assert [request.method for request in world.requests[-3:]] == ["PROPFIND", "UNLOCK", "PROPFIND"]
    assert world.requests[-2].url == f"{BASE}/t/a.txt"


@pytest.mark.parametrize("after", [3.0, 60.0, 599.0])
def test_refreshed_since(after: float) -> None:
    world = World()
    held = world.add("/t/a.txt")
    one = planned(world, held)
    world.now += after
    world.refresh(held)
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.SKIPPED, [])
    assert "renewed" in done.why


@pytest.mark.parametrize(
    ("now", "what"), [({"owner": "bob"}, "owner"), ({"scope": "shared"}, "scope"), ({"depth": "infinity"}, "depth")]
)
def test_another_lock_with_the_same_token_is_left_alone(now: dict[str, str], what: str) -> None:
    """Also one that comes between an UNLOCK without effect and the next."""
    world = World()
    held = world.add("/t/a.txt")
    one = planned(world, held)
    world.locks[0] = other = replace(held, **now)  # type: ignore[arg-type]  # names of its own fields
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.SKIPPED, [])
    assert done.why == f"another lock has its token now: its {what} changed"
    world.locks[0] = held

    def hook(world: World, request: Request) -> Response | None:
        if request.method != "UNLOCK":
            return None
        world.locks[0] = other
        return Response(status=204)

    world.hook = hook
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [held.token])
    assert what in done.why


def test_of_the_ledger_only_the_tokens_that_are_shown_are_read() -> None:
    """Whoever releases many locks must not read all of a long ledger for each."""
    world = World()
    one = planned(world, world.add("/t/a.txt", scope="shared"))
    other = world.add("/t/a.txt", scope="shared")
    asked: list[frozenset[str] | None] = []

    def own(tokens: frozenset[str] | None = None) -> tuple[OwnLock, ...]:
        asked.append(tokens)
        return ()

    release(world, one, replace(terms(world), own=own))
    token = one.found.lock.token
    assert token is not None
    assert asked == [frozenset({token.uri}), frozenset({other.token})]


def test_made_endless_since() -> None:
    world = World()
    held = world.add("/t/a.txt")
    one = planned(world, held)
    held.ends = None
    assert (release(world, one).outcome, world.unlocked) == (ReleaseOutcome.SKIPPED, [])


def test_one_that_is_held_back_by_then_stays() -> None:
    """Whoever holds back is asked once more, with the lock as it is read before UNLOCK."""
    world = World()
    one = planned(world, world.add("/t/a.txt"))
    under = replace(terms(world), held_back=lambda found, evidence: "may-be-alive")
    done = release(world, one, under)
    assert (done.outcome, done.why, world.unlocked) == (ReleaseOutcome.SKIPPED, "may-be-alive", [])


@pytest.mark.parametrize("counts_down", [True, False, None])
def test_one_whose_time_fell_faster_than_the_clock_stays(counts_down: bool | None) -> None:
    """Its holder may have renewed it for a shorter time."""
    world = World()
    held = world.add("/t/a.txt", granted=3600)
    one = planned(world, held)
    world.now += 60
    held.ends = world.now + 600
    done = release(world, one, replace(terms(world), counts_down=counts_down))
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [])
    assert "may have been renewed" in done.why


def test_no_longer_selected() -> None:
    world = World()
    one = planned(world, world.add("/t/a.txt"))
    no = terms(world, judge=lambda lock, evidence: Judgement(None, "its age is not known"))
    done = release(world, one, no)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.SKIPPED, [])
    assert "its age is not known" in done.why


def test_gone_and_taken_again() -> None:
    world = World()
    held = world.add("/t/a.txt")
    one = planned(world, held)
    world.locks.clear()
    assert release(world, one).outcome is ReleaseOutcome.ALREADY_GONE
    world.locks.append(Held("urn:uuid:other", held.path, 600.0, world.now + 600))
    again = release(world, one)
    assert (again.outcome, world.unlocked) == (ReleaseOutcome.ALREADY_GONE, [])
    assert "another lock" in again.why


@pytest.mark.parametrize(("keeps", "outcome"), [(False, ReleaseOutcome.RELEASED), (True, ReleaseOutcome.UNSURE)])
def test_a_token_whose_uuid_changes_its_case_is_the_same_lock(keeps: bool, outcome: ReleaseOutcome) -> None:
    def respell(world: World, request: Request) -> Response | None:
        scheme, uuid = held.token.split(":")
        if request.method == "PROPFIND":
            held.token = f"{scheme}:{uuid.swapcase()}"
        elif request.method == "UNLOCK":
            assert (request.headers.get("Lock-Token") or "").lower() == f"<{held.token.lower()}>"
            world.locks = [held] if keeps else []
            return Response(status=204, reason="", headers=Headers.of(APACHE), body=b"")
        return None

    world = World()
    held = world.add("/t/a.txt")
    held.token = "opaquelocktoken:abcdef01-1111-4111-8111-111111111111"
    one = planned(world, held)
    world.hook = respell
    done = release(world, one)
    assert (done.outcome, done.stands, len(world.unlocked)) == (outcome, keeps, 1 + keeps)


def test_resumed_after_an_unlock_that_may_have_been_sent() -> None:
    world = World()
    one = planned(world, world.add("/t/a.txt"))
    world.locks.clear()
    assert release(world, one, resumed=True).outcome is ReleaseOutcome.RELEASED


def answering(method: str, status: int, *, once: bool = False, body: bytes = b"") -> "Callable[..., Response | None]":
    asked: list[Request] = []

    def hook(world: World, request: Request) -> Response | None:
        if request.method != method or (once and asked):
            return None
        asked.append(request)
        return Response(status=status, reason="", headers=Headers.of(APACHE), body=body)

    return hook


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403])
def test_what_cannot_be_read_again_is_not_released(status: int) -> None:
    world = World()
    one = planned(world, world.add("/t/a.txt"))
    world.hook = answering("PROPFIND", status)
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [])
    assert str(status) in done.why


def test_the_resource_is_gone() -> None:
    world = World()
    one = planned(world, world.add("/t/a.txt"))
    world.hook = answering("PROPFIND", 404)
    assert (release(world, one).outcome, world.unlocked) == (ReleaseOutcome.ALREADY_GONE, [])


def test_nonsense_in_place_of_the_second_look() -> None:
    world = World()
    one = planned(world, world.add("/t/a.txt"))
    world.hook = answering("PROPFIND", 207, body=b"<D:multistatus xmlns:D='DAV:'><D:response>")
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, ReleaseOutcome.UNSURE),  # a success is never called refused
        (403, ReleaseOutcome.REFUSED),
        (409, ReleaseOutcome.REFUSED),
        (423, ReleaseOutcome.REFUSED),
        (500, ReleaseOutcome.UNSURE),
    ],
)
def test_unlock_refused_or_without_effect(status: int, outcome: ReleaseOutcome) -> None:
    """nginx answers 204 to what it did not do."""
    world = World()
    one = planned(world, world.add("/t/a.txt"))
    world.hook = answering("UNLOCK", status)
    done = release(world, one)
    assert (done.outcome, len(world.locks)) == (outcome, 1)
    assert str(status) in done.why


@pytest.mark.parametrize("status", [500, 204])
def test_a_fault_of_the_moment(status: int) -> None:
    """Where two write to Apache's lock database at one time, the change of one is lost."""
    world = World()
    held = world.add("/t/a.txt")
    one = planned(world, held)
    world.hook = answering("UNLOCK", status, once=True)
    assert release(world, one).outcome is ReleaseOutcome.RELEASED
    assert world.unlocked == [held.token] * 2


@pytest.mark.parametrize("status", [500, 204])
def test_a_lock_that_was_renewed_during_unlock_gets_no_second_one(status: int) -> None:
    """The answer took a while, the UNLOCK had no effect, and its holder renewed the lock meanwhile."""
    world = World()
    held = world.add("/t/a.txt")
    one = planned(world, held)
    asked = answering("UNLOCK", status)

    def hook(world: World, request: Request) -> Response | None:
        if request.method == "UNLOCK":
            world.now += 30
            world.refresh(held)
        return asked(world, request)

    world.hook = hook
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [held.token])
    assert "it was renewed after it was found" in done.why


@pytest.mark.parametrize("status", [403, 423])
def test_a_success_is_never_called_refused_for_what_a_second_unlock_is_answered(status: int) -> None:
    """The lock went with the first UNLOCK, and another one without its token came meanwhile."""
    world = World(product=(("Server", "unheard-of/1"),))
    held = world.add("/t/a.txt", scope="shared")
    one = planned(world, held)
    world.hook = lambda world, request: (
        Response(status=status) if request.method == "UNLOCK" and held.token in world.unlocked[:-1] else _hiding(world)
    )

    def _hiding(world: World) -> Response | None:
        if not world.unlocked or world.requests[-1].method == "UNLOCK":
            return None
        hidden = active_lock(None, scope="shared", root="/t/a.txt")
        return Response(status=207, headers=Headers.of(world.product), body=document(element("/t/a.txt", locks=hidden)))

    done = release(world, one)
    assert (done.outcome, len(world.unlocked), world.locks) == (ReleaseOutcome.UNSURE, 2, [])
    assert f"answered {status}" in done.why


def test_one_that_is_held_back_by_then_gets_no_second_unlock() -> None:
    world = World()
    held = world.add("/t/a.txt")
    one = planned(world, held)
    world.hook = answering("UNLOCK", 500)
    under = replace(terms(world), held_back=lambda found, evidence: "may-be-alive" if world.unlocked else "")
    done = release(world, one, under)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [held.token])


@pytest.mark.parametrize("answer", [303, 302, 500, None])
def test_only_a_listing_says_that_the_time_of_a_lock_is_over(answer: int | None) -> None:
    """A page for logins, or a connection that was lost, says nothing of a lock that may have been renewed."""
    world = World(product=(*APACHE, ("DAV", "<http://apache.org/dav/propset/fs/1>")))
    held = world.add("/t/a.txt", granted=60)
    one = planned(world, held)
    world.now += 50
    world.refresh(held)
    world.now += 30
    lost = NoResponse(NoResponseKind.RESET, f"{BASE}/t/a.txt", "reset")
    headers = Headers.of([*world.product, ("Location", "http://login.example/")])
    world.hook = lambda world, request: lost if answer is None else Response(status=answer, headers=headers)
    assert release(world, one).outcome is ReleaseOutcome.UNSURE


@pytest.mark.parametrize("roots", [("/t/a.txt", "/"), ("/t/a.txt", "/elsewhere"), ("/t/a.txt", None)])
def test_a_lock_with_another_root_than_its_listing_said_is_not_released(roots: tuple[str, str | None]) -> None:
    """UNLOCK on whatever a lock covers releases all of it."""
    world = World()
    held = world.add("/t/a.txt", depth="infinity")
    one = planned(world, held)
    assert one.found.lock.root is not None
    shown = document(element("/t/a.txt", locks=active_lock(held.token, depth="infinity", root=roots[1])))
    world.hook = lambda world, request: (
        Response(status=207, headers=Headers.of(APACHE), body=shown) if request.method == "PROPFIND" else None
    )
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [])
    assert "lock root" in done.why


def test_a_time_after_a_zero_that_can_mean_two_things_is_a_renewal() -> None:
    """Second-0 is "over" on some servers, and "never" on others: a time after it is a new one on both."""
    world = World(product=(("Server", "unheard-of/1"),))
    held = world.add("/t/a.txt", granted=0.5)
    one = planned(world, held)
    world.now += 0.2
    held.granted = 60
    world.refresh(held)
    done = release(world, one, replace(terms(world), counts_down=None))
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [])
    assert "may have been renewed" in done.why


def test_no_answer_to_unlock() -> None:
    world = World()
    held = world.add("/t/a.txt")
    lost = NoResponse(NoResponseKind.RESET, f"{BASE}/t/a.txt", "reset")

    def hook(world: World, request: Request) -> NoResponse | None:
        if request.method != "UNLOCK":
            return None
        world.locks = world.locks if stays else []
        return lost

    stays = True
    one = planned(world, held)
    world.hook = hook
    assert release(world, one).outcome is ReleaseOutcome.UNSURE
    stays = False
    assert release(world, one).outcome is ReleaseOutcome.RELEASED


@pytest.mark.parametrize("counts_down", [True, False])
def test_a_server_that_nobody_knows_is_watched_for_a_moment(counts_down: bool) -> None:
    world = World(counts_down=counts_down)
    held = [world.add(f"/t/{number}.txt") for number in range(3)]
    plans = [planned(world, one) for one in held]

    def sleep(seconds: float) -> None:
        world.now += seconds
        world.refresh(held[0])

    unknown = replace(terms(world), counts_down=None)
    assert seen_to_count_down(world, plans, evidence_of(world), unknown, sleep) is counts_down
    endless = planned(world, world.add("/t/endless.txt", granted=None))
    assert seen_to_count_down(world, [endless], evidence_of(world), unknown, sleep) is None


def test_where_nobody_can_tell_a_time_that_did_not_run_down_is_a_refresh() -> None:
    world = World(counts_down=False)
    one = planned(world, world.add("/t/a.txt"))
    world.now += 30
    done = release(world, one, replace(terms(world), counts_down=None))
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.UNSURE, [])
    assert "may have been renewed" in done.why


def test_nothing_is_sent_when_the_journal_fails() -> None:
    world = World()
    one = planned(world, world.add("/t/a.txt"))

    def full(planned: Planned) -> None:
        raise LocalProtocolError("the journal cannot be written", "make room")

    with pytest.raises(LocalProtocolError):
        release(world, one, before=full)
    assert world.unlocked == []


@pytest.mark.parametrize("seed", range(30))
def test_no_lock_whose_refresh_shows_is_ever_released(seed: int) -> None:
    """Holders refresh when they like, also between the requests of one release."""
    chance = random.Random(seed)  # noqa: S311 -- to be the same each time
    world = World(takes=chance.choice([0.001, 0.05, 0.4]))
    held = [world.add(f"/t/{number}.txt", granted=chance.choice([60.0, 90.0, 600.0])) for number in range(30)]
    world.now += chance.uniform(0, 10)
    plans = [planned(world, one) for one in held]
    before = {one.token: one.ends for one in held}

    def hook(world: World, request: Request) -> None:
        for one in chance.sample(held, 3):
            if one in world.locks and chance.random() < 0.2:
                world.refresh(one)
                moved[one.token] = (one.ends or 0) - (before[one.token] or 0)

    moved: dict[str, float] = {}
    world.hook = hook
    for one in plans:
        world.now += chance.uniform(0, 1)
        token = one.found.lock.token
        assert token is not None
        released = release(world, one)
        # More than the rounding, a second that the server cuts, and what two requests take shows.
        visible = moved.get(token.uri, 0.0) > 3 + 2 * world.takes
        if visible and any(entry.token == token.uri for entry in held if entry in world.locks):
            assert released.outcome is ReleaseOutcome.SKIPPED, (moved[token.uri], released.why)
        if released.outcome is ReleaseOutcome.RELEASED:
            assert not visible or world.requests[-2].method == "UNLOCK"


def test_a_token_that_no_header_can_carry() -> None:
    world = World()
    held = world.add("/t/a.txt")
    held.token = "a&gt;b"
    one = planned(world, Held("a>b", held.path, 600.0, held.ends))
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (ReleaseOutcome.REFUSED, [])
    assert "no UNLOCK can be sent" in done.why


# -- the plan


def test_what_is_never_planned() -> None:
    world = World()
    seen = found(world, world.add("/t/a.txt"))
    cases = {
        "not below": replace(seen, inside=False, root=f"{BASE}/"),
        "nobody can see": replace(seen, inside=None, root=None),
        "does not show its token": replace(seen, lock=replace(seen.lock, token=None)),
    }
    for words, lock in cases.items():
        (one,) = plan_locks(TARGET, [lock], evidence_of(world), judge=yes)
        assert one.decision is Decision.SKIP
        assert words in one.why


@pytest.mark.parametrize(("met", "why"), [(True, WITHHELD), (False, "it is shared"), (None, "not known: it is shared")])
def test_a_lock_without_its_token_is_spoken_of_where_it_is_meant(met: bool | None, why: str) -> None:
    world = World()
    seen = found(world, world.add("/t/a.txt"))
    hidden = replace(seen, lock=replace(seen.lock, token=None))
    told = Judgement(met, "it is shared")
    (one,) = plan_locks(TARGET, [hidden], evidence_of(world), judge=lambda lock, evidence: told)
    assert (one.decision, one.why) == (Decision.SKIP, why)


@pytest.mark.parametrize(("met", "decision"), [(True, Decision.RELEASE), (False, Decision.SKIP), (None, Decision.SKIP)])
def test_only_what_is_surely_selected(met: bool | None, decision: Decision) -> None:
    world = World()
    seen = found(world, world.add("/t/a.txt"))
    (one,) = plan_locks(TARGET, [seen], evidence_of(world), judge=lambda lock, evidence: Judgement(met, "words"))
    assert one.decision is decision
    (spared,) = plan_locks(TARGET, [seen], evidence_of(world), judge=yes, spared=lambda lock: "it is alive")
    assert (spared.decision, spared.why) == (Decision.SKIP, "it is alive")


SHOWN = document(element("/t/a%20b.txt", locks=active_lock("urn:uuid:00000000", root="/t/a%20b.txt")))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Response(status=207, body=SHOWN), ReleaseOutcome.UNSURE),
        (Response(status=207, body=SHOWN[:-20]), ReleaseOutcome.UNSURE),  # broken XML, and the token is in it
        (Response(status=207, body=SHOWN[:-20].replace(b"uuid:00000000", b"uuid:1")), ReleaseOutcome.ALREADY_GONE),
        (Response(status=207, body=SHOWN.replace(b"uuid:00000000", b"uuid:1")), ReleaseOutcome.ALREADY_GONE),
        (Response(status=404), ReleaseOutcome.ALREADY_GONE),
        (Response(status=207), ReleaseOutcome.ALREADY_GONE),
        (NoResponse(NoResponseKind.RESET, TARGET, "the connection was reset"), ReleaseOutcome.ALREADY_GONE),
    ],
)
def test_a_lock_whose_root_cannot_be_asked_for(answer: Response | NoResponse, outcome: ReleaseOutcome) -> None:
    """Its root is answered 404. What showed the lock is asked, and may show it still."""
    world = World()
    held = world.add("/t/a%20b.txt")
    one = planned(world, held)
    one = replace(one, found=replace(one.found, root=f"{BASE}/t/a%2520b.txt"))

    def hook(world: World, request: Request) -> Response | NoResponse | None:
        return answer if request.url == one.found.url else Response(status=404)

    world.hook = hook
    done = release(world, one)
    assert (done.outcome, world.unlocked) == (outcome, [])
    assert [request.url for request in world.requests[-2:]] == [one.found.root, one.found.url]

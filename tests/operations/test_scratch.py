"""A scratch collection is removed, and nothing else is: whatever the server lists, and however long it takes."""

from collections.abc import Callable

import pytest

from davlock.errors import Cancelled, NoResponse, NoResponseKind
from davlock.operations.removal_budget import REMOVAL_SECONDS
from davlock.operations.scratch import ScratchCollection, User
from davlock.operations.scratch_members import MOST_LISTINGS, MOST_MEMBERS
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.message import Exchange, Request, Response
from tests.checks.world import BASE, SCRATCH, World, answer, leftover
from tests.cli.answers import active_lock, document, element

COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"
READS = {"OPTIONS", "PROPFIND", "GET", "HEAD"}


def writes(world: World) -> list[tuple[str, str]]:
    """What was sent that can change something."""
    return [(request.method, request.url) for request in world.requests if request.method not in READS]


def listing(*members: str) -> Callable[[World, Request], Response | None]:
    """A server that lists these as members of every collection, shows a lock on everything, and refuses to delete."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method == "DELETE":
            return answer(423)
        if request.method != "PROPFIND":
            return answer(204)
        if request.headers.get("Depth") == "0":
            path = request.url.removeprefix(BASE.rstrip("/"))
            inside_it = path.startswith("/davlock-check-")
            return answer(207, document(element(path, locks=active_lock(root=path) if inside_it else "")))
        return answer(207, document(*(element(member, more=COLLECTION) for member in members)))

    return hook


def place(world: World, *urls: str) -> None:
    """What a run that was killed has left."""
    for url in urls:
        world.act(requests.mkcol(url) if url.endswith("/") else requests.put(url, b"ours"))


PATH = SCRATCH.removeprefix(BASE.rstrip("/"))

ELSEWHERE = [
    "/precious.txt",
    f"{PATH}../precious.txt",
    f"{PATH}%2e%2e/precious.txt",
    f"{PATH}%2E%2E/",
    f"{PATH}%252e%252e/precious.txt",
    f"{PATH}a%2f..%2f..%2fprecious.txt",
    f"{PATH}..%5cprecious.txt",
    f"{PATH}a%5c..%5c..%5cprecious.txt",
    f"{PATH}..;/precious.txt",
    f"{PATH}%c0%ae%c0%ae/precious.txt",
    f"{PATH}a.txt?delete=/precious.txt",
    "http://other.example/davlock-check-0123456789ab/a.txt",
    f"https://dav.example{PATH}a.txt",
    f"//other.example{PATH}a.txt",
    f"ftp://dav.example{PATH}a.txt",
    "file:///etc/passwd",
    "http://dav.example:81/davlock-check-0123456789ab/a.txt",
    f"{PATH.rstrip('/')}-precious/a.txt",
    "",
]


@pytest.mark.parametrize("href", ELSEWHERE)
def test_clean_up_does_not_leave_its_collection(href: str) -> None:
    """A name is outside that leads elsewhere once somebody decodes or resolves it: nothing is sent there."""
    world = World(hook=listing(href, f"{PATH}ours.txt"))
    collection = leftover(world)
    collection.remove()
    assert ("UNLOCK", f"{SCRATCH}ours.txt") in writes(world), "what is ours is still released"
    assert {url for _, url in writes(world)} <= {SCRATCH, f"{SCRATCH}ours.txt"}
    assert {request.url for request in world.requests} <= {BASE, SCRATCH, f"{SCRATCH}ours.txt"}, "nor is it read"


def test_what_clean_up_leaves_alone_is_said() -> None:
    world = World(hook=listing(*(f"{PATH}%2e%2e/{number}" for number in range(50))))
    collection = leftover(world)
    collection.remove()
    told = [skipped.why for skipped in collection.skipped]
    assert told[0] == f"davlock left {SCRATCH}%2e%2e/0 alone: a name in it leads elsewhere once it is decoded"
    assert told[-1] == f"davlock left 45 more names outside of {SCRATCH} alone"
    assert len(told) == 6


def test_clean_up_does_not_release_a_lock_of_the_collection_above() -> None:
    """It is shown on every member, and is somebody's work."""
    world = World()
    place(world, SCRATCH, f"{SCRATCH}f1.txt")
    taken = world.send(requests.lock(BASE, scope=LockScope.EXCLUSIVE, depth=Depth.INFINITY, seconds=600, owner="alice"))
    assert taken.status == 200
    left = leftover(world).remove()
    assert [held.path for held in world.locks] == ["/"]
    assert "UNLOCK" not in world.methods
    assert left.startswith(f"could not remove {SCRATCH}: the server refused DELETE (423). {BASE} is locked by ")


def test_clean_up_does_not_release_a_lock_above_whose_lockroot_is_not_shown() -> None:
    """As on Apache, which shows no lockroot."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method == "DELETE":
            return answer(423)
        if request.method != "PROPFIND" or request.headers.get("Depth") == "1":
            return None
        path = request.url.removeprefix(BASE.rstrip("/"))
        return answer(207, document(element(path, locks=active_lock(root=None, depth="infinity"))))

    world = World(hook=hook)
    place(world, SCRATCH, f"{SCRATCH}f1.txt")
    leftover(world).remove()
    assert "UNLOCK" not in world.methods


def test_a_lock_below_what_is_removed_is_released() -> None:
    world = World()
    place(world, SCRATCH, f"{SCRATCH}c1/", f"{SCRATCH}c1/f2.txt")
    url = f"{SCRATCH}c1/f2.txt"
    world.send(requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=600, owner="davlock check"))
    assert leftover(world).remove() == ""
    assert world.left == []


# -- bounds


def test_an_endless_listing_is_not_followed_for_ever() -> None:
    """Each answer names one more collection."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method == "PROPFIND" and request.headers.get("Depth") == "1":
            return answer(207, document(element(f"{PATH}{len(world.requests)}/", more=COLLECTION)))
        return answer(404) if request.method == "PROPFIND" else answer(423)

    world = World(hook=hook)
    assert "could not remove" in leftover(world).remove()
    depths = [request.headers.get("Depth") for request in world.requests if request.method == "PROPFIND"]
    assert depths.count("1") <= 2 * MOST_LISTINGS


def test_a_large_listing_is_not_removed_one_by_one() -> None:
    members = tuple(f"{PATH}{number}.txt" for number in range(5 * MOST_MEMBERS))
    world = World(hook=listing(*members))
    leftover(world).remove()
    assert len({url for _, url in writes(world)} - {SCRATCH}) == MOST_MEMBERS


@pytest.mark.parametrize("seconds", [0.5, 2.0, 60.0])
def test_the_removal_does_not_outlast_its_time(seconds: float) -> None:
    """Every request is slow: what is left then is said, with the way to remove it later."""

    def hook(world: World, request: Request) -> Response | None:
        world.waited += seconds
        return listing(*(f"{PATH}{number}.txt" for number in range(300)))(world, request)

    world = World(hook=hook)
    left = leftover(world).remove()
    assert world.waited <= REMOVAL_SECONDS + seconds
    assert left == (
        f"could not remove {SCRATCH} within 30 s: it may still exist, with locks in it;"
        f" to remove it: davlock check --clean-up {BASE}"
    )


def test_a_server_that_does_not_answer_is_not_waited_for_ten_times() -> None:
    """At --max-time 2s this took 48 s."""

    def hook(world: World, request: Request) -> Response | NoResponse | None:
        if not down:
            return None
        world.waited += 2.0
        return NoResponse(NoResponseKind.TIMEOUT, request.url, "no answer within 2 s")

    down: list[bool] = []
    world = World(hook=hook)
    collection = leftover(world)
    collection.send(requests.mkcol(collection.url))
    for _ in range(20):
        url = collection.name()
        collection.send(requests.put(url, b""))
        collection.send(requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=60, owner="davlock"))
    down.append(True)
    assert "could not remove" in collection.remove()
    assert world.waited < REMOVAL_SECONDS


def test_silence_in_between_does_not_keep_later_locks_from_being_released() -> None:
    def hook(world: World, request: Request) -> Response | NoResponse | None:
        silent = down and request.method == "UNLOCK"
        return NoResponse(NoResponseKind.TIMEOUT, request.url, "no answer within 2 s") if silent else None

    down: list[bool] = [True]
    world = World(hook=hook)
    collection = used(world)
    collection.send(requests.mkcol(collection.url))

    def take() -> None:
        for _ in range(4):
            url = collection.name()
            collection.send(requests.put(url, b""))
            collection.send(
                requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=60, owner="davlock")
            )
        collection.release()

    take()
    assert (len(world.locks), world.methods.count("UNLOCK")) == (4, 3)
    down.clear()
    take()
    assert len(world.locks) == 4, "the later ones are released"
    assert (collection.remove(), world.left) == ("", [])


# -- ways out


def used(world: World, *, keep: bool = False) -> ScratchCollection:
    """A collection of a run of our own."""

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        return world.send(request)

    users = (User(send, ""),)
    name = PATH.strip("/")
    return ScratchCollection(users, BASE, name, sleep=world.sleep, clock=lambda: world.waited, keep=keep)


def work(collection: ScratchCollection) -> None:
    collection.send(requests.mkcol(collection.url))
    url = collection.name()
    collection.send(requests.put(url, b"ours"))
    collection.send(requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=60, owner="davlock"))


@pytest.mark.parametrize("acted", [False, True], ids=["before it leaves", "while its answer is on its way"])
@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("later", [0, 1, 2])
def test_no_interrupt_keeps_it_from_being_removed(number: int, later: int, acted: bool) -> None:
    """Nor does an impatient second one."""
    world = World(interrupts=frozenset({number, number + later}), acted=acted)
    with pytest.raises(Cancelled) as caught, used(world) as collection:
        work(collection)
    assert world.left == []
    told = f"the server did not answer MKCOL: {SCRATCH} may exist" if number == 1 else f"davlock removed {SCRATCH}"
    assert str(caught.value).startswith(told) or acted


def test_an_error_does_not_keep_it_from_being_removed() -> None:
    world = World()
    collection = used(world)

    def fail() -> None:
        with collection:
            work(collection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (world.left, collection.left) == ([], "")


def test_what_is_kept_is_not_locked() -> None:
    world = World()
    with used(world, keep=True) as collection:
        work(collection)
    assert (world.locks, PATH in world.files, collection.left) == ([], True, "")


def test_nothing_is_sent_where_nothing_was_made() -> None:
    world = World()
    with used(world) as collection:
        collection.send(requests.options(BASE))
    assert world.methods == ["OPTIONS"]


def test_a_delete_is_not_believed_that_a_login_page_answers() -> None:
    """Success and a page, for whatever is asked: nobody knows whether it is gone."""
    page = answer(200, b"<html><form>log in</form></html>", ("Content-Type", "text/html"))
    on: list[bool] = []
    world = World(hook=lambda world, request: page if on else None)
    with used(world) as collection:
        work(collection)
        on.append(True)
    assert f"{SCRATCH} may still exist (the server answered 200 to PROPFIND)" in collection.left

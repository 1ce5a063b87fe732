"""What servers do that is no fault, or another one than it seems: the verdict on them, in a server of memory."""

import re
from dataclasses import replace

import pytest

from davlock.checks.results import CheckOutcome
from davlock.protocol.message import Headers, Request, Response
from tests.checks.broken import rewriting
from tests.checks.world import BASE, World, answer, chosen, context, leftover, run_in
from tests.cli.answers import active_lock

TOKEN = re.compile(rb"<D:locktoken>.*?</D:locktoken>")
OWNER = re.compile(rb"<D:owner>[^<]*&amp;.*?</D:owner>")
SUPPORTED = re.compile(rb"<D:supportedlock>.*?</D:supportedlock>")
OF_COLLECTIONS = re.compile(SUPPORTED.pattern + rb"(?=<D:resourcetype><D:collection/>)")


def judged(world: World, *ids: str) -> dict[str, tuple[CheckOutcome, str]]:
    """What is not a pass, by the ids of checks: of all of them, or of those named."""
    found = run_in(context(world, "alice", "bob", hostile=True), chosen(*(("scratch", *ids) if ids else ())))
    assert world.left == []
    return {one.about.id: (one.outcome, one.why) for one in found.checked if one.outcome is not CheckOutcome.PASS}


def without(pattern: re.Pattern[bytes], response: Response) -> Response:
    return replace(response, body=pattern.sub(b"", response.body or b""))


class Withholds(World):
    """Shows its locks without their tokens, as sabre/dav 1.8 does."""

    def act(self, request: Request, by: str = "") -> Response:
        found = World.act(self, request, by)
        return without(TOKEN, found) if request.method == "PROPFIND" else found


def test_a_timeout_that_the_answer_to_lock_leaves_out_cannot_be_compared() -> None:
    world = World(hook=rewriting(rb"<D:timeout>.*?</D:timeout>", b"", "LOCK"))
    assert judged(world, "timeout-counts-down")["timeout-counts-down"] == (
        CheckOutcome.UNKNOWN,
        "the server does not show the timeout",
    )


def test_a_lock_that_is_shown_without_its_token_is_shown() -> None:
    assert judged(Withholds()) == {
        "lock-discovered": (CheckOutcome.WARN, "lockdiscovery shows the lock without its token"),
    }


def test_a_lock_without_a_token_that_outlives_its_release_is_noticed() -> None:
    def hook(world: World, request: Request) -> Response | None:
        shown = World.act(world, request) if request.method == "PROPFIND" and not world.locks else None
        if shown is None or b"<D:lockdiscovery></D:lockdiscovery>" not in (shown.body or b""):
            return None
        lock = b"<D:lockdiscovery>" + active_lock(None).encode() + b"</D:lockdiscovery>"
        return replace(shown, body=(shown.body or b"").replace(b"<D:lockdiscovery></D:lockdiscovery>", lock))

    ids = ("put", "lock", "lock-protects", "lock-discovered", "unlock", "unlock-shown")
    assert judged(Withholds(hook=hook), *ids)["unlock-shown"] == (
        CheckOutcome.FAIL,
        "lockdiscovery still shows the released lock",
    )


class FilesAlone(World):
    """Locks no collections and says so, as Subversion does."""

    def act(self, request: Request, by: str = "") -> Response:
        path = self._known_as(request.url.removeprefix("http://dav.example"))
        if request.method == "LOCK" and self.files.get(path, b"") is None:
            return answer(500)
        found = World.act(self, request, by)
        return without(OF_COLLECTIONS, found) if request.method == "PROPFIND" else found


def test_a_server_that_locks_files_alone() -> None:
    found = judged(FilesAlone())
    ids = {outcome: {id for id, (one, _) in found.items() if one is outcome} for outcome in CheckOutcome}
    assert ids[CheckOutcome.FAIL] == {"depth-0", "depth-infinity"}
    assert ids[CheckOutcome.WARN] == {"supportedlock"}
    assert found["supportedlock"][1] == "supportedlock offers exclusive locks only on files, not on collections"
    assert found["name-slash"] == (CheckOutcome.SKIP, "the server does not lock the collection with its slash either")
    assert "lockroot" not in found


@pytest.mark.parametrize("file", [True, False])
def test_supportedlock_where_nothing_may_be_written(file: bool) -> None:
    world = FilesAlone()
    if file:
        world.files["/f.txt"] = b""
        world.versions["/f.txt"] = 1
    at = context(world)
    found = run_in(at, chosen("dav-header", "propfind", "supportedlock")).checked[-1]
    assert found.outcome is (CheckOutcome.WARN if file else CheckOutcome.FAIL)
    assert {exchange.request.method for exchange in at.exchanges} == {"OPTIONS", "PROPFIND"}


class Offers(World):
    """Offers no lock on anything."""

    def act(self, request: Request, by: str = "") -> Response:
        return without(SUPPORTED, World.act(self, request, by))


def test_a_server_that_offers_no_lock_fails() -> None:
    assert judged(Offers(), "supportedlock") == {
        "supportedlock": (CheckOutcome.FAIL, "the server refuses or omits supportedlock")
    }


def test_a_supportedlock_without_an_exclusive_lock_is_not_called_missing() -> None:
    class Shares(World):
        def act(self, request: Request, by: str = "") -> Response:
            found = World.act(self, request, by)
            body = (found.body or b"").replace(b"<D:exclusive/>", b"<D:shared/>")
            return replace(found, body=body) if request.method == "PROPFIND" else found

    assert judged(Shares(), "supportedlock") == {
        "supportedlock": (CheckOutcome.FAIL, "supportedlock offers no exclusive lock")
    }


class Loses(World):
    """Loses an owner with an ampersand in it, as sabre/dav 1.8 does."""

    def act(self, request: Request, by: str = "") -> Response:
        return without(OWNER, World.act(self, request, by))


def test_an_owner_that_is_lost_for_a_character_in_it() -> None:
    outcome, why = judged(Loses(), "owner-kept")["owner-kept"]
    assert outcome is CheckOutcome.FAIL
    assert why.endswith("and keeps a plain owner")


class OpenList(World):
    """A lock of depth 0 does not protect the list of members, as of Tomcat, Go and sabre/dav."""

    def _changes_list(self, method: str, path: str) -> bool:
        return False


def test_a_list_of_members_that_is_not_protected_is_no_fault_of_the_slash() -> None:
    assert set(judged(OpenList(), "name-slash", "depth-0-members")) == {"depth-0-members"}


def test_a_collection_that_is_another_without_its_slash() -> None:
    def hook(world: World, request: Request) -> Response | None:
        if request.method == "LOCK" and f"{request.url}/".removeprefix("http://dav.example") in world.files:
            return answer(200, b"", ("Lock-Token", "<urn:uuid:other>"))
        return None

    assert judged(World(hook=hook), "name-slash") == {
        "name-slash": (
            CheckOutcome.FAIL,
            "the server accepted a second LOCK with the slash (200), which it must refuse",
        )
    }


def test_a_collection_that_is_not_locked_without_its_slash() -> None:
    def hook(world: World, request: Request) -> Response | None:
        if request.method == "LOCK" and f"{request.url}/".removeprefix("http://dav.example") in world.files:
            return answer(308)
        return None

    assert judged(World(hook=hook), "name-slash") == {
        "name-slash": (
            CheckOutcome.FAIL,
            "the server refused LOCK without the slash (308); it grants LOCK with the slash",
        )
    }


def test_what_a_killed_run_has_left_where_tokens_are_withheld() -> None:
    """Nobody can release the lock: that is said, and when it ends, and not to try what must fail."""
    world = Withholds()
    first = context(world)
    first.create()
    first.lock(first.file())
    left = leftover(world).remove()
    assert " (timeout 2 min), and the server hides the token." in left
    assert left.endswith(f"davlock check --clean-up {BASE}")
    world.waited += 121
    assert leftover(world).remove() == ""
    assert world.left == []


class Weak(World):
    """Its entity tags are weak for good, as Tomcat's are."""

    def act(self, request: Request, by: str = "") -> Response:
        found = World.act(self, request, by)
        fields = [(name, f"W/{value}" if name == "ETag" else value) for name, value in found.headers]
        body = re.sub(rb"<D:getetag>", b"<D:getetag>W/", found.body or b"")
        return replace(found, headers=Headers.of(fields), body=body)


def test_entity_tags_that_stay_weak_are_waited_for_once() -> None:
    world = Weak()
    ids = ("if-match-right", "if-match-stale", "if-match-weak", "etag-changes")
    skipped = judged(world, "put", *ids)
    assert {id: outcome for id, (outcome, _) in skipped.items()} == dict.fromkeys(ids, CheckOutcome.SKIP)
    assert 2 < world.waited < 3


HREF = re.compile(rb"<D:owner><D:href>(https://people.example/zoe)</D:href></D:owner>")


@pytest.mark.parametrize(
    ("back", "outcome", "why"),
    [
        (rb"<D:owner>\1</D:owner>", CheckOutcome.WARN, "as text: https://people.example/zoe"),
        (rb"<D:owner>&lt;D:href>\1&lt;/D:href></D:owner>", CheckOutcome.WARN, "as text: &lt;D:href"),
        (rb"<D:owner><x:href>\1</x:href></D:owner>", CheckOutcome.WARN, "is not well-formed XML"),
        (rb"<D:owner/>", CheckOutcome.FAIL, "</href> empty"),
        (rb"", CheckOutcome.FAIL, "</href> empty"),
        (rb"<D:owner>nobody</D:owner>", CheckOutcome.FAIL, "</href> as nobody"),
        (rb"<D:owner><D:href>\1</D:owner>", CheckOutcome.FAIL, "davlock cannot read the answer with lockdiscovery"),
    ],
)
def test_an_owner_with_an_element_in_it(back: bytes, outcome: CheckOutcome, why: str) -> None:
    def hook(world: World, request: Request) -> Response | None:
        if request.method != "PROPFIND":
            return None
        told = World.act(world, request)
        return replace(told, body=HREF.sub(back, told.body or b""))

    of, words = judged(World(hook=hook), "lock-discovered", "owner-kept", "owner-element")["owner-element"]
    assert of is outcome
    assert why in words


def test_a_lock_is_refused_for_an_element_in_its_owner() -> None:
    def hook(world: World, request: Request) -> Response | None:
        return answer(400) if isinstance(request.body, bytes) and b"<D:owner><D:href>" in request.body else None

    assert judged(World(hook=hook), "owner-element")["owner-element"][0] is CheckOutcome.FAIL


def test_a_put_that_fails_on_the_server_is_followed_by_a_lock() -> None:
    """An unusable lock database refuses every write: LOCK says so where PUT does not."""
    world = World(hook=lambda world, request: answer(500) if request.method == "PUT" else None)
    assert judged(world, "put")["put"][0] is CheckOutcome.FAIL
    assert world.methods[world.methods.index("PUT") + 1] == "LOCK"


def test_entity_tags_that_stay_weak_are_not_waited_for_again() -> None:
    """As Tomcat's. Apache's are strong a second after the write."""

    class Weak(World):
        def act(self, request: Request, by: str = "") -> Response:
            found = World.act(self, request, by)
            fields = [(name, f"W/{value}" if name == "ETag" else value) for name, value in found.headers]
            return replace(found, headers=Headers.of(fields))

        def sleep(self, seconds: float) -> None:
            World.sleep(self, seconds)
            assert self.waited < 10

    found = judged(Weak(), "put", "if-match-right", "if-match-stale")
    assert {id: outcome for id, (outcome, _) in found.items()} == {
        "if-match-right": CheckOutcome.SKIP,
        "if-match-stale": CheckOutcome.SKIP,
    }

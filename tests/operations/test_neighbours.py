"""What is asked around a resource: its collection's list of members, and what is below a collection."""

import pytest

from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.lock_verdict import UNSEEN_LEVELS, lock_verdict
from davlock.diagnosis.resource import MemberLocks, OwnLock
from davlock.operations import answered_depth, investigate, neighbours
from davlock.operations.probe import ProbeResult
from davlock.protocol.message import Request, Response
from tests.cli.answers import TOKEN, active_lock, element
from tests.operations.fake import Answer, FakeSend, answer, listing, lost

FOLDER = "http://dav.example/a/"
COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"
FILE = "<D:resourcetype/>"


def collection(path: str = "/a/") -> str:
    return element(path, more=COLLECTION)


def plain(path: str, locks: str = "") -> str:
    return element(path, more=FILE, locks=locks)


def locked(path: str) -> str:
    return plain(path, active_lock(root=path))


def world(
    infinity: Answer, one: Answer | None = None, others: dict[str, Response] | None = None, piece: int = 100
) -> FakeSend:
    """A sender for ``/a/``: Depth 0 shows that it is free, the other depths are answered as given."""

    def play(request: Request) -> Answer:
        if request.method == "OPTIONS":
            return answer(200, b"", ("DAV", "1, 2"))
        path = request.url.removeprefix("http://dav.example")
        depth = request.headers.get("Depth")
        if path == "/a/":
            by_depth = {"0": listing(collection()), "1": one, "infinity": infinity}
            return by_depth[depth or "infinity"] or answer(404)
        return (others or {}).get(path) or answer(404)

    return FakeSend(play, piece=piece)


def look(send: FakeSend) -> tuple[ProbeResult, MemberLocks]:
    report = investigate.diagnose(send, FOLDER)
    found = report.evidence.member_locks
    assert isinstance(found, Known)
    return report, found.value


def depths(send: FakeSend) -> list[str | None]:
    return [request.headers.get("Depth") for request in send.requests if request.url == FOLDER][1:]


def test_one_answer_of_depth_infinity_is_enough() -> None:
    send = world(listing(collection(), collection("/a/d/"), locked("/a/d/b.txt"), plain("/a/c.txt")))
    report, found = look(send)
    assert [lock.url for lock in found.locks] == ["http://dav.example/a/d/b.txt"]
    assert (found.unseen, depths(send).count("infinity"), depths(send).count("1")) == ("", 1, 0)
    assert lock_verdict(report.evidence).of("DELETE").why.startswith("1 member of it is locked")


def test_depth_1_where_infinity_is_refused() -> None:
    """What lies deeper was not looked at, and that is said."""
    send = world(answer(403), listing(collection(), collection("/a/d/"), plain("/a/c.txt")))
    report, found = look(send)
    assert (found.locks, found.unseen) == ((), UNSEEN_LEVELS)
    assert any(entry.what == "members below the first level" for entry in report.skipped)
    assert report.evidence.subject is None  # a refused listing is no failed inquiry


def test_depth_1_tells_all_of_a_collection_without_collections() -> None:
    _, found = look(world(answer(403), listing(collection(), plain("/a/c.txt"))))
    assert found.unseen == ""


def test_an_answer_to_infinity_that_is_one_of_depth_1_is_not_taken_for_more() -> None:
    """sabre answers so: a collection in it seems empty."""
    one = listing(collection(), collection("/a/d/"), collection("/a/e/"))
    inside = listing(collection("/a/d/"), locked("/a/d/x.txt"))
    _, found = look(world(one, others={"/a/d/": inside}))
    assert found.unseen == UNSEEN_LEVELS
    assert [lock.url for lock in found.locks] == ["http://dav.example/a/d/x.txt"]
    _, empty = look(world(one, others={"/a/d/": listing(collection("/a/d/")), "/a/e/": listing(collection("/a/e/"))}))
    assert empty.unseen == ""


def test_no_more_members_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [plain(f"/a/f{number}.txt") for number in range(300)]
    monkeypatch.setattr(neighbours, "MAX_MEMBERS", 100)
    report, found = look(world(listing(collection(), locked("/a/0.txt"), *many), piece=1000))
    assert found.unseen.startswith("davlock read only the first 100 members")
    assert len(found.locks) == 1
    assert any(entry.what == "members" for entry in report.skipped)


def test_no_more_time_than_the_bound() -> None:
    ticks = iter(range(0, 10_000, 3))
    many = [plain(f"/a/f{number}.txt") for number in range(300)]
    send = world(listing(collection(), *many))
    found = investigate.diagnose(send, FOLDER, clock=lambda: float(next(ticks))).evidence.member_locks
    assert isinstance(found, Known)
    assert "took more than 5 s" in found.value.unseen


def test_members_that_cannot_be_listed() -> None:
    report = investigate.diagnose(world(answer(403), answer(403)), FOLDER)
    assert isinstance(report.evidence.member_locks, Unreadable)
    assert lock_verdict(report.evidence).of("DELETE").verdict.value == "unknown"
    assert lock_verdict(report.evidence).verdict.value == "clear"
    assert isinstance(investigate.diagnose(world(lost(), lost()), FOLDER).evidence.member_locks, Unreadable)


def test_a_member_that_cannot_be_read() -> None:
    refused = "<D:response><D:href>/a/secret/</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response>"
    _, found = look(world(listing(collection(), refused)))
    assert found.unseen == "davlock could not read 1 of its members"


def test_members_are_asked_one_by_one_where_a_listing_leaves_their_locks_out() -> None:
    left_out = (
        "<D:response><D:href>{}</D:href><D:propstat><D:prop><D:resourcetype/></D:prop><D:status>HTTP/1.1 200 OK"
        "</D:status></D:propstat></D:response>"
    )
    members = [left_out.format(f"/a/{name}.txt") for name in "bc"]
    others = {"/a/b.txt": listing(element("/a/b.txt")), "/a/c.txt": listing(locked("/a/c.txt"))}
    _, found = look(world(listing(collection(), *members), others=others))
    assert [lock.url for lock in found.locks] == ["http://dav.example/a/c.txt"]
    hidden = {path: listing(left_out.format(path)) for path in ("/a/b.txt", "/a/c.txt")}
    _, unknown = look(world(listing(collection(), *members), others=hidden))
    assert "leaves out the locks of its members" in unknown.unseen


def test_a_deep_lock_below_is_one_lock_at_its_topmost_member() -> None:
    lock = active_lock(depth="infinity", root="/a/d/")
    members = [element("/a/d/", more=COLLECTION, locks=lock), plain("/a/d/x.txt", lock)]
    _, found = look(world(listing(collection(), *reversed(members))))
    assert [(entry.url, entry.token) for entry in found.locks] == [("http://dav.example/a/d/", TOKEN)]


def test_nothing_more_is_asked_where_a_lock_refuses_everything() -> None:
    send = FakeSend(
        {
            "PROPFIND": [listing(element("/a/", more=COLLECTION, locks=active_lock(root="/a/")))],
            "OPTIONS": [answer(200)],
        }
    )
    investigate.diagnose(send, FOLDER)
    assert {request.headers.get("Depth") for request in send.requests if request.method == "PROPFIND"} == {"0"}


@pytest.mark.parametrize("name", ["x%5Cy.txt", "%255c.txt", "%2e%2e%3bx", "%20..", "a%2500b.txt", "f%2fg.txt"])
def test_a_member_counts_whatever_its_name_may_be_decoded_to(name: str) -> None:
    """Nothing is written below such a name; a lock on it refuses DELETE of the collection all the same."""
    report, found = look(world(listing(collection(), locked(f"/a/{name}"))))
    assert [lock.url for lock in found.locks] == [f"http://dav.example/a/{name}"]
    assert lock_verdict(report.evidence).of("DELETE").verdict.value == "blocked"


def test_names_that_are_not_below_the_collection_are_not_taken_for_none() -> None:
    """As where the case of letters makes no difference, or a proxy changes the path."""
    for stray in ("/A/f.txt", "/b/f.txt", "/a/%2e%2e/f.txt"):
        report, found = look(world(listing(collection(), plain(stray))))
        assert found.unseen == "1 names in the listing are not below it"
        assert any(entry.what == "members" for entry in report.skipped)


def test_a_listing_that_was_cut_short_is_not_all() -> None:
    cut = "<D:response><D:href>/a/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>"
    _, found = look(world(listing(collection(), plain("/a/f.txt"), cut)))
    assert found.unseen == "the server cut the listing of its members short (507)"


def test_an_answer_to_infinity_that_is_one_of_depth_0_is_not_taken_for_an_empty_collection() -> None:
    only = listing(collection())
    _, found = look(world(only, listing(collection(), locked("/a/f.txt"))))
    assert ([lock.url for lock in found.locks], found.unseen) == (["http://dav.example/a/f.txt"], "")
    report, deeper = look(world(only, listing(collection(), collection("/a/d/"))))
    assert deeper.unseen == UNSEEN_LEVELS
    assert any("as Depth 0" in entry.why for entry in report.skipped)
    assert look(world(only, only))[1].unseen == ""


def test_collections_that_seem_empty_are_not_all_asked_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered_depth, "SAMPLES", 2)
    names = [f"/a/{number}/" for number in range(3)]
    empty = {name: listing(collection(name)) for name in names}
    report, found = look(world(listing(collection(), *map(collection, names)), others=empty))
    assert found.unseen == UNSEEN_LEVELS
    assert any("2 of them were asked again" in entry.why for entry in report.skipped)


def test_a_collection_in_the_only_collection_is_not_forgotten() -> None:
    inner = listing(collection("/a/d/"), collection("/a/d/e/"))
    _, found = look(world(listing(collection(), collection("/a/d/")), others={"/a/d/": inner}))
    assert found.unseen == UNSEEN_LEVELS


def test_members_without_lockdiscovery_are_asked_beside_one_that_shows_a_lock() -> None:
    """That one is locked by us; what the others leave out may be somebody else's lock."""
    bare = (
        "<D:response><D:href>{}</D:href><D:propstat><D:prop><D:resourcetype/></D:prop><D:status>HTTP/1.1 200 OK"
        "</D:status></D:propstat></D:response>"
    )
    members = [locked("/a/mine.txt"), bare.format("/a/b.txt"), bare.format("/a/c.txt")]
    other = plain("/a/c.txt", active_lock("urn:other", root="/a/c.txt"))
    others = {"/a/b.txt": listing(bare.format("/a/b.txt")), "/a/c.txt": listing(other)}
    _, found = look(world(listing(collection(), *members), others=others))
    assert {lock.token for lock in found.locks} == {TOKEN, "urn:other"}
    assert found.unseen == ""


def test_a_listing_does_not_undo_what_the_collection_itself_left_out() -> None:
    """Apache leaves lockdiscovery out where a lock just ran out, which means that it is free."""
    bare = (
        "<D:response><D:href>/a/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><D:lockdiscovery/></D:prop>"
        "<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>"
    )

    def play(request: Request) -> Answer:
        if request.method == "OPTIONS":
            return answer(200, b"", ("DAV", "1, 2"), ("DAV", "<http://apache.org/dav/propset/fs/1>"))
        return listing(bare if request.url == FOLDER else collection("/"))

    report = investigate.diagnose(FakeSend(play), FOLDER)
    assert lock_verdict(report.evidence).verdict.value == "clear"
    assert report.evidence.inferred_free


def test_a_collection_named_without_its_slash_is_asked_with_it() -> None:
    """nginx looks for its locks by the text of the path."""
    held = element("/a/", more=COLLECTION, locks=active_lock(root="/a/", depth="infinity"))

    def play(request: Request) -> Answer:
        if request.method == "OPTIONS":
            return answer(200)
        return listing(held if request.url == FOLDER else collection(request.url.removeprefix("http://dav.example")))

    report = investigate.diagnose(FakeSend(play), FOLDER.rstrip("/"))
    assert lock_verdict(report.evidence).of("PUT").verdict.value == "blocked"


def test_a_redirect_to_the_same_name_with_a_slash_is_no_failed_read() -> None:
    def play(request: Request) -> Answer:
        if not request.url.endswith("/"):
            return answer(301, b"", ("Location", f"{request.url}/"))
        if request.method == "OPTIONS":
            return answer(200)
        if request.url != FOLDER:
            return listing(collection("/"))
        return listing(collection(), *([locked("/a/f.txt")] if request.headers.get("Depth") == "infinity" else []))

    report = investigate.diagnose(FakeSend(play), FOLDER.rstrip("/"), intended="DELETE")
    judged = lock_verdict(report.evidence)
    assert (judged.verdict.value, judged.of("DELETE").verdict.value) == ("blocked", "blocked")


def test_a_server_that_says_nothing_is_not_waited_for_longer() -> None:
    """A clock that is looked at when data come does not bound silence."""
    send = world(listing(collection(), plain("/a/f.txt")))
    look(send)
    bounds = {request.headers.get("Depth"): request.within for request in send.requests if request.url == FOLDER}
    assert bounds["infinity"] == neighbours.MAX_SECONDS
    assert bounds["0"] is None
    silent = FakeSend(
        lambda request: lost() if request.headers.get("Depth") == "infinity" else listing(collection(), locked("/a/f"))
    )
    assert len(look(silent)[1].locks) == 1


def test_the_token_of_your_lock_under_another_owner_is_not_yours() -> None:
    """Some servers give each lock of one path the same token."""
    send = world(listing(collection(), locked("/a/b.txt")))
    for owner, mine in (("carol@here, davlock 0123456789abcdef", False), ("mailto:alice@example.org", True)):
        report = investigate.diagnose(send, FOLDER, own=(OwnLock(TOKEN, 1.0, 1.0, owner),))
        assert isinstance(report.evidence.member_locks, Known)
        (lock,) = report.evidence.member_locks.value.locks
        assert (lock.mine, lock.held) == (mine, mine)

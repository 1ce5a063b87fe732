"""What is asked around a resource: its collection's list of members, and what is below a collection."""

import pytest

from davlock.diagnosis.fact import Failed, Known
from davlock.diagnosis.judge import UNSEEN_LEVELS, judge
from davlock.diagnosis.resource import MemberLocks
from davlock.operations import gather, neighbours
from davlock.operations.case import Report
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


def look(send: FakeSend) -> tuple[Report, MemberLocks]:
    report = gather.diagnose(send, FOLDER)
    found = report.evidence.member_locks
    assert isinstance(found, Known)
    return report, found.value


def depths(send: FakeSend) -> list[str | None]:
    return [request.headers.get("Depth") for request in send.requests if request.url == FOLDER][1:]


def test_one_answer_of_depth_infinity_is_enough() -> None:
    send = world(listing(collection(), collection("/a/d/"), locked("/a/d/b.txt"), plain("/a/c.txt")))
    report, found = look(send)
    assert [lock.seen_on for lock in found.locks] == ["http://dav.example/a/d/b.txt"]
    assert (found.unseen, depths(send).count("infinity"), depths(send).count("1")) == ("", 1, 0)
    assert judge(report.evidence).of("DELETE").why.startswith("1 member of it is locked")


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
    assert [lock.seen_on for lock in found.locks] == ["http://dav.example/a/d/x.txt"]
    _, empty = look(world(one, others={"/a/d/": listing(collection("/a/d/")), "/a/e/": listing(collection("/a/e/"))}))
    assert empty.unseen == ""


def test_no_more_members_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [plain(f"/a/f{number}.txt") for number in range(300)]
    monkeypatch.setattr(neighbours, "MAX_MEMBERS", 100)
    report, found = look(world(listing(collection(), locked("/a/0.txt"), *many), piece=1000))
    assert found.unseen.startswith("only the first 100 members")
    assert len(found.locks) == 1
    assert any(entry.what == "members" for entry in report.skipped)


def test_no_more_time_than_the_bound() -> None:
    ticks = iter(range(0, 10_000, 3))
    many = [plain(f"/a/f{number}.txt") for number in range(300)]
    send = world(listing(collection(), *many))
    found = gather.diagnose(send, FOLDER, clock=lambda: float(next(ticks))).evidence.member_locks
    assert isinstance(found, Known)
    assert "took more than 5 s" in found.value.unseen


def test_members_that_cannot_be_listed() -> None:
    report = gather.diagnose(world(answer(403), answer(403)), FOLDER)
    assert isinstance(report.evidence.member_locks, Failed)
    assert judge(report.evidence).of("DELETE").verdict.value == "unknown"
    assert judge(report.evidence).verdict.value == "clear"
    assert isinstance(gather.diagnose(world(lost(), lost()), FOLDER).evidence.member_locks, Failed)


def test_a_member_that_cannot_be_read() -> None:
    refused = "<D:response><D:href>/a/secret/</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response>"
    _, found = look(world(listing(collection(), refused)))
    assert found.unseen == "1 of its members could not be read"


def test_members_are_asked_one_by_one_where_a_listing_leaves_their_locks_out() -> None:
    left_out = (
        "<D:response><D:href>{}</D:href><D:propstat><D:prop><D:resourcetype/></D:prop><D:status>HTTP/1.1 200 OK"
        "</D:status></D:propstat></D:response>"
    )
    members = [left_out.format(f"/a/{name}.txt") for name in "bc"]
    others = {"/a/b.txt": listing(element("/a/b.txt")), "/a/c.txt": listing(locked("/a/c.txt"))}
    _, found = look(world(listing(collection(), *members), others=others))
    assert [lock.seen_on for lock in found.locks] == ["http://dav.example/a/c.txt"]
    hidden = {path: listing(left_out.format(path)) for path in ("/a/b.txt", "/a/c.txt")}
    _, unknown = look(world(listing(collection(), *members), others=hidden))
    assert "leaves lockdiscovery out" in unknown.unseen


def test_a_deep_lock_below_is_one_lock_at_its_topmost_member() -> None:
    lock = active_lock(depth="infinity", root="/a/d/")
    members = [element("/a/d/", more=COLLECTION, locks=lock), plain("/a/d/x.txt", lock)]
    _, found = look(world(listing(collection(), *reversed(members))))
    assert [(entry.seen_on, entry.token) for entry in found.locks] == [("http://dav.example/a/d/", TOKEN)]


def test_nothing_more_is_asked_where_a_lock_refuses_everything() -> None:
    send = FakeSend(
        {
            "PROPFIND": [listing(element("/a/", more=COLLECTION, locks=active_lock(root="/a/")))],
            "OPTIONS": [answer(200)],
        }
    )
    gather.diagnose(send, FOLDER)
    assert {request.headers.get("Depth") for request in send.requests if request.method == "PROPFIND"} == {"0"}

"""Listings, read as they arrive."""

from dataclasses import replace

import pytest

from davlock.errors import RemoteProtocolError
from davlock.operations import listing as operation
from davlock.operations import singly
from davlock.protocol.lock import Depth
from davlock.protocol.message import Headers, Request, Response
from davlock.servers import PROFILES
from tests.cli.answers import TOKEN, active_lock, document, element
from tests.operations.fake import Answer, FakeSend, answer, listing, lost

URL = "http://dav.example/f/"


def read(given: Answer, piece: int = 100) -> tuple[operation.Listing, FakeSend]:
    send = FakeSend({"PROPFIND": [given]}, piece=piece)
    return operation.read(send, URL, depth=Depth.ONE), send


def test_one() -> None:
    found, send = read(listing(element("/f/", locks=active_lock(root="/f/"))))
    assert found.ok
    assert found.locks is not None
    assert [(row.url, str(row.lock.token)) for row in found.locks] == [(URL, TOKEN)]
    assert (found.resources, found.skipped) == (1, ())
    assert send.requests[0].headers.get("Depth") == "1"


def test_none() -> None:
    found, _ = read(listing(element("/f/"), element("/f/a")))
    assert (found.locks, found.resources) == ((), 2)


def test_not_disclosed_is_not_none() -> None:
    found, _ = read(listing(element("/f/", status="404 Not Found"), element("/f/a", status="404 Not Found")))
    assert found.ok
    assert found.locks is None


def test_a_server_whose_listings_show_no_locks() -> None:
    """That none is shown there says nothing of phodav's members."""
    empty = listing(element("/f/"), element("/f/a"))
    found, _ = read(replace(empty, headers=Headers.of([("Server", "PhodavServer libsoup/3.2.3")])))
    assert (found.ok, found.locks) == (True, None)
    assert found.skipped[-1].what == "members"


def test_not_disclosed_by_some() -> None:
    found, _ = read(listing(element("/f/"), element("/f/a", status="403 Forbidden")))
    assert found.locks == ()
    assert found.skipped[0].what == "lockdiscovery"
    assert "1 of 2" in found.skipped[0].why


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_pieces_of_any_size(piece: int) -> None:
    elements = [element(f"/f/{n}", locks=active_lock(f"urn:x:{n}")) for n in range(20)]
    found, _ = read(listing(*elements), piece)
    assert found.locks is not None
    assert [str(row.lock.token) for row in found.locks] == [f"urn:x:{n}" for n in range(20)]


def test_thousands() -> None:
    elements = [element(f"/f/{n}", locks=active_lock(f"urn:x:{n}") if n % 3 == 0 else "") for n in range(9000)]
    found, _ = read(listing(*elements), 65536)
    assert found.ok
    assert found.locks is not None
    assert (len(found.locks), found.resources) == (3000, 9000)
    kept = found.evidence.exchanges[-1].response
    assert kept is not None
    assert kept.body_truncated


@pytest.mark.parametrize("body", [b"", document(element("/f/"))[:-10], b"<html>", b"<x/>", b"nonsense"])
def test_207_that_cannot_be_used(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        read(Response(status=207, body=body))


@pytest.mark.parametrize("given", [answer(404), answer(401), answer(200, b"<html>"), answer(500), lost()])
def test_no_listing(given: Answer) -> None:
    found, _ = read(given)
    assert not found.ok
    assert found.locks is None
    assert found.evidence.asked is not None


def test_empty_multistatus() -> None:
    found, _ = read(listing())
    assert (found.ok, found.resources) == (True, 0)
    assert found.locks == ()


def test_properties() -> None:
    send = FakeSend({"PROPFIND": [listing(element("/f/", more='<D:getetag>"1"</D:getetag>'))]})
    found = operation.read(send, URL, depth=Depth.ZERO, names=())
    assert [(row.status, row.property.name) for row in found.properties] == [
        (200, "{DAV:}lockdiscovery"),
        (200, "{DAV:}getetag"),
    ]
    assert isinstance(send.requests[0].body, bytes)
    assert b"allprop" in send.requests[0].body


def by_depth(one: Response, zero: dict[str, Response]) -> FakeSend:
    def play(request: Request) -> Answer:
        return one if request.headers.get("Depth") == "1" else zero[request.url.removeprefix("http://dav.example")]

    return FakeSend(play)


LEFT_OUT = "404 Not Found"


def test_a_server_that_shows_a_lock_leaves_lockdiscovery_out_where_there_is_none() -> None:
    found, _ = read(
        listing(element("/f/"), element("/f/a", locks=active_lock(root="/f/a")), element("/f/b", status=LEFT_OUT))
    )
    assert found.locks is not None
    assert ([row.url for row in found.locks], found.skipped) == (["http://dav.example/f/a"], ())


def test_members_are_asked_one_by_one_where_the_listing_leaves_out_their_locks() -> None:
    one = listing(element("/f/", status=LEFT_OUT), element("/f/a", status=LEFT_OUT), element("/f/b", status=LEFT_OUT))
    zero = {
        "/f/": listing(element("/f/")),
        "/f/a": listing(element("/f/a", locks=active_lock(root="/f/a"))),
        "/f/b": listing(element("/f/b")),
    }
    found = operation.read(by_depth(one, zero), URL, depth=Depth.ONE)
    assert found.locks is not None
    assert [row.url for row in found.locks] == ["http://dav.example/f/a"]


def test_members_that_hide_their_locks_are_asked_up_to_the_bound() -> None:
    names = [f"/f/{number}" for number in range(singly.MAX_SINGLY + 10)]
    zero = {name: listing(element(name, status=LEFT_OUT)) for name in names}
    send = by_depth(listing(*(element(name, status=LEFT_OUT) for name in names)), zero)
    found = operation.read(send, URL, depth=Depth.ONE)
    assert (found.locks, len(send.requests)) == (None, 1 + singly.MAX_SINGLY)


@pytest.mark.parametrize("number", [0, 2, 19])
def test_one_member_that_shows_its_lock_tells_that_the_others_have_none(number: int) -> None:
    """A server can have lockdiscovery only on what is locked, and never in a listing."""
    names = [f"/f/{member}" for member in range(20)]
    zero = {name: listing(element(name, status=LEFT_OUT)) for name in ("/f/", *names)}
    held = names[number]
    zero[held] = listing(element(held, locks=active_lock(root=held)))
    one = listing(*(element(name, status=LEFT_OUT) for name in ("/f/", *names)))
    found = operation.read(by_depth(one, zero), URL, depth=Depth.ONE)
    assert found.locks is not None
    assert ([row.url for row in found.locks], found.untold, found.skipped) == ([f"http://dav.example{held}"], 0, ())


def test_no_member_is_asked_where_the_product_is_known_to_hide_locks() -> None:
    one = listing(element("/f/", status=LEFT_OUT), element("/f/a", status=LEFT_OUT))
    send = by_depth(one, {})
    (hiding,) = (profile for profile in PROFILES if profile.shows_locks is False)
    known = replace(hiding, recognise=lambda traits: True)
    found = operation.read(send, URL, depth=Depth.ONE, profiles=(known,))
    assert (found.locks, len(send.requests)) == (None, 1)


def test_no_more_members_are_asked_once_the_server_wants_a_pause() -> None:
    names = [f"/f/{number}" for number in range(5)]
    zero: dict[str, Response] = {names[0]: listing(element(names[0])), names[1]: answer(429)}
    one = listing(element("/f/"), *(element(name, status=LEFT_OUT) for name in names))
    send = by_depth(one, zero)
    found = operation.read(send, URL, depth=Depth.ONE)
    assert (found.locks, found.untold, len(send.requests)) == ((), 4, 3)


@pytest.mark.parametrize("href", ["/elsewhere/a.txt", "/fine/a.txt"])
def test_an_answer_about_another_resource_is_no_empty_list(href: str) -> None:
    found, _ = read(listing(element(href)))
    assert (found.ok, found.locks) == (True, None)
    assert "does not mention" in found.why


def test_members_are_asked_one_by_one_though_the_collection_itself_tells() -> None:
    one = listing(element("/f/"), element("/f/a", status=LEFT_OUT), element("/f/b", status=LEFT_OUT))
    zero = {"/f/a": listing(element("/f/a", locks=active_lock(root="/f/a"))), "/f/b": listing(element("/f/b"))}
    found = operation.read(by_depth(one, zero), URL, depth=Depth.ONE)
    assert found.locks is not None
    assert ([row.url for row in found.locks], found.untold) == (["http://dav.example/f/a"], 0)
    silent = {name: listing(element(name, status=LEFT_OUT)) for name in ("/f/a", "/f/b")}
    assert operation.read(by_depth(one, silent), URL, depth=Depth.ONE).untold == 2


def test_more_members_than_are_asked_one_by_one_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(singly, "MAX_SINGLY", 2)
    names = [f"/f/{number}" for number in range(5)]
    one = listing(element("/f/"), *(element(name, status=LEFT_OUT) for name in names))
    found = operation.read(by_depth(one, {name: listing(element(name)) for name in names}), URL, depth=Depth.ONE)
    assert (found.locks, found.untold) == ((), 3)


def test_a_lock_above_is_listed_where_the_resource_does_not_show_it() -> None:
    """WsgiDAV shows a deep lock nowhere but at its root."""
    lock = active_lock(root="/f/", depth="infinity")
    answers = {
        "/f/d/a": listing(element("/f/d/a"), server="WsgiDAV/4.3.3"),
        "/f/d/": listing(element("/f/d/"), server="WsgiDAV/4.3.3"),
        "/f/": listing(element("/f/", locks=lock), server="WsgiDAV/4.3.3"),
    }
    send = FakeSend(lambda request: answers[request.url.removeprefix("http://dav.example")])
    found = operation.read(send, f"{URL}d/a", depth=Depth.ZERO)
    assert found.locks is not None
    assert [(row.url, str(row.lock.token)) for row in found.locks] == [(URL, TOKEN)]


def test_nothing_is_listed_below_a_collection_that_may_not_be_read() -> None:
    answers: dict[str, Answer] = {"/f/a": listing(element("/f/a")), "/": listing(element("/"))}
    send = FakeSend(lambda request: answers.get(request.url.removeprefix("http://dav.example"), answer(403)))
    found = operation.read(send, f"{URL}a", depth=Depth.ZERO)
    assert (found.locks, "the server answered 403" in found.why) == (None, True)


COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"

TREE = {"/": ["/f/", "/z"], "/f/": ["/f/d/", "/f/a"], "/f/d/": ["/f/d/b"], "/e/": []}


def shallow(depth_given: dict[str, str], tree: dict[str, list[str]] = TREE) -> FakeSend:
    """A server that takes each Depth for the one that is given, and shows no lock."""

    def below(path: str, levels: int) -> list[str]:
        members = tree.get(path, []) if levels else []
        return [name for member in members for name in (member, *below(member, levels - 1))]

    def play(request: Request) -> Answer:
        path = request.url.removeprefix("http://dav.example")
        asked = request.headers.get("Depth") or "infinity"
        levels = {"0": 0, "1": 1, "infinity": 9}[depth_given.get(asked, asked)]
        names = [path, *below(path, levels)]
        return listing(*(element(name, more=COLLECTION if name.endswith("/") else "") for name in names))

    return FakeSend(play)


@pytest.mark.parametrize(
    ("asked", "given", "unread"),
    [
        (Depth.INFINITY, {}, ""),
        (Depth.ONE, {}, ""),
        (Depth.INFINITY, {"infinity": "1"}, "the server answered Depth infinity as Depth 1"),
        (Depth.INFINITY, {"infinity": "0"}, "the server answered Depth infinity as Depth 0"),
        (Depth.INFINITY, {"infinity": "0", "1": "0"}, "the server answered Depth infinity as Depth 0"),
        (Depth.ONE, {"infinity": "0", "1": "0"}, "the server answered Depth 1 as Depth 0"),
    ],
)
def test_an_answer_to_another_depth_is_not_believed(asked: Depth, given: dict[str, str], unread: str) -> None:
    """A Depth header can get lost on the way, and some servers read infinity as less, without a word."""
    found = operation.read(shallow(given), URL, depth=asked)
    assert (found.unread, found.locks) == (unread, ())
    assert [entry.why for entry in found.skipped] == ([unread] if unread else [])


@pytest.mark.parametrize("asked", [Depth.ONE, Depth.INFINITY])
def test_what_is_empty_is_believed_to_be(asked: Depth) -> None:
    tree = {"/": ["/e/"], "/e/": []}
    assert operation.read(shallow({}, tree), "http://dav.example/e/", depth=asked).unread == ""
    assert operation.read(shallow({}), "http://dav.example/z", depth=asked).unread == "", "a file"


def test_collections_that_are_all_empty_prove_nothing_beyond_those_that_were_asked() -> None:
    many = [f"/f/{number}/" for number in range(21)]
    found = operation.read(shallow({}, {"/f/": many}), URL, depth=Depth.INFINITY)
    assert found.unread == "Depth infinity showed nothing in 21 collections, and 20 of them were asked again"


@pytest.mark.parametrize("status", ["507 Insufficient Storage", "403 Forbidden", "500 Internal Server Error"])
@pytest.mark.parametrize("names", [None, ("{DAV:}getetag",)])
def test_a_listing_that_was_cut_short(status: str, names: tuple[str, ...] | None) -> None:
    """The server says so inside the multistatus, of the collection itself."""
    end = f"<D:response><D:href>/f/</D:href><D:status>HTTP/1.1 {status}</D:status></D:response>"
    send = FakeSend({"PROPFIND": [listing(element("/f/"), element("/f/a"), end)]})
    found = operation.read(send, URL, depth=Depth.ONE, names=names)
    assert found.unread == f"the server cut the listing short ({status[:3]})"
    assert found.ok
    assert [(entry.what, entry.why) for entry in found.skipped] == [("members", found.unread)]

"""What each kind of answer teaches about one target, and that a later answer replaces an earlier one."""

from dataclasses import replace

import pytest

from davlock.diagnosis.fact import Known, NotAsked, Unreadable
from davlock.diagnosis.timeline import Timeline
from davlock.errors import NoResponseKind
from davlock.protocol.message import Exchange, Headers
from tests.diagnosis.exchanges import (
    BASE,
    LOCKINFO,
    OTHER,
    TOKEN,
    activelock,
    exchange,
    failed,
    lock,
    propfind,
    refresh,
    response,
    shows,
    unlock,
)

TARGET = f"{BASE}/col/a.txt"


def learn(*exchanges: Exchange, target: str = TARGET, subject: int | None = None) -> Timeline:
    """A history that has taken ``exchanges``."""
    history = Timeline(target, frozenset())
    for index, entry in enumerate(exchanges):
        history.take(index, entry, subject=index == subject)
    return history


def shown(history: Timeline) -> list[str | None]:
    """The tokens of the locks that cover the target."""
    assert isinstance(history.locks, Known)
    return [covering.token for covering in history.locks.value]


# -- OPTIONS


def test_options() -> None:
    """The classes and the methods; without Allow the methods stay unknown."""
    history = learn(exchange("OPTIONS", "/col/a.txt", 200, answered={"DAV": "1, 2", "Allow": "LOCK, PUT"}))
    assert history.offered.dav == Known(("1", "2"), 0)
    assert history.offered.allow == Known(("LOCK", "PUT"), 0)
    bare = learn(exchange("OPTIONS", "/col/a.txt", 204))
    assert bare.offered.dav == Known((), 0)
    assert isinstance(bare.offered.allow, NotAsked)


def test_options_refused() -> None:
    """Asked, and not told."""
    history = learn(exchange("OPTIONS", "/col/a.txt", 403))
    assert history.offered.dav == history.offered.allow == Unreadable("the server answered 403 to OPTIONS", 0)


def test_no_answer_teaches_nothing() -> None:
    """Of whatever method."""
    history = learn(exchange("OPTIONS", "/", NoResponseKind.TIMEOUT), exchange("LOCK", "/", NoResponseKind.RESET))
    assert isinstance(history.offered.dav, NotAsked)
    assert isinstance(history.locks, NotAsked)


# -- PROPFIND of the target


def test_propfind_shows_all() -> None:
    """Existence, locks, supportedlock, kind, entity tag and Nextcloud's properties."""
    more = (
        "<D:supportedlock><D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>"
        '</D:lockentry></D:supportedlock><D:getetag>"1"</D:getetag><nc:lock-owner xmlns:nc="http://nextcloud.org/ns">bob'
        "</nc:lock-owner>"
    )
    history = learn(propfind("/col/a.txt", response("/col/a.txt", activelock(), more=more)))
    assert history.exists == Known(True, 0)
    assert history.is_collection == Known(False, 0)
    assert shown(history) == [TOKEN]
    assert isinstance(history.supported, Known)
    assert len(history.supported.value) == 1
    assert isinstance(history.tags.current, Known)
    assert str(history.tags.current.value) == '"1"'
    assert isinstance(history.locks, Known)
    assert history.locks.value[0].lock.vendor == (("nc:lock-owner", "bob"),)


def test_an_empty_entity_tag_is_left_out() -> None:
    """The rest of the answer counts."""
    history = learn(propfind("/col/a.txt", response("/col/a.txt", more="<D:getetag/>")))
    assert isinstance(history.tags.current, NotAsked)
    assert shown(history) == []


def test_propfind_404_of_the_target() -> None:
    """It is not there; then the nearest collection that was asked tells which locks bear on it."""
    gone = propfind("/col/a.txt", status=404)
    history = learn(gone)
    assert history.exists == Known(False, 0)
    assert isinstance(history.locks, NotAsked)
    assert learn(gone, shows("/col/", collection=True)).locks == Known((), 1)
    assert shown(learn(gone, shows("/col/", activelock(root="/col/"), collection=True))) == [TOKEN]
    assert isinstance(learn(gone, propfind("/col/", status=403), shows("/", collection=True)).locks, Unreadable)


@pytest.mark.parametrize("status", [401, 403, 500])
def test_propfind_refused(status: int) -> None:
    """Then the locks are unknown; and what is supported was not even in question."""
    history = learn(propfind("/col/a.txt", status=status))
    assert isinstance(history.locks, Unreadable)
    assert isinstance(history.supported, NotAsked)


def test_propfind_answered_with_something_else() -> None:
    """A page in place of a multistatus, a body that is cut off."""
    page = exchange("PROPFIND", "/col/a.txt", 200, answer="<html></html>")
    cut = exchange("PROPFIND", "/col/a.txt", 207, answer='<D:multistatus xmlns:D="DAV:"><D:respo')
    for entry in (page, cut):
        history = learn(entry)
        assert isinstance(history.locks, Unreadable)
        assert isinstance(history.supported, Unreadable)
        assert isinstance(history.exists, NotAsked)


def test_propfind_whose_answer_nobody_kept() -> None:
    """The server may have told: that the recording does not is nothing to hold against it."""
    history = learn(exchange("PROPFIND", "/col/a.txt", 207, answer=None))
    assert history.locks == NotAsked("the answer's body was not kept")
    assert history.exists_after == Known(True, 0)


@pytest.mark.parametrize(
    ("answers", "tokens"),
    [
        ([response("/col/a.txt", activelock())], [TOKEN]),
        ([response("/col/a.txt"), response("/col/", activelock(OTHER), collection=True)], [OTHER]),
        ([response("http://h/a/", activelock(root="/a/")), response("http://h/a/b")], [TOKEN]),
        ([response("/col/a.txt", activelock()), response("/col/b.txt")], None),
        ([], None),
    ],
    ids=["one", "a folder and its member", "absolute", "two that are none of each other", "none"],
)
def test_an_answer_alone_is_of_the_topmost_resource(answers: list[str], tokens: list[str] | None) -> None:
    """Nobody recorded what was asked for."""
    entry = propfind("/x", *answers)
    history = learn(replace(entry, request=replace(entry.request, url="", body=None)), target="")
    if tokens is None:
        assert isinstance(history.locks, NotAsked)
        return
    assert shown(history) == tokens
    assert isinstance(history.locks, Known)
    assert {(covering.url, covering.direct) for covering in history.locks.value} == {("", None)}


def test_lockdiscovery_with_another_status() -> None:
    """Go says 404 for it, in words that are kept."""
    body = (
        "<D:response><D:href>/col/a.txt</D:href><D:propstat><D:prop><D:lockdiscovery/></D:prop>"
        "<D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>"
    )
    history = learn(propfind("/col/a.txt", body))
    assert history.locks == Unreadable("the server answered 404 Not Found for lockdiscovery", 0, left_out=True)
    assert history.exists == Known(True, 0)


def test_an_odd_href_in_an_answer_of_one() -> None:
    """A Depth 0 answer with a single element speaks of what was asked for; one with several must name it."""
    assert shown(learn(propfind("/col/a.txt", response("/inner/x.txt", activelock())))) == [TOKEN]
    several = propfind("/col/a.txt", response("/x", activelock()), response("/y", activelock()))
    assert learn(several).locks == Unreadable("the answer does not mention the resource asked for", 0)
    deep = propfind("/col/a.txt", response("/x", activelock()), depth="1")
    assert isinstance(learn(deep).locks, Unreadable)


def test_a_member_of_a_listing() -> None:
    """The target as one of its parent's members; the parent's own locks are learned as well."""
    listing = propfind(
        "/col/",
        response("/col/", activelock(OTHER, depth="infinity", root="/col/"), collection=True),
        response("/col/a.txt", activelock(root="/col/a.txt")),
        response("/col/b.txt", activelock("urn:x", root="/col/b.txt")),
        depth="1",
    )
    history = learn(listing)
    assert shown(history) == [TOKEN, OTHER]
    assert history.parent_is_collection == Known(True, 0)


def test_a_listing_that_does_not_name_the_target() -> None:
    """Proves nothing about it."""
    history = learn(propfind("/col/", response("/col/", collection=True), depth="1"))
    assert isinstance(history.exists, NotAsked)
    assert isinstance(history.locks, NotAsked)


def test_a_member_with_a_status_of_its_own() -> None:
    """Its locks are unknown."""
    history = learn(
        propfind("/col/", response("/col/", collection=True), failed("/col/a.txt", "403 Forbidden"), depth="1")
    )
    assert history.locks == Unreadable("the server answered 403 for the resource", 0)


def test_another_resource_is_ignored() -> None:
    """A PROPFIND of a sibling, or of a member of the target."""
    history = learn(shows("/col/b.txt", activelock()), shows("/col/a.txt/x", activelock()))
    assert isinstance(history.locks, NotAsked)


def test_the_later_look_counts() -> None:
    """In both directions."""
    assert shown(learn(shows("/col/a.txt", activelock()), shows("/col/a.txt"))) == []
    assert shown(learn(shows("/col/a.txt"), shows("/col/a.txt", activelock()))) == [TOKEN]
    forgotten = learn(shows("/col/a.txt", activelock()), propfind("/col/a.txt", status=500))
    assert isinstance(forgotten.locks, Unreadable)


# -- PROPFIND of collections above


def test_parent() -> None:
    """There, a file, missing; a grandparent tells nothing about it."""
    assert learn(shows("/col/", collection=True)).parent_is_collection == Known(True, 0)
    assert learn(shows("/col", collection=True)).parent_is_collection == Known(True, 0)
    assert learn(shows("/col")).parent_is_collection == Known(False, 0)
    assert learn(propfind("/col/", status=404)).parent_is_collection == Known(False, 0)
    assert isinstance(learn(propfind("/", status=404)).parent_is_collection, NotAsked)
    assert isinstance(learn(shows("/", collection=True)).parent_is_collection, NotAsked)
    assert isinstance(learn(propfind("/col/", status=403)).parent_is_collection, NotAsked)


def test_a_lock_above_is_known_although_the_target_was_not_asked() -> None:
    """It covers all the same."""
    history = learn(shows("/col/", activelock(depth="infinity", root="/col/"), collection=True))
    assert shown(history) == [TOKEN]


# -- GET, HEAD


def test_get() -> None:
    """Existence and the entity tag, weak or strong; a malformed one is left out; another URL says nothing."""
    history = learn(exchange("HEAD", "/col/a.txt", 200, answered={"ETag": 'W/"1"'}))
    assert history.exists == Known(True, 0)
    assert isinstance(history.tags.current, Known)
    assert history.tags.current.value.weak
    assert learn(exchange("GET", "/col/a.txt", 404)).exists == Known(False, 0)
    assert isinstance(learn(exchange("GET", "/col/a.txt", 500)).exists, NotAsked)
    assert isinstance(learn(exchange("GET", "/col/b.txt", 200)).exists, NotAsked)
    assert isinstance(learn(exchange("GET", "/col/a.txt", 200, answered={"ETag": ""})).tags.current, NotAsked)


# -- LOCK and UNLOCK


def test_lock_is_held_and_covers() -> None:
    """On the target, and on a collection above it; elsewhere it is held only."""
    own = learn(lock("/col/a.txt"))
    assert shown(own) == [TOKEN]
    assert own.held == {TOKEN}
    assert own.exists_after == Known(True, 0)
    above = learn(lock("/col/", activelock(depth="infinity")))
    assert shown(above) == [TOKEN]
    assert above.held == {TOKEN}
    elsewhere = learn(lock("/b.txt"))
    assert elsewhere.held == {TOKEN}
    assert isinstance(elsewhere.locks, NotAsked)


def test_lock_with_a_bare_or_broken_lock_token() -> None:
    """Brackets are forgiven; where there is no token in the header, the body's counts."""
    bare = exchange("LOCK", "/x", 200, body=LOCKINFO, answered={"Lock-Token": TOKEN})
    assert learn(bare).held == {TOKEN}
    empty = exchange("LOCK", "/x", 200, body=LOCKINFO, answered={"Lock-Token": "<>"})
    assert learn(empty).held == frozenset()


@pytest.mark.parametrize("status", [207, 401, 412, 423, 500])
def test_lock_refused(status: int) -> None:
    """Teaches nothing about locks."""
    history = learn(lock("/col/a.txt", status=status))
    assert history.held == frozenset()
    assert isinstance(history.locks, NotAsked)


def test_a_refresh_before_the_subject_shows_no_lock() -> None:
    """lighttpd prints whatever token it was sent."""
    history = learn(lock("/col/a.txt", activelock(OTHER), token=None, body=b""))
    assert history.held == frozenset()
    assert isinstance(history.locks, NotAsked)


@pytest.mark.parametrize(("status", "alive"), [(200, True), (409, False), (412, False), (423, False)])
def test_a_refresh_after_the_subject_asks_for_the_token(status: int, alive: bool) -> None:
    """Where lockdiscovery tells nothing."""
    history = learn(unlock("/col/a.txt"), refresh("/col/a.txt", status), subject=0)
    assert history.token_alive == Known(alive, 1)


def test_a_refresh_after_the_subject_that_lost_its_token_does_not_tell() -> None:
    """400 is the answer to a refresh without If: a proxy in between, perhaps."""
    history = learn(unlock("/col/a.txt"), refresh("/col/a.txt", 400), subject=0)
    assert history.token_alive == Unreadable("the server answered the refresh like one without a token", 1)


@pytest.mark.parametrize("status", [401, 500, 503])
def test_a_refresh_that_failed_otherwise_tells_nothing(status: int) -> None:
    """About the token."""
    history = learn(unlock("/col/a.txt"), refresh("/col/a.txt", status), subject=0)
    assert isinstance(history.token_alive, NotAsked)


def test_the_subject_itself_is_no_such_question() -> None:
    """Nor is a refresh of another resource."""
    assert isinstance(learn(refresh("/col/a.txt", 412), subject=0).token_alive, NotAsked)
    assert isinstance(learn(unlock("/col/a.txt"), refresh("/b.txt", 412), subject=0).token_alive, NotAsked)


def test_unlock_makes_what_was_known_unknown() -> None:
    """A 2xx proves nothing; a refusal changes nothing."""
    history = learn(lock("/col/a.txt"), shows("/col/", activelock(OTHER, depth="infinity")), unlock("/col/a.txt"))
    assert isinstance(history.locks, NotAsked)
    assert "the server answered 204 to UNLOCK" in history.locks.why
    assert history.held == frozenset()
    refused = learn(lock("/col/a.txt"), unlock("/col/a.txt", 409))
    assert shown(refused) == [TOKEN]
    assert refused.held == {TOKEN}


def test_unlock_under_question_does_not_take_the_token_away() -> None:
    """Whether it did is what is to be told."""
    assert learn(lock("/col/a.txt"), unlock("/col/a.txt"), subject=1).held == {TOKEN}


def test_unlock_of_another_token_leaves_ours() -> None:
    """And one without a token takes none."""
    assert learn(lock("/col/a.txt"), unlock("/col/a.txt", token=OTHER)).held == {TOKEN}
    assert learn(lock("/col/a.txt"), exchange("UNLOCK", "/col/a.txt", 204)).held == {TOKEN}


# -- the rest


def test_a_copy_goes_on_by_itself() -> None:
    """What it learns does not reach the original."""
    history = learn(shows("/col/a.txt"))
    other = history.copy()
    other.take(1, shows("/col/", activelock(depth="infinity", root="/col/"), collection=True))
    other.take(2, lock("/x"))
    assert shown(other) == [TOKEN]
    assert shown(history) == []
    assert history.held == frozenset()


def test_existence_before_the_subject_stays() -> None:
    """A look after it says what is there now."""
    history = learn(propfind("/col/a.txt", status=404), lock("/col/a.txt", status=201), shows("/col/a.txt"), subject=1)
    assert history.exists == Known(False, 0)
    assert history.exists_after == Known(True, 2)


def test_the_root_has_no_ancestors() -> None:
    """A target at the top of the server."""
    history = learn(shows("/", activelock(depth="infinity"), collection=True), target=f"{BASE}/")
    assert shown(history) == [TOKEN]
    assert isinstance(history.locks, Known)
    assert history.locks.value[0].root == f"{BASE}/"


def test_a_lock_that_was_granted_proves_that_nothing_was_in_its_way() -> None:
    tried = learn(shows("/col/a.txt"), lock("/col/a.txt"), unlock("/col/a.txt"))
    assert tried.lockable == Known(True, 1)
    assert learn(lock("/col/a.txt", status=423, token=None)).lockable == Known(False, 0)


@pytest.mark.parametrize(
    "other",
    [
        lock("/b.txt"),
        lock("/col/a.txt", body=LOCKINFO.replace(b"exclusive", b"shared")),
        lock("/col/a.txt", status=403),
        refresh("/col/a.txt", 200),
    ],
)
def test_what_proves_nothing_of_the_kind(other: Exchange) -> None:
    assert learn(other).lockable == NotAsked()


# -- DELETE and MOVE


@pytest.mark.parametrize("method", ["DELETE", "MOVE"])
def test_a_collection_above_that_is_gone(method: str) -> None:
    """What was read of it before says nothing any more; a refusal changes nothing."""
    seen = propfind("/col/", response("/col/", collection=True))
    assert isinstance(learn(seen, exchange(method, "/col/", 204)).parent_is_collection, NotAsked)
    assert isinstance(learn(seen, exchange(method, "/col/", 423)).parent_is_collection, Known)
    assert isinstance(learn(seen, exchange(method, "/col/b.txt", 204)).parent_is_collection, Known)


# -- every look at a timeout


def test_sightings() -> None:
    """On the target and above it, in order; a LOCK's and a refresh's own lock is granted, others are only seen."""
    again = lock("/col/a.txt", activelock(timeout="Second-900"), activelock(OTHER), token=None, body=b"")
    again = replace(again, request=replace(again.request, headers=Headers.of([("If", f"(<{TOKEN}>)")])))
    history = learn(
        lock("/col/a.txt", activelock(timeout="Second-600")),
        shows("/col/", activelock(OTHER, depth="infinity"), collection=True),
        shows("/elsewhere", activelock(OTHER)),
        again,
        lock("/col/a.txt", status=423),
    )
    assert [
        (entry.exchange, entry.token, entry.lock.timeout and entry.lock.timeout.as_sent, entry in history.grants)
        for entry in history.sightings
    ] == [
        (0, TOKEN, "Second-600", True),
        (1, OTHER, "Second-540", False),
        (3, TOKEN, "Second-900", True),
        (3, OTHER, "Second-540", False),
    ]
    assert [entry.url for entry in history.sightings[:2]] == [TARGET, f"{BASE}/col/"]

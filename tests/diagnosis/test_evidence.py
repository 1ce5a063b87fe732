"""What a run of exchanges is taken to say: which of them is under question, whose the locks are, what refused."""

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, NotAsked, Unreadable
from davlock.diagnosis.resource import OwnLock
from davlock.errors import NoResponseKind
from davlock.protocol.if_header import IfSyntaxError
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from tests.diagnosis.exchanges import (
    ALLPROP,
    BASE,
    LOCKINFO,
    OTHER,
    TOKEN,
    activelock,
    exchange,
    failed,
    lock,
    multistatus,
    propfind,
    put,
    refresh,
    response,
    shows,
    unlock,
)


def tokens(evidence: Evidence) -> list[str | None]:
    """The tokens of the covering locks."""
    return [covering.token for covering in evidence.covering]


# -- which exchange is under question

OPTIONS = exchange("OPTIONS", "/a.txt", 200, answered={"DAV": "1, 2", "Allow": "LOCK, UNLOCK"})
GET = exchange("GET", "/a.txt", 200)
MEMBER_FAILED = exchange("DELETE", "/col/", 207, answer=multistatus(failed("/col/m", "423 Locked")))
MEMBER_DONE = exchange("DELETE", "/col/", 207, answer=multistatus(failed("/col/m", "204 No Content")))


@pytest.mark.parametrize(
    ("exchanges", "subject"),
    [
        pytest.param([], None, id="nothing was captured"),
        pytest.param([OPTIONS, GET, shows("/a.txt")], None, id="reads that went well are no question"),
        pytest.param([put("/a.txt", 423)], 0, id="a refusal"),
        pytest.param([put("/a.txt", 423), shows("/a.txt")], 0, id="a look afterwards is context"),
        pytest.param([lock("/a.txt"), put("/a.txt", 423), unlock("/a.txt")], 1, id="a success afterwards is context"),
        pytest.param([put("/a.txt", 423), put("/a.txt", 412)], 1, id="the last of two refusals"),
        pytest.param([lock("/a.txt"), put("/a.txt", 204)], 1, id="without a refusal the last write"),
        pytest.param([lock("/a.txt"), shows("/a.txt")], 0, id="and not the look after it"),
        pytest.param([put("/a.txt", NoResponseKind.TIMEOUT), GET], 0, id="no answer is a failure"),
        pytest.param([exchange("PROPFIND", "/a.txt", 404)], 0, id="a read that failed, where there is nothing else"),
        pytest.param([exchange("PROPFIND", "/", 301, answered={"Location": "/x/"})], 0, id="a redirect"),
        pytest.param([MEMBER_FAILED, GET], 0, id="a 207 with a failed member is a failure"),
        pytest.param([put("/a.txt", 423), MEMBER_DONE], 0, id="a 207 whose members all succeeded is none"),
        pytest.param([put("/a.txt", 423), shows("/a.txt"), OPTIONS], 0, id="several looks"),
        pytest.param([put("/a.txt", 409), propfind("/", status=404)], 0, id="a look that fails explains the refusal"),
        pytest.param([propfind("/a.txt", status=404), lock("/a.txt", status=201)], 1, id="nothing there, and created"),
        pytest.param([lock("/a.txt", status=401), lock("/a.txt")], 1, id="a challenge that was met"),
    ],
)
def test_guesses_the_subject(exchanges: list[Exchange], subject: int | None) -> None:
    """The last that went wrong, else the last that tried to change something."""
    assert from_exchanges(exchanges).subject == subject


def test_a_subject_given_is_not_guessed() -> None:
    """Nor is one where the caller says that there is none."""
    exchanges = [put("/a.txt", 423), put("/b.txt", 412)]
    assert from_exchanges(exchanges, subject=0).status == 423
    assert from_exchanges(exchanges, guess=False).subject is None
    assert from_exchanges(exchanges, guess=False).target == f"{BASE}/b.txt"


def test_target_is_the_subjects_url() -> None:
    """Unless the caller names one; of looks alone the last."""
    assert from_exchanges([put("/a.txt", 423), shows("/b.txt")]).target == f"{BASE}/a.txt"
    assert from_exchanges([shows("/a.txt"), shows("/b.txt")]).target == f"{BASE}/b.txt"
    assert from_exchanges([put("/a.txt", 423)], target=f"{BASE}/c.txt").target == f"{BASE}/c.txt"
    assert from_exchanges([]).target == ""


# -- whose locks they are


def test_tokens_taken_in_the_story_are_held() -> None:
    """LOCK answered with Lock-Token makes the lock ours; UNLOCK ends that."""
    evidence = from_exchanges([lock("/a.txt"), put("/a.txt", 423)])
    assert evidence.held == {TOKEN}
    assert [covering.mine for covering in evidence.covering] == [True]
    released = from_exchanges([lock("/a.txt"), unlock("/a.txt"), put("/a.txt", 423)])
    assert released.held == frozenset()


def test_a_lock_granted_after_the_subject_is_held_too() -> None:
    """The story is read to its end."""
    evidence = from_exchanges([put("/a.txt", 423), lock("/a.txt")], subject=0)
    assert evidence.held == {TOKEN}


def test_a_refused_lock_gives_nothing() -> None:
    """Nor does a refresh, whose answer some servers invent."""
    assert from_exchanges([lock("/a.txt", status=423)]).held == frozenset()
    invented = lock("/a.txt", activelock(OTHER), token=None, body=b"")
    assert from_exchanges([invented]).held == frozenset()


def test_a_token_without_its_header_is_taken_from_the_body() -> None:
    """Nextcloud's fake locks come without Lock-Token; of several locks none is guessed."""
    assert from_exchanges([lock("/a.txt", token=None)]).held == {TOKEN}
    several = lock("/a.txt", activelock(scope="shared"), activelock(OTHER, scope="shared"), token=None)
    assert from_exchanges([several]).held == frozenset()


def test_a_typed_token_is_held_and_proves_no_owner() -> None:
    """A lock is ours because davlock took it. An unknown holder is unknown, not foreign."""
    look = shows("/a.txt", activelock(scope="shared"), activelock(OTHER, scope="shared"))
    typed = from_exchanges([look], held=[OTHER])
    assert [(covering.mine, covering.held) for covering in typed.covering] == [(None, False), (None, True)]
    taken = from_exchanges([look], own=(OwnLock(OTHER, 60, 60),))
    assert [(covering.mine, covering.held) for covering in taken.covering] == [(None, False), (True, True)]


# -- which locks cover the target


def test_target_is_found_by_path_behind_a_proxy() -> None:
    """The server's own idea of its host, port and scheme does not matter."""
    look = propfind("/a%20b.txt", response("https://inner:8443/a b.txt", activelock()))
    evidence = from_exchanges([look])
    assert tokens(evidence) == [TOKEN]


def test_lockroot_behind_a_proxy_is_still_direct() -> None:
    """Compared by path as well."""
    evidence = from_exchanges([shows("/a.txt", activelock(root="http://inner:8080/a.txt"))])
    assert evidence.covering[0].direct is True
    below = from_exchanges([shows("/col/a.txt", activelock(depth="infinity", root="http://inner:8080/col/"))])
    assert below.covering[0].direct is False


def test_a_deep_lock_seen_on_an_ancestor_covers() -> None:
    """Where the member itself does not show it (WsgiDAV); where it does, it counts once."""
    member, above = shows("/col/m.txt"), shows("/col/", activelock(depth="infinity", root="/col/"), collection=True)
    hidden = from_exchanges([member, above], target=f"{BASE}/col/m.txt")
    assert tokens(hidden) == [TOKEN]
    assert hidden.covering[0].url == f"{BASE}/col/"
    shown = shows("/col/m.txt", activelock(depth="infinity", root="/col/"))
    assert tokens(from_exchanges([shown, above], target=f"{BASE}/col/m.txt")) == [TOKEN]


@pytest.mark.parametrize(
    ("path", "missing", "covers"),
    [("/col/", True, True), ("/col/", False, False), ("/", True, False)],
    ids=["parent, to be created", "parent, there already", "grandparent"],
)
def test_a_depth_0_lock_above_covers_only_what_is_created(path: str, missing: bool, covers: bool) -> None:
    """RFC 4918 §7.4: it protects the parent's list of members."""
    target = propfind("/col/new.txt", status=404) if missing else shows("/col/new.txt")
    above = shows(path, activelock(root=path), collection=True)
    evidence = from_exchanges([target, above], target=f"{BASE}/col/new.txt", guess=False)
    assert bool(evidence.covering) is covers


def test_apaches_root_is_found_by_walking() -> None:
    """The topmost resource that shows the token; unknown as long as the next one was not asked."""
    deep = activelock(depth="infinity")
    walk = [shows("/a/b/m.txt", deep), shows("/a/b/", deep, collection=True), shows("/a/", collection=True)]
    target = f"{BASE}/a/b/m.txt"

    def root(*exchanges: Exchange) -> str | None:
        return from_exchanges(exchanges, target=target).covering[0].root

    assert root(*walk) == f"{BASE}/a/b/"
    assert root(walk[0]) is None
    assert root(*walk[:2]) is None
    assert root(walk[0], walk[2]) is None
    assert root(walk[0], shows("/a/b/", collection=True)) == target
    everywhere = [*walk[:2], shows("/a/", deep, collection=True), shows("/", deep, collection=True)]
    assert root(*everywhere) == f"{BASE}/"


def test_a_depth_0_lock_without_lockroot_is_where_it_was_seen() -> None:
    """No walk is needed."""
    covering = from_exchanges([shows("/a.txt", activelock(depth="0"))]).covering[0]
    assert (covering.root, covering.direct) == (f"{BASE}/a.txt", True)


def test_without_token_and_lockroot_the_root_stays_unknown() -> None:
    """There is nothing to follow upwards."""
    look = [shows("/col/m.txt", activelock(None, depth="infinity")), shows("/col/", collection=True)]
    covering = from_exchanges(look, target=f"{BASE}/col/m.txt").covering[0]
    assert (covering.root, covering.direct, covering.mine) == (None, None, None)


def test_locks_before_and_after_the_subject() -> None:
    """Both states are kept apart."""
    evidence = from_exchanges([shows("/a.txt", activelock()), unlock("/a.txt"), shows("/a.txt")])
    assert evidence.subject == 1
    assert isinstance(evidence.locks_before, Known)
    assert [covering.token for covering in evidence.locks_before.value] == [TOKEN]
    assert evidence.locks == Known((), 2)
    assert evidence.after_subject(2)
    assert not evidence.after_subject(1)
    assert not from_exchanges([shows("/a.txt")]).after_subject(1)


def test_existence_is_that_at_the_time_of_the_subject() -> None:
    """What it was before; what a look afterwards shows only where nothing was known before."""
    before = from_exchanges([propfind("/a.txt", status=404), lock("/a.txt", status=201)], subject=1)
    assert before.exists == Known(False, 0)
    after = from_exchanges([put("/a.txt", 423), shows("/a.txt")])
    assert after.exists == Known(True, 1)


# -- what refused


def test_refusals_of_a_plain_answer() -> None:
    """The status, its codes and its words."""
    body = (
        '<D:error xmlns:D="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>no</s:message>'
        "<D:lock-token-submitted><D:href>/col/</D:href></D:lock-token-submitted></D:error>"
    )
    evidence = from_exchanges([exchange("PUT", "/col/a.txt", 423, answer=body)])
    (refusal,) = evidence.refusals
    assert (refusal.url, refusal.status, refusal.words) == (f"{BASE}/col/a.txt", 423, "no")
    assert refusal.codes == ("lock-token-submitted",)
    assert not refusal.member
    assert evidence.cause == refusal


def test_refusals_of_a_multistatus() -> None:
    """Each failed member with its words; a 424 is never the cause while something else failed."""
    body = multistatus(
        failed("/col/", "424 Unreadable Dependency"),
        failed("/col/ok.txt", "204 No Content"),
        failed("/col/m.txt", "423 Locked", "locked by bob"),
    )
    evidence = from_exchanges([exchange("DELETE", "/col/", 207, answer=body)])
    assert [(entry.url, entry.status, entry.member) for entry in evidence.refusals] == [
        (f"{BASE}/col/", 424, True),
        (f"{BASE}/col/m.txt", 423, True),
    ]
    assert evidence.cause is not None
    assert (evidence.cause.url, evidence.cause.words) == (f"{BASE}/col/m.txt", "locked by bob")


def test_a_member_explains_a_424_on_the_answer() -> None:
    """Apache sends the multistatus with 424."""
    body = multistatus(failed("/col/m.txt", "423 Locked"))
    evidence = from_exchanges([exchange("DELETE", "/col/", 424, answer=body)])
    assert [entry.status for entry in evidence.refusals] == [424, 423]
    assert evidence.cause is not None
    assert evidence.cause.status == 423


def test_a_424_alone_is_all_there_is() -> None:
    """Better than nothing."""
    evidence = from_exchanges([exchange("DELETE", "/a.txt", 424)])
    assert evidence.cause is not None
    assert evidence.cause.status == 424


def test_codes_of_a_propstat_count() -> None:
    """PROPPATCH says there what was wrong."""
    body = multistatus(
        "<D:response><D:href>/a.txt</D:href><D:propstat><D:prop><D:getetag/></D:prop>"
        "<D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:cannot-modify-protected-property/></D:error>"
        "</D:propstat></D:response>"
    )
    evidence = from_exchanges([exchange("PROPPATCH", "/a.txt", 207, answer=body)])
    assert [(entry.status, entry.codes) for entry in evidence.refusals] == [
        (403, ("cannot-modify-protected-property",))
    ]


def test_a_listing_refuses_nothing() -> None:
    """A PROPFIND whose members or properties failed is an answer."""
    assert from_exchanges([propfind("/", failed("/secret", "403 Forbidden"))], subject=0).refusals == ()


# -- the request under question


def test_no_subject_means_no_request() -> None:
    """Every question then has the answer that claims least."""
    evidence = from_exchanges([])
    assert (evidence.method, evidence.status, evidence.request, evidence.response) == ("", None, None, None)
    assert evidence.no_response is None
    assert evidence.cause is None
    assert not evidence.headers.complete
    assert evidence.submitted is None
    assert not evidence.is_write
    assert not evidence.is_refresh
    assert evidence.depth is None
    assert evidence.covering == ()
    assert not evidence.lacks("If")


def test_no_response_is_kept() -> None:
    """With its kind."""
    evidence = from_exchanges([put("/a.txt", NoResponseKind.RESET)])
    assert evidence.no_response is not None
    assert evidence.no_response.kind is NoResponseKind.RESET
    assert evidence.status is None
    assert evidence.refusals == ()


@pytest.mark.parametrize(
    ("asked", "submitted"),
    [
        pytest.param(put("/a", 423, If=f"(<{TOKEN}>) (<{OTHER}>)"), (TOKEN, OTHER), id="two lists"),
        pytest.param(put("/a", 423), (), id="headers known, no If"),
        pytest.param(exchange("PUT", "/a", 423, complete=False), None, id="headers not known"),
        pytest.param(put("/a", 423, If="garbage"), (), id="malformed"),
    ],
)
def test_submitted_tokens(asked: Exchange, submitted: tuple[str, ...] | None) -> None:
    """What is not known is not empty."""
    assert from_exchanges([asked]).submitted == submitted


def test_a_malformed_if_is_kept_as_an_error() -> None:
    """For the rule that explains it."""
    evidence = from_exchanges([put("/a", 400, If="garbage")])
    assert isinstance(evidence.if_error, IfSyntaxError)
    assert evidence.if_header is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(refresh("/a", 200), True, id="no body and an If"),
        pytest.param(lock("/a"), False, id="a lockinfo"),
        pytest.param(exchange("LOCK", "/a", 400), False, id="neither"),
        pytest.param(exchange("LOCK", "/a", 400, complete=False), True, id="no body, headers not known"),
        pytest.param(exchange("LOCK", "/a", 423, body=None, sent={"If": "(<x:y>)"}), True, id="body not known, If"),
        pytest.param(
            exchange("LOCK", "/a", 423, body=None, sent={"If": "(<x:y>)", "Content-Type": "text/xml"}),
            False,
            id="body not known, but it had a type",
        ),
        pytest.param(put("/a", 423, If="(<x:y>)"), False, id="another method"),
    ],
)
def test_is_refresh(asked: Exchange, expected: bool) -> None:
    """RFC 4918 §9.10.2."""
    assert from_exchanges([asked], subject=0).is_refresh is expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [("put", True), ("PROPPATCH", True), ("FROB", True), ("LOCK", False), ("UNLOCK", False), ("PROPFIND", False)],
)
def test_is_write(method: str, expected: bool) -> None:
    """Whatever is not known to read is taken to write."""
    assert from_exchanges([exchange(method, "/a", 423)]).is_write is expected


@pytest.mark.parametrize(
    ("method", "sent", "complete", "depth"),
    [
        ("PROPFIND", {"Depth": "1"}, True, Depth.ONE),
        ("PROPFIND", {"Depth": "Infinity"}, True, Depth.INFINITY),
        ("PROPFIND", {"Depth": "many"}, True, None),
        ("PROPFIND", {}, True, Depth.INFINITY),
        ("LOCK", {}, True, Depth.INFINITY),
        ("LOCK", {}, False, None),
        ("PUT", {}, True, None),
    ],
)
def test_depth(method: str, sent: dict[str, str], complete: bool, depth: Depth | None) -> None:
    """RFC 4918 §9.1, §9.6.1, §9.10.3: what a missing Depth means, where it is known to be missing."""
    assert from_exchanges([exchange(method, "/a", 423, sent=sent, complete=complete)]).depth is depth


def test_lacks_needs_all_headers() -> None:
    """What was not captured may have been sent."""
    assert from_exchanges([put("/a", 423)]).lacks("If")
    assert not from_exchanges([put("/a", 423, If="x")]).lacks("if")
    assert not from_exchanges([exchange("PUT", "/a", 423, complete=False)]).lacks("If")


# -- the lock that was granted


def test_granted_is_the_lock_that_the_headers_name() -> None:
    """RFC 4918 §9.10.1: the body may list other locks too."""
    both = (activelock(OTHER, scope="shared"), activelock(scope="shared"))
    granted = from_exchanges([lock("/a.txt", *both)]).granted
    assert granted is not None
    assert granted.token is not None
    assert granted.token.uri == TOKEN
    unnamed = from_exchanges([lock("/a.txt", *reversed(both), token=None)]).granted
    assert unnamed is not None
    assert unnamed.token is not None
    assert unnamed.token.uri == OTHER


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(lock("/a.txt", status=423), id="refused"),
        pytest.param(exchange("LOCK", "/a.txt", 200, body=LOCKINFO, answer=""), id="no body"),
        pytest.param(exchange("LOCK", "/a.txt", 200, body=LOCKINFO, answer=None), id="body not captured"),
        pytest.param(exchange("LOCK", "/a.txt", 200, body=LOCKINFO, answer="<D:prop"), id="broken body"),
        pytest.param(exchange("LOCK", "/a.txt", 200, body=LOCKINFO, answer="<prop xmlns='DAV:'/>"), id="no lock in it"),
        pytest.param(put("/a.txt", 200), id="another method"),
    ],
)
def test_nothing_is_granted(asked: Exchange) -> None:
    """Then no lock is described."""
    assert from_exchanges([asked], subject=0).granted is None


def test_server_is_recognised_over_the_whole_story() -> None:
    """One answer that gives it away is enough."""
    told = exchange("OPTIONS", "/", 200, answered={"DAV": "1,2,<http://apache.org/dav/propset/fs/1>"})
    evidence = from_exchanges([told, put("/a.txt", 423)])
    assert evidence.server is not None
    assert evidence.server.name == "apache"
    assert from_exchanges([put("/a.txt", 423)]).server is None


def test_facts_not_asked_for_say_so() -> None:
    """Unknown is not empty."""
    evidence = from_exchanges([put("/a.txt", 423)])
    for fact in (evidence.locks, evidence.exists, evidence.dav, evidence.etag, evidence.parent_is_collection):
        assert isinstance(fact, NotAsked)


def test_lockdiscovery_that_was_not_asked_for_by_name_is_not_refused() -> None:
    """An allprop may leave it out (RFC 4918 §9.1); asked for by name it may not."""
    bare = (
        "<D:response><D:href>/a.txt</D:href><D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
        "</D:response>"
    )
    assert isinstance(from_exchanges([propfind("/a.txt", bare, body=ALLPROP)]).locks, NotAsked)
    assert isinstance(from_exchanges([propfind("/a.txt", bare)]).locks, Unreadable)

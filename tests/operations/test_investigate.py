"""What is asked, and above all what is not."""

import pytest

from davlock.diagnosis.above import MAX_ANCESTORS
from davlock.diagnosis.fact import Known, Unreadable
from davlock.operations import investigate
from davlock.operations.probe import MAX_REDIRECTS, Probe, ProbeResult
from davlock.protocol import requests
from davlock.protocol.message import Request, Response
from tests.cli.answers import TOKEN, active_lock, element
from tests.operations.fake import Answer, FakeSend, answer, listing, lost

URL = "http://dav.example/a/b/c.txt"
OPTIONS = answer(200, b"", ("DAV", "1, 2"))
NEPHELE, PHODAV, WSGIDAV = "nephele/1.0.0", "PhodavServer libsoup/3.2.3", "WsgiDAV/4.4.0"  # known by name alone


def world(answers: dict[str, Response], *, default: Answer | None = None) -> FakeSend:
    """A sender that answers PROPFIND by path."""

    def play(request: Request) -> Answer:
        if request.method == "OPTIONS":
            return OPTIONS
        path = request.url.removeprefix("http://dav.example")
        return answers.get(path) or default or answer(404)

    return FakeSend(play)


def paths(send: FakeSend) -> list[str]:
    return [request.url.removeprefix("http://dav.example") for request in send.requests if request.method == "PROPFIND"]


def free(path: str, server: str | None = None) -> Response:
    return listing(element(path), server=server)


def locked(path: str, root: str | None, server: str | None = None, depth: str = "infinity") -> Response:
    return listing(element(path, locks=active_lock(root=root, depth=depth)), server=server)


def whys(report: ProbeResult) -> str:
    return "; ".join(f"{entry.what}: {entry.why}" for entry in report.skipped)


def test_a_locked_file_takes_two_requests() -> None:
    send = world({"/a/b/c.txt": locked("/a/b/c.txt", "/a/b/c.txt")})
    report = investigate.diagnose(send, URL)
    assert sorted(send.methods) == ["OPTIONS", "PROPFIND"]
    assert [entry.token for entry in report.evidence.covering] == [TOKEN]


def test_a_server_that_shows_everything_is_asked_for_its_list_of_members_alone() -> None:
    """A lock of depth 0 on the collection above refuses DELETE and MOVE, and is shown nowhere else."""
    send = world({"/a/b/c.txt": free("/a/b/c.txt", NEPHELE)})
    investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/"]


def test_a_server_that_hides_inherited_locks_is_asked_upwards() -> None:
    send = world(
        {
            "/a/b/c.txt": free("/a/b/c.txt", WSGIDAV),
            "/a/b/": free("/a/b/", WSGIDAV),
            "/a/": locked("/a/", "/a/", WSGIDAV),
        }
    )
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/", "/a/"]
    assert [entry.root for entry in report.evidence.covering] == ["http://dav.example/a/"]


def test_a_lock_without_a_lockroot_is_followed_to_its_root() -> None:
    send = world(
        {
            "/a/b/c.txt": locked("/a/b/c.txt", None, PHODAV),
            "/a/b/": locked("/a/b/", None, PHODAV),
            "/a/": locked("/a/", None, PHODAV),
            "/": free("/", PHODAV),
        }
    )
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/", "/a/", "/"]
    assert [entry.root for entry in report.evidence.covering] == ["http://dav.example/a/"]


def test_a_new_name_below_a_lock_without_a_lockroot() -> None:
    send = world({"/a/b/": locked("/a/b/", None, PHODAV), "/a/": free("/a/", PHODAV)})
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/", "/a/"]
    assert [entry.root for entry in report.evidence.covering] == ["http://dav.example/a/b/"]


def test_a_missing_name_asks_for_what_is_above() -> None:
    send = world({"/a/": free("/a/", NEPHELE)}, default=answer(404, b"", ("Server", NEPHELE)))
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/", "/a/"]
    assert isinstance(report.evidence.parent_is_collection, Known)
    assert report.evidence.parent_is_collection.value is False


def test_nothing_at_all_is_there() -> None:
    send = world({})
    investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/", "/a/", "/"]
    assert "OPTIONS" not in send.methods


def test_the_walk_goes_past_a_collection_that_may_not_be_read() -> None:
    """A login may read a folder and not the one in between, and a lock further up covers both."""
    send = world({"/a/b/c.txt": free("/a/b/c.txt"), "/a/": free("/a/"), "/": free("/")}, default=answer(403))
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/", "/a/", "/"]
    assert "the server answered 403 to PROPFIND http://dav.example/a/b/: its own locks are not known" in whys(report)


@pytest.mark.parametrize("refusal", [answer(500), lost()])
def test_the_walk_ends_where_it_is_refused(refusal: Answer) -> None:
    send = world({"/a/b/c.txt": free("/a/b/c.txt")}, default=refusal)
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/"]
    assert "the walk upwards ended there" in whys(report)


def test_deep_trees_are_not_walked_to_the_end() -> None:
    deep = "/x" * (MAX_ANCESTORS + 4)
    send = world({deep: free(deep)}, default=answer(404))
    report = investigate.diagnose(send, f"http://dav.example{deep}")
    assert len(paths(send)) == 1 + MAX_ANCESTORS
    assert f"only the nearest {MAX_ANCESTORS}" in whys(report)


def test_lockdiscovery_that_is_told_when_asked_for_alone() -> None:
    """oCIS answers 404 for it among other properties."""

    def play(request: Request) -> Answer:
        if request.method == "OPTIONS":
            return OPTIONS
        alone = (
            isinstance(request.body, bytes) and b"getetag" not in request.body and b"resourcetype" not in request.body
        )
        return locked("/a/b/c.txt", "/a/b/c.txt") if alone else listing(element("/a/b/c.txt", status="404 Not Found"))

    send = FakeSend(play)
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/c.txt"]
    assert [entry.token for entry in report.evidence.covering] == [TOKEN]


def test_lockdiscovery_that_is_not_told_at_all() -> None:
    """It may be left out because nothing is locked: the collections above can show a lock."""
    send = world({}, default=listing(element("/a/b/c.txt", status="404 Not Found")))
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/c.txt", "/a/b/", "/a/", "/"]
    assert isinstance(report.evidence.locks, Unreadable)


def test_lockdiscovery_that_is_refused() -> None:
    send = world({}, default=listing(element("/a/b/c.txt", status="403 Forbidden")))
    report = investigate.diagnose(send, URL)
    assert paths(send) == ["/a/b/c.txt", "/a/b/c.txt"]
    assert isinstance(report.evidence.locks, Unreadable)
    assert "does not show its locks" in whys(report)


@pytest.mark.parametrize("status", [401, 407, 429, 503, 302])
def test_no_further_questions(status: int) -> None:
    send = world({}, default=answer(status))
    report = investigate.diagnose(send, URL)
    assert send.methods == ["PROPFIND"]
    assert report.evidence.status == status


@pytest.mark.parametrize(("classes", "asked"), [("1, 3, extended-mkcol, nextcloud-checksum-update", 1), ("1, 2", 0)])
def test_what_a_product_tells_of_its_locks_in_its_own_words_is_asked_too(classes: str, asked: int) -> None:
    """Who locked a file in Nextcloud, since when and through which editor, lockdiscovery does not tell."""

    def play(request: Request) -> Answer:
        return answer(200, b"", ("DAV", classes)) if request.method == "OPTIONS" else free("/a/b/c.txt")

    send = FakeSend(play)
    investigate.diagnose(send, URL)
    bodies = [request.body for request in send.requests if isinstance(request.body, bytes)]
    assert sum(b"lock-owner-editor" in body and b"lockdiscovery" in body for body in bodies) == asked


def test_no_answer_is_the_answer() -> None:
    send = world({}, default=lost())
    report = investigate.diagnose(send, URL)
    assert send.methods == ["PROPFIND"]
    assert report.evidence.no_response is not None


# -- after a refusal


def refused(send: FakeSend, method: str, body: bytes = b"") -> tuple[ProbeResult, Probe]:
    probe = Probe(send, URL)
    probe.ask(Request(method=method, url=URL, body=body))
    evidence = investigate.explain_refusal(probe, probe.last)
    return probe.report(evidence), probe


def with_refusal(send: FakeSend, method: str, refusal: Answer) -> FakeSend:
    inner = send.answers
    assert callable(inner)
    return FakeSend(lambda request: refusal if request.method == method else inner(request))


@pytest.mark.parametrize("status", [401, 407, 429, 501, 503, 301, 308])
def test_statuses_that_no_lock_explains(status: int) -> None:
    send = with_refusal(world({}), "PUT", answer(status))
    refused(send, "PUT")
    assert send.methods == ["PUT"]


def test_a_success_needs_no_explanation() -> None:
    send = with_refusal(world({}), "PUT", answer(204))
    refused(send, "PUT")
    assert send.methods == ["PUT"]


def test_a_refused_put_reads_the_state() -> None:
    send = with_refusal(world({"/a/b/c.txt": locked("/a/b/c.txt", "/a/b/c.txt")}), "PUT", answer(423))
    report, _ = refused(send, "PUT")
    assert send.methods == ["PUT", "PROPFIND"]
    assert [entry.token for entry in report.evidence.covering] == [TOKEN]


@pytest.mark.parametrize("status", [403, 404, 409, 500])
def test_a_refused_creation_asks_for_the_parent(status: int) -> None:
    send = with_refusal(world({"/a/b/c.txt": free("/a/b/c.txt", NEPHELE)}), "PUT", answer(status))
    refused(send, "PUT")
    assert paths(send) == ["/a/b/c.txt", "/a/b/"]


@pytest.mark.parametrize(("state", "asked"), [("nothing", True), ("a lock", False)])
def test_who_refuses_and_shows_no_lock_is_asked_for_its_name(state: str, asked: bool) -> None:
    """What frees a hidden lock depends on the product."""
    seen = free("/a/b/c.txt") if state == "nothing" else locked("/a/b/c.txt", "/a/b/c.txt")
    send = with_refusal(world({"/a/b/c.txt": seen}), "PUT", answer(423))
    refused(send, "PUT")
    assert ("OPTIONS" in send.methods) is asked


def test_a_code_that_names_a_collection_above() -> None:
    body = b'<D:error xmlns:D="DAV:"><D:lock-token-submitted><D:href>/a/</D:href></D:lock-token-submitted></D:error>'
    send = with_refusal(
        world(
            {
                "/a/b/c.txt": free("/a/b/c.txt", NEPHELE),
                "/a/b/": free("/a/b/", NEPHELE),
                "/a/": locked("/a/", "/a/", NEPHELE),
            }
        ),
        "PUT",
        answer(423, body, ("Content-Type", "application/xml")),
    )
    report, _ = refused(send, "PUT")
    assert paths(send) == ["/a/b/c.txt", "/a/b/", "/a/"]
    assert [entry.root for entry in report.evidence.covering] == ["http://dav.example/a/"]
    stopped = with_refusal(
        world({"/a/b/c.txt": free("/a/b/c.txt", NEPHELE)}, default=answer(403)),
        "PUT",
        answer(423, body, ("Content-Type", "application/xml")),
    )
    refused(stopped, "PUT")
    assert paths(stopped) == ["/a/b/c.txt", "/a/b/"]


def test_a_multistatus_that_names_a_member() -> None:
    body = listing("<D:response><D:href>/a/b/c.txt/m</D:href><D:status>HTTP/1.1 423 Locked</D:status></D:response>")
    send = with_refusal(world({"/a/b/c.txt": free("/a/b/c.txt", NEPHELE)}), "DELETE", body)
    refused(send, "DELETE")
    assert paths(send) == ["/a/b/c.txt", "/a/b/c.txt/m"]


# -- redirects


def test_redirects_within_the_origin_are_followed_and_said() -> None:
    def play(request: Request) -> Answer:
        if request.url == URL:
            return answer(301, b"", ("Location", "/new.txt"))
        return free("/new.txt")

    send = FakeSend(play)
    probe = Probe(send, URL.replace("//", "//alice:secret@"))
    exchange = probe.read(requests.options(URL))
    assert exchange.status == 207
    assert send.lines == [f"OPTIONS {URL}", "OPTIONS http://dav.example/new.txt"]
    assert probe.skipped[0].what == "redirect"
    assert probe.target == URL


@pytest.mark.parametrize(
    ("location", "followed"),
    [
        ("/team/a/", True),
        ("/", False),
        ("/team2/", False),
        ("/team/../secret/", False),
        ("/team/%2e%2e/secret/", False),
        ("/team/..%5csecret/", False),
        ("//other.example/team/", False),
        ("https://dav.example/team/", False),
    ],
)
def test_a_read_that_must_stay_in_a_tree_follows_no_redirect_out_of_it(location: str, followed: bool) -> None:
    tree = "http://dav.example/team/"

    def play(request: Request) -> Answer:
        return answer(302, b"", ("Location", location)) if request.url == tree else free("/team/a/")

    send = FakeSend(play)
    probe = Probe(send, tree, stay_within=tree)
    exchange = probe.propfind(tree, requests.LOCK_PROPERTIES)
    assert len(send.requests) == 1 + followed
    if followed:
        assert (exchange.status, probe.strayed) == (207, None)
        assert "followed to" in probe.skipped[0].why
    else:
        assert (exchange.status, probe.strayed) == (302, 0)
        assert "not followed to" in probe.skipped[0].why


def test_what_is_above_the_tree_is_read_and_its_redirects_are_not_followed() -> None:
    """A walk asks the collections above where a lock begins; that a login page answers there is no way out."""
    send = FakeSend(lambda request: answer(302, b"", ("Location", "/login")))
    probe = Probe(send, "http://dav.example/team/", stay_within="http://dav.example/team/")
    assert probe.propfind("http://dav.example/", requests.LOCK_PROPERTIES).status == 302
    assert (len(send.requests), probe.strayed) == (1, None)


def test_redirects_end() -> None:
    count = 0

    def play(request: Request) -> Answer:
        nonlocal count
        count += 1
        return answer(302, b"", ("Location", f"/{count}"))

    send = FakeSend(play)
    assert Probe(send, URL).read(requests.options(URL)).status == 302
    assert len(send.requests) == 1 + MAX_REDIRECTS


@pytest.mark.parametrize(
    "redirect",
    [
        answer(302, b"", ("Location", "http://other.example/")),
        answer(302, b"", ("Location", "https://dav.example/a/b/c.txt")),
        answer(302, b"", ("Location", URL)),
        answer(302, b"", ("Location", "http://[")),
        answer(302),
        answer(303, b"", ("Location", "/x")),
        answer(304, b"", ("Location", "/x")),
        answer(201, b"", ("Location", "/x")),
    ],
)
def test_redirects_that_are_not_followed(redirect: Response) -> None:
    send = FakeSend(lambda request: redirect)
    probe = Probe(send, URL)
    assert probe.read(requests.options(URL)).status == redirect.status
    assert len(send.requests) == 1
    assert probe.skipped == []

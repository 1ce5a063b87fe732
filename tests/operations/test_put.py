"""PUT under locks and conditions."""

import pytest

from davlock.errors import LocalProtocolError
from davlock.operations import put
from davlock.operations.probe import ProbeResult
from davlock.operations.put import Conditions
from davlock.operations.results import Achieved
from davlock.protocol.lock import LockToken
from davlock.protocol.message import Response
from tests.cli.answers import OTHER, TOKEN, active_lock, document, element
from tests.operations.fake import Answer, FakeSend, answer, listing, lost

DATE = "Sun, 22 Nov 2026 10:00:00 GMT"
URL = "http://dav.example/team/a.txt"
FREE = listing(element("/team/a.txt"))
TAKEN = listing(element("/team/a.txt", locks=active_lock(root="/team/a.txt")))
ETAG = listing(element("/team/a.txt", more='<D:getetag>"v1"</D:getetag>'))
ONE, TWO = LockToken(TOKEN), LockToken(OTHER)


def run(
    answers: dict[str, list[Answer]], conditions: Conditions | None = None, url: str = URL
) -> tuple[ProbeResult, FakeSend]:
    send = FakeSend({"PROPFIND": [FREE], **answers})
    return put.put(send, url, b"content", conditions or Conditions(), content_type="text/plain"), send


def whys(report: ProbeResult) -> str:
    return "; ".join(f"{entry.what}: {entry.why}" for entry in report.skipped)


def sent(send: FakeSend, number: int = 0) -> dict[str, str]:
    (*requests,) = (request for request in send.requests if request.method == "PUT")
    return dict(requests[number].headers)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_written(status: int) -> None:
    report, send = run({"PUT": [answer(status)]})
    assert report.achieved is Achieved.YES
    assert send.methods == ["PUT", "PROPFIND"]
    assert sent(send) == {"Content-Type": "text/plain"}
    assert send.requests[0].body == b"content"


@pytest.mark.parametrize(
    ("conditions", "fields"),
    [
        (Conditions(if_match="abc"), {"If-Match": '"abc"'}),
        (Conditions(if_match='"abc"'), {"If-Match": '"abc"'}),
        (Conditions(if_match='W/"abc"'), {"If-Match": 'W/"abc"'}),
        (Conditions(if_match="*"), {"If-Match": "*"}),
        (Conditions(if_none_match="*"), {"If-None-Match": "*"}),
        (Conditions(if_none_match="abc"), {"If-None-Match": '"abc"'}),
        (Conditions(if_unmodified_since=DATE), {"If-Unmodified-Since": DATE}),
        (Conditions(raw_if="(<urn:x>)"), {"If": "(<urn:x>)"}),
        (Conditions(tokens=(ONE,)), {"If": f"<{URL}> (<{TOKEN}>)"}),
    ],
)
def test_conditions(conditions: Conditions, fields: dict[str, str]) -> None:
    _, send = run({"PUT": [answer(204)]}, conditions)
    assert sent(send) == {**fields, "Content-Type": "text/plain"}


def test_two_tokens() -> None:
    _, send = run({"PUT": [answer(204)]}, Conditions(tokens=(ONE, TWO)))
    assert sent(send)["If"].startswith(f"<{URL}> (")
    assert TOKEN in sent(send)["If"]
    assert OTHER in sent(send)["If"]


@pytest.mark.parametrize("tag", ['"a"b"', 'a"b', "a\nb", '""x'])
def test_what_is_no_entity_tag(tag: str) -> None:
    for conditions in (Conditions(if_match=tag), Conditions(if_none_match=tag)):
        with pytest.raises(LocalProtocolError, match="entity tag"):
            run({"PUT": [answer(204)]}, conditions)


def test_current_entity_tag() -> None:
    report, send = run({"PROPFIND": [ETAG], "PUT": [answer(204)]}, Conditions(match_current=True))
    assert report.achieved is Achieved.YES
    assert send.methods == ["PROPFIND", "PUT", "PROPFIND"]
    assert sent(send)["If-Match"] == '"v1"'


def test_no_current_entity_tag() -> None:
    report, send = run({"PUT": [answer(204)]}, Conditions(match_current=True))
    assert (report.achieved, send.methods) == (Achieved.UNKNOWN, ["PROPFIND"])
    assert "shows no entity tag" in report.skipped[-1].why


@pytest.mark.parametrize("state", [answer(404), answer(401), answer(500), lost()])
def test_current_entity_tag_of_nothing(state: Answer) -> None:
    report, send = run({"PROPFIND": [state]}, Conditions(match_current=True))
    assert (report.achieved, send.methods) == (Achieved.NO, ["PROPFIND"])


@pytest.mark.parametrize("status", [412, 423])
@pytest.mark.parametrize("name", ["with%20space", "gr%C3%BC%C3%9Fe", "a%26b"])
def test_a_name_that_needs_escapes_is_tried_untagged(status: int, name: str) -> None:
    url = f"http://dav.example/{name}"
    report, send = run({"PUT": [answer(status), answer(204)]}, Conditions(tokens=(ONE,)), url)
    assert report.achieved is Achieved.YES
    assert send.methods[:2] == ["PUT", "PUT"]
    assert sent(send, 1)["If"] == f"(<{TOKEN}>)"
    assert [entry.what for entry in report.skipped] == ["tagged If"]


@pytest.mark.parametrize("status", [412, 423])
@pytest.mark.parametrize("seen", [TAKEN, FREE, listing(element("/team/a.txt", status="404 Not Found"))])
def test_a_tag_that_the_server_does_not_know_is_left_out(status: int, seen: Response) -> None:
    """Behind a proxy the URL in the tag is perhaps not the server's own. A shown lock, or a hidden one: it is tried."""
    answers: dict[str, list[Answer]] = {
        "PROPFIND": [seen],
        "PUT": [answer(status), answer(204)],
        "OPTIONS": [answer(200)],
    }
    report, send = run(answers, Conditions(tokens=(ONE,)))
    assert report.achieved is Achieved.YES
    assert [sent(send, number)["If"] for number in range(2)] == [f"<{URL}> (<{TOKEN}>)", f"(<{TOKEN}>)"]
    assert "without a tag went through (412-tagged-list-mismatch)" in whys(report)
    assert report.evidence.overcome is not None
    assert report.evidence.overcome.status == status


@pytest.mark.parametrize("status", [412, 423])
def test_no_untagged_list_is_sent_to_a_server_that_dies_of_it(status: int) -> None:
    deadly = listing(element("/team/a.txt", locks=active_lock(root="/team/a.txt")), server="webdav-server/2.6.2")
    refusal = answer(status, b"", ("Server", "webdav-server/2.6.2"))
    _, send = run({"PROPFIND": [deadly], "PUT": [refusal]}, Conditions(tokens=(ONE,)))
    assert send.methods.count("PUT") == 1


def test_nothing_that_the_other_form_does_not_mend_is_believed() -> None:
    report, send = run({"PROPFIND": [TAKEN], "PUT": [answer(412)]}, Conditions(tokens=(ONE,)))
    assert (report.achieved, send.methods.count("PUT"), report.evidence.overcome) == (Achieved.NO, 2, None)


@pytest.mark.parametrize("title", ["Sign in", "Welcome"])
@pytest.mark.parametrize("seen", [FREE, answer(200, b"<html><title>Sign in</title></html>"), answer(404)])
def test_a_page_is_no_write(title: str, seen: Response) -> None:
    page = answer(200, f"<html><title>{title}</title></html>".encode(), ("Content-Type", "text/html"))
    report, _ = run({"PUT": [page], "PROPFIND": [seen]})
    assert report.achieved is Achieved.NO
    assert report.evidence.page is not None
    assert report.evidence.page.title == title


def test_a_page_of_success_is_read_back() -> None:
    page = answer(201, b"<html><title>201 Created</title></html>", ("Content-Type", "text/html"))
    assert run({"PUT": [page]})[0].achieved is Achieved.YES
    assert run({"PUT": [page], "PROPFIND": [answer(404)]})[0].achieved is Achieved.UNKNOWN


def test_nothing_is_believed_to_be_there_by_a_404_for_lockdiscovery() -> None:
    """Of a missing name some servers list every property as missing: what else is missing decides."""
    hidden = listing(element("/team/a.txt", status="404 Not Found"))
    nothing = listing(element("/team/a.txt", more="<D:resourcetype/>", status="404 Not Found"))
    report, send = run({"PUT": [answer(204)], "PROPFIND": [hidden, nothing]})
    assert (report.achieved, send.methods) == (Achieved.UNKNOWN, ["PUT", "PROPFIND", "PROPFIND"])
    there = listing(element("/team/a.txt", more="<D:getetag/>", status="404 Not Found"))
    assert run({"PUT": [answer(204)], "PROPFIND": [hidden, there]})[0].achieved is Achieved.YES


@pytest.mark.parametrize(
    ("status", "url", "conditions"),
    [
        (403, "http://dav.example/a%20b", Conditions(tokens=(ONE,))),
        (412, "http://dav.example/a%20b", Conditions(raw_if="(<urn:x>)")),
        (423, "http://dav.example/a%20b", Conditions()),
    ],
)
def test_nothing_is_tried_twice_without_need(status: int, url: str, conditions: Conditions) -> None:
    report, send = run({"PUT": [answer(status)], "OPTIONS": [answer(200)]}, conditions, url)
    assert report.achieved is Achieved.NO
    assert send.methods.count("PUT") == 1


@pytest.mark.parametrize("status", [412, 423])
@pytest.mark.parametrize(
    "seen",
    [
        listing(element("/team/a.txt"), server="nephele/1.0.0"),  # known to show every lock
        listing(element("/team/a.txt", locks=active_lock(OTHER, root="/team/a.txt"))),
    ],
)
def test_a_dead_token_is_not_tried_in_another_form(status: int, seen: Response) -> None:
    report, send = run({"PUT": [answer(status)], "PROPFIND": [seen]}, Conditions(tokens=(ONE,)))
    assert (report.achieved, send.methods.count("PUT")) == (Achieved.NO, 1)


def test_tagged_with_the_lock_root() -> None:
    """Apache evaluates a list tagged with a new member's own URL against a resource that is not there: 412."""
    deep = listing(element("/team/a.txt", locks=active_lock(root="/team/", depth="infinity")))
    report, send = run({"PROPFIND": [deep], "PUT": [answer(412), answer(201)]}, Conditions(tokens=(ONE,)))
    assert report.achieved is Achieved.YES
    assert sent(send, 1)["If"] == f"<http://dav.example/team/> (<{TOKEN}>)"


def member(status: str) -> str:
    return f"<D:response><D:href>/team/a.txt</D:href><D:status>HTTP/1.1 {status}</D:status></D:response>"


@pytest.mark.parametrize(
    ("body", "achieved"),
    [
        (document(member("200 OK")), Achieved.YES),
        (document(member("423 Locked")), Achieved.NO),
        (document(member("200 OK"), member("424 Failed Dependency")), Achieved.NO),
        (b"", Achieved.UNKNOWN),
        (b"<html>", Achieved.UNKNOWN),
        (document(member("423 Locked"))[:-20], Achieved.UNKNOWN),
    ],
)
def test_207(body: bytes, achieved: Achieved) -> None:
    report, _ = run({"PUT": [Response(status=207, body=body)]})
    assert report.achieved is achieved


@pytest.mark.parametrize("refusal", [answer(301), answer(403), answer(409), answer(423), answer(500), lost()])
def test_refused(refusal: Answer) -> None:
    report, _ = run({"PUT": [refusal], "OPTIONS": [answer(200)]})
    assert report.achieved is Achieved.NO
    assert report.evidence.asked is not None
    assert report.evidence.asked.request.method == "PUT"

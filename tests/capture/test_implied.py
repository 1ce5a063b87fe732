"""Answers that are given to one method only, and answers that are not."""

import pytest

from davlock.capture.detect import Supplement, read_capture
from davlock.capture.implied import implied_method
from davlock.protocol.message import Response
from tests.diagnosis.archive import SERVERS, recorded
from tests.diagnosis.exchanges import activelock, failed, multistatus, response

GRANTED = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{activelock()}</D:lockdiscovery></D:prop>'
EMPTY = '<D:lockdiscovery xmlns:D="DAV:"/>'


def propstat(status: str, props: str) -> str:
    stat = f"<D:propstat><D:prop>{props}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"
    return multistatus(f"<D:response><D:href>/f</D:href>{stat}</D:response>")


@pytest.mark.parametrize(
    ("description", "status", "body", "method"),
    [
        ("a lock is shown", 207, multistatus(response("/f", activelock())), "PROPFIND"),
        ("a value", 207, propstat("200 OK", "<D:getetag>x</D:getetag>"), "PROPFIND"),
        ("a name that is not there", 207, propstat("404 Not Found", "<D:lockdiscovery/>"), "PROPFIND"),
        ("names that PROPPATCH set", 207, propstat("200 OK", "<D:displayname/>"), ""),
        ("names that it did not", 207, propstat("423 Locked", "<D:displayname/>"), ""),
        ("a member that failed", 207, multistatus(failed("/f", "423 Locked")), ""),
        ("a granted lock", 200, GRANTED, "LOCK"),
        ("the same of a new name", 201, GRANTED, "LOCK"),
        ("no lock", 200, f'<D:prop xmlns:D="DAV:">{EMPTY}</D:prop>', ""),
        ("a page", 200, "<html/>", ""),
        ("a refusal", 423, multistatus(response("/f", activelock())), ""),
        ("no XML", 207, "oh", ""),
        ("nothing", 200, "", ""),
    ],
)  # fmt: skip
def test_implied(description: str, status: int, body: str, method: str) -> None:
    assert implied_method(Response(status=status, body=body.encode())) == method, description


def test_not_of_a_part_or_of_nothing() -> None:
    body = multistatus(response("/f", activelock())).encode()
    assert implied_method(Response(status=207, body=body, body_truncated=True)) == ""
    assert implied_method(Response(status=207, body=None)) == ""


def test_what_the_person_said_counts() -> None:
    body = multistatus(response("/f", activelock()))
    data = f"HTTP/1.1 207 Multi-Status\r\n\r\n{body}".encode()
    assert read_capture(data, Supplement(method="REPORT")).exchanges[0].request.method == "REPORT"
    assert read_capture(data, Supplement()).exchanges[0].request.method == "PROPFIND"


@pytest.mark.parametrize("server", SERVERS)
def test_never_wrong_of_real_answers(server: str) -> None:
    """The method is either told rightly or not at all."""
    guessed = 0
    for one in recorded(server):
        if not one.response:
            continue
        asked = read_capture(one.whole, Supplement()).exchanges[-1].request.method
        told = read_capture(one.response, Supplement()).exchanges[-1].request.method
        assert told in (asked, ""), one.name
        guessed += told != ""
    assert guessed > 40

"""What the person adds to a capture, and what it does not replace."""

import pytest

from davlock.capture.detect import Supplement, read_capture
from davlock.errors import LocalProtocolError

LOCKED = b"HTTP/1.1 423 Locked\r\nContent-Length: 0\r\n\r\n"
EXCHANGE = b"LOCK /f HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n" + LOCKED


def test_nothing_told_is_nothing_known() -> None:
    request = read_capture(LOCKED, Supplement()).exchanges[0].request
    assert (request.method, request.url, request.body) == ("", "", None)
    assert not request.headers.complete


def test_all_told() -> None:
    told = Supplement(
        method="PUT",
        url="https://alice:secret@dav.example/f",
        request_headers=(("If", "(<urn:x>)"), ("Authorization", "Basic c2VjcmV0")),
        request_body=b"x",
    )
    request = read_capture(LOCKED, told).exchanges[0].request
    assert (request.method, request.url, request.body) == ("PUT", "https://dav.example/f", b"x")
    assert list(request.headers) == [("If", "(<urn:x>)"), ("Authorization", "Basic (hidden)")]
    assert request.headers.complete


def test_no_header_fields_and_said_to_be_all() -> None:
    assert read_capture(LOCKED, Supplement(request_complete=True)).exchanges[0].request.headers.complete


def test_recorded_request_wins_except_for_the_body_it_lacks() -> None:
    told = Supplement(method="PUT", url="https://dav.example/g", request_headers=(("If", "x"),), request_body=b"<a/>")
    request = read_capture(EXCHANGE, told).exchanges[0].request
    assert (request.method, request.url, request.body) == ("LOCK", "https://dav.example/f", b"<a/>")
    assert "If" not in request.headers


@pytest.mark.parametrize("url", ["dav.example/f", "/f", "http://[broken/f", "http:///f"])
@pytest.mark.parametrize("data", [LOCKED, EXCHANGE])
def test_url_that_is_none(url: str, data: bytes) -> None:
    with pytest.raises(LocalProtocolError, match="is not the URL"):
        read_capture(data, Supplement(url=url))


def test_redirects_are_followed_and_only_the_last_request_is_known() -> None:
    # Given what curl -i -L prints
    data = (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\n"
        b"HTTP/1.1 308 Permanent Redirect\r\nLocation: /c/\r\nContent-Length: 0\r\n\r\n"
        b"HTTP/1.1 423 Locked\r\nContent-Length: 1\r\n\r\nx"
    )
    # When the person tells the URL that was given to curl
    told = Supplement(method="LOCK", url="https://dav.example/c", request_headers=(("Depth", "0"),))
    exchanges = read_capture(data, told).exchanges
    # Then the answer is to the URL that the redirect named
    assert [(each.request.url, each.status) for each in exchanges] == [
        ("https://dav.example/c", 401),
        ("https://dav.example/c", 308),
        ("https://dav.example/c/", 423),
    ]
    assert [each.request.headers.complete for each in exchanges] == [False, False, True]


def test_interim_response_is_never_the_last_word() -> None:
    exchanges = read_capture(b"HTTP/1.1 100 Continue\r\n\r\n", Supplement(method="PUT")).exchanges
    assert [each.status for each in exchanges] == [100, None]

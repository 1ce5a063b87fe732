"""The requests that davlock sends: what they say, and which forms they never take."""

import pytest

from davlock.errors import LocalProtocolError
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import Request
from davlock.protocol.request_bodies import lockinfo, propfind

URL = "http://dav.example/a.txt"
TOKEN = LockToken("opaquelocktoken:e4446820-928b-4bc6-ad1d-13351748aab1")
XML = ("Content-Type", 'application/xml; charset="utf-8"')

SENT = [
    ("OPTIONS", requests.options(URL), "OPTIONS", [], b""),
    (
        "PROPFIND by name",
        requests.propfind(URL, Depth.ZERO, requests.LOCK_PROPERTIES),
        "PROPFIND",
        [("Depth", "0"), XML],
        propfind(("{DAV:}lockdiscovery",)),
    ),
    ("PROPFIND of all", requests.propfind(URL, Depth.ONE, ()), "PROPFIND", [("Depth", "1"), XML], propfind()),
    (
        "LOCK",
        requests.lock(URL, scope=LockScope.EXCLUSIVE, depth=Depth.INFINITY, seconds=600, owner="me"),
        "LOCK",
        [("Depth", "infinity"), ("Timeout", "Second-600"), XML],
        lockinfo(LockScope.EXCLUSIVE, "me"),
    ),
    (
        "LOCK, shared and without an owner",
        requests.lock(URL, scope=LockScope.SHARED, depth=Depth.ZERO, seconds=60, owner=None),
        "LOCK",
        [("Depth", "0"), ("Timeout", "Second-60"), XML],
        lockinfo(LockScope.SHARED, None),
    ),
    (
        "refresh: untagged, with a Timeout, without a body",
        requests.refresh(URL, TOKEN, seconds=600),
        "LOCK",
        [("If", f"(<{TOKEN}>)"), ("Timeout", "Second-600")],
        b"",
    ),
    ("UNLOCK", requests.unlock(URL, TOKEN), "UNLOCK", [("Lock-Token", f"<{TOKEN}>")], b""),
    (
        "UNLOCK with rclone's bare number",
        requests.unlock(URL, LockToken("17")),
        "UNLOCK",
        [("Lock-Token", "<17>")],
        b"",
    ),
    ("PUT", requests.put(URL, b"x"), "PUT", [], b"x"),
    (
        "PUT with conditions",
        requests.put(URL, b"x", conditions=(("If-Match", '"a"'), ("If", "(<b>)")), content_type="text/plain"),
        "PUT",
        [("If-Match", '"a"'), ("If", "(<b>)"), ("Content-Type", "text/plain")],
        b"x",
    ),
]


@pytest.mark.parametrize(("request_", "method", "fields", "body"), [r[1:] for r in SENT], ids=[r[0] for r in SENT])
def test_what_is_sent(request_: Request, method: str, fields: list[tuple[str, str]], body: bytes) -> None:
    assert (request_.method, request_.url) == (method, URL)
    assert list(request_.headers) == fields
    assert request_.body == body
    assert request_.headers.complete


@pytest.mark.parametrize("request_", [row[1] for row in SENT], ids=[row[0] for row in SENT])
def test_no_timeout_is_ever_a_list(request_: Request) -> None:
    """lighttpd 1.4.69 hangs for good on one."""
    assert "," not in (request_.headers.get("Timeout") or "")


def test_a_lock_has_no_depth_1() -> None:
    """RFC 4918 §9.10.3."""
    with pytest.raises(LocalProtocolError, match="0 or infinity"):
        requests.lock(URL, scope=LockScope.EXCLUSIVE, depth=Depth.ONE, seconds=60, owner=None)


@pytest.mark.parametrize("uri", ["", "a>b", "a\r\nX-Evil: 1", "a b"])
def test_a_token_that_would_break_out_of_its_header_is_not_sent(uri: str) -> None:
    with pytest.raises(LocalProtocolError):
        requests.unlock(URL, LockToken(uri))
    with pytest.raises(LocalProtocolError):
        requests.refresh(URL, LockToken(uri), seconds=60)


def test_what_is_asked_of_a_resource() -> None:
    assert set(requests.LOCK_PROPERTIES) < set(requests.STATE_PROPERTIES)
    assert all(name.startswith("{DAV:}") for name in requests.STATE_PROPERTIES)

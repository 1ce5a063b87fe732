"""HAR as browsers and proxies write it, and as davlock writes it for others to read."""

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from davlock.capture.detect import CaptureKind, Supplement, read_capture
from davlock.capture.har import read_har, write_har
from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request, Response

NOTHING = Supplement()


def entry(**changes: Any) -> dict[str, Any]:
    """An entry as Firefox exports it, with members of request and response replaced or added."""
    made: dict[str, Any] = {
        "startedDateTime": "2026-01-31T12:00:00.000+01:00",
        "time": 12.5,
        "request": {
            "method": "LOCK",
            "url": "https://dav.example/f",
            "httpVersion": "HTTP/2",
            "headers": [{"name": ":method", "value": "LOCK"}, {"name": "Depth", "value": "0"}],
            "bodySize": 3,
            "postData": {"mimeType": "application/xml", "text": "<a>"},
        },
        "response": {
            "status": 423,
            "statusText": "Locked",
            "headers": [{"name": "Content-Type", "value": "application/xml"}],
            "content": {"size": 4, "mimeType": "application/xml", "text": "<e/>"},
        },
        "cache": {},
        "pageref": "page_1",
    }
    for side in ("request", "response"):
        made[side] |= changes.pop(side, {})
    return made | changes


def har(*entries: object) -> bytes:
    return json.dumps({"log": {"version": "1.2", "creator": {}, "pages": [], "entries": list(entries)}}).encode()


def only(made: object) -> Exchange:
    capture = read_capture(har(made), NOTHING)
    assert capture.kind is CaptureKind.HAR
    (exchange,) = capture.exchanges
    return exchange


def answer(made: object) -> Response:
    response = only(made).response
    assert response is not None
    return response


def test_entry_of_a_browser() -> None:
    exchange = only(entry())
    assert exchange == Exchange(
        request=Request(method="LOCK", url="https://dav.example/f", headers=Headers.of([("Depth", "0")]), body=b"<a>"),
        outcome=Response(
            status=423, reason="Locked", headers=Headers.of([("Content-Type", "application/xml")]), body=b"<e/>"
        ),
        elapsed_ms=12.5,
    )


@pytest.mark.parametrize(
    ("description", "starts", "expected", "deviations"),
    [
        ("in order", ["2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"], ["0", "1"], 0),
        ("out of order", ["2026-01-31T12:00:01Z", "2026-01-31T12:00:00Z"], ["1", "0"], 0),
        ("by time zone", ["2026-01-31T12:00:00+00:00", "2026-01-31T12:00:01+01:00"], ["1", "0"], 0),
        ("no zone", ["2026-01-31T12:00:01", "2026-01-31T12:00:00Z"], ["1", "0"], 0),
        ("Fiddler's seven digits", ["2026-01-31T12:00:00.2000000Z", "2026-01-31T12:00:00.1000000Z"], ["1", "0"], 0),
        ("Fiddler's year 1", ["2026-01-31T12:00:00Z", "0001-01-01T00:00:00"], ["0", "1"], 1),
        ("at once", ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"], ["0", "1"], 0),
        ("no date", ["2026-01-31T12:00:01Z", "soon", None, "2026-01-31T12:00:00Z"], ["0", "1", "2", "3"], 1),
    ],
)
def test_order(description: str, starts: list[str | None], expected: list[str], deviations: int) -> None:
    made = [entry(startedDateTime=start, request={"method": str(index)}) for index, start in enumerate(starts)]
    capture = read_capture(har(*made), NOTHING)
    assert [each.request.method for each in capture.exchanges] == expected, description
    assert len(capture.deviations) == deviations


@pytest.mark.parametrize(
    ("description", "change", "expected"),
    [
        ("text", {}, b"<e/>"),
        ("base64", {"content": {"size": 2, "text": "/wA=", "encoding": "base64"}}, b"\xff\x00"),
        ("no text, and a size", {"content": {"size": 4, "mimeType": "x"}}, None),
        ("no text, and no size", {"content": {"mimeType": "x"}}, None),
        ("no text, and an unknown size", {"content": {"size": -1}}, None),
        ("no text, and of size 0", {"content": {"size": 0}}, b""),
        (
            "of size 0, but the header announces some",
            {"content": {"size": 0}, "headers": [{"name": "Content-Length", "value": "4"}]},
            None,
        ),
        ("empty text", {"content": {"size": 0, "text": ""}}, b""),
        ("text taken away", {"content": {"size": 4, "text": ""}}, None),
        ("no content", {"content": None}, None),
        ("a status without body", {"status": 204, "content": {}}, b""),
        ("not cut to Content-Length", {"headers": [{"name": "Content-Length", "value": "1"}]}, b"<e/>"),
        ("decoded already", {"headers": [{"name": "Content-Encoding", "value": "gzip"}]}, b"<e/>"),
        (
            "still coded",
            {
                "headers": [{"name": "Content-Encoding", "value": "gzip"}],
                "content": {"text": base64.b64encode(gzip.compress(b"<x/>")).decode(), "encoding": "base64"},
            },
            b"<x/>",
        ),
        ("half a surrogate pair", {"content": {"text": "a\ud800"}}, b"a?"),
        ("base64 that nobody calls so", {"content": {"size": 5, "text": "/wD/AAA="}}, b"\xff\x00\xff\x00\x00"),
        ("a document in such", {"content": {"text": base64.b64encode(b"<e>1</e>").decode()}}, b"<e>1</e>"),
        ("words that could be base64", {"content": {"size": 8, "text": "password"}}, b"password"),
        ("the same, of a size that fits nothing", {"content": {"size": 9, "text": "password"}}, b"password"),
    ],
)
def test_response_body(description: str, change: dict[str, Any], expected: bytes | None) -> None:
    assert answer(entry(response=change)).body == expected, description


HEADERS = [{"name": "Depth", "value": "0"}]
LENGTH = [{"name": "Content-Length", "value": "4"}]


@pytest.mark.parametrize(
    ("description", "change", "expected"),
    [
        ("text", {}, b"<a>"),
        ("parameters", {"postData": {"params": [{"name": "a", "value": "b c"}, {"name": "d"}]}}, b"a=b+c&d="),
        ("base64", {"postData": {"text": "/wA=", "encoding": "base64"}}, b"\xff\x00"),
        ("post data without text", {"postData": {"mimeType": "x"}}, None),
        ("Firefox, of what is no text", {"postData": {"text": "", "params": []}, "bodySize": 5}, None),
        ("the same, by its header", {"postData": {"text": ""}, "bodySize": -1, "headers": LENGTH}, None),
        ("an empty text", {"postData": {"text": ""}, "bodySize": 0}, b""),
        ("none, and of size 0", {"postData": None, "bodySize": 0}, b""),
        ("of size 0, but announced", {"postData": None, "bodySize": 0, "headers": LENGTH}, None),
        ("none, and a size", {"postData": None, "bodySize": 5}, None),
        ("none, and an unknown size", {"postData": None, "bodySize": -1, "headers": HEADERS}, None),
        ("none, no size, none announced", {"postData": None, "bodySize": None, "headers": HEADERS}, b""),
        ("none, no size, but announced", {"postData": None, "bodySize": None, "headers": LENGTH}, None),
        ("none, no size, no header", {"postData": None, "bodySize": None, "headers": []}, None),
    ],
)
def test_request_body(description: str, change: dict[str, Any], expected: bytes | None) -> None:
    assert only(entry(request=change)).request.body == expected, description


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (None, NoResponseKind.RESET),
        ({"status": 0}, NoResponseKind.RESET),
        ({"status": -1}, NoResponseKind.RESET),
        ({"status": 0, "_error": "net::ERR_TIMED_OUT"}, NoResponseKind.TIMEOUT),
        ({"status": 0, "_error": "net::ERR_NAME_NOT_RESOLVED"}, NoResponseKind.DNS),
        ({"status": 0, "_error": "net::ERR_CONNECTION_REFUSED"}, NoResponseKind.CONNECT),
        ({"status": 0, "_error": "net::ERR_CERT_DATE_INVALID"}, NoResponseKind.TLS),
        ({"status": 0, "_error": "net::ERR_TUNNEL_CONNECTION_FAILED"}, NoResponseKind.PROXY),
        ({"status": 0, "_error": 5}, NoResponseKind.RESET),
    ],
)
def test_no_response(response: object, kind: NoResponseKind) -> None:
    made = entry()
    made["response"] = response
    outcome = only(made).outcome
    assert isinstance(outcome, NoResponse)
    assert outcome.kind is kind
    assert outcome.why.startswith("no response in the capture")


@pytest.mark.parametrize("time", [None, -1, float("nan")])
def test_time_that_is_unknown(time: object) -> None:
    assert only(entry(time=time)).elapsed_ms is None


def test_entry_without_header_fields() -> None:
    exchange = only(entry(request={"headers": []}, response={"headers": None}))
    assert exchange.response is not None
    assert not exchange.request.headers.complete
    assert not exchange.response.headers.complete


def test_secrets_are_never_kept() -> None:
    exchange = only(
        entry(
            request={"url": "https://u:p@dav.example/", "headers": [{"name": "authorization", "value": "Bearer x"}]},
            response={"headers": [{"name": "Set-Cookie", "value": "a=secret"}]},
        )
    )
    assert exchange.request.url == "https://dav.example/"
    assert exchange.request.headers.get("Authorization") == "Bearer (hidden)"
    assert exchange.response is not None
    assert exchange.response.headers.get("Set-Cookie") == "a=(hidden)"


@pytest.mark.parametrize(
    ("made", "path"),
    [
        (5, "$.log.entries[0] is not an object"),
        ({}, "$.log.entries[0].request is not an object"),
        (entry(request={"method": 5}), "$.log.entries[0].request.method is not a string"),
        (entry(request={"headers": {}}), "$.log.entries[0].request.headers is not a list"),
        (entry(request={"headers": ["a"]}), "$.log.entries[0].request.headers[0] is not an object"),
        (entry(request={"postData": "x"}), "$.log.entries[0].request.postData is not an object"),
        (entry(response={"status": "423"}), "$.log.entries[0].response.status is not a number"),
        (entry(response={"status": True}), "$.log.entries[0].response.status is not a number"),
        (entry(response={"status": 42}), "$.log.entries[0].response.status is not an HTTP status"),
        (entry(response={"status": 10**400}), "$.log.entries[0].response.status is not a number of a sensible size"),
        (
            entry(response={"content": {"text": "a", "encoding": "base64"}}),
            "$.log.entries[0].response.content.text is not base64",
        ),
        (entry(startedDateTime=5), "$.log.entries[0].startedDateTime is not a string"),
    ],
)
def test_wrong_type_names_the_place(made: object, path: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        read_capture(har(made), NOTHING)
    assert caught.value.what.endswith(path)


def test_one_entry_of_many_that_is_wrong_is_skipped_and_said() -> None:
    capture = read_capture(har(entry(), 5, entry(request={"method": 5}), entry(response={"status": 201})), NOTHING)
    assert [each.status for each in capture.exchanges] == [423, 201]
    (deviation,) = capture.deviations
    assert "$.log.entries[1] is not an object, and 1 more entries like it" in deviation.what


BODY = '<d:error xmlns:d="DAV:"><d:lock-token-submitted/></d:error>'

TOOLS: list[tuple[str, bytes, dict[str, Any], dict[str, Any]]] = [
    (
        "Chrome",
        b"",
        {
            "_initiator": {"type": "script"}, "_priority": "High", "_resourceType": "fetch", "connection": "443",
            "serverIPAddress": "192.0.2.1", "pageref": "page_1",
            "request": {
                "httpVersion": "h2", "headersSize": -1, "bodySize": 5, "cookies": [], "queryString": [],
                "headers": [{"name": ":authority", "value": "dav.example"}, {"name": ":method", "value": "PUT"},
                            {"name": "if-match", "value": '"a"'}],
                "postData": {"mimeType": "text/plain", "text": "hello"},
            },
        },
        {"httpVersion": "h2", "_transferSize": 412, "_error": None, "_fetchedViaServiceWorker": False,
         "content": {"size": len(BODY), "mimeType": "application/xml", "compression": 12, "text": BODY}},
    ),
    (
        "Firefox, of an upload",
        b"",
        {"_securityState": "secure", "request": {
            "headers": [{"name": "If-Match", "value": '"a"'}, {"name": "Content-Length", "value": "5"}], "bodySize": 5,
            "postData": {"mimeType": "text/plain", "params": [], "text": "hello"}}},
        {"content": {"mimeType": "application/xml", "size": len(BODY), "text": BODY}, "bodySize": 300},
    ),
    (
        "Safari",
        b"",
        {"_fetchType": "Network Load", "_priority": "high", "request": {
            "headers": [{"name": "if-match", "value": '"a"'}], "headersSize": 310, "bodySize": 5,
            "postData": {"mimeType": "text/plain", "text": "hello", "params": []}}},
        {"statusText": "", "_transferSize": 400,
         "content": {"size": len(BODY), "compression": 0, "mimeType": "application/xml", "text": BODY}},
    ),
    (
        "Fiddler",
        b"\xef\xbb\xbf",
        {"startedDateTime": "2026-01-31T12:00:00.1234567+01:00", "comment": "[#3]", "connection": "ClientPort:51234",
         "request": {"headers": [{"name": "IF-MATCH", "value": '"a"'}], "comment": "", "bodySize": 5,
                     "postData": {"mimeType": "text/plain", "text": "hello"}}},
        {"content": {"compression": 0, "mimeType": "application/xml", "size": len(BODY), "text": BODY, "comment": ""}},
    ),
    (
        "Charles",
        b"",
        {"time": 12, "request": {"headers": [{"name": "If-Match", "value": '"a"'}], "headersSize": 0,
                                 "postData": {"mimeType": None, "text": "hello"}}},
        {"headers": [{"name": "Content-Encoding", "value": "gzip"}],
         "content": {"size": len(BODY), "mimeType": "application/xml",
                     "text": base64.b64encode(BODY.encode()).decode(), "encoding": "base64"}},
    ),
    (
        "Insomnia",
        b"",
        {"cache": {}, "request": {"headers": [{"name": "If-Match", "value": '"a"'}], "bodySize": -1,
         "headersSize": -1, "postData": {"mimeType": "", "text": "hello", "params": []}}},
        {"headersSize": -1, "bodySize": -1, "redirectURL": "",
         "content": {"size": len(BODY), "mimeType": "application/xml", "text": BODY}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "mark", "change", "answered"), TOOLS, ids=[case[0] for case in TOOLS])
def test_each_tool_says_the_same(tool: str, mark: bytes, change: dict[str, Any], answered: dict[str, Any]) -> None:
    """Whatever else stands beside it, in whatever case."""
    change["request"] |= {"method": "PUT", "url": "https://dav.example/f"}
    made = entry(**change, response={"status": 412} | answered)
    written = json.dumps({"log": {"version": "1.2", "creator": {"name": tool}, "comment": "", "entries": [made]}})
    (exchange,) = read_capture(mark + written.encode(), NOTHING).exchanges
    request, response = exchange.request, exchange.response
    assert (request.method, request.url, request.body) == ("PUT", "https://dav.example/f", b"hello")
    assert request.headers.get("If-Match") == '"a"'
    assert not any(name.startswith(":") for name, _ in request.headers)
    assert response is not None
    assert (response.status, response.body) == (412, BODY.encode())


def test_no_entries() -> None:
    with pytest.raises(LocalProtocolError, match="no entries"):
        read_capture(har(), NOTHING)


TOKEN = "opaquelocktoken:e4446820-928b-4bc6-ad1d-13351748aab1"
OTHER = "urn:uuid:11111111-2222-3333-4444-555555555555"


def discovery(token: str) -> bytes:
    return f"<D:locktoken>\n<D:href>{token}</D:href>\n</D:locktoken>".encode()


def exchange(
    *, request: tuple[tuple[str, str], ...] = (), response: tuple[tuple[str, str], ...] = (), body: bytes | None = b""
) -> Exchange:
    return Exchange(
        request=Request(method="LOCK", url="https://u:secret@dav.example/f?x=1", headers=Headers.of(request)),
        outcome=Response(status=200, headers=Headers.of(response), body=body),
        elapsed_ms=1.5,
    )


STORY = (
    exchange(response=(("DAV", "1, 2"), ("Lock-Token", f"<{TOKEN}>")), body=discovery(TOKEN)),
    exchange(
        request=(("If", f'<https://dav.example/f> (<{OTHER}> ["e"]) (Not <DAV:no-lock>)'),),
        body=f"<s:message>{TOKEN} is not {OTHER}. Sorry</s:message>".encode(),
    ),
    exchange(request=(("Lock-Token", "<17>"),), body=discovery("17") + b"<a>17 bytes</a>"),
)


def test_tokens_become_stable_stand_ins() -> None:
    written = write_har(STORY, redact_tokens=True)
    for secret in (TOKEN, OTHER, "<17>", ">17</"):
        assert secret.encode() not in written
    first, second, third = read_capture(written, NOTHING).exchanges
    assert first.response is not None
    assert second.response is not None
    assert third.response is not None
    assert first.response.headers.get("Lock-Token") == "<opaquelocktoken:redacted-1>"
    assert first.response.body == discovery("opaquelocktoken:redacted-1")
    stand_in = '<https://dav.example/f> (<opaquelocktoken:redacted-2> ["e"]) (Not <DAV:no-lock>)'
    assert second.request.headers.get("If") == stand_in
    told = b"<s:message>opaquelocktoken:redacted-1 is not opaquelocktoken:redacted-2. Sorry</s:message>"
    assert second.response.body == told
    # A short token is replaced where tokens stand, and nowhere else.
    assert third.request.headers.get("Lock-Token") == "<opaquelocktoken:redacted-3>"
    assert third.response.body == discovery("opaquelocktoken:redacted-3") + b"<a>17 bytes</a>"


def test_redacting_twice_changes_nothing() -> None:
    once = write_har(STORY, redact_tokens=True)
    assert write_har(read_capture(once, NOTHING).exchanges, redact_tokens=True) == once


def test_tokens_stay_where_they_were_not_to_be_redacted() -> None:
    first, second, third = read_capture(write_har(STORY, redact_tokens=False), NOTHING).exchanges
    assert [each.response and each.response.body for each in (first, second, third)] == [
        each.response and each.response.body for each in STORY
    ]
    assert third.request.headers.get("Lock-Token") == "<17>"


def test_secrets_are_never_written() -> None:
    told = exchange(
        request=(("Authorization", "Basic c2VjcmV0"), ("Cookie", "a=c2VjcmV0"), ("Destination", "http://u:secret@h/")),
        response=(("Set-Cookie", "a=c2VjcmV0"), ("Location", "https://u:secret@dav.example/")),
        body=b"<href>https://u:secret@dav.example/</href>",
    )
    written = write_har([told], redact_tokens=False)
    assert b"secret" not in written
    assert b"c2VjcmV0" not in written
    assert json.loads(written)["log"]["entries"][0]["response"]["redirectURL"] == "https://dav.example/"


def test_what_the_specification_demands_is_there() -> None:
    log = json.loads(write_har(STORY, redact_tokens=True))["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "davlock")
    for made in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= made.keys()
        names = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
        assert names <= made["request"].keys()
        names = {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize"}
        assert names <= made["response"].keys()
        assert made["request"]["queryString"] == [{"name": "x", "value": "1"}]


class Source:
    """A body that is read from a file as it is sent."""

    length = 3

    def __iter__(self) -> Any:
        return iter([b"abc"])


def test_body_source_reads_back_as_unknown() -> None:
    told = Exchange(
        request=Request(method="PUT", url="http://[", body=Source()),
        outcome=NoResponse(NoResponseKind.TOO_LARGE, "http://[", "too large"),
    )
    # Given also another exchange, so that there is a token to replace
    _, back = read_capture(write_har([STORY[0], told], redact_tokens=True), NOTHING).exchanges
    assert back.request.body is None
    assert isinstance(back.outcome, NoResponse)
    assert back.outcome.kind is NoResponseKind.TOO_LARGE


_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_FIELDS = st.builds(
    Headers,
    st.lists(st.tuples(st.sampled_from(["A", "DAV", "Lock-Token", "If"]), _TEXT), max_size=3).map(tuple),
    st.booleans(),
)
_BODIES = st.none() | st.binary(max_size=9) | _TEXT.map(str.encode)
_EXCHANGES = st.builds(
    Exchange,
    request=st.builds(
        Request, method=st.sampled_from(["LOCK", "PUT"]), url=st.just("https://h/f"), headers=_FIELDS, body=_BODIES
    ),
    outcome=st.builds(
        Response, status=st.sampled_from([200, 423]), reason=_TEXT, headers=_FIELDS, body=_BODIES,
        body_truncated=st.booleans(),
    ),
    elapsed_ms=st.none() | st.floats(0, 1e6),
)  # fmt: skip


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(st.lists(_EXCHANGES, min_size=1, max_size=3))
def test_written_har_reads_back(exchanges: list[Exchange]) -> None:
    capture = read_capture(write_har(exchanges, redact_tokens=False), NOTHING)
    assert list(capture.exchanges) == exchanges


def test_a_command_line_in_a_body_is_no_request() -> None:
    outcome = Response(status=200, reason="", headers=Headers(()), body=b"$curl ''l.\n", body_truncated=False)
    told = Exchange(
        request=Request(method="", url="", headers=Headers((), complete=False), body=None),
        outcome=outcome,
        elapsed_ms=None,
    )
    capture = read_capture(write_har([told], redact_tokens=True), NOTHING)
    assert [exchange.outcome for exchange in capture.exchanges] == [outcome]


@pytest.mark.parametrize(
    ("what", "response", "body"),
    [
        ("sent, and not kept", {"bodySize": 412, "content": {"size": 0, "text": ""}}, None),
        ("sent, and no text at all", {"bodySize": 412, "content": {"size": 0}}, None),
        ("nothing was sent", {"bodySize": 0, "content": {"size": 0, "text": ""}}, b""),
        ("how much was sent is not known", {"bodySize": -1, "content": {"size": 0, "text": ""}}, b""),
    ],
)
def test_a_body_that_was_sent_and_not_kept_is_unknown(what: str, response: dict[str, Any], body: bytes | None) -> None:
    assert answer(entry(response=response)).body == body, what


def test_an_entry_that_was_read_is_not_kept_twice() -> None:
    """A file can hold so many that most are never shown."""
    document = json.loads(har(entry(), entry()))
    entries = document["log"]["entries"]
    read_har(document)
    assert entries == [None, None]

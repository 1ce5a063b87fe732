"""Recordings as they arrive: cut off, pasted together, with lines missing. Read or refused, never anything else."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from davlock.capture.detect import Supplement, read_capture
from davlock.capture.har import write_har
from davlock.diagnosis.finding import Finding, Severity
from davlock.diagnosis.incidents import split_capture
from davlock.diagnosis.judge_capture import judge_capture, judge_incident
from davlock.errors import LocalProtocolError
from davlock.protocol.message import Exchange
from davlock.render.build_result import result as build_result
from davlock.render.json_v1 import as_dict
from davlock.render.plain import finding_rows
from tests.diagnosis.archive import SERVERS, Recorded, recorded

NOTHING = Supplement()


def verbose(one: Recorded) -> bytes:
    """The exchange as curl -v shows it, with the body behind."""
    lines = [b"*   Trying 127.0.0.1:80...", b"* Connected to 127.0.0.1 (127.0.0.1) port 80"]
    head = one.request.partition(b"\r\n\r\n")[0]
    answer, _, body = one.response.partition(b"\r\n\r\n")
    lines += [b"> " + line for line in (*head.split(b"\r\n"), b"")]
    lines += [b"< " + line for line in (*answer.split(b"\r\n"), b"")]
    return b"\r\n".join(lines) + b"\r\n" + body + b"* Connection #0 to host 127.0.0.1 left intact\n"


def as_har(one: Recorded) -> bytes:
    return write_har(read_capture(one.whole, NOTHING).exchanges, redact_tokens=False)


def whole(one: Recorded) -> bytes:
    return one.whole


# A hundred of each server are as good as all of them, and chosen faster.
_SAMPLE = [one for server in SERVERS for one in recorded(server)[::3]]
_CAPTURES = st.builds(
    lambda form, several: b"\n".join(form(one) for one in several),
    st.sampled_from([whole, verbose]),
    st.lists(st.sampled_from(_SAMPLE), min_size=1, max_size=3),
) | st.sampled_from(_SAMPLE).map(as_har)

_ODD = rb"""
HTTP/1.1 423 Locked|> |< |* |Transfer-Encoding: chunked|Content-Encoding: gzip|Content-Length: 9|0|<|&|"|{|]|:|,|null|
-1|%|//[|(<|1e999"""
_BYTES = (
    st.sampled_from([b"\r", b"\n", b"\r\n\r\n", b"\x00", b"\xff\xfe", b"\x1b[31m", b"\xe2\x80\xae"])
    | st.sampled_from(_ODD.replace(b"\n", b"").split(b"|"))
    | st.binary(max_size=4)
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A capture after up to four accidents: a part lost, doubled or moved, something put between, the rest cut off."""
    data = draw(_CAPTURES)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        part, what = data[start:end], draw(st.sampled_from(["lose", "double", "put", "cut", "move"]))
        if what == "cut":
            data = data[:start]
        elif what == "lose":
            data = data[:start] + data[end:]
        elif what == "double":
            data = data[:end] + part + data[end:]
        elif what == "put":
            data = data[:start] + draw(_BYTES) + data[start:]
        else:
            rest = data[:start] + data[end:]
            place = draw(st.integers(0, len(rest)))
            data = rest[:place] + part + rest[place:]
    return data


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(damaged())
def test_a_damaged_capture_is_read_or_refused(data: bytes) -> None:
    """Through to what is printed."""
    try:
        exchanges = read_capture(data, NOTHING).exchanges
    except LocalProtocolError:
        return
    shown = [build_result(diagnosis) for diagnosis in judge_capture(tuple(exchanges))]
    assert shown
    for result in shown:
        json.dumps(as_dict(result))
        assert list(finding_rows(result))


def _findings(exchanges: Sequence[Exchange]) -> list[tuple[str | None, list[Finding]]]:
    return [(story.target, list(judge_incident(story).findings)) for story in split_capture(exchanges).incidents]


def _errors(told: list[tuple[str | None, list[Finding]]]) -> list[tuple[str | None, int]]:
    return [(target, sum(each.severity is Severity.ERROR for each in found)) for target, found in told]


@pytest.mark.long
@pytest.mark.parametrize("server", SERVERS)
def test_a_har_says_the_same(server: str) -> None:
    """Written and read back, runs have the same stories with the same findings; without tokens, by which a server may
    be known, as many that are in error.
    """
    for start in range(0, len(recorded(server)), 20):
        part = recorded(server)[start : start + 20]
        exchanges = read_capture(b"\n".join(one.whole for one in part), NOTHING).exchanges
        expected = _findings(exchanges)
        assert _findings(read_capture(write_har(exchanges, redact_tokens=False), NOTHING).exchanges) == expected
        hidden = _findings(read_capture(write_har(exchanges, redact_tokens=True), NOTHING).exchanges)
        assert _errors(hidden) == _errors(expected), part[0].name


@pytest.mark.parametrize("server", SERVERS)
def test_curl_says_the_same(server: str) -> None:
    """curl -v does not show what was sent; what it was answered is explained alike."""
    for one in recorded(server):
        if not one.response or b"\r\n\r\n" not in one.response or one.request.startswith((b"LOCK", b"PROPPATCH")):
            continue
        exchange = read_capture(one.whole, NOTHING).exchanges[-1]
        seen = read_capture(verbose(one), NOTHING).exchanges[-1]
        assert (seen.request.method, seen.request.url, seen.status) == (
            exchange.request.method,
            exchange.request.url,
            exchange.status,
        ), one.name
        assert seen.request.headers == exchange.request.headers
        assert seen.response is not None
        assert exchange.response is not None
        if b"chunked" not in one.response.partition(b"\r\n\r\n")[0] and exchange.response.body:
            assert seen.response.body == exchange.response.body, one.name

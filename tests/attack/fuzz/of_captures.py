"""Readers of what people paste, down to what davlock prints about it."""

import base64
import io
import json
import random
from datetime import UTC, datetime

from davlock.applications.recognition import recognise_application, recognise_by_words
from davlock.capture.detect import read_capture
from davlock.capture.foreign import NotACapture
from davlock.capture.har_writing import write_har
from davlock.capture.supplement import Supplement
from davlock.capture.undoing import undo_pasting
from davlock.diagnosis.judge_capture import judge_capture
from davlock.diagnosis.mentions import mentions
from davlock.errors import LocalProtocolError
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.render.build_result import result as build_result
from davlock.render.json_v1 import as_dict
from davlock.render.plain import finding_rows
from davlock.render.screens import show_result
from davlock.render.tables import console_for
from tests.attack.fuzz.reader import Reader, expect, expect_plain
from tests.attack.fuzz.seeds import captures, responses

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOTHING = Supplement()

EXCHANGES = 2000
"""What one capture may have at most."""

PASSWORD = "kanarie0Passw0rd1234"
_LOGIN = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
_SECRET_LINES = (
    f"Authorization: Basic {_LOGIN}".encode(),
    f"Authorization: Bearer {PASSWORD}".encode(),
    f"Cookie: session={PASSWORD}".encode(),
    f"Set-Cookie: session={PASSWORD}; Path=/".encode(),
    f"Proxy-Authorization: Basic {_LOGIN}".encode(),
)

_WORDS = (
    *(
        b"HTTP/1.1 423 Locked\r\n",
        b"< HTTP/2 409\n",
        b"> PUT /a HTTP/1.1\n",
        b"* Connected to h",
        b"\r\n\r\n",
        b"```\n",
    ),
    *(
        b'{"log": {"entries": [',
        b'"request": {',
        b'"status": 423',
        b"$ curl -X LOCK http://a/b\n",
        b"<d:error xmlns:d='DAV:'>",
    ),
    *(
        b"Content-Length: 9\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"If: (<a>)\r\n",
        b"LOCK ",
    ),
    *(
        b"Traceback (most recent call last):\n",
        b"at org.apache.Foo.bar(Foo.java:12)\n",
        b"\\n",
        b'\\"',
        b"&quot;",
        b"| ",
        b"> ",
    ),
)


def _read(data: bytes) -> tuple[Exchange, ...]:
    """The exchanges; none where davlock refuses the text."""
    try:
        capture = read_capture(data, NOTHING)
    except NotACapture as error:
        mentions(error.text)
        return ()
    except LocalProtocolError:
        return ()
    expect("a capture has few exchanges", len(capture.exchanges) <= EXCHANGES)
    return capture.exchanges


def _capture(data: bytes) -> None:
    exchanges = _read(data)
    if not exchanges:
        return
    written = write_har(exchanges, redact_tokens=True)
    again = read_capture(written, NOTHING).exchanges
    expect("a HAR has as many exchanges as it was written from", len(again) == len(exchanges))
    expect("a HAR has the same statuses", [one.status for one in again] == [one.status for one in exchanges])


def _explain(data: bytes) -> None:
    for diagnosis in judge_capture(_read(data)):
        shown = build_result(diagnosis, now=NOW)
        json.dumps(as_dict(shown))
        for row in finding_rows(shown):
            expect_plain(row, "a row")
        stream = io.StringIO()
        show_result(console_for(stream, color=False, width=80), shown, why=True)
        expect_plain(stream.getvalue(), "the screen")


def _secret(data: bytes) -> None:
    """The input with a line that holds a secret; what davlock says must not have it."""
    chance = random.Random(data)  # noqa: S311 -- the same for the same input
    lines = data.split(b"\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(_SECRET_LINES))
    text = b"\n".join(lines)
    try:
        exchanges = read_capture(text, NOTHING).exchanges
    except NotACapture as error:
        said = f"{error} {error.text}"
    except LocalProtocolError as error:
        said = str(error)
    else:
        said = write_har(exchanges, redact_tokens=True).decode()
        for diagnosis in judge_capture(exchanges):
            said += json.dumps(as_dict(build_result(diagnosis, now=NOW)))
    expect("a secret is hidden", PASSWORD not in said and _LOGIN not in said)


def _undoing(data: bytes) -> None:
    undone = undo_pasting(data.decode("utf-8", "replace"))
    expect("each kind is removed once", len(set(undone.removed)) == len(undone.removed))
    mentions(undone.text)


def _application(data: bytes) -> None:
    """A line of the URL, a line of the status, then the body."""
    url, _, rest = data.partition(b"\n")
    status, _, body = rest.partition(b"\n")
    number = int(status) if status.isdigit() and len(status) == 3 else 423
    media = "application/json" if body.startswith(b"{") else "text/plain"
    response = Response(status=number, headers=Headers.of((("Content-Type", media),)), body=body)
    exchange = Exchange(request=Request(method="POST", url=url.decode("latin-1")), outcome=response)
    recognise_application(exchange)
    recognise_by_words(exchange)


def _applications() -> tuple[bytes, ...]:
    texts = [text for text in captures() if b"{" in text]
    bodies = [text[text.index(b"{") :] for text in texts]
    answers = [answer.partition(b"\r\n\r\n")[2] for answer in responses()[:40]]
    urls = (
        b"https://gitlab.example/api/v4/x",
        b"https://graph.microsoft.com/v1.0/me",
        b"https://a.blob.core.windows.net/c/b",
    )
    return tuple(
        urls[number % len(urls)] + b"\n" + (b"423", b"409", b"412")[number % 3] + b"\n" + body
        for number, body in enumerate((*bodies, *answers))
    )


READERS = (
    Reader(name="captures", read=_capture, seeds=captures, words=_WORDS, count=60_000, longest=16 * 1024),
    Reader(name="explain", read=_explain, seeds=captures, words=_WORDS, count=30_000, longest=16 * 1024, growth=False),
    Reader(name="secrets", read=_secret, seeds=captures, words=_WORDS, count=30_000, longest=16 * 1024, growth=False),
    Reader(name="pasting undone", read=_undoing, seeds=captures, words=_WORDS, count=60_000, longest=16 * 1024),
    Reader(
        name="applications",
        read=_application,
        seeds=_applications,
        words=(
            b'{"error": {"message": "',
            b'"code": "',
            b"locked",
            b"<Code>LeaseIdMissing</Code>",
            b"[",
            b"]",
            b"\\u0000",
        ),
        count=150_000,
    ),
)

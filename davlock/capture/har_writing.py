"""HAR 1.2 written for others to read: no secrets in it, and on request no lock tokens either.

What HAR has no word for stands under keys of its own, which begin with an underscore: ``_headersComplete``,
``_bodyTruncated``, ``_encoding`` and ``_error``. Reading such a file gives the same exchanges again.
"""

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from davlock import __version__
from davlock.capture.redaction import StandIns
from davlock.capture.secret import body_without_secrets, shown_url, without_secrets
from davlock.errors import NoResponse
from davlock.protocol.message import Exchange, Headers, Request, Response

_COMMENT = "exchanges carry no date: startedDateTime only keeps them in order. Secrets were left out."
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def write_har(exchanges: Iterable[Exchange], *, redact_tokens: bool, stand_ins: StandIns | None = None) -> bytes:
    """The exchanges as a HAR document that ``read_capture`` reads back.

    With ``stand_ins`` from elsewhere, the same token has the same stand-in there and here.
    """
    kept = tuple(exchanges)
    stand_ins = stand_ins or StandIns(keep_tokens=not redact_tokens)
    stand_ins.learn(kept)
    log = {
        "version": "1.2",
        "creator": {"name": "davlock", "version": __version__},
        "entries": [_entry(index, exchange, stand_ins) for index, exchange in enumerate(kept)],
        "comment": _COMMENT,
    }
    return json.dumps({"log": log}, indent=1, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _entry(index: int, exchange: Exchange, stand_ins: StandIns) -> dict[str, object]:
    elapsed = -1.0 if exchange.elapsed_ms is None else exchange.elapsed_ms
    return {
        "startedDateTime": (_FIRST + timedelta(milliseconds=index)).isoformat(timespec="milliseconds"),
        "time": elapsed,
        "request": _request(exchange.request, stand_ins),
        "response": _response(exchange.outcome, stand_ins),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed, "receive": 0},
    }


def _headers(headers: Headers, stand_ins: StandIns) -> dict[str, object]:
    fields = [{"name": name, "value": stand_ins.field(name, value)} for name, value in without_secrets(headers)]
    entry: dict[str, object] = {"headers": fields, "headersSize": -1, "cookies": []}
    # A list of no fields reads as one that was not recorded.
    if fields and not headers.complete:
        entry["_headersComplete"] = False
    if not fields and headers.complete:
        entry["_headersComplete"] = True
    return entry


def _text(body: bytes, key: str) -> dict[str, str]:
    """A body as text, or in base64 under ``key`` if it is not text."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), key: "base64"}


def _request(request: Request, stand_ins: StandIns) -> dict[str, object]:
    url = stand_ins.text(shown_url(request.url))
    written: dict[str, object] = {"method": request.method, "url": url, "httpVersion": "", "queryString": _query(url)}
    written |= _headers(request.headers, stand_ins)
    # A body that is a source is not held; like one that was not captured, its size is all that can be told.
    sent = body_without_secrets(request.body) if isinstance(request.body, bytes) else None
    body = None if sent is None else stand_ins.body(sent)
    written["bodySize"] = -1 if body is None else len(body)
    if body:
        mime_type = request.headers.get("Content-Type") or ""
        written["postData"] = {"mimeType": mime_type, "params": [], **_text(body, "_encoding")}
    return written


def _query(url: str) -> list[dict[str, str]]:
    try:
        query = urlsplit(url).query
        return [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)]
    except ValueError:
        return []


def _response(outcome: Response | NoResponse, stand_ins: StandIns) -> dict[str, object]:
    written: dict[str, object] = {"status": 0, "statusText": "", "httpVersion": "", "redirectURL": "", "bodySize": -1}
    if isinstance(outcome, NoResponse):
        nothing = {"size": 0, "mimeType": ""}
        return written | {
            "headers": [],
            "headersSize": -1,
            "cookies": [],
            "content": nothing,
            "_error": outcome.kind.value,
        }
    mime_type = outcome.headers.get("Content-Type") or ""
    content: dict[str, object] = {"size": -1, "mimeType": mime_type}
    received = body_without_secrets(outcome.body)
    if received is not None:
        body = stand_ins.body(received)
        content = {"size": len(body), "mimeType": mime_type, **_text(body, "encoding")}
    written |= {"status": outcome.status, "statusText": outcome.reason, "content": content}
    written |= _headers(outcome.headers, stand_ins)
    written["redirectURL"] = stand_ins.text(without_secrets(outcome.headers).get("Location") or "")
    if outcome.body_truncated:
        written["_bodyTruncated"] = True
    return written

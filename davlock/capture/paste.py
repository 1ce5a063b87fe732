"""What is no capture, but was pasted from somewhere: log lines, exceptions, transcripts, a body alone.

What such a text does not tell stays unknown: the header fields of a request are incomplete, a body that is not there is
none that was empty. What a client or a server reports of the answer's words stands in for the first bytes of its body.
"""

import ast
import json
import re
from dataclasses import replace
from xml.sax.saxutils import escape

from davlock.capture.bodies import BodyBlock, cut_json, json_blocks, json_status, named_status, xml_blocks
from davlock.capture.glimpse import Glimpse, filled, joined, without_repetitions
from davlock.capture.head import next_message, starts_message
from davlock.capture.implied import implied_method
from davlock.capture.pairing import pair, supplied_request
from davlock.capture.paste_secrets import without_paste_secrets
from davlock.capture.pasted_fields import REQUEST_FIELD, RESPONSE_FIELD, named_fields
from davlock.capture.raw import content_length, has_no_body, read_messages
from davlock.capture.secret import shown_url, without_secrets
from davlock.capture.shapes import JSON_LOGS, LINES, TRANSCRIPTS, JsonShape, LineShape
from davlock.capture.shapes.shape import TranscriptShape
from davlock.capture.supplement import Supplement
from davlock.errors import LocalProtocolError
from davlock.protocol.lock_words import says_locked
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.values import dataclass

PASTE_LIMIT = 512 * 1024
"""Characters of a paste in which shapes are looked for: its end, where it is longer."""

LINE_LIMIT = 64 * 1024
"""Characters of a line that are kept."""

EXCHANGE_LIMIT = 500
"""Exchanges read of one paste: the last ones."""

BODY_ALONE = "a body without the status line and the header of its answer"

_REASONS = {
    "locked": 423,
    "conflict": 409,
    "forbidden": 403,
    "precondition failed": 412,
    "failed dependency": 424,
    "methodnotallowed": 405,
}
_FRAME = str.maketrans("", "", "│|")
_BOX = re.compile(
    r"^[ \t]*(?P<name>ID|Path|Operation|Who|Version|Created|Info)[:=][ \t]*(?P<value>[^\n]*)$", re.MULTILINE
)
# sabre/dav names the header of a failed condition in an element of its own, and in these words.
_FAILED_HEADER = re.compile(r"An (If-[\w-]{1,20}) header was specified")
_PLACE = re.compile(r" in /\S{1,300}\.php:\d{1,6}\b[\s\S]*")
"""Where in a program of PHP an exception was thrown, and the stack."""
_SPEAKS_OF_DAV = re.compile(
    r"(?i:(?:web|cal|card)-?dav|davkit|davfs|\bdav[_-]?client|opaquelocktoken:|lock-token\b|lockdiscovery)"
    r"|\bdue to a failed precondition\b|\"If:\" header|\bDAV:|\b(?:PROPFIND|MKCOL)\b"
)
_FRACTION = re.compile(r"(?<=:\d\d)\.\d{3,9}(?= )")
_NUMBERED = re.compile(r"(?:\bStatusCode[:=]|\bError) ?([45]\d\d)\b")
_EXCEPTION = re.compile(r"<s:exception>([^<]{1,300})</")
_MESSAGE = re.compile(r"<s:message>([^<\n]{1,600})")
_ERROR_LINE = re.compile(r"(?:[\w.]{1,60} )?\[?[\w.]{0,60}(?:Error|Exception)\]?: ")
_START = re.compile(r"(?:HTTP/\d(?:\.\d)?[ \t]+[1-9]\d\d\b|[A-Z]{3,16} \S[^\n]* HTTP/\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasteReading:
    """What was read of a paste, as what, and what was left out."""

    exchanges: tuple[Exchange, ...]
    shape: str
    remark: str = ""


def shortened(text: str) -> tuple[str, str]:
    """The end of a long text, and what to say about that."""
    if len(text) <= PASTE_LIMIT:
        return text, ""
    return text[-PASTE_LIMIT:], f"davlock read only the last {PASTE_LIMIT} of {len(text)} characters"


def read_paste(text: str, supplement: Supplement) -> PasteReading | None:
    """The exchanges that a paste tells of; ``None`` where it has no shape that is known."""
    text, remark = shortened(text)
    text = "\n".join(line[:LINE_LIMIT] for line in text.split("\n")) if len(text) > LINE_LIMIT else text
    for transcript in TRANSCRIPTS:
        if transcript.pattern.search(text) and (exchanges := _from_transcript(transcript, text, supplement)):
            return PasteReading(exchanges=exchanges, shape=transcript.title, remark=remark)
    messages = _from_first_message(text, supplement)
    if messages is not None:
        left_out = remark or "davlock read from the first message on and skipped the text before it"
        return PasteReading(exchanges=messages, shape="", remark=left_out)
    text = without_paste_secrets(text)
    logged = _json_glimpses(text)
    glimpses = logged or _line_glimpses(text)
    exchanges = (
        _exchanges(text, glimpses, supplement, with_bodies=not logged) if glimpses else _body_alone(text, supplement)
    )
    if not exchanges:
        return None
    return PasteReading(exchanges=exchanges, shape=exchanges[-1].fragment, remark=remark)


def _from_transcript(shape: TranscriptShape, text: str, supplement: Supplement) -> tuple[Exchange, ...]:
    pieces: list[str] = []
    for match in shape.keep.finditer(text):
        groups = {name: value for name, value in match.groupdict().items() if value is not None and name != "method"}
        for name, value in groups.items():
            pieces.append(_piece(name, value, match.groupdict().get("method") or "GET"))
    data = "".join(pieces).strip("\n").encode("utf-8", "replace")
    if not starts_message(data, 0):
        start = next_message(data, 0)
        if start is None:
            return ()
        data = data[start:]
    try:
        messages, _ = read_messages(data, method=supplement.method or "")
    except LocalProtocolError:
        return ()
    return tuple(_partial(exchange, shape.title) for exchange in pair(messages, supplement))


def _piece(name: str, value: str, method: str) -> str:
    if name == "escaped":
        try:
            literal = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return ""
        return f"\n\n{str(literal).replace(chr(13), '')}\n"
    if name == "target":
        return f"\n\n{method} {value} HTTP/1.1\n"
    if name == "answer":
        return f"\n\nHTTP/1.1 {value.replace(' : ', ' ', 1)}\n"
    if name == "block":
        return f"\n\n{value}\n"
    if name == "end":
        return "\n"
    value = value.rstrip("\r")
    return f"\n\n{value}\n" if _START.match(value) else f"\n{value}\n" if name == "body" else f"{value}\n"


def _partial(exchange: Exchange, title: str) -> Exchange:
    """A transcript shows no body where it shows no bytes of it, and a header only where it shows the usual fields."""
    sent, response = exchange.request.headers, exchange.response
    if not ("Host" in sent and "User-Agent" in sent):
        exchange = replace(
            exchange,
            request=replace(exchange.request, headers=replace(sent, complete=False)),
            fragment=title,
        )
    if response is None or response.body:
        return exchange
    empty = has_no_body(exchange.request.method, response.status) or content_length(response.headers) == 0
    return exchange if empty else replace(exchange, outcome=replace(response, body=None), fragment=title)


def _from_first_message(text: str, supplement: Supplement) -> tuple[Exchange, ...] | None:
    data = text.encode("utf-8", "replace")
    start = next_message(data, 0)
    if start is None:
        return None
    messages, _ = read_messages(data[start:], method=supplement.method or "")
    return pair(messages, supplement)


def _line_glimpses(text: str) -> list[Glimpse]:
    masked = text
    for block in xml_blocks(text):
        masked = f"{masked[: block.start]}{' ' * (block.end - block.start)}{masked[block.end :]}"
    taken: list[tuple[int, int]] = []
    glimpses: list[Glimpse] = []
    for shape in LINES:
        if shape.vague and glimpses:
            break
        for count, match in enumerate(shape.pattern.finditer(masked)):
            if count >= EXCHANGE_LIMIT:
                break
            if any(start < match.end() and match.start() < end for start, end in taken[-EXCHANGE_LIMIT:]):
                continue
            glimpse = _from_match(shape, match)
            if glimpse.status is not None:
                taken.append(match.span())
                glimpses.append(glimpse)
    return sorted(glimpses, key=lambda glimpse: glimpse.start)[-EXCHANGE_LIMIT:]


def _from_match(shape: LineShape, match: re.Match[str]) -> Glimpse:
    groups = {name: (value or "").strip() for name, value in match.groupdict().items()}
    code = groups.get("status", "")
    reason = groups.get("reason", "").strip(" .\"'")
    status = int(code) if code else shape.status or _REASONS.get(reason.lower())
    if status is None and (numbered := _NUMBERED.search(groups.get("message", ""))) is not None:
        status = int(numbered[1])
    if status is None:
        status = named_status(f"{groups.get('exception', '')} {groups.get('message', '')}")
    verb = groups.get("verb", "").lower()
    url, host = groups.get("url", ""), groups.get("host", "")
    message = _PLACE.sub("", groups.get("message", ""))
    return Glimpse(
        start=match.start(),
        shape=shape.title,
        method=(groups.get("method") or shape.verbs.get(verb, "") or shape.method).upper(),
        url=f"http://{host}{url}" if host and url.startswith("/") else url,
        status=status,
        reason=reason,
        exception=groups.get("exception", "").replace("\\\\", "\\"),
        message=_lock_box(message) or message,
        body=groups.get("body", ""),
        destination=groups.get("destination", ""),
        webdav=shape.webdav or bool(groups.get("webdav")),
        origin=_FRACTION.sub("", groups.get("origin", "")),
    )


def _lock_box(message: str) -> str:
    """The box in which Terraform shows a lock, as the JSON that it was made of."""
    box = {match["name"]: match["value"].strip() for match in _BOX.finditer(message)}
    told = message
    if "Who" in box or "Operation" in box:
        # With Terraform Cloud the box is of the run that failed: only the words before it say so.
        before = message.partition("Lock Info")[0]
        told = before.partition("Error message:")[2] or before
    box["message"] = " ".join(told.translate(_FRAME).split())
    return json.dumps(box) if "ID" in box else ""


def _json_glimpses(text: str) -> list[Glimpse]:
    glimpses = []
    for block, value in json_blocks(text):
        for shape in JSON_LOGS:
            if all(_at(value, place) is not None for place in shape.needs):
                glimpse = _from_json(shape, block, value)
                if glimpse.status is not None:
                    glimpses.append(glimpse)
                break
    return glimpses


def _from_json(shape: JsonShape, block: BodyBlock, value: object) -> Glimpse:
    values = {name: _first(value, places) for name, places in shape.places.items()}
    message, exception = values.get("message", ""), values.get("exception", "")
    nested = re.match(r"Exception: (\{[\s\S]*)", message)
    if nested is not None:
        # Older Nextclouds write JSON into JSON.
        inner = next((value for _, value in json_blocks(nested[1])), None)
        message, exception = _first(inner, ("Message",)), _first(inner, ("Exception",))
    status = values.get("status", "")
    quoted = re.match(r"HTTP/\d\.\d (\d{3}) (.*)", message, re.DOTALL)
    number = int(status) if re.fullmatch("[1-5][0-9]{2}", status) else int(quoted[1]) if quoted else None
    host, url = values.get("host", ""), values.get("url", "")
    return Glimpse(
        start=block.start,
        shape=shape.title,
        method=values.get("method", "").upper(),
        url=f"http://{host}{url}" if host and url.startswith("/") else url,
        status=number if number is not None else named_status(f"{exception} {message}"),
        exception=exception if "\\" in exception else "",
        message=quoted[2] if quoted else message,
    )


def _at(value: object, place: str) -> object:
    for name in place.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _first(value: object, places: tuple[str, ...]) -> str:
    values = (_at(value, place) for place in places)
    return next((str(candidate) for candidate in values if isinstance(candidate, str | int)), "")


def _exchanges(
    text: str, glimpses: list[Glimpse], supplement: Supplement, *, with_bodies: bool
) -> tuple[Exchange, ...]:
    glimpses = without_repetitions(filled(text, joined(glimpses)))
    if _SPEAKS_OF_DAV.search(text) is not None:
        glimpses = [replace(glimpse, webdav=True) for glimpse in glimpses]
    bodies = _bodies_of(text, glimpses) if with_bodies else {}
    alone = len(glimpses) == 1
    if alone and with_bodies and not (bodies or glimpses[0].message or glimpses[0].body or glimpses[0].exception):
        glimpses = [replace(glimpses[0], message=_named_line(text, glimpses[0].status))]
    asked = named_fields(REQUEST_FIELD, text) if alone else ()
    answered = named_fields(RESPONSE_FIELD, text) if alone else ()
    return tuple(
        _exchange(glimpse, bodies.get(index), supplement, asked=asked, answered=answered)
        for index, glimpse in enumerate(glimpses)
    )


def _named_line(text: str, status: int | None) -> str:
    """The line that has the name of an error which stands for ``status``, or an error that says locked; else empty."""
    lines = [line.strip() for line in text.split("\n", 200)[:200]]
    if named_status(text) == status:
        return next((line[:600] for line in lines if named_status(line) == status), "")
    said = (line for line in lines if len(line) <= 600 and _ERROR_LINE.match(line) is not None and says_locked(line))
    return next(said, "") if status != 423 else ""


def _bodies_of(text: str, glimpses: list[Glimpse]) -> dict[int, BodyBlock]:
    """The documents in the text, each for the exchange before it."""
    bodies: dict[int, BodyBlock] = {}
    blocks = [
        *xml_blocks(text),
        *(block for block, value in json_blocks(text) if json_status(value) or "message" in str(value)),
    ]
    for block in sorted(blocks, key=lambda block: block.start):
        before = [index for index, glimpse in enumerate(glimpses) if glimpse.start < block.start]
        bodies.setdefault(before[-1] if before else 0, block)
    return bodies


def _exchange(
    glimpse: Glimpse,
    block: BodyBlock | None,
    supplement: Supplement,
    *,
    asked: tuple[tuple[str, str], ...] = (),
    answered: tuple[tuple[str, str], ...] = (),
) -> Exchange:
    supplied = supplied_request(supplement)
    if glimpse.destination:
        asked = (*asked, ("Destination", glimpse.destination))
    body, whole = _body(glimpse, block)
    response = Response(
        status=glimpse.status or 0,
        reason=glimpse.reason,
        headers=without_secrets(Headers.of(answered, complete=False)),
        body=body,
        body_truncated=body is not None and not whole,
    )
    url = supplied.url or glimpse.url
    if supplied.url and glimpse.url.startswith("/"):
        url = re.sub(r"^(\w+://[^/]+).*", r"\1", supplied.url) + glimpse.url
    request = Request(
        method=glimpse.method or supplied.method or implied_method(response),
        url=shown_url(url),
        headers=supplied.headers if len(supplied.headers) else without_secrets(Headers.of(asked, complete=False)),
        body=supplement.request_body,
    )
    return Exchange(request=request, outcome=response, fragment=glimpse.shape, by_webdav=glimpse.webdav)


def _body(glimpse: Glimpse, block: BodyBlock | None) -> tuple[bytes | None, bool]:
    """The body that the text shows, else the words that it reports of it, and whether it is whole."""
    if block is not None and not block.whole and (stated := _EXCEPTION.search(block.text)) is not None:
        message = _MESSAGE.search(block.text)
        glimpse = replace(glimpse, exception=stated[1], message=message[1] if message else "")
        block = None
    if block is not None:
        return block.text.encode("utf-8", "replace"), block.whole
    if glimpse.body:
        return glimpse.body.encode("utf-8", "replace"), True
    if glimpse.exception and "\\" in glimpse.exception:
        element = (
            f"<s:exception>{escape(glimpse.exception)}</s:exception><s:message>{escape(glimpse.message)}</s:message>"
        )
        named = _FAILED_HEADER.match(glimpse.message)
        element += f"<s:header>{named[1]}</s:header>" if named else ""
        error = f'<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">{element}</d:error>'
        return error.encode("utf-8", "replace"), True
    if glimpse.message:
        return glimpse.message.encode("utf-8", "replace"), True
    return None, False


def _body_alone(text: str, supplement: Supplement) -> tuple[Exchange, ...]:
    """A body whose own words tell of its status."""
    documents = [
        *((block, named_status(block.text) or _xml_status(block.text)) for block in xml_blocks(text)),
        *((block, json_status(value) or named_status(block.text)) for block, value in json_blocks(text)),
        *cut_json(text),
    ]
    for block, status in documents:
        if status is not None:
            glimpse = Glimpse(start=block.start, shape=BODY_ALONE, status=status)
            return (_exchange(glimpse, block, supplement, answered=named_fields(RESPONSE_FIELD, text)),)
    answered = named_fields(RESPONSE_FIELD, text)
    status = named_status(" ".join(value for _, value in answered))
    if status is not None:
        glimpse = Glimpse(start=0, shape="the header of an answer without its status line", status=status)
        return (_exchange(glimpse, None, supplement, answered=answered),)
    return ()


def _xml_status(text: str) -> int | None:
    return 207 if re.search(r"<(?:[\w-]+:)?multistatus[\s>]", text[:1000]) else None

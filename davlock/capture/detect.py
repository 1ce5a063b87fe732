"""A capture of any kind, read: which kind it is shows in its first bytes, never in the name of a file."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from davlock.capture.below_command import answer_by_its_number
from davlock.capture.capture_secrets import secrets_in
from davlock.capture.command_line import Asked, split_at_commands, with_what_was_said, without_commands
from davlock.capture.curl import is_verbose, read_verbose, without_preamble
from davlock.capture.foreign import NotACapture, is_no_text, without_colours, without_timing
from davlock.capture.har import is_har, parse_json, read_har
from davlock.capture.head import RequestHead, ResponseHead, starts_message
from davlock.capture.known_secrets import KnownSecrets
from davlock.capture.pairing import pair
from davlock.capture.paste import PASTE_LIMIT, PasteReading, read_paste
from davlock.capture.paste_secrets import without_paste_secrets
from davlock.capture.raw import Message, read_messages
from davlock.capture.secretless_exchange import hide_in_exchange
from davlock.capture.supplement import Supplement
from davlock.capture.undoing import is_quoted, undo_pasting
from davlock.errors import LocalProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Exchange
from davlock.values import dataclass

__all__ = ["CAPTURE_LIMIT", "Capture", "CaptureKind", "Supplement", "read_capture", "read_captures"]

CAPTURE_LIMIT = 64 * 1024 * 1024
"""Bytes of a capture that are read."""

_FIRST_LINES = 4096

# Cyberduck's log has no empty line between the header of a request and its answer.
_GLUED = re.compile(
    rb"(?m)^([A-Z]{3,16} \S+ HTTP/\d[^\n]*\n(?:[A-Za-z][\w-]{0,60}:[^\n]*\n){1,100})(HTTP/\d(?:\.\d)? [1-5]\d\d[ \r\n])"
)

# PowerShell's ">" writes UTF-16.
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class CaptureKind(StrEnum):
    """What a capture was recognised as."""

    HAR = "har"
    RESPONSE = "raw response"
    EXCHANGE = "raw request and response"
    CURL_INCLUDE = "curl -i"
    CURL_VERBOSE = "curl -v"
    CURL_DUMP_HEADER = "curl -D"
    PASTE = "paste"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The exchanges of a capture in their order: the last one is explained, those before it are its context."""

    exchanges: tuple[Exchange, ...]
    kind: CaptureKind
    deviations: tuple[Deviation, ...] = ()


def read_capture(data: bytes, supplement: Supplement) -> Capture:
    """Reads a capture; raises ``LocalProtocolError`` for everything else."""
    return read_captures((data,), supplement)[0]


def read_captures(captures: Sequence[bytes], supplement: Supplement) -> tuple[Capture, ...]:
    """Reads captures that are one story: a secret in one of them is hidden in the answers of all."""
    for data in captures:
        if len(data) > CAPTURE_LIMIT:
            raise LocalProtocolError(
                f"a capture of {len(data)} bytes is too large to read (at most {CAPTURE_LIMIT})",
                "cut it down to the request in question",
            )
    plain = [_plain(data) for data in captures]
    secrets = secrets_in((data for data, _ in plain), supplement)
    return tuple(_read(data, supplement, deviations, secrets) for data, deviations in plain)


def _read(
    pasted_as: bytes, supplement: Supplement, deviations: tuple[Deviation, ...], secrets: KnownSecrets
) -> Capture:
    data = pasted_as.lstrip(b"\r\n\t ")
    below = None
    # The body of an answer in a HAR may quote a command line.
    if len(data) <= PASTE_LIMIT and not (data.startswith(b"{") and is_har(parse_json(data))):
        below = _read_below_commands(data.decode("utf-8", "replace"), supplement)
    if below is not None:
        pasted: Capture | None = replace(below, deviations=deviations + below.deviations)
    elif is_quoted(data[:_FIRST_LINES].decode("utf-8", "replace")):
        pasted = _read_paste(pasted_as, supplement, deviations)
    else:
        pasted = _read_messages(data, supplement, deviations)
        if pasted is None or not pasted.exchanges:
            pasted = _read_paste(pasted_as, supplement, deviations) or pasted
    if pasted is None:
        end = data[-PASTE_LIMIT:].decode("utf-8", "replace")
        known = secrets.filter()
        raise NotACapture(known.body(data), known.text(without_paste_secrets(undo_pasting(end).text)))
    hidden = (
        hide_in_exchange(exchange, secrets.filter(exchange.request.url), captured=True) for exchange in pasted.exchanges
    )
    return replace(pasted, exchanges=tuple(hidden))


def _read_below_commands(text: str, supplement: Supplement) -> Capture | None:
    """The answers below command lines, each with the request of the command above it; ``None`` where there are none.

    What ``curl -v`` prints has its requests itself.
    """
    pieces = split_at_commands(text)
    if not pieces or is_verbose(text.encode("utf-8", "replace")):
        return None
    captures = [capture for piece in pieces if (capture := _read_piece(piece, supplement)) is not None]
    if not captures:
        return None
    from_commands = Deviation("capture", "davlock read the requests from the command lines")
    return Capture(
        exchanges=tuple(exchange for capture in captures for exchange in capture.exchanges),
        kind=captures[-1].kind,
        deviations=(from_commands, *(deviation for capture in captures for deviation in capture.deviations)),
    )


def _read_piece(piece: Asked, supplement: Supplement) -> Capture | None:
    known = supplement if piece.supplement is None else with_what_was_said(piece.supplement, supplement)
    text = piece.text.lstrip()
    read = _read_messages(text.encode("utf-8", "replace"), known, ())
    if read is not None and read.exchanges:
        return read
    if piece.writes_status and (exchange := answer_by_its_number(text, known)) is not None:
        return Capture(exchanges=(exchange,), kind=CaptureKind.PASTE)
    return _of_reading(read_paste(text, known), ())


def _read_messages(data: bytes, supplement: Supplement, deviations: tuple[Deviation, ...]) -> Capture | None:
    """HTTP, curl and HAR as they were recorded; ``None`` for everything else."""
    if data.startswith(b"{"):
        document = parse_json(data)
        if is_har(document):
            exchanges, forgiven = read_har(document)
            return Capture(exchanges=exchanges, kind=CaptureKind.HAR, deviations=deviations + forgiven)
    if b"\x1b[" in data[:_FIRST_LINES] and not starts_message(data, 0):
        data = without_colours(data)
    data = without_timing(data)
    if is_verbose(data):
        exchanges, forgiven = read_verbose(data, supplement)
        return Capture(exchanges=exchanges, kind=CaptureKind.CURL_VERBOSE, deviations=deviations + forgiven)
    data = without_preamble(data)
    if not starts_message(data, 0):
        return None
    if len(data) <= PASTE_LIMIT:
        data = _GLUED.sub(rb"\1\n\2", data)
    messages, forgiven = read_messages(data, method=supplement.method or "")
    return Capture(exchanges=pair(messages, supplement), kind=_kind(messages), deviations=deviations + forgiven)


def _read_paste(data: bytes, supplement: Supplement, deviations: tuple[Deviation, ...]) -> Capture | None:
    """Whatever else tells of an exchange, after what pasting did was undone."""
    if is_no_text(data.lstrip(b"\r\n\t ")):
        raise NotACapture(data.lstrip(b"\r\n\t "), "")
    cut = len(data) > 4 * PASTE_LIMIT
    if cut:
        deviations = (
            *deviations,
            Deviation("capture", f"davlock read only the last {4 * PASTE_LIMIT} of {len(data)} bytes"),
        )
        data = data[-4 * PASTE_LIMIT :]
    undone = undo_pasting(data.decode("utf-8", "replace"))
    if undone.removed:
        deviations = (*deviations, Deviation("capture", f"read after removing {' and '.join(undone.removed)}"))
    below = _read_below_commands(undone.text, supplement)
    if below is not None:
        return replace(below, deviations=deviations + below.deviations)
    text = without_commands(undone.text)
    if undone.removed or text != undone.text:
        read = _read_messages(text.lstrip().encode("utf-8", "replace"), supplement, deviations)
        if read is not None and read.exchanges:
            return read
    return _of_reading(read_paste(text, supplement), deviations)


def _of_reading(reading: PasteReading | None, deviations: tuple[Deviation, ...]) -> Capture | None:
    if reading is None:
        return None
    if reading.remark:
        deviations = (*deviations, Deviation("capture", reading.remark))
    if reading.shape:
        deviations = (*deviations, Deviation("capture", f"read as {reading.shape}"))
    return Capture(exchanges=reading.exchanges, kind=CaptureKind.PASTE, deviations=deviations)


def _plain(data: bytes) -> tuple[bytes, tuple[Deviation, ...]]:
    """The capture without a byte order mark."""
    deviations: tuple[Deviation, ...] = ()
    data = data.removeprefix(codecs.BOM_UTF8)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            data = data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
            deviations = (Deviation("capture", "written in UTF-16; parts that are not text are damaged"),)
            break
    return data, deviations


def _kind(messages: tuple[Message, ...]) -> CaptureKind:
    if any(isinstance(message.head, RequestHead) for message in messages):
        return CaptureKind.EXCHANGE
    if not any(message.body.content for message in messages) and messages[-1].body.content is None:
        return CaptureKind.CURL_DUMP_HEADER
    responses = [message for message in messages if isinstance(message.head, ResponseHead)]
    return CaptureKind.CURL_INCLUDE if len(responses) > 1 else CaptureKind.RESPONSE

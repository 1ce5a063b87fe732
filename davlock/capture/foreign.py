"""What people hand over that is no capture davlock reads: each named, with what to record in its place.

And what a terminal adds to one that is: colours, the remarks of a tool.
"""

import re

from davlock.capture.paste_secrets import without_paste_secrets
from davlock.errors import LocalProtocolError

NOT_A_CAPTURE = "not a capture davlock can read"

HINT = (
    "davlock reads a raw HTTP response with or without its request, what curl -i, curl -v and curl -D print, HAR 1.2, "
    "and the log lines, exceptions and transcripts that davlock explain --formats lists"
)

_CURL = "run the request with curl -sv and keep both streams: curl -sv … > capture.txt 2>&1"
_HAR = "export it as HAR"


class NotACapture(LocalProtocolError):
    """What was given tells of no exchange; ``text`` is what it says, without its secrets, empty where it is no text."""

    def __init__(self, data: bytes, text: str) -> None:
        super().__init__(*what_it_is(data))
        self.text = text


# The beginning of each, what it is, and what to do.
_FOREIGN: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), what, hint)
    for pattern, what, hint in (
        (rb"(?:[\d:.]+ )?(?:== Info: |=> Send |<= Recv )", "what curl --trace and --trace-ascii print", _CURL),
        (rb"--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--  |Spider mode enabled", "what wget prints", _CURL),
        (rb"(?:\$ )?curl(?:\.exe)?\s", "a curl command, no answer", _CURL),
        (
            rb"(?:await )?fetch\(|Invoke-(?:WebRequest|RestMethod) -|\$session = New-Object ",
            "a command, no answer",
            _CURL,
        ),
        (
            rb"StatusCode\s+: \d|Invoke-(?:WebRequest|RestMethod)\s*: |Headers\s+: \{\[",
            "what PowerShell shows of an answer",
            "run the request with curl.exe -sv and keep both streams: curl.exe -sv … > capture.txt 2>&1",
        ),
        (
            rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x4d\x3c\xb2\xa1|\xa1\xb2\x3c\x4d|[\s\S]{4}(?:\x4d\x3c\x2b\x1a|\x1a\x2b\x3c\x4d)|\x0a\x0d\x0d\x0a",
            "a packet capture",
            "in Wireshark: Follow, HTTP Stream, Save as raw",
        ),
        (
            rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF|%PDF",
            "a picture or a printed page",
            "copy the text in it, or run the request with curl -i",
        ),
        (rb"PK\x03\x04", "an archive (Fiddler's .saz is one)", f"{_HAR}, or unpack it"),
        (rb"\x1f\x8b|\xfd7zXZ\x00|BZh\d|\x28\xb5\x2f\xfd", "a compressed file", "unpack it"),
        (rb"\xac\xed\x00\x05|\[\s*\{\s*\"status\":\s*\"COMPLETE\"", "a session file of Charles", _HAR),
        (
            rb"\d{1,9}:(?=.{0,400}?(?:websocket|version|response);)",
            "a flow file of mitmproxy",
            "mitmdump -nr FILE --set hardump=capture.har",
        ),
        (
            rb"<\?xml[^>]*>\s*<log\b|<log\b",
            "a HAR as XML, which Internet Explorer writes",
            "export it with another browser",
        ),
    )
)

_HAR_BEGINS = re.compile(rb"\{\s*\"log\"\s*:\s*\{[\s\S]{0,20000}\"entries\"\s*:\s*\[(?!\s*\])")
# A line of Apache's log begins with a bracket, too.
_JSON_BEGINS = re.compile(rb"\{|\[\s*[\[{\"\d\]]")
_SGR = re.compile(rb"\x1b\[[0-9;]{0,32}m")
# httpie: what stands for a body that it does not print, and what --meta or -vv adds after one.
_NOT_SHOWN = re.compile(rb"\s*\+-{20,80}\+\r?\n\| NOTE: binary data not shown in terminal +\|\r?\n\+-{20,80}\+\s*")
_META = re.compile(rb"(?:\r?\n){2}Elapsed time: [0-9.]+(?:e-?\d+)?s[ \t]*(?=\r?\n|\Z)")


_NO_TEXT = re.compile(
    rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x4d\x3c\xb2\xa1|\xa1\xb2\x3c\x4d|[\s\S]{4}(?:\x4d\x3c\x2b\x1a|\x1a\x2b\x3c\x4d)|\x0a\x0d\x0d\x0a"
    rb"|PK\x03\x04|\x1f\x8b|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|\xac\xed\x00\x05|\x89PNG|\xff\xd8\xff|GIF8|%PDF|RIFF|\x7fELF|MZ\x90"
    rb"|\d{1,9}:(?=.{0,400}?(?:websocket|version|response);)|\[\s*\{\s*\"status\":\s*\"COMPLETE\"|(?:<\?xml[^>]*>\s*)?<log\b"
)
_SAMPLE = 4096


def is_no_text(data: bytes) -> bool:
    """Returns true if this is a picture, an archive, a packet capture, or bytes of another kind that nobody pastes."""
    sample = data[:_SAMPLE]
    if _NO_TEXT.match(data) is not None:
        return True
    control = sum(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in sample)
    return control * 20 > len(sample)


def what_it_is(data: bytes) -> tuple[str, str]:
    """What ``data``, which is no capture, seems to be, and what to do instead."""
    if not data:
        return f"an empty file is {NOT_A_CAPTURE}", HINT
    for pattern, what, hint in _FOREIGN:
        if pattern.match(data):
            return f"{what} is {NOT_A_CAPTURE}", hint
    if _HAR_BEGINS.match(data):
        return f"a HAR file that is cut off, or that is not JSON, is {NOT_A_CAPTURE}", "export it again"
    if _JSON_BEGINS.match(data):
        return f"JSON without log.entries is {NOT_A_CAPTURE}", HINT
    if data.startswith(b"<"):
        return f"a body without the response's status line and header is {NOT_A_CAPTURE}", HINT
    if is_no_text(data):
        return f"a binary file is {NOT_A_CAPTURE}", HINT
    line = without_paste_secrets(data[:600].split(b"\n", 1)[0].strip().decode("utf-8", "replace"))[:60]
    return f"what begins with {line!r} is {NOT_A_CAPTURE}", HINT


def without_colours(data: bytes) -> bytes:
    """``data`` as it was before a tool coloured it for a terminal."""
    return _SGR.sub(b"", data)


def without_timing(data: bytes) -> bytes:
    """``data`` without httpie's word on how long it took."""
    return _META.sub(b"", data) if b"Elapsed time: " in data else data


def is_not_shown(body: bytes) -> bool:
    """Returns true if this stands for a body that the tool did not show."""
    return _NOT_SHOWN.fullmatch(body) is not None

"""The head of a recorded message: its start line and field lines, as people paste and tools print them.

    HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]    RFC 9112 §2.1
    status-line  = HTTP-version SP status-code SP [ reason-phrase ]              RFC 9112 §4
    request-line = method SP request-target SP HTTP-version                      RFC 9112 §3

A recording is no wire: line ends may be bare LF (or CR CR LF, from a terminal), the reason phrase may be missing, and
HTTP/2 and HTTP/3 have pseudo header fields (RFC 9113 §8.3) in place of the start line.
"""

import re

from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Headers
from davlock.values import dataclass

_STATUS = rb"HTTP/\d(?:\.\d)?[ \t]+[1-9]\d\d(?:[ \t][^\n]*)?\r*$"
_REQUEST = rb"[A-Z][A-Za-z-]* [^\n]*HTTP/\d(?:\.\d)?[ \t\r]*$"
_PSEUDO = rb":(?:status[ \t]*:[ \t]*[1-9]\d\d[ \t\r]*|(?:method|path|authority|scheme)[ \t]*:[ \t]*[^\s][^\n]*)$"
_START = re.compile(_STATUS + rb"|" + _REQUEST + rb"|" + _PSEUDO, re.MULTILINE)
_START_OF_LINE = re.compile(rb"^(?:" + _START.pattern + rb")", re.MULTILINE)

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+([1-9]\d\d)(?:[ \t]+(.*))?", re.DOTALL)
_PSEUDO_FIELD = re.compile(rb":(status|method|path|authority|scheme)[ \t]*:(.*)", re.DOTALL)

# RFC 9110 §5.6.2 token.
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_OR_BLANK = re.compile(
    rb"\r*(?:\n|\Z)|(?:\x1b\[[0-9;]{0,8}m)?:?[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\x1b\[[0-9;]{0,8}m)?[ \t]*:"
)

# curl makes field names bold when it writes to a terminal.
_BOLD = re.compile(rb"\x1b\[[0-9;]{0,8}m")


FIELD_LIMIT = 4096
"""Lines kept of one header; what follows is skipped. No server sends as many, junk does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """Method and target as sent; ``scheme`` and ``authority`` only where pseudo header fields tell them."""

    method: str
    target: str
    headers: Headers
    scheme: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHead:
    """Status, reason phrase (empty where there is none) and header fields."""

    status: int
    reason: str
    headers: Headers


Head = RequestHead | ResponseHead


def as_text(value: bytes) -> str:
    """A field value: UTF-8 where it is that, else ISO 8859-1 (RFC 9110 §5.5)."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("iso-8859-1")


def starts_message(data: bytes, position: int) -> bool:
    """Whether a message begins at ``position``: a start line, and after it a field line, a blank line or the end.

    The second half keeps a line of a body that reads like a status line from passing as one.
    """
    match = _START.match(data, position)
    return match is not None and _FIELD_OR_BLANK.match(data, match.end() + 1) is not None


def next_message(data: bytes, position: int) -> int | None:
    """Where the first message at or after ``position`` begins; ``None`` when there is none."""
    for match in _START_OF_LINE.finditer(data, position):
        if _FIELD_OR_BLANK.match(data, match.end() + 1):
            return match.start()
    return None


class _Fields:
    """Field lines as they are read: folded ones joined, bad ones counted, pseudo header fields apart."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, list[bytes]]] = []
        self.pseudo: dict[str, str] = {}
        self.folded = self.bad = 0
        self.first_bad = b""

    def add(self, line: bytes) -> None:
        """Reads one line of the head."""
        if len(self.lines) + self.folded >= FIELD_LIMIT:
            self.bad += 1
            self.first_bad = self.first_bad or line[:80]
            return
        if line[:1] in (b" ", b"\t"):
            # RFC 9112 §5.2: obs-fold is replaced by a space.
            if self.lines:
                self.folded += 1
                self.lines[-1][1].append(line.strip())
            return
        pseudo = _PSEUDO_FIELD.fullmatch(line)
        if pseudo:
            self.pseudo.setdefault(pseudo[1].decode(), as_text(pseudo[2].strip()))
            return
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.rstrip()):
            self.lines.append((name.rstrip().decode(), [value.strip()]))
            return
        self.bad += 1
        self.first_bad = self.first_bad or line[:80]

    def headers(self) -> Headers:
        """What was read."""
        return Headers.of((name, as_text(b" ".join(values))) for name, values in self.lines)

    def deviations(self) -> tuple[Deviation, ...]:
        """One for all folded lines and one for all bad ones, so that junk cannot fill the memory."""
        deviations = []
        if self.folded:
            deviations.append(Deviation("header", "a field value is folded over several lines (RFC 9112 §5.2)"))
        if self.bad:
            more = f" and {self.bad - 1} more" if self.bad > 1 else ""
            deviations.append(Deviation("header", f"not a header line, skipped: {as_text(self.first_bad)!r}{more}"))
        return tuple(deviations)


def parse_head(data: bytes, position: int) -> tuple[Head, int, tuple[Deviation, ...]]:
    """The head of the message that :func:`starts_message` found at ``position``, and where its body begins."""
    fields = _Fields()
    start_line = b""
    deviations: tuple[Deviation, ...] = ()
    first = True
    while position < len(data):
        newline = data.find(b"\n", position)
        end = len(data) if newline < 0 else newline + 1
        line = _BOLD.sub(b"", data[position:end].rstrip(b"\r\n"))
        if not line.strip():
            position = end
            break
        if line[:1] in (b"<", b"{"):
            # A blank line lost in copying: no field name begins like that, XML and JSON do.
            deviations = (Deviation("message", "no blank line between header and body"),)
            break
        if first and not line.startswith(b":"):
            start_line = line
        else:
            fields.add(line)
        first = False
        position = end
    return _head(start_line, fields), position, deviations + fields.deviations()


def _head(start_line: bytes, fields: _Fields) -> Head:
    headers, pseudo = fields.headers(), fields.pseudo
    status_line = _STATUS_LINE.fullmatch(start_line)
    if status_line:
        return ResponseHead(
            status=int(status_line[1]), reason=as_text((status_line[2] or b"").strip()), headers=headers
        )
    status = pseudo.get("status", "")
    if not start_line and re.fullmatch(r"[1-9][0-9]{2}", status):
        return ResponseHead(status=int(status), reason="", headers=headers)
    method, _, rest = start_line.partition(b" ")
    return RequestHead(
        method=as_text(method) or pseudo.get("method", ""),
        # A client that does not escape puts spaces into the target: only the last word is the version.
        target=as_text(rest.rpartition(b"HTTP/")[0].strip()) or pseudo.get("path", ""),
        headers=headers,
        scheme=pseudo.get("scheme", "").lower(),
        authority=pseudo.get("authority", ""),
    )

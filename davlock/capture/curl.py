"""What ``curl -v`` prints: what was sent after ``>``, received after ``<``, and remarks after ``*``.

stderr and stdout of one run often end up in one file, line by line or block after block: the body and, with ``-i``,
each header a second time, stand between the marked lines or after them. A body whose last line has no end runs into the
next remark. Without ``-s`` there is a progress meter, which is overwritten with carriage returns.
"""

import re
from dataclasses import field

from davlock.capture.codings import Body
from davlock.capture.head import Head, RequestHead, ResponseHead, next_message, parse_head, starts_message
from davlock.capture.pairing import pair, supplied_request, unanswered
from davlock.capture.raw import MESSAGE_LIMIT, Message, body_as_captured, read_messages
from davlock.capture.supplement import Supplement
from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Exchange
from davlock.values import dataclass

# --trace-time and --trace-ids put these before the mark.
_STAMP = rb"(?:\d\d:\d\d:\d\d\.\d{6} )?(?:\[[\dx-]{1,40}\] )?"
_MARKED = re.compile(_STAMP + rb"([<>*])(?: (.*))?", re.DOTALL)
_DATA = re.compile(_STAMP + rb"[{}] \[\d+ bytes data\]")
_REQUEST_LINE = re.compile(rb"[A-Za-z-]+ [^\n]*HTTP/\d(?:\.\d)?[ \r]*")
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? +[1-9]\d\d(?: [^\n]*)?\r*")

_SENT = re.compile(rb"^" + _STAMP + rb"> [A-Za-z-]+ [^\n]*HTTP/\d", re.MULTILINE)
_RECEIVED = re.compile(rb"^" + _STAMP + rb"< HTTP/\d", re.MULTILINE)
_REMARK = re.compile(
    rb"^" + _STAMP + rb"\* (?:  Trying |Connected to |Connection #|Could not resolve|connect to )", re.MULTILINE
)
_ERROR = re.compile(rb"curl: \((\d{1,3})\) ([^\r\n]*)")

# One state of the progress meter: sizes and speeds, three times, the current speed.
_METER = re.compile(rb"(?:^|\r)[ \d.kMGTP]{30,60}(?:[ \d:dh-]{8} ){3}[ \d.kMGTP]{5}")
_METER_HEAD = re.compile(rb" *% Total +% Received.*| *Dload +Upload.*|Script (?:started|done) on .*")
_PREAMBLE = re.compile(rb"(?:Note|Warning): .*|\S{0,80}[$#%>] ?(?:\S+ ){0,3}curl(?:\.exe)? .*")
# Remarks that follow a body, the next transfer's among them: on its last line where that has no end.
_RUN_IN = re.compile(
    rb"(?:\* (?:Connection #\d+ to host [^*\n]{1,300} left intact|[Cc]losing connection|[Ss]hutting down connection"
    rb"|(?:Request|[Uu]pload) completely sent off|abort upload|end of response with|Leftovers after chunking"
    rb"|  Trying [\d\[]|Hostname \S{1,300} was found in DNS cache|Host \S{1,300} was resolved|Found bundle for host"
    rb"|Re-?using existing |Could not resolve |Uses proxy env variable|Connection \d+ seems to be dead"
    rb"|HTTP/2 stream \d+ was|OpenSSL SSL_|schannel: "
    rb"|Excess found|we are done reading|transfer closed with|TLSv1\.\d \((?:IN|OUT)\)|Recv failure)"
    rb"|curl: \(\d+\) )[^\n]*"
)
_STREAM = rb"(?:\[HTTP/[23]\] \[\d+\] (?:OPENED stream for |\[:scheme: )|h2h3 \[:scheme: )"
_TLS = re.compile(rb"SSL connection using |TLSv1|ALPN|" + _STREAM + rb"https\b")
_PLAIN = re.compile(_STREAM + rb"http\b")
_PORT = re.compile(rb"(?:Connected|Established connection) to [^\n]{1,300}? port (\d{1,5})\b")

_PREAMBLE_LIMIT = 64 * 1024
_LONGEST_NOISE = 4096

# https://curl.se/libcurl/c/libcurl-errors.html
_KINDS = {
    5: NoResponseKind.PROXY,
    6: NoResponseKind.DNS,
    7: NoResponseKind.CONNECT,
    28: NoResponseKind.TIMEOUT,
    35: NoResponseKind.TLS,
    58: NoResponseKind.TLS,
    60: NoResponseKind.TLS,
    97: NoResponseKind.PROXY,
}
_AFTER_SENDING = (NoResponseKind.RESET, NoResponseKind.TIMEOUT)


_END = 4 * 1024 * 1024
"""Bytes at the beginning and the end of a long transcript among which its marks are looked for."""


def is_verbose(data: bytes) -> bool:
    """Returns true if this is what ``curl -v`` prints, with or without what it fetched."""
    if len(data) > 2 * _END:
        data = data[:_END] + data[-_END:]
    sent, received, remark = _SENT.search(data), _RECEIVED.search(data), _REMARK.search(data)
    if starts_message(data, 0):
        # -i output first, then -v. A message whose body quotes such lines is rare, one that quotes all three rarer.
        return bool(sent and received and remark)
    return bool(sent or received or (remark and _ERROR.search(data)))


def without_preamble(data: bytes) -> bytes:
    """``data`` from the first message on, if all that stands before it is a prompt, a warning or a progress meter."""
    start = next_message(data[:_PREAMBLE_LIMIT], 0)
    if not start:
        return data
    lines = (_METER.sub(b"", line).rstrip() for line in data[:start].split(b"\n"))
    return data[start:] if all(not line or _is_noise(line, before=True) for line in lines) else data


def _is_noise(line: bytes, *, before: bool) -> bool:
    """Returns true if the line is of the meter, the terminal's recorder or, ``before`` all else, of the shell."""
    if len(line) > _LONGEST_NOISE:
        return False
    return bool(_METER_HEAD.fullmatch(line) or (before and _PREAMBLE.fullmatch(line)))


@dataclass(slots=True)
class _Recorded:
    """One message as it is gathered: the lines of its head, and the unmarked lines after it."""

    sent: bool
    head: list[bytes]
    loose: list[bytes] = field(default_factory=list)
    open: bool = True


class _Transcript:
    """Sorts the lines of a transcript."""

    def __init__(self) -> None:
        self.recorded: list[_Recorded] = []
        self.before: list[bytes] = []
        self.error: tuple[int, str] | None = None
        self._tls = self._plain = self._multiplexed = False

    @property
    def https(self) -> bool:
        """By what was said of TLS; where the lines on it were cut out, by the port and the version of HTTP."""
        return self._tls or (self._multiplexed and not self._plain)

    def read(self, data: bytes) -> None:
        """Reads all of it."""
        position = 0
        while position < len(data):
            newline = data.find(b"\n", position)
            end = len(data) if newline < 0 else newline + 1
            self._line(data[position:end])
            position = end

    def _line(self, line: bytes) -> None:
        cleaned = _METER.sub(b"", line)
        if cleaned != line and not cleaned.strip():
            return
        stripped = cleaned.rstrip(b"\r\n")
        marked = _MARKED.fullmatch(stripped)
        if marked and self._marked(marked[1], marked[2]):
            return
        error = _ERROR.match(stripped)
        if error:
            self.error = int(error[1]), error[2].decode("utf-8", "replace")
        elif not _DATA.fullmatch(stripped) and not _is_noise(stripped, before=not self.recorded):
            self._loose(cleaned)

    def _marked(self, mark: bytes, text: bytes | None) -> bool:
        """Returns true if the line is curl's; a body may have lines that begin with the same mark."""
        last = self.recorded[-1] if self.recorded else None
        if mark == b"*":
            self._remark(text or b"")
            return text is not None
        sent = mark == b">"
        if (_REQUEST_LINE if sent else _STATUS_LINE).fullmatch(text or b""):
            if len(self.recorded) == MESSAGE_LIMIT:
                raise LocalProtocolError(
                    f"the capture has more than {MESSAGE_LIMIT} messages", "cut it down to the request in question"
                )
            # Nobody's HTTP/3, and hardly anybody's HTTP/2, goes without TLS.
            self._multiplexed = self._multiplexed or (sent and b" HTTP/1" not in (text or b""))
            self.recorded.append(_Recorded(sent, [text or b""]))
            return True
        if last is None or not last.open or last.sent is not sent:
            return False
        last.open = bool((text or b"").strip())
        last.head.append(text or b"")
        return True

    def _remark(self, text: bytes) -> None:
        port = _PORT.match(text)
        self._tls = self._tls or _TLS.match(text) is not None or (port is not None and int(port[1]) == 443)
        self._plain = self._plain or _PLAIN.match(text) is not None or (port is not None and int(port[1]) == 80)

    def _loose(self, line: bytes) -> None:
        run_in = _RUN_IN.search(line)
        if run_in:
            error = _ERROR.match(run_in[0])
            if error:
                self.error = int(error[1]), error[2].decode("utf-8", "replace")
            line = line[: run_in.start()]
        (self.recorded[-1].loose if self.recorded else self.before).append(line)


def read_verbose(data: bytes, supplement: Supplement) -> tuple[tuple[Exchange, ...], tuple[Deviation, ...]]:
    """The exchanges of a ``curl -v`` transcript."""
    transcript = _Transcript()
    transcript.read(data)
    messages, deviations = _messages(transcript, supplement.method or "")
    exchanges = pair(messages, supplement, https=transcript.https)
    if transcript.error is not None:
        exchanges = _with_error(exchanges, *transcript.error, supplement)
    return exchanges, deviations


def _messages(transcript: _Transcript, method: str) -> tuple[tuple[Message, ...], tuple[Deviation, ...]]:
    heads: list[Head] = []
    deviations: list[Deviation] = []
    for recorded in transcript.recorded:
        head, _, forgiven = parse_head(b"\n".join(recorded.head), 0)
        heads.append(head)
        deviations += forgiven
    loose = b"".join(transcript.before + [line for recorded in transcript.recorded for line in recorded.loose])
    loose = loose.lstrip(b"\r\n")
    if starts_message(loose, 0):
        bodies = _bodies_of_included(heads, read_messages(loose, method=_last_method(heads, method))[0])
    else:
        bodies = [b"".join(recorded.loose) for recorded in transcript.recorded]
        if bodies and not bodies[-1]:
            bodies[-1] = b"".join(transcript.before)
    messages = []
    for head, body in zip(heads, bodies, strict=True):
        if isinstance(head, RequestHead):
            method = head.method
        if not isinstance(body, Body):
            # curl -v never shows what was sent: there is no body only where the header announces none.
            sent = isinstance(head, RequestHead)
            body = body_as_captured(head, b"" if sent else body, method=method, absent_is_empty=sent)
        deviations += body.deviations
        messages.append(Message(head, body))
    return tuple(messages), tuple(deviations)


def _last_method(heads: list[Head], method: str) -> str:
    requests = [head.method for head in heads if isinstance(head, RequestHead)]
    return requests[-1] if requests else method


def _bodies_of_included(heads: list[Head], included: tuple[Message, ...]) -> list[bytes | Body]:
    """The bodies that ``-i`` showed, for the responses that ``-v`` showed, from the last one back while they agree."""
    bodies: list[bytes | Body] = [b""] * len(heads)
    shown = [(message.head.status, message.body) for message in included if isinstance(message.head, ResponseHead)]
    for index in range(len(heads) - 1, -1, -1):
        head = heads[index]
        if isinstance(head, ResponseHead):
            if not shown or shown[-1][0] != head.status:
                break
            bodies[index] = shown.pop()[1]
    return bodies


def _with_error(exchanges: tuple[Exchange, ...], code: int, why: str, supplement: Supplement) -> tuple[Exchange, ...]:
    """The exchanges, the last one with curl's own reason why it has no response."""
    kind = _KINDS.get(code, NoResponseKind.RESET)
    if not exchanges:
        return (unanswered(supplied_request(supplement), kind, why, sent=kind in _AFTER_SENDING),)
    last = exchanges[-1]
    if isinstance(last.outcome, NoResponse):
        return (*exchanges[:-1], unanswered(last.request, kind, why))
    return exchanges

"""Header fields of RFC 4918 §10 and the entity tags of RFC 9110 §8.8.3, from text to values and back.

Two kinds of parser: one that returns a value and the deviations it forgave, where servers are known to depart from the
grammar and the meaning is plain all the same; and one that returns a value or raises. Text without deviations follows
its specification. ``where`` is the header's name, or the element's when the same grammar stands in a body.

RFC 4918 uses the ABNF of RFC 2616 §2.1: literals compare without case.
"""

import re
from collections.abc import Iterable
from dataclasses import field

from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol.deviation import Deviation
from davlock.protocol.lock import Depth, LockToken, Timeout
from davlock.values import dataclass

LARGEST_TIMEOUT = 2**32 - 1
"""RFC 4918 §10.7: no ``Second-`` value may be greater."""

# Line breaks are here because a field may have been folded (RFC 9112 §5.2).
WHITE_SPACE = " \t\r\n"

_ETAG_TEXT = r'[^"\x00-\x1f\x7f]*'


@dataclass(frozen=True, slots=True)
class EntityTag:
    """An entity tag without its quotes; ``as_sent`` keeps them, or shows that there were none.

    Two tags are equal when they mean the same, however written: WsgiDAV quotes the ETag header and not getetag.
    """

    value: str
    weak: bool = False
    as_sent: str = field(default="", compare=False, kw_only=True)

    def __post_init__(self) -> None:
        if not re.fullmatch(_ETAG_TEXT, self.value):
            raise LocalProtocolError(
                f"{self.value!r} cannot be an entity tag", "give it without quotes and line breaks"
            )
        if not self.as_sent:
            object.__setattr__(self, "as_sent", str(self))

    def strong_equal(self, other: "EntityTag") -> bool:
        """RFC 9110 §8.8.3.2: the same, and neither of them weak. What If-Match demands."""
        return not self.weak and not other.weak and self.value == other.value

    def weak_equal(self, other: "EntityTag") -> bool:
        """RFC 9110 §8.8.3.2: the same but for weakness. What If-None-Match demands."""
        return self.value == other.value

    def __str__(self) -> str:
        return f'W/"{self.value}"' if self.weak else f'"{self.value}"'


# RFC 9110 §8.8.3:
#   entity-tag = [ weak ] opaque-tag
#   weak       = %s"W/"
#   opaque-tag = DQUOTE *etagc DQUOTE
#   etagc      = %x21 / %x23-7E / obs-text
# RFC 2616 §3.11 had a quoted-string in its place, and RFC 4918's own example is "I am an ETag": blanks are let through.
_ETAG = late_pattern(rf'(?P<weak>W/)?"(?P<value>{_ETAG_TEXT})"')
_LENIENT_ETAG = late_pattern(rf'(?P<weak>[Ww]/)?(?:"(?P<quoted>{_ETAG_TEXT})"|(?P<bare>[^"\x00-\x20\x7f]+))')


def parse_etag(text: str, *, where: str = "ETag") -> EntityTag:
    """One entity tag as RFC 9110 writes it."""
    sent = text.strip(WHITE_SPACE)
    match = _ETAG.fullmatch(sent)
    if match is None:
        raise RemoteProtocolError(where, f"{text!r:.80} is no entity tag, which is text in double quotes")
    return EntityTag(match["value"], match["weak"] is not None, as_sent=sent)


def parse_etag_leniently(text: str, *, where: str = "ETag") -> tuple[EntityTag, tuple[Deviation, ...]]:
    """Like :func:`parse_etag`; without quotes too, as WsgiDAV and Nephele write getetag."""
    sent = text.strip(WHITE_SPACE)
    match = _LENIENT_ETAG.fullmatch(sent)
    if match is None or _ETAG.fullmatch(sent):
        return parse_etag(sent, where=where), ()
    value, what = match["quoted"], []
    if value is None:
        value, what = match["bare"], ["no double quotes around the entity tag (RFC 9110 §8.8.3)"]
    if match["weak"] == "w/":
        what.append("W/ is written in lower case (RFC 9110 §8.8.3)")
    return EntityTag(value, match["weak"] is not None, as_sent=sent), tuple(Deviation(where, w) for w in what)


@dataclass(frozen=True, slots=True)
class EtagCondition:
    """If-Match or If-None-Match: ``*``, or some entity tags."""

    any: bool
    tags: tuple[EntityTag, ...] = ()

    def __str__(self) -> str:
        return "*" if self.any else ", ".join(map(str, self.tags))


# RFC 9110 §13.1.1, §13.1.2:  If-Match = "*" / #entity-tag
# §5.6.1.2: empty members of a list are skipped.
_LIST_GAP = late_pattern(r"[ \t\r\n,]*")


def parse_etag_list(text: str, *, where: str = "If-Match") -> EtagCondition:
    """The value of If-Match or If-None-Match."""
    text = text.strip(WHITE_SPACE)
    if text == "*":
        return EtagCondition(any=True)
    tags: list[EntityTag] = []
    position = _gap_end(text, 0)
    while position < len(text):
        match = _ETAG.match(text, position)
        end = _gap_end(text, match.end()) if match else position
        if match is None or (end < len(text) and "," not in text[match.end() : end]):
            raise RemoteProtocolError(
                where, f"{text[position:]!r:.80} is no list of entity tags in double quotes, nor *"
            )
        tags.append(EntityTag(match["value"], match["weak"] is not None, as_sent=match[0]))
        position = end
    if not tags:
        raise RemoteProtocolError(where, "it is empty")
    return EtagCondition(any=False, tags=tuple(tags))


def _gap_end(text: str, position: int) -> int:
    gap = _LIST_GAP.match(text, position)
    return gap.end() if gap else position


# RFC 4918 §10.7:
#   TimeOut       = "Timeout" ":" 1#TimeType
#   TimeType      = ("Second-" DAVTimeOutVal | "Infinite")    ; no LWS within TimeType
#   DAVTimeOutVal = 1*DIGIT                                   ; not greater than 2^32-1
# Sent by servers: Second-59.98 (Nephele), Second-Infinite and Second-Second-120 (pywebdav3), Second--2 for a lock that
# has run out (chezdav), Infinity, and numbers beyond 2^32-1 (asgiwebdav). A sign of "+", hexadecimal and digits
# of other scripts are seen from nobody and stay errors.
_TIME_TYPE = late_pattern(r"Second-(?P<seconds>[0-9]+)|Infinite", re.IGNORECASE | re.ASCII)
_LENIENT_TIME_TYPE = late_pattern(
    r"(?P<second>(?:Second-)+)(?P<sign>-?)(?P<seconds>[0-9]+(?:\.[0-9]+)?)|(?:Second-)*Infinit(?:e|y)",
    re.IGNORECASE | re.ASCII,
)


def parse_timeout(text: str, *, where: str = "Timeout") -> tuple[Timeout, tuple[Deviation, ...]]:
    """The Timeout header or the timeout element: the first value of a list that follows the grammar, else the first
    whose meaning is plain. Whether ``Second-0`` means infinite, as on Go servers, is for the server's profile to say.
    """
    sent = text.strip(WHITE_SPACE)
    members = [member for part in sent.split(",") if (member := part.strip(WHITE_SPACE))]
    if not members:
        raise RemoteProtocolError(where, "it is empty")
    readings = [_read_time_type(member) for member in members]
    usable = [(reading[0], reading[1], at) for at, reading in enumerate(readings) if reading is not None]
    if not usable:
        raise RemoteProtocolError(where, f"{sent!r:.80} is neither Second-N nor Infinite (RFC 4918 §10.7)")
    seconds, complaints, chosen = next((reading for reading in usable if not reading[1]), usable[0])
    passed_over = tuple(
        f"{member!r:.80} is passed over"
        for at, (member, reading) in enumerate(zip(members, readings, strict=True))
        if at < chosen or (at > chosen and (reading is None or reading[1]))
    )
    return Timeout(seconds, sent), tuple(Deviation(where, what) for what in passed_over + complaints)


def _read_time_type(member: str) -> tuple[float | None, tuple[str, ...]] | None:
    """The seconds, ``None`` for Infinite, and the complaints; nothing at all if it makes no sense."""
    strict = _TIME_TYPE.fullmatch(member)
    match = strict or _LENIENT_TIME_TYPE.fullmatch(member)
    if match is None:
        return None
    if match["seconds"] is None:
        return None, () if strict else (f"{member!r:.80} stands for Infinite (RFC 4918 §10.7)",)
    complaints: list[str] = []
    number = float(match["seconds"])
    if strict is None:
        if len(match["second"]) > len("Second-"):
            complaints.append(f"{member!r:.80} says Second- more than once (RFC 4918 §10.7)")
        if match["sign"]:
            complaints.append(f"{member!r:.80} is negative, read as 0 seconds: the lock has run out")
            number = 0.0
        elif "." in match["seconds"]:
            complaints.append(f"{member!r:.80} has a fraction (RFC 4918 §10.7)")
    if number > LARGEST_TIMEOUT:
        complaints.append(f"{member!r:.80} is beyond 2^32-1 (RFC 4918 §10.7), read as {LARGEST_TIMEOUT} seconds")
        number = float(LARGEST_TIMEOUT)
    return int(number) if number.is_integer() else number, tuple(complaints)


# RFC 4918 §10.5, §10.1:
#   Lock-Token = "Lock-Token" ":" Coded-URL
#   Coded-URL  = "<" absolute-URI ">"    ; no LWS in it
# webdav-server, AsgiWebDAV and Zope leave the brackets out. Whether the text is a URI is not looked at, since rclone's
# token is a bare number; characters that no URI has (RFC 3986 §2) are reported.
_LOCK_TOKEN = late_pattern(r"(?P<open><?)(?P<token>[^<>\s\x00-\x1f\x7f]+)(?P<close>>?)")
NOT_IN_A_URI = late_pattern(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
"""RFC 3986 §2: a character that no URI has."""


def parse_lock_token(text: str, *, where: str = "Lock-Token") -> tuple[LockToken, tuple[Deviation, ...]]:
    """The one lock token of a Lock-Token header."""
    sent = text.strip(WHITE_SPACE)
    if not sent:
        raise RemoteProtocolError(where, "it is empty")
    match = _LOCK_TOKEN.fullmatch(sent)
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise RemoteProtocolError(where, f"{sent!r:.80} is not one lock token in angle brackets (RFC 4918 §10.5)")
    deviations: list[Deviation] = []
    if not match["open"]:
        deviations.append(Deviation(where, "no angle brackets around the lock token (RFC 4918 §10.5)"))
    strange = NOT_IN_A_URI.search(match["token"])
    if strange:
        deviations.append(Deviation(where, f"{strange[0]!r} cannot stand in a URI (RFC 3986 §2)"))
    return LockToken(match["token"]), tuple(deviations)


# RFC 4918 §10.2:  Depth = "Depth" ":" ("0" | "1" | "infinity")
# Tomcat and webdav-server write Infinity, which is the same literal.
def parse_depth(text: str, *, where: str = "Depth") -> Depth:
    """The Depth header or the depth element."""
    try:
        return Depth(text.strip(WHITE_SPACE).lower())
    except ValueError:
        raise RemoteProtocolError(where, f"{text!r:.80} is none of 0, 1 and infinity (RFC 4918 §10.2)") from None


# RFC 4918 §10.1:
#   DAV              = "DAV" ":" #( compliance-class )
#   compliance-class = ( "1" | "2" | "3" | extend )
#   extend           = Coded-URL | token
_COMPLIANCE_CLASS = late_pattern(r"<[^<>]*>|[^\s,<>]+")


def parse_dav(values: Iterable[str]) -> tuple[str, ...]:
    """The compliance classes of all DAV headers in the order sent, each once, a Coded-URL with its brackets."""
    return tuple(dict.fromkeys(name for value in values for name in _COMPLIANCE_CLASS.findall(value)))


# RFC 9110 §10.2.1:  Allow = #method
_METHOD = late_pattern(r"[^\s,]+")


def parse_allow(values: Iterable[str]) -> tuple[str, ...]:
    """The methods of all Allow headers in the order sent, each once, in upper case."""
    return tuple(dict.fromkeys(method.upper() for value in values for method in _METHOD.findall(value)))

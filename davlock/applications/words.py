"""An unknown API whose body says what is wrong: hapi's boom, RFC 9457, JSON:API, plain JSON messages."""

import re

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest
from davlock.late_pattern import late_pattern

_STOCK = late_pattern(
    r"the|a|an|this|that|resource|file|item|object|document|you|are|is|was|be|been|currently|already|now|for|to|of|on|at"
    r"|in|and|or|it|its|access|requested|request|error|status|code|http|conflict|locked|lock|409|412|423|precondition"
    r"|failed|failure|client|has|have|not|with|source|destination|please|try|again|later|target|entity|operation"
)
"""Words that say no more than the status does."""

_SPEAKS_OF_A_PARENT = r"\b(?:parent|ancestor|intermediate)\b"
_HOLDERS = ("lockedBy", "locked_by", "lockOwner", "lock_owner")
"""Keys of JSON for who holds a lock."""

_SPEAKS_OF_DAV = r"\bwebdav\b|\bpropfind\b|\block[- ]token\b|\bcollection\b"


def says_more(message: str) -> bool:
    """Returns true if a message says more than its status does."""
    words = re.findall(r"[^\W_]+", message.lower())
    return any(not _STOCK.fullmatch(word) and (len(word) > 2 or word.isdigit()) for word in words)


def lock(refused: RefusedRequest) -> Sign | None:
    """Recognises a 423 in JSON that names a holder, or one in JSON or to POST or PATCH that says more than "locked"."""
    if refused.status != 423 or refused.says(_SPEAKS_OF_DAV):
        return None
    if not refused.is_json and refused.method not in ("POST", "PATCH"):
        return None
    return Sign.LIKELY if refused.value(*_HOLDERS) or says_more(refused.message) else None


def conflict(refused: RefusedRequest) -> Sign | None:
    """Recognises a 409 in JSON with a message that says what is in the way, if that is not a missing parent."""
    if refused.status != 409 or not refused.is_json or refused.says(f"{_SPEAKS_OF_A_PARENT}|{_SPEAKS_OF_DAV}"):
        return None
    return Sign.LIKELY if says_more(refused.message) else None


LOCK = Application(
    name="application",
    title="the application",
    kind=RefusalKind.LOCK,
    recognise=lock,
    explanation="Nothing in the answer is from WebDAV: the application has a lock of its own.",
    holder=_HOLDERS,
    since=("lockedAt", "locked_at", "lockedSince"),
    ways=(WayOut(title="Do what the answer says, in the application"),),
    otherwise=(("423-token-required", "OPTIONS on the URL: a DAV header in the answer means that it is WebDAV"),),
)
CONFLICT = Application(
    name="application",
    title="the application",
    kind=RefusalKind.CONFLICT,
    recognise=conflict,
    explanation="Nothing in the answer is from WebDAV: the application itself says what is in the way.",
    ways=(WayOut(title="Read it again, then do what the answer says"),),
    otherwise=(("409-unexplained", "OPTIONS on the URL: a DAV header in the answer means that it is WebDAV"),),
)

"""An API of no known name whose body says what is the matter: hapi's boom, RFC 9457, JSON:API, plain JSON messages."""

import re

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_STOCK = re.compile(
    r"the|a|an|this|that|resource|file|item|object|document|you|are|is|was|be|been|currently|already|now|for|to|of|on|at"
    r"|in|and|or|it|its|access|requested|request|error|status|code|http|conflict|locked|lock|409|412|423|precondition"
    r"|failed|failure|client|has|have|not|with|source|destination|please|try|again|later|target|entity|operation"
)
"""Words that say no more than the status does."""

_SPEAKS_OF_A_PARENT = r"\b(?:parent|ancestor|intermediate)\b"
_SPEAKS_OF_DAV = r"\bwebdav\b|\bpropfind\b|\block[- ]token\b|\bcollection\b"


def says_more(message: str) -> bool:
    """Whether a message says more than its status does."""
    words = re.findall(r"[^\W_]+", message.lower())
    return any(not _STOCK.fullmatch(word) and (len(word) > 2 or word.isdigit()) for word in words)


def lock(refused: RefusedRequest) -> Sign | None:
    """423 in JSON, or to POST or PATCH, with a message that says more than "locked"."""
    if refused.status != 423 or refused.says(_SPEAKS_OF_DAV):
        return None
    if not refused.is_json and refused.method not in ("POST", "PATCH"):
        return None
    return Sign.LIKELY if says_more(refused.message) else None


def conflict(refused: RefusedRequest) -> Sign | None:
    """409 in JSON, with a message that names what clashes, and no parent."""
    if refused.status != 409 or not refused.is_json or refused.says(f"{_SPEAKS_OF_A_PARENT}|{_SPEAKS_OF_DAV}"):
        return None
    return Sign.LIKELY if says_more(refused.message) else None


LOCK = Application(
    name="application",
    title="the application",
    kind=RefusalKind.LOCK,
    recognise=lock,
    explanation="Nothing in the answer is WebDAV's: the application has a lock of its own.",
    holder=("lockedBy", "locked_by", "lockOwner", "lock_owner"),
    since=("lockedAt", "locked_at", "lockedSince"),
    ways=(WayOut(title="Do what the answer says, in the application's own interface or manual"),),
    otherwise=(("423-token-required", "OPTIONS on the URL: a field DAV in the answer means that it is WebDAV"),),
)
CONFLICT = Application(
    name="application",
    title="the application",
    kind=RefusalKind.CONFLICT,
    recognise=conflict,
    explanation="Nothing in the answer is WebDAV's: the application says itself what clashes.",
    ways=(WayOut(title="Read the resource again, and change the request as the answer says"),),
    otherwise=(("409-unexplained", "OPTIONS on the URL: a field DAV in the answer means that it is WebDAV"),),
)

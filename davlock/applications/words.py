"""An unknown API whose body says what is wrong: hapi's boom, RFC 9457, JSON:API, plain JSON messages."""

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest
from davlock.protocol.lock_words import is_lock_code, says_busy, says_locked, says_not_locked
from davlock.protocol.status_words import says_more

_SPEAKS_OF_A_PARENT = r"\b(?:parent|ancestor|intermediate)\b"
_HOLDERS = ("lockedBy", "locked_by", "lockOwner", "lock_owner", "lockHolder", "lock_holder")
"""Keys of JSON for who holds a lock."""

_ANY_STATUS = frozenset({400, 401, 403, 405, 409, 412, 422, 425, 429, 500, 502, 503, 504})
"""Where an answer has to say in so many words that something is locked: the status does not."""

_SPEAKS_OF_DAV = r"\bwebdav\b|\bpropfind\b|\block[- ]token\b|\bcollection\b"


def lock(refused: RefusedRequest) -> Sign | None:
    """Recognises a 423 in JSON that names a holder, or one in JSON or to POST or PATCH that says more than "locked".

    Also recognises another status in JSON if its words or its code say that something is locked.
    """
    if refused.says(_SPEAKS_OF_DAV):
        return None
    if refused.status != 423:
        return Sign.LIKELY if refused.status in _ANY_STATUS and _states_a_lock(refused) else None
    if not refused.is_json and refused.method not in ("POST", "PATCH"):
        return None
    return Sign.LIKELY if refused.value(*_HOLDERS) or says_more(refused.message) else None


def _states_a_lock(refused: RefusedRequest) -> bool:
    message = refused.message
    if refused.says(r"\bmaintenance\b") or says_not_locked(message):
        return False
    if says_locked(f"{refused.reason}. {message}") or is_lock_code(refused.code):
        return True
    if refused.status == 409 and refused.value(*_HOLDERS):
        return True
    return refused.status != 409 and says_busy(message)  # a 409 is a conflict, whoever is busy


def conflict(refused: RefusedRequest) -> Sign | None:
    """Recognises a 409 in JSON, or with a code, whose message says what is in the way, if that is no missing parent."""
    if refused.status != 409 or refused.says(f"{_SPEAKS_OF_A_PARENT}|{_SPEAKS_OF_DAV}"):
        return None
    if not (refused.is_json or refused.code):
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
    until=("lockedUntil", "locked_until", "lockExpiresAt", "lock_expires_at", "expiresAt", "expires_at"),
    id=("lockId", "lock_id"),
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

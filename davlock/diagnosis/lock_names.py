"""A target and the holder of its lock, as a sentence names them."""

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.expiry import on_our_clock
from davlock.diagnosis.lock_verdict import is_collection
from davlock.diagnosis.screen import Line
from davlock.diagnosis.wording import holder_of, is_shared
from davlock.locks.holder_words import shortened
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import lock_comment, server_record
from davlock.protocol.url import same_path


def name_of(url: str, *, collection: bool = False) -> str:
    """Returns the last name in a URL, as people write it; the host where it has none, ``It`` for nothing at all."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = parts.path.rstrip("/")
    name = unquote(path.rpartition("/")[2]) if path else parts.netloc
    if "\ufffd" in name:
        name = path.rpartition("/")[2]
    return (f"{name}/" if collection or parts.path.endswith("/") else name) if name else "It"


def is_or_was(evidence: Evidence) -> str:
    """Returns the verb of a sentence on how things stand: what was captured long ago is in the past tense."""
    return "is" if evidence.captured is None else "was"


def own_name(evidence: Evidence) -> str:
    """Returns the name of the target."""
    return name_of(evidence.target, collection=is_collection(evidence))


def who_holds(lock: ObservedLock, evidence: Evidence) -> Line:
    """Returns the holder of a lock, with the note where nobody is named, and what the server recorded beside it."""
    words = holder_of(lock.lock, evidence)
    taken, comment = server_record(lock.lock).taken, lock_comment(lock.lock)
    return (
        words.name if words.named else words.whole,
        *((" since ", on_our_clock(taken, evidence.ahead)) if taken is not None else ()),
        f" (comment: “{shortened(comment)}”)" if comment else "",
    )


def where_taken(lock: ObservedLock, evidence: Evidence) -> str:
    """Returns where the lock was taken, as a clause; empty if that is the target."""
    if lock.root is None or same_path(lock.root, evidence.target):
        return ""
    inferred = "" if lock.lock.root else " (inferred)"
    return f", through a lock on {name_of(lock.root, collection=True)} and all in it{inferred},"


def several_locks(locks: Sequence[ObservedLock]) -> str:
    """Returns `` by 2 holders of shared locks.``, or how many locks there are; empty for one, even if listed twice."""
    count = len({lock.token or id(lock) for lock in locks})
    if count < 2:
        return ""
    return f" by {count} holders of shared locks." if all(map(is_shared, locks)) else f" by {count} locks."


def held_by(lock: ObservedLock, evidence: Evidence) -> Line:
    """Returns `` by Alice Miller``, and where the lock was taken."""
    where = where_taken(lock, evidence)
    return (" by ", *who_holds(lock, evidence), *((where,) if where else ()))

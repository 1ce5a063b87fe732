"""Whether a lock that shows a known token is still the one that davlock took or read before, by its owner.

Some servers give every lock of one path the same token. Then the token alone does not tell whose lock it is.
"""

from davlock.late_pattern import late_pattern
from davlock.locks.server_record import server_record
from davlock.protocol.character_references import unescaped
from davlock.protocol.lock import ActiveLock
from davlock.protocol.requests import owner_without_run

_RUN_ID = late_pattern(r"\b[0-9a-f]{16}\b")

_TAG = late_pattern(r"<[^<>]*>")

_NOBODY = "anonymous"
"""What Yaws 2.1 shows for a lock without an owner. A renewal has no body, and so replaces the owner by this."""


def owner_of_another(lock: ActiveLock, sent: str | None) -> str:
    """The owner that ``lock`` shows, where it is another than ``sent``, which davlock sent; else empty.

    Many servers drop the owner (nginx, lighttpd). Subversion, files_lock and Yaws show something else in its place:
    that proves nothing. White space, escapes and elements around the words do not count, nor does text added to them:
    the run id is enough. A server may cut the owner, as long as more is left than the person's own words.
    """
    shown = _words(lock.owner.xml) if lock.owner is not None else ""
    if not sent or shown in ("", _NOBODY) or server_record(lock).named_in:
        return ""
    expected = _words(sent)
    if shown == expected or expected in shown:
        return ""
    run = _RUN_ID.search(expected)
    if run is not None and run[0] in shown:
        return ""
    was_cut = expected.startswith(shown) and len(shown) > len(_words(owner_without_run(sent)))
    return "" if was_cut else lock.claimed


def shows_another_owner(lock: ActiveLock, before: ActiveLock) -> bool:
    """Returns true if ``lock`` shows another owner than the server showed ``before`` for the same token.

    An owner that is left out by now proves nothing.
    """
    shown, earlier = (_words(entry.owner.xml) if entry.owner is not None else "" for entry in (lock, before))
    return shown not in ("", _NOBODY, earlier)


def _words(text: str) -> str:
    """``text`` without elements and escapes, and with single spaces."""
    return " ".join(unescaped(_TAG.sub(" ", text)).split())

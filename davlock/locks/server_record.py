"""What a server itself recorded of a lock, beside RFC 4918: who took it, when, and when it ends.

The owner element is what a client wrote about itself. Subversion and Nextcloud's files_lock know the user who was
logged in, and the time: they say so in header fields or properties of their own.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from davlock.protocol.lock import ActiveLock
from davlock.values import dataclass

SVN_USER, SVN_DATE = "X-SVN-Lock-Owner", "X-SVN-Creation-Date"
"""The header fields of mod_dav_svn, under which a lock keeps them as vendor properties."""

SVN_FIELDS = (SVN_USER, SVN_DATE)

NC_EDITOR = "nc:lock-owner-editor"
NC_NAMES = ("nc:lock-owner-displayname", "nc:lock-owner", NC_EDITOR)
NC_TYPE, NC_TIME, NC_TIMEOUT = "nc:lock-owner-type", "nc:lock-time", "nc:lock-timeout"

NC_NEVER_RENEWED = frozenset({"0", "1"})
"""``nc:lock-owner-type`` of the locks of a person and of an app: they have no token that anybody could renew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRecord:
    """``None`` where the server does not say it.

    ``user`` is who took the lock, ``named_in`` the field that says so. ``users`` are all names of that user. ``taken``
    is when it was taken, ``renewed`` when it was last renewed, if that is known. ``ends`` is when it ends;
    ``endless``: it never does.
    """

    user: str | None = None
    users: tuple[str, ...] = ()
    named_in: str = ""
    taken: datetime | None = None
    renewed: datetime | None = None
    ends: datetime | None = None
    endless: bool = False
    owner_is_comment: bool = False
    """True if the owner element is no name but a comment on the lock."""


_NC = "{http://nextcloud.org/ns}"

_NOTHING = ServerRecord()


def server_record(lock: ActiveLock) -> ServerRecord:
    """Returns what the vendor properties of ``lock`` say."""
    return record_of(lock.vendor) if lock.vendor else _NOTHING


def record_of(properties: Iterable[tuple[str, str]]) -> ServerRecord:
    """Returns what properties say that have the names of a lock's vendor properties."""
    values = {name.replace(_NC, "nc:"): value for name, value in properties}
    if SVN_USER in values or SVN_DATE in values:
        return _of_subversion(values)
    if NC_TYPE in values or NC_TIME in values:
        return _of_files_lock(values)
    return _NOTHING


def holder_name(lock: ActiveLock) -> str:
    """Returns the user that the server recorded, else what the client wrote as owner; empty where neither is there."""
    return server_record(lock).user or lock.claimed


def lock_comment(lock: ActiveLock) -> str:
    """Returns the comment that stands in place of the owner; empty where the owner is a name."""
    record = server_record(lock)
    return lock.claimed if record.owner_is_comment and lock.claimed != record.user else ""


def _of_subversion(values: dict[str, str]) -> ServerRecord:
    user = values.get(SVN_USER) or None
    # mod_dav_svn gives a renewed lock a new date.
    date = _iso(values.get(SVN_DATE, ""))
    return ServerRecord(
        user=user,
        users=(user,) if user else (),
        named_in=SVN_USER,
        taken=date,
        renewed=date,
        owner_is_comment=True,
    )


def _of_files_lock(values: dict[str, str]) -> ServerRecord:
    named_in = next((name for name in NC_NAMES if values.get(name)), "")
    names = tuple(values[name] for name in NC_NAMES if name != NC_EDITOR and values.get(name))
    taken = _epoch(values.get(NC_TIME, ""))
    kept = values.get(NC_TYPE) in NC_NEVER_RENEWED
    seconds = _number(values.get(NC_TIMEOUT, ""))
    # 0, -1 and -60 stand for a lock without end (files_lock counts minutes).
    endless = seconds is not None and seconds <= 0
    # A renewal leaves the time of creation, and makes the timeout longer.
    ends = taken + timedelta(seconds=seconds) if taken is not None and seconds is not None and seconds > 0 else None
    return ServerRecord(
        user=values.get(named_in) or None,
        users=names,
        named_in=named_in,
        taken=taken,
        renewed=taken if kept else None,
        ends=ends,
        endless=endless,
    )


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None


def _epoch(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), UTC) if re.fullmatch(r"[0-9]{9,11}", text, re.ASCII) else None


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,10}", text, re.ASCII) else None

"""Nextcloud: sabre/dav with locks of its own.

From public source and threads. Transactional locks live in a database table or Redis and have no token; the files_lock
app keeps others in its own table; without it, LOCK is offered to some clients only and protects nothing.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import AdminUnlock, Profile, Traits
from davlock.servers.sabre import outermost

_WORDS = ("nextcloud.org/ns", "oca\\fileslock", "<title>nextcloud")
_CLASS = late_pattern(r"\bnc-[a-z]|\bnextcloud-")


def recognise(traits: Traits) -> bool:
    """Whether its property namespace, its words in errors, its DAV classes or its login challenge show."""
    return (
        any(word in traits.errors for word in _WORDS)
        or any("nextcloud.org/ns" in root for root in outermost(traits.bodies))
        or _CLASS.search(traits.dav) is not None
        or 'realm="nextcloud", charset=' in traits.realm
    )


LOCK_PROPERTIES = tuple(
    f"{{http://nextcloud.org/ns}}{name}"
    for name in (
        "lock",
        "lock-owner-type",
        "lock-owner",
        "lock-owner-displayname",
        "lock-owner-editor",
        "lock-time",
        "lock-timeout",
    )
)
"""Properties of the files_lock app, as its README lists them."""

PROFILE = Profile(
    name="nextcloud",
    title="Nextcloud",
    recognise=recognise,
    lock_store="Nextcloud keeps locks in the tables oc_files_lock (files_lock app) and oc_file_locks (or Redis)",
    shows_locks=None,
    # FileLock::toLockInfo shows the time that was granted, counted from nc:lock-time; below zero it has no end.
    counts_down=False,
    shared_token_suffices=None,
    honours_if_match=True,
    admin_unlock=(
        AdminUnlock(
            title="Release the lock of the files_lock app",
            command=("occ", "files:lock", "--unlock", "FILE-ID"),
        ),
    ),
    unlocks_by_hand=(("X-User-Lock", "1"),),
    lock_properties=LOCK_PROPERTIES,
    keeps_longer="Nextcloud can keep the lock for half an hour, or until somebody unlocks it in the web interface",
    source="nextcloud/server apps/dav; nextcloud/files_lock lib/Command/Lock.php; sabre/dav lib/DAV/Server.php",
)

"""Nextcloud and ownCloud 10: sabre/dav with locks of their own.

From public source and threads. Transactional locks live in a database table or Redis and have no token; the files_lock
app keeps others in its own table; without it, LOCK is offered to some clients only and protects nothing.
"""

from davlock.servers.profile import Profile, Traits


def recognise(traits: Traits) -> bool:
    """By its classes, property namespaces or product words in errors, or its own DAV classes."""
    words = ("nextcloud.org/ns", "owncloud.org/ns", "oca\\dav", "oc\\connector\\sabre", "<title>nextcloud")
    return any(word in traits.errors for word in words) or "nextcloud" in traits.dav or "nc-" in traits.dav


PROFILE = Profile(
    name="nextcloud",
    title="Nextcloud or ownCloud",
    recognise=recognise,
    lock_store="Nextcloud keeps the locks of its files_lock app in the table oc_files_lock, and its"
    " transactional locks in"
    " oc_file_locks or Redis",
    shows_locks=None,
    shared_token_suffices=None,
    source="nextcloud/server apps/dav; nextcloud/files_lock",
)

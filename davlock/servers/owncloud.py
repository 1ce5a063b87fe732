"""ownCloud 10: sabre/dav with locks that outlive a request in a table of their own (10.1 and newer).

From public source. The web interface, the office apps and DAV share these locks; a public link does not show their
tokens. UNLOCK of a file with its collection's token once got 204 while the file stayed locked.
"""

from davlock.servers.profile import Profile, Store, Traits
from davlock.servers.sabre import outermost

_WORDS = ("oc\\connector\\sabre", "<title>owncloud")


def recognise(traits: Traits) -> bool:
    """Whether its words in errors, its login challenge, or only its namespace in PHP's answers show."""
    return (
        any(word in traits.errors for word in _WORDS)
        or 'realm="owncloud", charset=' in traits.realm
        or ("php/" in traits.server and any("owncloud.org/ns" in root for root in outermost(traits.bodies)))
    )


PROFILE = Profile(
    name="owncloud",
    title="ownCloud 10",
    recognise=recognise,
    lock_store="ownCloud keeps locks in the tables oc_persistent_locks and oc_file_locks (or Redis)",
    store=Store.DISK,
    shows_inherited=True,
    counts_down=True,
    foreign_token_works=True,
    honours_if_match=True,
    source="owncloud/core apps/dav/lib/Files/FileLocksBackend.php, lib/private/Lock/Persistent; owncloud/core#34329",
)

"""Apache httpd with mod_dav and mod_dav_fs.

Measured on 2.4.71; the rest from modules/dav/main/util.c and modules/dav/fs/lock.c. It never sends a lockroot, and
``DavLockDiscovery Off`` (2.4.55 and newer) empties lockdiscovery while locks go on being enforced, so that an empty
answer cannot be vouched for.
"""

from davlock.servers.profile import Profile, Store, Traits, ZeroTimeout


def recognise(traits: Traits) -> bool:
    """By its Server header or the property set that mod_dav_fs announces."""
    return "apache.org/dav/propset" in traits.dav or ("apache/" in traits.server and "coyote" not in traits.server)


PROFILE = Profile(
    name="apache",
    title="Apache mod_dav",
    recognise=recognise,
    lock_store="Apache keeps locks in the DBM file that DavLockDB names; they survive a restart. Removing that file"
    " while httpd is stopped drops every lock at once",
    store=Store.DISK,
    zero_timeout=ZeroTimeout.OVER,
    shows_locks=None,
    shows_inherited=True,
    counts_down=True,
    shared_token_suffices=True,
    unlock_answer_proves=True,
    foreign_token_works=False,
    foreign_token_status=403,
    source="measured on 2.4.71; httpd modules/dav/fs/lock.c",
)

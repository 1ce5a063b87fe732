"""webdav-server, the npm package.

Measured on 2.6.3. An untagged token list in If on a write ends its process, and every lock with it. LOCK gives the
timeout in seconds; PROPFIND gives milliseconds and calls them seconds.
"""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """By its Server header, or a lock whose type and scope are outside of any namespace."""
    return "webdav-server/" in traits.server or "<d:locktype><write/></d:locktype><d:lockscope><" in traits.locks


PROFILE = Profile(
    name="webdav-server",
    title="webdav-server (npm)",
    recognise=recognise,
    lock_store="webdav-server keeps locks in memory: a restart of the server frees every lock",
    store=Store.MEMORY,
    timeout_misleads=True,
    keeps_longer="webdav-server keeps it for its own lockTimeout whatever is asked, by default an hour",
    unlock_answer_proves=True,
    untagged_if_is_deadly=True,
    foreign_token_works=False,
    honours_if_match=False,
    source="measured on 2.6.3",
)

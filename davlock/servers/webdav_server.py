"""webdav-server, the npm package.

Measured on 2.6.3. An untagged token list in If on a write crashes it, and every lock is gone. LOCK gives the
timeout in seconds; PROPFIND gives milliseconds and calls them seconds.
"""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """Whether its Server header shows, or a lock whose type and scope have no namespace."""
    return "webdav-server/" in traits.server or "<d:locktype><write/></d:locktype><d:lockscope><" in traits.locks


PROFILE = Profile(
    name="webdav-server",
    title="webdav-server (npm)",
    recognise=recognise,
    lock_store="webdav-server keeps locks in memory: a restart drops every lock",
    store=Store.MEMORY,
    timeout_misleads=True,
    keeps_longer="webdav-server keeps the lock for its own lockTimeout, an hour by default",
    unlock_answer_proves=True,
    untagged_if_is_deadly=True,
    foreign_token_works=False,
    honours_if_match=False,
    source="measured on 2.6.3",
)

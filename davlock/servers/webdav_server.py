"""webdav-server, the npm package.

Measured on 2.6.3. An untagged token list in If on a write ends its process, and every lock with it.
"""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """By its Server header."""
    return "webdav-server/" in traits.server


PROFILE = Profile(
    name="webdav-server",
    title="webdav-server (npm)",
    recognise=recognise,
    lock_store="webdav-server keeps locks in memory: a restart of the server frees every lock",
    store=Store.MEMORY,
    untagged_if_is_deadly=True,
    foreign_token_works=False,
    source="measured on 2.6.3",
)

"""seafdav, the WebDAV server of Seafile: WsgiDAV with its own store.

From public source; locks are WsgiDAV's. Locks were seen to survive the DELETE of their file before 2026.
"""

from davlock.servers import wsgidav
from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """Whether its login challenge shows, or WsgiDAV below the path that Seafile gives it."""
    return "seafile authentication" in traits.realm or (
        wsgidav.recognise(traits) and ">/seafdav/" in traits.bodies + traits.locks
    )


PROFILE = Profile(
    name="seafdav",
    title="Seafile (seafdav)",
    recognise=recognise,
    lock_store="seafdav keeps locks in memory: a restart drops every lock",
    store=Store.MEMORY,
    shows_locks=None,
    shows_inherited=False,
    counts_down=True,
    shared_token_suffices=False,
    unlock_answer_proves=True,
    foreign_token_works=False,
    honours_if_match=True,
    source="haiwen/seafdav wsgidav/server/server_cli.py, wsgidav/lock_man (a copy of WsgiDAV 4.3.3, measured as 4.4.0)",
)

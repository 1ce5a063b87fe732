"""Yaws, a web server in Erlang, with dav = true.

Measured on 2.1.1. A listing answers 404 for the lockdiscovery of every member, locked or not. A renewal replaces the
owner by “anonymous”, and the depth by infinity. lockroot is the path of the file on its disk. An owner with characters
beyond Latin-1 ends the answer and leaves the lock.
"""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """Whether its Server header shows."""
    return "yaws " in traits.server


PROFILE = Profile(
    name="yaws",
    title="Yaws",
    recognise=recognise,
    lock_store="Yaws keeps locks in memory: a restart drops every lock",
    store=Store.MEMORY,
    shows_locks=True,
    lists_locks=False,
    leaves_out_lockdiscovery=True,
    removes_locked_members=True,
    counts_down=False,
    foreign_token_works=True,
    honours_if_match=False,
    source="measured on 2.1.1; yaws_appmod_dav.erl",
)

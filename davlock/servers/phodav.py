"""phodav, the library of GNOME; chezdav is its server.

Measured on 3.0. A lock whose time is over stays, with a timeout below zero. Locks are shown at Depth 0 and not at
Depth 1. A malformed If ends the server, and so does a tagged list with a path.
"""

import re

from davlock.servers.profile import RFC_4918, MemberAct, Profile, Store, Traits, ZeroTimeout

_ALLOW = "GET,HEAD,PUT,PROPFIND,PROPPATCH,MKCOL,DELETE,MOVE,COPY,LOCK,UNLOCK"
# In a PROPFIND, the elements inside lockdiscovery have no namespace.
_LOCK = re.compile(r"<d:lockdiscovery><activelock><locktype><write/></locktype>")


def recognise(traits: Traits) -> bool:
    """By its Server header, its list of methods, or active locks outside of any namespace."""
    return "phodavserver" in traits.server or _ALLOW in traits.allow or _LOCK.search(traits.locks) is not None


PROFILE = Profile(
    name="phodav",
    title="phodav (chezdav)",
    recognise=recognise,
    lock_store="phodav keeps locks in memory: a restart of the server frees every lock",
    store=Store.MEMORY,
    zero_timeout=ZeroTimeout.OVER,
    shows_locks=None,
    lists_locks=False,
    depth_zero_forbids=RFC_4918 | {MemberAct.PUT},
    removes_locked_members=False,
    shows_inherited=True,
    counts_down=True,
    counts_below_zero=True,
    shared_token_suffices=False,
    unlock_answer_proves=True,
    foreign_token_works=False,
    honours_if_match=False,
    keeps_longer="phodav keeps it until it is unlocked, also when its time is over",
    dead_refresh_status=400,
    takes_tagged_refresh=False,
    source="measured on 3.0; phodav libphodav/phodav-lock.c",
)

"""phodav, the library of GNOME; chezdav is its server.

Measured on 3.0. A lock whose time is over stays, with a timeout below zero. It shows locks at Depth 0, but not at
Depth 1. A malformed If crashes the server, and so does a tagged list with a path.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import RFC_4918, MemberAct, Profile, Store, Traits, ZeroTimeout

_ALLOW = "GET,HEAD,PUT,PROPFIND,PROPPATCH,MKCOL,DELETE,MOVE,COPY,LOCK,UNLOCK"
# In a PROPFIND, the elements inside lockdiscovery have no namespace.
_LOCK = late_pattern(r"<d:lockdiscovery><activelock><locktype><write/></locktype>")


def recognise(traits: Traits) -> bool:
    """Whether its Server header, its list of methods, or active locks without a namespace show."""
    return "phodavserver" in traits.server or _ALLOW in traits.allow or _LOCK.search(traits.locks) is not None


PROFILE = Profile(
    name="phodav",
    title="phodav (chezdav)",
    recognise=recognise,
    lock_store="phodav keeps locks in memory: a restart drops every lock",
    store=Store.MEMORY,
    zero_timeout=ZeroTimeout.OVER,
    shows_locks=None,
    lists_locks=False,
    depth_zero_forbids=RFC_4918 | {MemberAct.PUT},
    removes_locked_members=True,
    shows_inherited=True,
    counts_down=True,
    counts_below_zero=True,
    shared_token_suffices=False,
    unlock_answer_proves=True,
    foreign_token_works=False,
    honours_if_match=False,
    keeps_longer="phodav keeps the lock until somebody unlocks it, even when its time is over",
    dead_refresh_status=400,
    takes_tagged_refresh=False,
    source="measured on 3.0; phodav libphodav/phodav-lock.c",
)

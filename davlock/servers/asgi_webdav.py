"""ASGI WebDAV.

Measured on 2.1.0. lockdiscovery stands beside prop, the owner is shown as Python writes it, and a Timeout that is
infinite or missing gives a lock that has ended already. Another user was seen to be shown a lock at one time and not at
another.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Store, Traits, ZeroTimeout

_ALLOW = "PROPFIND,PROPPATCH,MKCOL,GET,HEAD,DELETE,PUT,COPY,MOVE,LOCK,UNLOCK,OPTIONS"
_LOCK = late_pattern(r"<d:owner>\{'dav::|</d:prop><d:lockdiscovery>")


def recognise(traits: Traits) -> bool:
    """Whether its list of methods, its form of a lock or its words show; its Server header is uvicorn's."""
    return (
        _ALLOW in traits.allow
        or _LOCK.search(traits.locks) is not None
        or "can not found lock token in request header" in traits.errors
    )


PROFILE = Profile(
    name="asgi-webdav",
    title="ASGI WebDAV",
    recognise=recognise,
    lock_store="ASGI WebDAV keeps locks in memory: a restart drops every lock",
    store=Store.MEMORY,
    zero_timeout=ZeroTimeout.OVER,
    shows_locks=None,
    removes_locked_members=True,
    shows_inherited=True,
    counts_down=False,
    shared_token_suffices=False,
    unlock_answer_proves=True,
    foreign_token_works=True,
    honours_if_match=False,
    source="measured on 2.1.0; asgi_webdav lock.py",
)

"""golang.org/x/net/webdav: rclone serve, hacdias/webdav, caddy-webdav, PhotoPrism and others.

Measured on rclone; the rest from webdav/webdav.go, prop.go and lock.go. lockdiscovery is not implemented (404 in a
propstat), tokens are bare decimal numbers, and ``Second-0`` stands for a lock that never ends.
"""

import re

from davlock.servers.profile import Profile, Store, Traits, ZeroTimeout

# handleOptions in webdav.go: the list of a file, of a collection, and of a name that does not exist.
_ALLOW = frozenset(
    {
        "OPTIONS,LOCK,PUT,MKCOL",
        "OPTIONS,LOCK,DELETE,PROPPATCH,COPY,MOVE,UNLOCK,PROPFIND",
        "OPTIONS,LOCK,GET,HEAD,POST,DELETE,PROPPATCH,COPY,MOVE,UNLOCK,PROPFIND,PUT",
    }
)


def recognise(traits: Traits) -> bool:
    """By the lists of methods in its source, or a token that is a bare decimal number."""
    return bool(traits.allow & _ALLOW) or any(re.fullmatch(r"<\d{9,}>", token) for token in traits.tokens)


PROFILE = Profile(
    name="golang-webdav",
    title="Go x/net/webdav (rclone and others)",
    recognise=recognise,
    lock_store="Go's webdav keeps locks in memory: a restart of the server frees every lock",
    store=Store.MEMORY,
    zero_timeout=ZeroTimeout.ENDLESS,
    shows_locks=False,
    shows_inherited=False,
    counts_down=None,
    shared_token_suffices=None,
    unlock_answer_proves=True,
    foreign_token_works=True,
    source="measured on rclone; golang.org/x/net webdav.go, prop.go, lock.go",
)

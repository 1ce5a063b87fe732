"""golang.org/x/net/webdav: rclone serve, hacdias/webdav, caddy-webdav, PhotoPrism, alist and others.

Measured on rclone; the rest from webdav/webdav.go, prop.go, xml.go and lock.go. lockdiscovery is not implemented (404
in a propstat), tokens are bare decimal numbers, and ``Second-0`` stands for a lock that never ends.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Store, Traits, ZeroTimeout

# handleOptions in webdav.go: the list of a file, of a collection, and of a name that does not exist.
_ALLOW = frozenset(
    {
        "OPTIONS,LOCK,PUT,MKCOL",
        "OPTIONS,LOCK,DELETE,PROPPATCH,COPY,MOVE,UNLOCK,PROPFIND",
        "OPTIONS,LOCK,GET,HEAD,POST,DELETE,PROPPATCH,COPY,MOVE,UNLOCK,PROPFIND,PUT",
    }
)
_TOKEN = late_pattern(r"<\d{9,}>")
_LOCK = late_pattern(r"<d:locktoken><d:href>\d{9,}</d:href></d:locktoken>")


def recognise(traits: Traits) -> bool:
    """Whether a token is a bare decimal number, or its list of methods shows and no token has another form.

    Others have copied those lists, but make their own tokens.
    """
    numbered = [_TOKEN.fullmatch(token) is not None for token in traits.tokens]
    return any(numbered) or _LOCK.search(traits.locks) is not None or (bool(traits.allow & _ALLOW) and all(numbered))


PROFILE = Profile(
    name="golang-webdav",
    title="Go's WebDAV (rclone and others)",
    recognise=recognise,
    lock_store="Go's WebDAV keeps locks in memory: a restart drops every lock",
    store=Store.MEMORY,
    zero_timeout=ZeroTimeout.ENDLESS,
    shows_locks=False,
    depth_zero_forbids=frozenset(),
    removes_locked_members=True,
    shows_inherited=False,
    counts_down=None,
    shared_token_suffices=None,
    unlock_answer_proves=True,
    foreign_token_works=True,
    honours_if_match=False,
    move_wants_destination_token=True,
    wants_absolute_tag=True,
    useless_token_status=412,
    useless_unlock_status=409,
    source="measured on rclone; golang.org/x/net webdav.go, prop.go, xml.go, lock.go",
)

"""ownCloud Infinite Scale and OpenCloud: the ocdav service of reva.

From public source. A lock is of one resource, whatever depth was asked for; lockdiscovery is 404 where nothing is
locked, and in some versions where something is and other properties are asked for too; the owner shown is the login,
not what the client sent. Only the user who took a lock may release it. Versions before 2022 granted locks with a token
of zeros and kept none.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Store, Traits, ZeroTimeout

_ALLOW = late_pattern(
    r"OPTIONS,LOCK,GET,HEAD,POST,DELETE,PROPPATCH,COPY,MOVE,UNLOCK,PROPFIND,MKCOL,REPORT,SEARCH(,PUT)?"
)
# errors/error.go: the namespace of DAV without its colon, beside that of sabre/dav.
_ERROR = 'xmlns:d="dav" xmlns:s="http://sabredav.org/ns"'

# propfind.go and locks.go write who took it and when, in ownCloud's namespace, inside the active lock.
_LOCK = late_pattern(r"<oc:locktime>\d{4}-")


def recognise(traits: Traits) -> bool:
    """Whether its list of methods, the namespace of its errors, or its additions to a lock show."""
    return (
        any(_ALLOW.fullmatch(allow) for allow in traits.allow)
        or _ERROR in traits.errors
        or _LOCK.search(traits.locks) is not None
    )


PROFILE = Profile(
    name="ocis",
    title="ownCloud Infinite Scale or OpenCloud",
    recognise=recognise,
    lock_store="Infinite Scale and OpenCloud keep each lock in a file in the storage that ends in .lock; delete it to"
    " drop the lock",
    store=Store.DISK,
    zero_timeout=ZeroTimeout.OVER,
    leaves_out_lockdiscovery=True,
    tells_locks_alone=True,
    counts_down=True,
    foreign_token_works=False,
    source="opencloud-eu/reva ocdav/locks.go, propfind.go, decomposedfs/node/locks.go; owncloud/ocis#2176, #3433;"
    " opencloud#1481",
)

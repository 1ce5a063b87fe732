"""Apache httpd with mod_dav and mod_dav_fs.

Measured on 2.4.71; the rest from modules/dav/main/util.c and modules/dav/fs/lock.c. It never sends a lockroot, and
``DavLockDiscovery Off`` (2.4.55 and newer) empties lockdiscovery although Apache still enforces locks, so an empty
answer proves nothing.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import RFC_4918, Profile, Store, Traits, ZeroTimeout

# "Apache" alone with ServerTokens Prod; Tomcat's connector called itself Apache-Coyote.
_SERVER = late_pattern(r"\bapache(?!-)")
# mod_dav's own list, in its order; a name that does not exist has fewer, an httpd that allows TRACE has it.
_ALLOW = late_pattern(
    r"OPTIONS(,GET,HEAD,POST,DELETE(,TRACE)?,PROPFIND,PROPPATCH,COPY,MOVE)?(,(MKCOL|PUT|LOCK|UNLOCK))+"
)
# httpd's own page for a status that only the module gives.
_PAGE = late_pattern(
    r"<title>(412 precondition failed|423 locked|424 failed dependency|507 insufficient storage)</title>"
)
# How mod_dav writes a lock: the type before the scope, on a line each, and no lockroot.
_LOCK = late_pattern(r"<d:activelock>\n<d:locktype><d:write/></d:locktype>\n<d:lockscope>")

# util.c puts these into a 207 or a 424; the last are the namespaces of an allprop.
_WORDS = (
    "an error occurred on another resource, preventing the requested operation on this resource",
    "a validation error has occurred on the parent resource",
    '<d:multistatus xmlns:d="dav:" xmlns:ns0="dav:">',
    'xmlns:lp1="dav:" xmlns:lp2="http://apache.org/dav/props/"',
)


def recognise(traits: Traits) -> bool:
    """Whether mod_dav_fs announces its property set, or the Server header comes with what the module itself writes.

    The header alone often belongs to an httpd in front of another product.
    """
    if "apache.org/dav/propset" in traits.dav:
        return True
    if not _SERVER.search(traits.server):
        return False
    return (
        any(_ALLOW.fullmatch(allow) for allow in traits.allow)
        or ("<!doctype html public" in traits.errors and _PAGE.search(traits.errors) is not None)
        or (_LOCK.search(traits.locks) is not None and "lockroot" not in traits.locks)
        or any(words in traits.bodies for words in _WORDS)
    )


PROFILE = Profile(
    name="apache",
    title="Apache mod_dav",
    recognise=recognise,
    lock_store="Apache keeps locks in the DBM file that DavLockDB names. Stop httpd and delete that file: this drops"
    " every lock",
    store=Store.DISK,
    lock_setup="Set DavLockDB to a path Apache can write",
    zero_timeout=ZeroTimeout.OVER,
    shows_locks=None,
    can_hide_locks=True,
    # After a lock expired, mod_dav does not clean up for a reader: it answers 404 until the next write.
    leaves_out_lockdiscovery=True,
    depth_zero_forbids=RFC_4918,
    removes_locked_members=False,
    shows_inherited=True,
    # With four at a time, 600 UNLOCKs with 204 left one or more locks, and 600 LOCKs with 200 lost some.
    loses_concurrent_changes=True,
    # dav_generic_refresh_locks extends the lock at its root; each member has its own record, which expires.
    refreshes_members=False,
    counts_down=True,
    shared_token_suffices=True,
    unlock_answer_proves=True,
    foreign_token_works=False,
    foreign_token_status=403,
    honours_if_match=True,
    issues="opaquelocktoken:",
    useless_token_status=412,
    useless_unlock_status=400,
    source="measured on 2.4.71; httpd modules/dav/fs/lock.c, modules/dav/main/util_lock.c",
)

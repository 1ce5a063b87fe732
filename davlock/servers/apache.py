"""Apache httpd with mod_dav and mod_dav_fs.

Measured on 2.4.71; the rest from modules/dav/main/util.c and modules/dav/fs/lock.c. It never sends a lockroot, and
``DavLockDiscovery Off`` (2.4.55 and newer) empties lockdiscovery while locks go on being enforced, so that an empty
answer cannot be vouched for.
"""

import re

from davlock.servers.profile import RFC_4918, Profile, Store, Traits, ZeroTimeout

# "Apache" alone with ServerTokens Prod; Tomcat's connector called itself Apache-Coyote.
_SERVER = re.compile(r"\bapache(?!-)")
# mod_dav's own list, in its order; a name that does not exist has fewer, an httpd that allows TRACE has it.
_ALLOW = re.compile(r"OPTIONS(,GET,HEAD,POST,DELETE(,TRACE)?,PROPFIND,PROPPATCH,COPY,MOVE)?(,(MKCOL|PUT|LOCK|UNLOCK))+")
# httpd's own page for a status that only the module gives.
_PAGE = re.compile(
    r"<title>(412 precondition failed|423 locked|424 failed dependency|507 insufficient storage)</title>"
)
# How mod_dav writes a lock: the type before the scope, on a line each, and no lockroot.
_LOCK = re.compile(r"<d:activelock>\n<d:locktype><d:write/></d:locktype>\n<d:lockscope>")

# util.c puts these into a 207 or a 424; the last are the namespaces of an allprop.
_WORDS = (
    "an error occurred on another resource, preventing the requested operation on this resource",
    "a validation error has occurred on the parent resource",
    '<d:multistatus xmlns:d="dav:" xmlns:ns0="dav:">',
    'xmlns:lp1="dav:" xmlns:lp2="http://apache.org/dav/props/"',
)


def recognise(traits: Traits) -> bool:
    """By the property set that mod_dav_fs announces; or its Server header and what the module itself writes.

    The header alone is as often that of an httpd in front of another product, whose answers have none.
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
    lock_store="Apache keeps locks in the DBM file that DavLockDB names; they survive a restart. Removing that file"
    " while httpd is stopped drops every lock at once",
    store=Store.DISK,
    lock_setup="Set DavLockDB to a path that the server can write",
    zero_timeout=ZeroTimeout.OVER,
    shows_locks=None,
    can_hide_locks=True,
    # From when a lock ran out until the next write there, mod_dav cannot clean up for a reader, and answers 404.
    leaves_out_lockdiscovery=True,
    depth_zero_forbids=RFC_4918,
    removes_locked_members=False,
    shows_inherited=True,
    # Four at a time, of 600 UNLOCKs with 204 one and more locks stayed, and of 600 LOCKs with 200 some were not there.
    loses_concurrent_changes=True,
    # dav_generic_refresh_locks extends the lock at its root; each member has a record of its own, which runs out.
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

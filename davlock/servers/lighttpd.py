"""lighttpd with mod_webdav.

Measured on 1.4.69; the rest from src/mod_webdav.c. It shows the granted time, never what remains; it answers a
refresh with any token 200 and repeats that token. It adds the seconds of a lock to CURRENT_TIME, which SQLite reads as
the hour of the day: a lock of ten minutes never ends.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Store, Traits

# The list starts with what the module adds, before the server's own GET, HEAD and POST.
_ALLOW = late_pattern(r"PROPFIND(,(DELETE|MKCOL|PUT|MOVE|COPY|PROPPATCH|LOCK|UNLOCK))*,OPTIONS,GET,HEAD,POST")
# lighttpd's own page for a status that only the module gives: a back end's answer keeps the back end's page.
_PAGE = late_pattern(r"<h1>(409 conflict|412 precondition failed|422 unprocessable entity|423 locked)</h1>")
# How mod_webdav writes a lock: an owner that is always empty, the lockroot last.
_LOCK = late_pattern(
    r"<d:owner></d:owner>\n<d:locktoken>\n<d:href>urn:uuid:[0-9a-f-]{36}</d:href>\n</d:locktoken>\n<d:lockroot>"
)
_NAMESPACE = '<d:multistatus xmlns:d="dav:" xmlns:ns0="urn:uuid:c2f41010-65b3-11d1-a29f-00aa00c14882/">'


def recognise(traits: Traits) -> bool:
    """Whether the module's own text shows; the Server header alone can be a lighttpd in front of another product."""
    return (
        any(_ALLOW.fullmatch(allow) for allow in traits.allow)
        or _LOCK.search(traits.locks) is not None
        or "<d:error><dav:lock-token-" in traits.errors
        or (
            "lighttpd" in traits.server
            and (
                _NAMESPACE in traits.locks
                or "<d:error xmlns:d" in traits.errors
                or _PAGE.search(traits.errors) is not None
            )
        )
    )


PROFILE = Profile(
    name="lighttpd",
    title="lighttpd mod_webdav",
    recognise=recognise,
    lock_store="lighttpd keeps locks in the SQLite file that webdav.sqlite-db-name names; a restart keeps them",
    store=Store.DISK,
    lock_setup="Set webdav.sqlite-db-name",
    shows_locks=True,
    depth_zero_forbids=frozenset(),
    removes_locked_members=True,
    shows_inherited=True,
    counts_down=False,
    timeout_misleads=True,
    keeps_longer="lighttpd counts the seconds of a lock as hours, so it keeps the lock until somebody unlocks it",
    shared_token_suffices=True,
    unlock_answer_proves=True,
    foreign_token_works=False,
    foreign_token_status=423,
    renews_for_any_login=True,
    honours_if_match=True,
    takes_tagged_refresh=False,
    useless_token_status=423,
    useless_unlock_status=409,
    source="measured on 1.4.69; lighttpd src/mod_webdav.c",
)

"""Subversion's mod_dav_svn.

Measured on 1.14 under Apache 2.4. It locks only files, in the repository, and a lock belongs to the user who
took it; what DAV calls the owner is the lock's comment. Answers about one lock name the user and the date in
X-SVN-Lock-Owner and X-SVN-Creation-Date; a renewal sets a new date. Of a listing of several locks, the fields are
those of the last.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import AdminUnlock, Profile, Store, Traits

# TortoiseSVN and others print the library's words without svn's own prefix.
_LOCKED_BY = late_pattern(r"\bpath '[^'\n]{1,600}' is (?:already )?locked by user '[^'\n]{1,100}' in filesystem")


def recognise(traits: Traits) -> bool:
    """Whether its Server header, classes, namespaces, paths below ``!svn/``, client or the client's words show.

    httpd hides the name unless ServerTokens is Full, and mod_dav refuses a lock with its own words.
    """
    return (
        "svn/" in traits.server
        or "subversion" in traits.dav
        or 'xmlns:c="svn:"' in traits.errors
        or "/!svn/" in traits.urls
        or "\nsvn/" in f"\n{traits.agents}"
        or "http://subversion.tigris.org/xmlns/dav/" in traits.bodies
        or "svn: e" in traits.errors
        or _LOCKED_BY.search(traits.errors) is not None
    )


PROFILE = Profile(
    name="svn",
    title="Subversion mod_dav_svn",
    recognise=recognise,
    lock_store="Subversion keeps locks in the repository; svnadmin lslocks REPOSITORY lists them",
    store=Store.DISK,
    # Without it PUT, MKCOL and DELETE get 409 with a page that says nothing (measured).
    write_setup="Set SVNAutoversioning on, or only Subversion clients can write",
    shows_locks=True,
    locks_collections=False,
    depth_zero_forbids=frozenset(),
    removes_locked_members=False,
    shows_inherited=True,  # no lock is inherited: collections are not locked
    counts_down=True,
    unlock_answer_proves=True,
    foreign_token_works=False,
    foreign_token_status=403,
    honours_if_match=True,
    keeps_revisions=True,
    working_copy_locks=True,
    names_user_in_header=True,
    admin_unlock=(
        AdminUnlock(title="Remove the lock in the repository", command=("svnadmin", "rmlocks", "REPOSITORY", "PATH")),
    ),
    issues="opaquelocktoken:",
    useless_token_status=412,
    useless_unlock_status=400,
    source="measured on 1.14.2; subversion mod_dav_svn/lock.c",
)

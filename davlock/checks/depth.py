"""Locks on collections: what they cover, and what they do not."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed
from davlock.checks.requester import NEW, SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import answer, granted, refusal
from davlock.operations.probe import went_well
from davlock.protocol import request_bodies, requests
from davlock.protocol.lock import Depth, LockScope

GROUP = CheckGroup("depth", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
DEEP, PROTECTED, SHALLOW = "depth-infinity", "deep-protects-members", "depth-0"


@check("depth-0", "A lock of depth 0 leaves existing members writable", Level.MUST, "RFC 4918 §9.10.3")
def depth_0(context: CheckContext) -> None:
    """Sends LOCK of a collection with Depth: 0, then PUT to a file in it. If Depth gets lost on the way, the lock
    covers everything below, and others cannot work.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(folder)
    context.done(context.put(inside), inside, what="PUT to a file in a collection with a lock of depth 0")


@check("depth-0-members", "A lock of depth 0 prevents new members", Level.MUST, "RFC 4918 §7.4", needs=(SHALLOW,))
def depth_0_members(context: CheckContext) -> None:
    """Sends LOCK of a collection with Depth: 0, then PUT of a new file without the token. The lock protects the list of
    members.
    """
    folder = context.collection()
    context.lock(folder)
    new = f"{folder}new.txt"
    context.refused(context.put(new), new, None, what="PUT of a new file in a locked collection")


@check("depth-0-delete", "A lock of depth 0 prevents DELETE of a member", Level.MUST, "RFC 4918 §7.4", needs=(SHALLOW,))
def depth_0_delete(context: CheckContext) -> None:
    """Sends LOCK of a collection with Depth: 0, then DELETE of a file in it. DELETE changes the list of members, which
    the lock protects.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(folder)
    context.refused(context.ask(requests.delete(inside)), inside, what="DELETE of a member of a locked collection")


@check(
    "depth-infinity", "LOCK grants a lock of depth infinity", Level.MUST, "RFC 4918 §9.10.3", litmus="lock_collection"
)
def depth_infinity(context: CheckContext) -> None:
    """Sends LOCK with Depth: infinity of a collection with a file in it. One such lock covers a whole tree."""
    folder = context.collection()
    context.file(url=f"{folder}a.txt")
    asked = context.try_lock(folder, depth=Depth.INFINITY)
    subject = context.last
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "LOCK of a collection with depth infinity"), subject)
    token, active = granted(asked)
    if token is None:
        raise CheckFailed(f"{answer(asked)}, but gave no lock token", subject)
    if active is not None and active.depth is Depth.ZERO:
        raise CheckFailed("the server granted depth 0 for depth infinity", subject)


@check(
    "deep-protects-members",
    "A deep lock protects all files below",
    Level.MUST,
    "RFC 4918 §7.4",
    litmus="notowner_modify",
    needs=(DEEP,),
)
def deep_protects_members(context: CheckContext) -> None:
    """Sends PUT without the token to files one and two levels below a deep lock. If it succeeds, the lock protects only
    the folder itself.
    """
    folder = context.collection()
    below = f"{folder}sub/"
    context.ask(requests.mkcol(below))
    inside, deeper = context.file(url=f"{folder}a.txt"), context.file(url=f"{below}b.txt")
    context.lock(folder, depth=Depth.INFINITY)
    context.refused(context.put(inside), inside, what="PUT to a member of a deep lock")
    context.refused(context.put(deeper), deeper, what="PUT two levels below a deep lock")


@check(
    "deep-keeps-out-new",
    "A deep lock prevents new members",
    Level.MUST,
    "RFC 4918 §7.4",
    needs=(DEEP, PROTECTED),
)
def deep_keeps_out_new(context: CheckContext) -> None:
    """Sends PUT and MKCOL of new names below a deep lock, without the token. Otherwise others change a folder that
    somebody locked.
    """
    folder = context.collection()
    context.lock(folder, depth=Depth.INFINITY)
    new, collection = f"{folder}new.txt", f"{folder}newdir/"
    context.refused(context.put(new), new, None, what="PUT of a new file in a locked collection")
    made = context.ask(requests.mkcol(collection))
    subject = context.last
    if context.exists(collection):
        raise CheckFailed(
            f"the server carried out MKCOL in a locked collection ({made.status}), which it must refuse", subject
        )


@check(
    "deep-token",
    "The holder of a deep lock writes a file below",
    Level.MUST,
    "RFC 4918 §7.4",
    litmus="owner_modify",
    needs=(DEEP, PROTECTED, TOKEN),
)
def deep_token(context: CheckContext) -> None:
    """Sends PUT to a member with the token of its collection's lock. The If header names the member. If it fails, the
    holder is locked out, too.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    taken = context.lock(folder, depth=Depth.INFINITY)
    written = context.put(inside, NEW, context.tagged(taken, inside))
    subject = context.last
    if not went_well(written):
        other = went_well(context.put(inside, NEW, context.tagged(taken)))
        remark = "; it accepts the token tagged with the collection" if other else ""
        raise CheckFailed(f"{refusal(written, 'PUT with the token tagged with the file')}{remark}", subject)
    context.done(written, inside, what="PUT with the token")


@check(
    "deep-covers-new",
    "A deep lock covers files that its holder adds",
    Level.MUST,
    "RFC 4918 §7.4",
    needs=(DEEP, PROTECTED, TOKEN),
)
def deep_covers_new(context: CheckContext) -> None:
    """Sends PUT of a new file with the token, then PUT without it. The new file must be protected as the others are."""
    folder = context.collection()
    taken = context.lock(folder, depth=Depth.INFINITY)
    new = f"{folder}new.txt"
    made = context.put(new, NEW, context.tagged(taken, folder))
    if not went_well(made):
        made = context.put(new, NEW, context.tagged(taken, new))
    context.done(made, new, what="PUT of a new file with the token")
    context.refused(context.put(new, b"by somebody else\n"), new, NEW, what="PUT to the new file without the token")


@check(
    "deep-excludes",
    "A deep lock excludes locks on files below",
    Level.MUST,
    "RFC 4918 §6.1",
    litmus="notowner_lock",
    needs=(DEEP,),
)
def deep_excludes(context: CheckContext) -> None:
    """Sends LOCK of a file below a deep lock. Otherwise two people hold a lock on the same file."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(folder, depth=Depth.INFINITY)
    context.denied(context.try_lock(inside), status=(423,), what="LOCK of a file below a deep lock")


@check(
    "deep-shown",
    "A file below shows the deep lock",
    Level.SHOULD,
    "RFC 4918 §15.8",
    needs=(DEEP, PROTECTED, "lock-discovered"),
)
def deep_shown(context: CheckContext) -> None:
    """Sends PROPFIND of a file below a deep lock. If it shows no lock, people look at the file and find nothing that
    explains a 423.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    taken = context.lock(folder, depth=Depth.INFINITY)
    if context.shows(taken, url=inside) is not True:
        raise CheckFailed("the file shows no lock, although a deep lock protects it", context.last)


@check(
    "deep-over-locked",
    "A deep LOCK over a locked file fails completely",
    Level.MUST,
    "RFC 4918 §9.10.3",
    needs=(DEEP,),
)
def deep_over_locked(context: CheckContext) -> None:
    """Sends LOCK with Depth: infinity of a collection with a locked file. The server must refuse it and lock none of
    the other files.
    """
    folder = context.collection()
    locked, free = context.file(url=f"{folder}a.txt"), context.file(url=f"{folder}b.txt")
    context.lock(locked)
    context.denied(
        context.try_lock(folder, depth=Depth.INFINITY), status=(207, 423), what="a deep LOCK over a locked file"
    )
    written = context.put(free)
    if not went_well(written):
        raise CheckFailed(f"the server refused the deep LOCK, but locked a file: {refusal(written)}", context.last)


@check(
    "depth-1-lock",
    "LOCK with Depth: 1 is refused",
    Level.MUST,
    "RFC 4918 §9.10.3",
)
def depth_1_lock(context: CheckContext) -> None:
    """Sends LOCK with Depth: 1. WebDAV has no such lock, and a server that grants one locks more or less than the
    client thinks.
    """
    url = context.file()
    body = request_bodies.lockinfo(LockScope.EXCLUSIVE, context.owner)
    fields = (("Depth", "1"), ("Timeout", f"Second-{SECONDS}"), ("Content-Type", requests.XML_TYPE))
    context.denied(context.request("LOCK", url, *fields, body=body), status=(400, 412, 403), what="LOCK with Depth: 1")


@check(
    "delete-over-locked",
    "A collection with a locked file cannot be deleted",
    Level.MUST,
    "RFC 4918 §7.2",
)
def delete_over_locked(context: CheckContext) -> None:
    """Sends DELETE of a collection while somebody holds a lock on a file in it. The locked file must stay."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(inside)
    gone = context.ask(requests.delete(folder))
    context.refused(gone, inside, status=(207, 423, 424), what="DELETE of a collection with a locked file")


@check(
    "refresh-at-member",
    "A deep lock can be renewed at a file below",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    litmus="indirect_refresh",
    needs=(DEEP, "refresh"),
)
def refresh_at_member(context: CheckContext) -> None:
    """Sends a refresh at a member with the token of its collection's lock. A client may know only the file that it
    opened.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    taken = context.lock(folder, depth=Depth.INFINITY)
    asked = context.ask(requests.refresh(inside, taken.token, seconds=SECONDS))
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "a refresh at a file below the deep lock"), context.last)


@check(
    "unlock-at-member",
    "UNLOCK at a file below releases the deep lock",
    Level.SHOULD,
    "RFC 4918 §9.11",
    needs=(DEEP, "unlock"),
)
def unlock_at_member(context: CheckContext) -> None:
    """Sends UNLOCK at a member with the token of its collection's lock. Zope releases only the member, and the
    collection stays locked.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    taken = context.lock(folder, depth=Depth.INFINITY)
    asked = context.unlock(taken, url=inside)
    subject = context.last
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "UNLOCK at a file below the deep lock"), subject)
    written = context.put(inside)
    if not went_well(written):
        raise CheckFailed(
            f"the server answered {asked.status} to UNLOCK, but kept the lock: {refusal(written)}", subject
        )
    again = context.try_lock(folder)
    if not went_well(again):
        why = (
            f"the server answered {asked.status} to UNLOCK, but released only the file: the collection is still locked"
        )
        raise CheckFailed(why, subject)

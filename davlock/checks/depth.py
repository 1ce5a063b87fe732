"""Locks on collections: what they cover, and what they do not."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed
from davlock.checks.requester import NEW, SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import answer, granted
from davlock.operations.probe import went_well
from davlock.protocol import request_bodies, requests
from davlock.protocol.lock import Depth, LockScope

GROUP = CheckGroup("depth", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
DEEP, PROTECTED, SHALLOW = "depth-infinity", "deep-protects-members", "depth-0"


@check("depth-0", "A collection is locked by itself", Level.MUST, "RFC 4918 §9.10.3")
def depth_0(context: CheckContext) -> None:
    """LOCK with Depth 0 on a collection; its files can still be written. Where Depth is dropped on the way, such a lock
    covers everything below.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(folder)
    context.done(context.put(inside), inside, what="PUT to a file in a collection that is locked with depth 0")


@check(
    "depth-0-members", "A locked collection keeps its list of members", Level.MUST, "RFC 4918 §7.4", needs=(SHALLOW,)
)
def depth_0_members(context: CheckContext) -> None:
    """A lock of depth 0 on a collection protects its list of members: no new file without the token."""
    folder = context.collection()
    context.lock(folder)
    new = f"{folder}new.txt"
    context.refused(context.put(new), new, None, what="PUT of a new file")


@check("depth-0-delete", "A locked collection keeps its members", Level.MUST, "RFC 4918 §7.4", needs=(SHALLOW,))
def depth_0_delete(context: CheckContext) -> None:
    """DELETE of a file takes it out of the list of members, which the lock of depth 0 protects."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(folder)
    context.refused(context.ask(requests.delete(inside)), inside, what="DELETE of a member")


@check(
    "depth-infinity", "A collection is locked with all below", Level.MUST, "RFC 4918 §9.10.3", litmus="lock_collection"
)
def depth_infinity(context: CheckContext) -> None:
    """LOCK with Depth infinity on a collection with a file in it."""
    folder = context.collection()
    context.file(url=f"{folder}a.txt")
    asked = context.try_lock(folder, depth=Depth.INFINITY)
    subject = context.last
    if not went_well(asked):
        raise CheckFailed(answer(asked), subject)
    token, active = granted(asked)
    if token is None:
        raise CheckFailed(f"{answer(asked)} without a lock token", subject)
    if active is not None and active.depth is Depth.ZERO:
        raise CheckFailed("Depth infinity was asked for, and depth 0 granted", subject)


@check(
    "deep-protects-members",
    "A deep lock protects the files below",
    Level.MUST,
    "RFC 4918 §7.4",
    litmus="notowner_modify",
    needs=(DEEP,),
)
def deep_protects_members(context: CheckContext) -> None:
    """PUT without the token to a file in a collection that is locked with depth infinity, and to one a level below."""
    folder = context.collection()
    below = f"{folder}sub/"
    context.ask(requests.mkcol(below))
    inside, deeper = context.file(url=f"{folder}a.txt"), context.file(url=f"{below}b.txt")
    context.lock(folder, depth=Depth.INFINITY)
    context.refused(context.put(inside), inside, what="PUT to a member")
    context.refused(context.put(deeper), deeper, what="PUT two levels below")


@check(
    "deep-keeps-out-new",
    "A deep lock keeps new members out",
    Level.MUST,
    "RFC 4918 §7.4",
    needs=(DEEP, PROTECTED),
)
def deep_keeps_out_new(context: CheckContext) -> None:
    """PUT and MKCOL of new names in a collection that is locked with depth infinity."""
    folder = context.collection()
    context.lock(folder, depth=Depth.INFINITY)
    new, collection = f"{folder}new.txt", f"{folder}newdir/"
    context.refused(context.put(new), new, None, what="PUT of a new file")
    made = context.ask(requests.mkcol(collection))
    subject = context.last
    if context.exists(collection):
        raise CheckFailed(f"MKCOL was carried out (answered {made.status}) and had to be refused", subject)


@check(
    "deep-token",
    "The holder of a deep lock writes below",
    Level.MUST,
    "RFC 4918 §7.4",
    litmus="owner_modify",
    needs=(DEEP, PROTECTED, TOKEN),
)
def deep_token(context: CheckContext) -> None:
    """PUT to a member with the token of the lock on its collection, tagged with the member."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    taken = context.lock(folder, depth=Depth.INFINITY)
    written = context.put(inside, NEW, context.tagged(taken, inside))
    subject = context.last
    if not went_well(written):
        other = went_well(context.put(inside, NEW, context.tagged(taken)))
        remark = "; tagged with the collection it is taken" if other else ""
        raise CheckFailed(f"PUT with the token, tagged with the file, was refused: {answer(written)}{remark}", subject)
    context.done(written, inside, what="PUT with the token")


@check(
    "deep-covers-new",
    "What the holder of a deep lock adds is locked as well",
    Level.MUST,
    "RFC 4918 §7.4",
    needs=(DEEP, PROTECTED, TOKEN),
)
def deep_covers_new(context: CheckContext) -> None:
    """A new file that the holder makes in the collection is covered by the lock from then on."""
    folder = context.collection()
    taken = context.lock(folder, depth=Depth.INFINITY)
    new = f"{folder}new.txt"
    made = context.put(new, NEW, context.tagged(taken, folder))
    if not went_well(made):
        made = context.put(new, NEW, context.tagged(taken, new))
    context.done(made, new, what="PUT of a new file with the token")
    context.refused(context.put(new, b"by somebody else\n"), new, NEW, what="PUT to it without the token")


@check(
    "deep-excludes",
    "Nobody locks a file below a deep lock",
    Level.MUST,
    "RFC 4918 §6.1",
    litmus="notowner_lock",
    needs=(DEEP,),
)
def deep_excludes(context: CheckContext) -> None:
    """LOCK of a member of a collection that is locked with depth infinity."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(folder, depth=Depth.INFINITY)
    context.denied(context.try_lock(inside), status=(423,), what="LOCK of a member")


@check(
    "deep-shown",
    "A file below shows a deep lock",
    Level.SHOULD,
    "RFC 4918 §15.8",
    needs=(DEEP, PROTECTED, "lock-discovered"),
)
def deep_shown(context: CheckContext) -> None:
    """lockdiscovery of a member shows the lock that covers it: else people look at the file, and see nothing."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    taken = context.lock(folder, depth=Depth.INFINITY)
    if context.shows(taken, url=inside) is not True:
        raise CheckFailed("the member shows no lock, and yet it is locked", context.last)


@check(
    "deep-over-locked",
    "No deep lock over a locked file",
    Level.MUST,
    "RFC 4918 §9.10.3",
    needs=(DEEP,),
)
def deep_over_locked(context: CheckContext) -> None:
    """LOCK with Depth infinity where a member is locked already must fail whole: nothing else gets locked."""
    folder = context.collection()
    locked, free = context.file(url=f"{folder}a.txt"), context.file(url=f"{folder}b.txt")
    context.lock(locked)
    context.denied(context.try_lock(folder, depth=Depth.INFINITY), status=(207, 423), what="LOCK over a locked member")
    written = context.put(free)
    if not went_well(written):
        raise CheckFailed(f"LOCK was refused, and a member is locked all the same: {answer(written)}", context.last)


@check(
    "depth-1-lock",
    "A lock of depth 1 is refused",
    Level.MUST,
    "RFC 4918 §9.10.3",
)
def depth_1_lock(context: CheckContext) -> None:
    """There is no such lock: LOCK with Depth: 1 is a bad request."""
    url = context.file()
    body = request_bodies.lockinfo(LockScope.EXCLUSIVE, context.owner)
    fields = (("Depth", "1"), ("Timeout", f"Second-{SECONDS}"), ("Content-Type", requests.XML_TYPE))
    context.denied(context.request("LOCK", url, *fields, body=body), status=(400, 412, 403), what="LOCK with Depth: 1")


@check(
    "delete-over-locked",
    "A collection with a locked file is not deleted",
    Level.MUST,
    "RFC 4918 §7.2",
)
def delete_over_locked(context: CheckContext) -> None:
    """DELETE of a collection while somebody holds a lock on a file in it: the file must stay."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    context.lock(inside)
    gone = context.ask(requests.delete(folder))
    context.refused(gone, inside, status=(207, 423, 424), what="DELETE of the collection")


@check(
    "refresh-at-member",
    "A lock is refreshed at a file below",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    litmus="indirect_refresh",
    needs=(DEEP, "refresh"),
)
def refresh_at_member(context: CheckContext) -> None:
    """LOCK without a body at a member, with the token of the lock on its collection."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    taken = context.lock(folder, depth=Depth.INFINITY)
    asked = context.ask(requests.refresh(inside, taken.token, seconds=SECONDS))
    if not went_well(asked):
        raise CheckFailed(answer(asked), context.last)


@check(
    "unlock-at-member",
    "A lock is released at a file below",
    Level.SHOULD,
    "RFC 4918 §9.11",
    needs=(DEEP, "unlock"),
)
def unlock_at_member(context: CheckContext) -> None:
    """UNLOCK at a member releases the whole lock: on Zope the member alone, and the collection stays locked."""
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    taken = context.lock(folder, depth=Depth.INFINITY)
    asked = context.unlock(taken, url=inside)
    subject = context.last
    if not went_well(asked):
        raise CheckFailed(answer(asked), subject)
    written = context.put(inside)
    if not went_well(written):
        raise CheckFailed(
            f"UNLOCK was answered {asked.status}, and the lock is still there: {answer(written)}", subject
        )
    again = context.try_lock(folder)
    if not went_well(again):
        why = f"UNLOCK was answered {asked.status} and released the member alone: {answer(again)} for the collection"
        raise CheckFailed(why, subject)

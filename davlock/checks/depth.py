"""Locks on collections: what they cover, and what they do not."""

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.not_passed import Failed
from davlock.checks.requester import NEW, SECONDS
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer, granted
from davlock.operations.case import went_well
from davlock.protocol import requests, xml
from davlock.protocol.lock import Depth, LockScope

GROUP = Group("depth", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
DEEP, PROTECTED, SHALLOW = "depth-infinity", "deep-protects-members", "depth-0"


@check("depth-0", "A collection is locked by itself", Level.MUST, "RFC 4918 §9.10.3")
def depth_0(site: Site) -> None:
    """LOCK with Depth 0 on a collection; its files can still be written. Where Depth is dropped on the way, such a lock
    covers everything below.
    """
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    site.lock(folder)
    site.done(site.put(inside), inside, what="PUT to a file in a collection that is locked with depth 0")


@check(
    "depth-0-members", "A locked collection keeps its list of members", Level.MUST, "RFC 4918 §7.4", needs=(SHALLOW,)
)
def depth_0_members(site: Site) -> None:
    """A lock of depth 0 on a collection protects its list of members: no new file without the token."""
    folder = site.collection()
    site.lock(folder)
    new = f"{folder}new.txt"
    site.refused(site.put(new), new, None, what="PUT of a new file")


@check("depth-0-delete", "A locked collection keeps its members", Level.MUST, "RFC 4918 §7.4", needs=(SHALLOW,))
def depth_0_delete(site: Site) -> None:
    """DELETE of a file takes it out of the list of members, which the lock of depth 0 protects."""
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    site.lock(folder)
    site.refused(site.ask(requests.delete(inside)), inside, what="DELETE of a member")


@check(
    "depth-infinity", "A collection is locked with all below", Level.MUST, "RFC 4918 §9.10.3", litmus="lock_collection"
)
def depth_infinity(site: Site) -> None:
    """LOCK with Depth infinity on a collection with a file in it."""
    folder = site.collection()
    site.file(url=f"{folder}a.txt")
    asked = site.try_lock(folder, depth=Depth.INFINITY)
    subject = site.last
    if not went_well(asked):
        raise Failed(answer(asked), subject)
    token, active = granted(asked)
    if token is None:
        raise Failed(f"{answer(asked)} without a lock token", subject)
    if active is not None and active.depth is Depth.ZERO:
        raise Failed("Depth infinity was asked for, and depth 0 granted", subject)


@check(
    "deep-protects-members",
    "A deep lock protects the files below",
    Level.MUST,
    "RFC 4918 §7.4",
    litmus="notowner_modify",
    needs=(DEEP,),
)
def deep_protects_members(site: Site) -> None:
    """PUT without the token to a file in a collection that is locked with depth infinity, and to one a level below."""
    folder = site.collection()
    below = f"{folder}sub/"
    site.ask(requests.mkcol(below))
    inside, deeper = site.file(url=f"{folder}a.txt"), site.file(url=f"{below}b.txt")
    site.lock(folder, depth=Depth.INFINITY)
    site.refused(site.put(inside), inside, what="PUT to a member")
    site.refused(site.put(deeper), deeper, what="PUT two levels below")


@check(
    "deep-keeps-out-new",
    "A deep lock keeps new members out",
    Level.MUST,
    "RFC 4918 §7.4",
    needs=(DEEP, PROTECTED),
)
def deep_keeps_out_new(site: Site) -> None:
    """PUT and MKCOL of new names in a collection that is locked with depth infinity."""
    folder = site.collection()
    site.lock(folder, depth=Depth.INFINITY)
    new, collection = f"{folder}new.txt", f"{folder}newdir/"
    site.refused(site.put(new), new, None, what="PUT of a new file")
    made = site.ask(requests.mkcol(collection))
    subject = site.last
    if site.exists(collection):
        raise Failed(f"MKCOL was carried out (answered {made.status}) and had to be refused", subject)


@check(
    "deep-token",
    "The holder of a deep lock writes below",
    Level.MUST,
    "RFC 4918 §7.4",
    litmus="owner_modify",
    needs=(DEEP, PROTECTED, TOKEN),
)
def deep_token(site: Site) -> None:
    """PUT to a member with the token of the lock on its collection, tagged with the member."""
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    taken = site.lock(folder, depth=Depth.INFINITY)
    written = site.put(inside, NEW, site.tagged(taken, inside))
    subject = site.last
    if not went_well(written):
        other = went_well(site.put(inside, NEW, site.tagged(taken)))
        more = "; tagged with the collection it is taken" if other else ""
        raise Failed(f"PUT with the token, tagged with the file, was refused: {answer(written)}{more}", subject)
    site.done(written, inside, what="PUT with the token")


@check(
    "deep-covers-new",
    "What the holder of a deep lock adds is locked as well",
    Level.MUST,
    "RFC 4918 §7.4",
    needs=(DEEP, PROTECTED, TOKEN),
)
def deep_covers_new(site: Site) -> None:
    """A new file that the holder makes in the collection is covered by the lock from then on."""
    folder = site.collection()
    taken = site.lock(folder, depth=Depth.INFINITY)
    new = f"{folder}new.txt"
    made = site.put(new, NEW, site.tagged(taken, folder))
    if not went_well(made):
        made = site.put(new, NEW, site.tagged(taken, new))
    site.done(made, new, what="PUT of a new file with the token")
    site.refused(site.put(new, b"by somebody else\n"), new, NEW, what="PUT to it without the token")


@check(
    "deep-excludes",
    "Nobody locks a file below a deep lock",
    Level.MUST,
    "RFC 4918 §6.1",
    litmus="notowner_lock",
    needs=(DEEP,),
)
def deep_excludes(site: Site) -> None:
    """LOCK of a member of a collection that is locked with depth infinity."""
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    site.lock(folder, depth=Depth.INFINITY)
    site.denied(site.try_lock(inside), status=(423,), what="LOCK of a member")


@check(
    "deep-shown",
    "A file below shows a deep lock",
    Level.SHOULD,
    "RFC 4918 §15.8",
    needs=(DEEP, PROTECTED, "lock-discovered"),
)
def deep_shown(site: Site) -> None:
    """lockdiscovery of a member shows the lock that covers it: else people look at the file, and see nothing."""
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    taken = site.lock(folder, depth=Depth.INFINITY)
    if site.shows(taken, url=inside) is not True:
        raise Failed("the member shows no lock, and yet it is locked", site.last)


@check(
    "deep-over-locked",
    "No deep lock over a locked file",
    Level.MUST,
    "RFC 4918 §9.10.3",
    needs=(DEEP,),
)
def deep_over_locked(site: Site) -> None:
    """LOCK with Depth infinity where a member is locked already must fail whole: nothing else gets locked."""
    folder = site.collection()
    locked, free = site.file(url=f"{folder}a.txt"), site.file(url=f"{folder}b.txt")
    site.lock(locked)
    site.denied(site.try_lock(folder, depth=Depth.INFINITY), status=(207, 423), what="LOCK over a locked member")
    written = site.put(free)
    if not went_well(written):
        raise Failed(f"LOCK was refused, and a member is locked all the same: {answer(written)}", site.last)


@check(
    "depth-1-lock",
    "A lock of depth 1 is refused",
    Level.MUST,
    "RFC 4918 §9.10.3",
)
def depth_1_lock(site: Site) -> None:
    """There is no such lock: LOCK with Depth: 1 is a bad request."""
    url = site.file()
    body = xml.lockinfo(LockScope.EXCLUSIVE, site.owner)
    fields = (("Depth", "1"), ("Timeout", f"Second-{SECONDS}"), ("Content-Type", requests.XML_TYPE))
    site.denied(site.request("LOCK", url, *fields, body=body), status=(400, 412, 403), what="LOCK with Depth: 1")


@check(
    "delete-over-locked",
    "A collection with a locked file is not deleted",
    Level.MUST,
    "RFC 4918 §7.2",
)
def delete_over_locked(site: Site) -> None:
    """DELETE of a collection while somebody holds a lock on a file in it: the file must stay."""
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    site.lock(inside)
    gone = site.ask(requests.delete(folder))
    site.refused(gone, inside, status=(207, 423, 424), what="DELETE of the collection")


@check(
    "refresh-at-member",
    "A lock is refreshed at a file below",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    litmus="indirect_refresh",
    needs=(DEEP, "refresh"),
)
def refresh_at_member(site: Site) -> None:
    """LOCK without a body at a member, with the token of the lock on its collection."""
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    taken = site.lock(folder, depth=Depth.INFINITY)
    asked = site.ask(requests.refresh(inside, taken.token, seconds=SECONDS))
    if not went_well(asked):
        raise Failed(answer(asked), site.last)


@check(
    "unlock-at-member",
    "A lock is released at a file below",
    Level.SHOULD,
    "RFC 4918 §9.11",
    needs=(DEEP, "unlock"),
)
def unlock_at_member(site: Site) -> None:
    """UNLOCK at a member releases the whole lock: on Zope the member alone, and the collection stays locked."""
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    taken = site.lock(folder, depth=Depth.INFINITY)
    asked = site.unlock(taken, url=inside)
    subject = site.last
    if not went_well(asked):
        raise Failed(answer(asked), subject)
    written = site.put(inside)
    if not went_well(written):
        raise Failed(f"UNLOCK was answered {asked.status}, and the lock is still there: {answer(written)}", subject)
    again = site.try_lock(folder)
    if not went_well(again):
        why = f"UNLOCK was answered {asked.status} and released the member alone: {answer(again)} for the collection"
        raise Failed(why, subject)

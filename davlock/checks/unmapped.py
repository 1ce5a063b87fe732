"""Locks on names that do not exist yet: how Office and macOS save a new file."""

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.not_passed import Failed
from davlock.checks.reader import UNREADABLE
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer, granted
from davlock.operations.case import went_well

GROUP = Group("unmapped", needs=("scratch", PUT, LOCK))
check = GROUP.check
UNMAPPED = "unmapped-lock"


@check("unmapped-lock", "A new name can be locked", Level.MUST, "RFC 4918 §9.10.4", litmus="unmapped_lock")
def unmapped_lock(site: Site) -> None:
    """LOCK of a name that does not exist makes an empty file and locks it: 201."""
    url = site.name()
    asked = site.try_lock(url)
    subject = site.last
    if not went_well(asked):
        raise Failed(answer(asked), subject)
    token, _ = granted(asked)
    if token is None:
        raise Failed(f"{answer(asked)} without a lock token", subject)
    if asked.status != 201:
        site.warn(f"LOCK made a new name, and was answered {asked.status}, not 201", subject)
    if not site.notes.get(UNREADABLE) and site.content(url) is None:
        site.warn("the name is locked, and GET finds no empty file there (RFC 4918 §7.3)", subject)


@check(
    "unmapped-protects",
    "Nobody takes a new name that is locked",
    Level.MUST,
    "RFC 4918 §7.3",
    needs=(UNMAPPED, PROTECTS),
)
def unmapped_protects(site: Site) -> None:
    """PUT without the token to a new name that is locked."""
    url = site.name()
    site.lock(url)
    before = site.content(url)
    site.refused(site.put(url), url, before, what="PUT without the token")


@check(
    "unmapped-token",
    "The holder of a new name writes it",
    Level.MUST,
    "RFC 4918 §7.3",
    needs=(UNMAPPED, TOKEN),
)
def unmapped_token(site: Site) -> None:
    """PUT with the token to a new name that is locked; the lock stays."""
    url = site.name()
    taken = site.lock(url)
    site.done(site.put(url, NEW, site.tagged(taken)), url, what="PUT with the token")
    site.refused(site.put(url, b"by somebody else\n"), url, NEW, what="PUT without the token afterwards")


@check(
    "unmapped-unlock",
    "A new name is released",
    Level.MUST,
    "RFC 4918 §9.11",
    litmus="unlock",
    needs=(UNMAPPED, "unlock"),
)
def unmapped_unlock(site: Site) -> None:
    """UNLOCK of a new name to which nothing was written; then anybody can write there."""
    url = site.name()
    taken = site.lock(url)
    released = site.unlock(taken)
    if not went_well(released):
        raise Failed(answer(released), site.last)
    site.done(site.put(url), url, what="PUT after UNLOCK")


@check("unmapped-no-parent", "No lock where the parent is missing", Level.MUST, "RFC 4918 §9.10.4")
def unmapped_no_parent(site: Site) -> None:
    """LOCK of a name in a collection that does not exist: 409, as for PUT, and nothing is locked. nginx says 409, and
    the name is locked for an hour, where nobody can see it.
    """
    url = f"{site.name('missing', '/')}a.txt"
    site.suspects.append(url)
    asked = site.try_lock(url)
    subject = site.last
    site.denied(asked, status=(409,), what="LOCK below a collection that does not exist")
    again = site.try_lock(url)
    if again.status == 423:
        raise Failed(f"LOCK was answered {asked.status}, and the name is locked all the same", subject)
    site.suspects.remove(url)

"""UNLOCK where it must not release anything, and of a collection."""

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.not_passed import Failed
from davlock.checks.refreshing import NOBODYS
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer
from davlock.operations.case import went_well
from davlock.protocol import requests
from davlock.protocol.message import Exchange

GROUP = Group("unlocking", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check


def _must_stay(site: Site, url: str, what: str, subject: int, status: int | None, wanted: tuple[int, ...]) -> None:
    """The lock on ``url`` must have outlived an UNLOCK that was answered ``status``."""
    if went_well(site.put(url)):
        raise Failed(f"{what} released the lock (answered {status})", subject)
    if status is not None and 200 <= status < 300 and status != 207:
        site.warn(f"{what} was answered {status}, as if it had released something", subject)
    elif status == 207:
        site.warn(_within(site, site.exchanges[subject], what), subject)
    elif status not in wanted:
        site.warn(f"{what} was refused with {status}, not {' or '.join(map(str, wanted))}", subject)


def _within(site: Site, refused: Exchange, what: str) -> str:
    """In words, that a refusal stands in a multistatus: whoever looks at the status alone takes it for a success."""
    codes = sorted({element.worst for element in site.multistatus(refused).responses if element.worst is not None})
    inside = f" with {', '.join(map(str, codes))} in it" if codes else ""
    return f"{what} was refused within a 207{inside}, which many clients take for a success"


@check(
    "unlock-wrong-token",
    "A wrong token releases nothing",
    Level.MUST,
    "RFC 4918 §9.11.1",
    litmus="notowner_lock",
)
def unlock_wrong_token(site: Site) -> None:
    """UNLOCK with a token that is not the lock's: 409, and the lock stays."""
    url = site.file()
    site.lock(url)
    asked = site.ask(requests.unlock(url, NOBODYS))
    _must_stay(site, url, "UNLOCK with a wrong token", site.last, asked.status, (409,))


@check("unlock-no-token", "No token releases nothing", Level.MUST, "RFC 4918 §9.11.1")
def unlock_no_token(site: Site) -> None:
    """UNLOCK without Lock-Token: 400, and the lock stays."""
    url = site.file()
    site.lock(url)
    asked = site.request("UNLOCK", url)
    _must_stay(site, url, "UNLOCK without a token", site.last, asked.status, (400,))


@check("unlock-other-url", "A token works at its own URL alone", Level.MUST, "RFC 4918 §9.11")
def unlock_other_url(site: Site) -> None:
    """UNLOCK with the right token at another file: 409, and the lock stays."""
    url, other = site.file(), site.file()
    taken = site.lock(url)
    asked = site.unlock(taken, url=other)
    _must_stay(site, url, "UNLOCK at another URL", site.last, asked.status, (409,))


@check("unlock-twice", "A second UNLOCK says that nothing is locked", Level.MUST, "RFC 4918 §9.11.1", needs=("unlock",))
def unlock_twice(site: Site) -> None:
    """UNLOCK again with the same token: 409."""
    url = site.file()
    taken = site.lock(url)
    site.unlock(taken)
    again = site.unlock(taken)
    if went_well(again):
        site.warn(f"UNLOCK of what is not locked was answered {again.status}, not 409")
    elif again.status == 207:
        site.warn(_within(site, again, "UNLOCK of what is not locked"))
    elif again.status != 409:
        site.warn(f"UNLOCK of what is not locked was refused with {again.status}, not 409")


@check("unlock-missing", "UNLOCK of nothing is refused", Level.SHOULD, "RFC 4918 §9.11.1")
def unlock_missing(site: Site) -> None:
    """UNLOCK of a name that does not exist: 404 or 409."""
    asked = site.ask(requests.unlock(site.name(), NOBODYS))
    if went_well(asked):
        site.warn(f"UNLOCK of a name that does not exist was answered {asked.status}")


@check(
    "unlock-collection",
    "A collection with a file in it is released",
    Level.MUST,
    "RFC 4918 §9.11",
    litmus="unlock",
    needs=("unlock", "depth-0"),
)
def unlock_collection(site: Site) -> None:
    """UNLOCK of a collection that is locked with depth 0 and has a file in it, which is not locked. Zope asks the file
    for the lock as well, and gives up.
    """
    folder = site.collection()
    site.file(url=f"{folder}a.txt")
    taken = site.lock(folder)
    released = site.unlock(taken)
    subject = site.last
    if not went_well(released):
        raise Failed(f"UNLOCK with the right token: {answer(released)}", subject)
    again = site.try_lock(folder)
    if not went_well(again):
        raise Failed(f"UNLOCK was answered {released.status}, and the lock is still there: {answer(again)}", subject)

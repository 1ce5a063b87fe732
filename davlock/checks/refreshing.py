"""Refreshing a lock: LOCK without a body, with the token in If."""

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.not_passed import Failed
from davlock.checks.requester import SECONDS
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer, granted
from davlock.operations.case import went_well
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import LockToken

GROUP = Group("refreshing", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
REFRESH = "refresh"

NOBODYS = LockToken("opaquelocktoken:00000000-1111-2222-3333-da7104c0ffee")
"""A token that no server has given."""


@check("refresh", "A lock is refreshed", Level.MUST, "RFC 4918 §9.10.2", litmus="refresh")
def refresh(site: Site) -> None:
    """LOCK without a body, with the token in If and a Timeout. Where that fails, every lock that is held for longer
    than it was granted is lost under its holder.
    """
    url = site.file()
    taken = site.lock(url)
    asked = site.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    subject = site.last
    if not went_well(asked):
        site.locks(url)  # for the rules, which say why
        raise Failed(answer(asked), subject)
    token, active = granted(asked)
    if token is not None and token != taken.token:
        site.warn(f"the refresh gave the lock another token: {token}", subject)
    if active is None:
        site.warn("the answer to the refresh does not describe the lock", subject)
    site.refused(site.put(url), url, what="PUT without the token after a refresh")


@check(
    "refresh-still-unlocks",
    "A refreshed lock is released with its token",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH, "unlock"),
)
def refresh_still_unlocks(site: Site) -> None:
    """LOCK, refresh, UNLOCK with the first token, PUT."""
    url = site.file()
    taken = site.lock(url)
    asked = site.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    if not went_well(asked):
        raise Failed(answer(asked), site.last)
    released = site.unlock(taken)
    if not went_well(released):
        raise Failed(f"UNLOCK with the token of before: {answer(released)}", site.last)
    site.done(site.put(url), url, what="PUT after UNLOCK")


@check(
    "refresh-without-timeout",
    "A refresh without Timeout keeps an end",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_without_timeout(site: Site) -> None:
    """Some servers make a lock of two minutes endless when it is refreshed without a Timeout header."""
    url = site.file()
    taken = site.lock(url)
    if taken.lock is not None and taken.lock.timeout is not None and taken.lock.timeout.infinite:
        return  # it had no end before
    asked = site.request("LOCK", url, ("If", str(IfHeader.untagged(taken.token))))
    subject = site.last
    if not went_well(asked):
        raise Failed(answer(asked), subject)
    _, active = granted(asked)
    timeout = active.timeout if active is not None else None
    if timeout is not None and (timeout.infinite or timeout.seconds == 0):
        site.warn(f"a lock of {SECONDS} s became {timeout.as_sent} by a refresh without a Timeout header", subject)


@check(
    "refresh-wrong-token",
    "A refresh with a wrong token is refused",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_wrong_token(site: Site) -> None:
    """Where it is answered with a success, a client that has lost its lock never learns it."""
    url = site.file()
    site.lock(url)
    site.denied(
        site.ask(requests.refresh(url, NOBODYS, seconds=SECONDS)), status=(412,), what="a refresh with a wrong token"
    )


@check(
    "refresh-unlocked",
    "A refresh of no lock is refused",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH, "unlock"),
)
def refresh_unlocked(site: Site) -> None:
    """A refresh with the token of a lock that was released: 412, and nothing is locked."""
    url = site.file()
    taken = site.lock(url)
    site.unlock(taken)
    asked = site.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    subject = site.last
    site.denied(asked, status=(412,), what="a refresh with the token of a released lock")
    written = site.put(url)
    if not went_well(written):
        raise Failed(f"a refresh that was refused locked the file: {answer(written)}", subject)


@check(
    "refresh-tagged",
    "A refresh takes a tagged If",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_tagged(site: Site) -> None:
    """The token tagged with the URL, as neon sends it."""
    url = site.file()
    taken = site.lock(url)
    asked = site.request("LOCK", url, site.tagged(taken), ("Timeout", f"Second-{SECONDS}"))
    if not went_well(asked):
        raise Failed(answer(asked), site.last)

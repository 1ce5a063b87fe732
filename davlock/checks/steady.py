"""Whether the answer depends on who gives it: several workers or servers behind one address."""

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.not_passed import Failed
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.case import went_well
from davlock.protocol import requests
from davlock.protocol.lock import Depth
from davlock.protocol.message import Headers, Request

GROUP = Group("steady", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check

TIMES = 8
"""Connections: of two workers that do not share their locks, the odds to meet one alone are one in 128."""

_CLOSE = ("Connection", "close")


@check("steady-protection", "Every connection finds the lock", Level.MUST, "RFC 4918 §7")
def steady_protection(site: Site) -> None:
    """PUT without the token over eight new connections. Workers that keep locks each for itself let some through."""
    url = site.file()
    site.lock(url)
    let_through = sum(went_well(site.put(url, NEW, _CLOSE)) for _ in range(TIMES))
    if let_through:
        raise Failed(f"{let_through} of {TIMES} PUTs without the token were carried out", site.last)


@check(
    "steady-lockdiscovery", "Every connection shows the lock", Level.MUST, "RFC 4918 §15.8", needs=("lock-discovered",)
)
def steady_lockdiscovery(site: Site) -> None:
    """lockdiscovery over eight new connections."""
    url = site.file()
    taken = site.lock(url)
    asked = requests.propfind(url, Depth.ZERO, requests.LOCK_PROPERTIES)
    closing = Request(method=asked.method, url=asked.url, headers=Headers.of([*asked.headers, _CLOSE]), body=asked.body)
    shown = 0
    for _ in range(TIMES):
        site.ask(closing)
        shown += taken.among(site.locks_in(site.exchanges[-1], url) or ()) is not None
    if shown != TIMES:
        raise Failed(f"{shown} of {TIMES} answers show the lock", site.last)


@check("steady-token", "Every connection knows the token", Level.MUST, "RFC 4918 §10.4", needs=("token-in-if",))
def steady_token(site: Site) -> None:
    """PUT with the token over eight new connections."""
    url = site.file()
    taken = site.lock(url)
    through = sum(went_well(site.put(url, NEW, site.tagged(taken), _CLOSE)) for _ in range(TIMES))
    if through != TIMES:
        raise Failed(f"{TIMES - through} of {TIMES} PUTs with the token were refused", site.last)

"""Is the answer the same on every connection? Several workers or servers may share one address."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.outcomes import CheckFailed
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.probe import went_well
from davlock.protocol import requests
from davlock.protocol.lock import Depth
from davlock.protocol.message import Headers, Request

GROUP = CheckGroup("steady", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check

TIMES = 8
"""Connections. If two workers do not share their locks, the chance to meet only one of them is 1 in 128."""

_CLOSE = ("Connection", "close")


@check("steady-protection", "A lock protects on every connection", Level.MUST, "RFC 4918 §7")
def steady_protection(context: CheckContext) -> None:
    """Sends PUT without the token on eight new connections. Workers that do not share their locks let some through."""
    url = context.file()
    context.lock(url)
    let_through = sum(went_well(context.put(url, NEW, _CLOSE)) for _ in range(TIMES))
    if let_through:
        raise CheckFailed(
            f"the server carried out {let_through} of {TIMES} PUTs without the token: its workers do not share locks",
            context.last,
        )


@check(
    "steady-lockdiscovery",
    "lockdiscovery shows the lock on every connection",
    Level.MUST,
    "RFC 4918 §15.8",
    needs=("lock-discovered",),
)
def steady_lockdiscovery(context: CheckContext) -> None:
    """Sends PROPFIND on eight new connections. If workers do not share their locks, people see a lock only now and
    then.
    """
    url = context.file()
    taken = context.lock(url)
    asked = requests.propfind(url, Depth.ZERO, requests.LOCK_PROPERTIES)
    closing = Request(method=asked.method, url=asked.url, headers=Headers.of([*asked.headers, _CLOSE]), body=asked.body)
    shown = 0
    for _ in range(TIMES):
        context.ask(closing)
        shown += taken.among(context.locks_in(context.exchanges[-1], url) or ()) is not None
    if shown != TIMES:
        raise CheckFailed(
            f"only {shown} of {TIMES} answers show the lock: the workers do not share locks", context.last
        )


@check(
    "steady-token",
    "The server accepts the token on every connection",
    Level.MUST,
    "RFC 4918 §10.4",
    needs=("token-in-if",),
)
def steady_token(context: CheckContext) -> None:
    """Sends PUT with the token on eight new connections. If workers do not share their locks, a holder's save fails now
    and then.
    """
    url = context.file()
    taken = context.lock(url)
    through = sum(went_well(context.put(url, NEW, context.tagged(taken), _CLOSE)) for _ in range(TIMES))
    if through != TIMES:
        raise CheckFailed(
            f"the server refused {TIMES - through} of {TIMES} PUTs with the token: its workers do not share locks",
            context.last,
        )

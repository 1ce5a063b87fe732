"""Refreshing a lock: LOCK without a body, with the token in If."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.outcomes import CheckFailed
from davlock.checks.requester import SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import answer, granted
from davlock.operations.probe import went_well
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import LockToken

GROUP = CheckGroup("refreshing", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
REFRESH = "refresh"

NOBODYS = LockToken("opaquelocktoken:00000000-1111-2222-3333-da7104c0ffee")
"""A token that no server has given."""


@check("refresh", "A lock is refreshed", Level.MUST, "RFC 4918 §9.10.2", litmus="refresh")
def refresh(context: CheckContext) -> None:
    """LOCK without a body, with the token in If and a Timeout. Where that fails, every lock that is held for longer
    than it was granted is lost under its holder.
    """
    url = context.file()
    taken = context.lock(url)
    asked = context.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    subject = context.last
    if not went_well(asked):
        context.locks(url)  # for the rules, which say why
        raise CheckFailed(answer(asked), subject)
    token, active = granted(asked)
    if token is not None and token != taken.token:
        context.warn(f"the refresh gave the lock another token: {token}", subject)
    if active is None:
        context.warn("the answer to the refresh does not describe the lock", subject)
    context.refused(context.put(url), url, what="PUT without the token after a refresh")


@check(
    "refresh-still-unlocks",
    "A refreshed lock is released with its token",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH, "unlock"),
)
def refresh_still_unlocks(context: CheckContext) -> None:
    """LOCK, refresh, UNLOCK with the first token, PUT."""
    url = context.file()
    taken = context.lock(url)
    asked = context.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    if not went_well(asked):
        raise CheckFailed(answer(asked), context.last)
    released = context.unlock(taken)
    if not went_well(released):
        raise CheckFailed(f"UNLOCK with the token of before: {answer(released)}", context.last)
    context.done(context.put(url), url, what="PUT after UNLOCK")


@check(
    "refresh-without-timeout",
    "A refresh without Timeout keeps an end",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_without_timeout(context: CheckContext) -> None:
    """Some servers make a lock of two minutes endless when it is refreshed without a Timeout header."""
    url = context.file()
    taken = context.lock(url)
    if taken.lock is not None and taken.lock.timeout is not None and taken.lock.timeout.infinite:
        return  # it had no end before
    asked = context.request("LOCK", url, ("If", str(IfHeader.untagged(taken.token))))
    subject = context.last
    if not went_well(asked):
        raise CheckFailed(answer(asked), subject)
    _, active = granted(asked)
    timeout = active.timeout if active is not None else None
    if timeout is not None and (timeout.infinite or timeout.seconds == 0):
        context.warn(f"a lock of {SECONDS} s became {timeout.as_sent} by a refresh without a Timeout header", subject)


@check(
    "refresh-wrong-token",
    "A refresh with a wrong token is refused",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_wrong_token(context: CheckContext) -> None:
    """Where it is answered with a success, a client that has lost its lock never learns it."""
    url = context.file()
    context.lock(url)
    context.denied(
        context.ask(requests.refresh(url, NOBODYS, seconds=SECONDS)), status=(412,), what="a refresh with a wrong token"
    )


@check(
    "refresh-unlocked",
    "A refresh of no lock is refused",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH, "unlock"),
)
def refresh_unlocked(context: CheckContext) -> None:
    """A refresh with the token of a lock that was released: 412, and nothing is locked."""
    url = context.file()
    taken = context.lock(url)
    context.unlock(taken)
    asked = context.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    subject = context.last
    context.denied(asked, status=(412,), what="a refresh with the token of a released lock")
    written = context.put(url)
    if not went_well(written):
        raise CheckFailed(f"a refresh that was refused locked the file: {answer(written)}", subject)


@check(
    "refresh-tagged",
    "A refresh takes a tagged If",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_tagged(context: CheckContext) -> None:
    """The token tagged with the URL, as neon sends it."""
    url = context.file()
    taken = context.lock(url)
    asked = context.request("LOCK", url, context.tagged(taken), ("Timeout", f"Second-{SECONDS}"))
    if not went_well(asked):
        raise CheckFailed(answer(asked), context.last)

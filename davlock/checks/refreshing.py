"""Refresh: LOCK without a body, with the token in If, renews a lock."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.outcomes import CheckFailed
from davlock.checks.requester import SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import granted, refusal
from davlock.operations.probe import went_well
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import LockToken

GROUP = CheckGroup("refreshing", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check
REFRESH = "refresh"

NOBODYS = LockToken("opaquelocktoken:00000000-1111-2222-3333-da7104c0ffee")
"""A token that no server gave."""


@check("refresh", "The holder renews a lock", Level.MUST, "RFC 4918 §9.10.2", litmus="refresh")
def refresh(context: CheckContext) -> None:
    """Sends LOCK without a body, with the token in If and a Timeout. If this fails, a holder loses every lock that it
    needs for longer than the server granted.
    """
    url = context.file()
    taken = context.lock(url)
    asked = context.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    subject = context.last
    if not went_well(asked):
        context.locks(url)  # for the rules, which say why
        raise CheckFailed(refusal(asked, "the refresh"), subject)
    token, active = granted(asked)
    if token is not None and token != taken.token:
        context.warn(f"the refresh changed the token to {token}", subject)
    if active is None:
        context.warn("the answer to the refresh does not describe the lock", subject)
    context.refused(context.put(url), url, what="PUT without the token after a refresh")


@check(
    "refresh-still-unlocks",
    "A renewed lock is released with its first token",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH, "unlock"),
)
def refresh_still_unlocks(context: CheckContext) -> None:
    """Sends LOCK, refresh, UNLOCK with the first token, PUT. A client that cannot release a renewed lock leaves it
    behind.
    """
    url = context.file()
    taken = context.lock(url)
    asked = context.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "the refresh"), context.last)
    released = context.unlock(taken)
    if not went_well(released):
        raise CheckFailed(refusal(released, "UNLOCK with the token from before the refresh"), context.last)
    context.done(context.put(url), url, what="PUT after UNLOCK")


@check(
    "refresh-without-timeout",
    "A refresh without Timeout keeps the lock finite",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_without_timeout(context: CheckContext) -> None:
    """Sends a refresh without a Timeout header. Some servers turn a lock of two minutes into an endless one. If its
    client crashes, the file stays locked.
    """
    url = context.file()
    taken = context.lock(url)
    if taken.lock is not None and taken.lock.timeout is not None and taken.lock.timeout.infinite:
        return  # it had no end before
    asked = context.request("LOCK", url, ("If", str(IfHeader.untagged(taken.token))))
    subject = context.last
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "a refresh without Timeout"), subject)
    _, active = granted(asked)
    timeout = active.timeout if active is not None else None
    if timeout is not None and (timeout.infinite or timeout.seconds == 0):
        context.warn(f"a refresh without Timeout changed a lock of {SECONDS} s to {timeout.as_sent}", subject)


@check(
    "refresh-wrong-token",
    "A refresh with a wrong token is refused",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_wrong_token(context: CheckContext) -> None:
    """Sends a refresh with a token that the server never gave. If it succeeds, a client that lost its lock never
    notices.
    """
    url = context.file()
    context.lock(url)
    context.denied(
        context.ask(requests.refresh(url, NOBODYS, seconds=SECONDS)), status=(412,), what="a refresh with a wrong token"
    )


@check(
    "refresh-unlocked",
    "A refresh after UNLOCK is refused and locks nothing",
    Level.MUST,
    "RFC 4918 §9.10.2",
    needs=(REFRESH, "unlock"),
)
def refresh_unlocked(context: CheckContext) -> None:
    """A refresh with the token of a released lock must return 412. Otherwise a client locks a file again without
    asking.
    """
    url = context.file()
    taken = context.lock(url)
    context.unlock(taken)
    asked = context.ask(requests.refresh(url, taken.token, seconds=SECONDS))
    subject = context.last
    context.denied(asked, status=(412,), what="a refresh with the token of a released lock")
    written = context.put(url)
    if not went_well(written):
        raise CheckFailed(f"the server refused the refresh, but locked the file: {refusal(written)}", subject)


@check(
    "refresh-tagged",
    "The server accepts a refresh with a tagged If",
    Level.SHOULD,
    "RFC 4918 §9.10.2",
    needs=(REFRESH,),
)
def refresh_tagged(context: CheckContext) -> None:
    """Sends a refresh with the token after the file's URL, as neon sends it. If it fails, davfs2 and cadaver lose their
    locks.
    """
    url = context.file()
    taken = context.lock(url)
    asked = context.request("LOCK", url, context.tagged(taken), ("Timeout", f"Second-{SECONDS}"))
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "a refresh with a tagged If"), context.last)

"""What an answer says, as far as checks need it."""

import re

from davlock.errors import NoResponse, RemoteProtocolError
from davlock.protocol.lock import ActiveLock, LockToken
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import read_locks_of

_TOKEN = re.compile(r"<([^<>]+)>")


def granted(exchange: Exchange) -> tuple[LockToken | None, ActiveLock | None]:
    """The token of the lock that a LOCK brought, by its header or else its body, and how the body describes it."""
    response = exchange.response
    if response is None:
        return None, None
    try:
        locks = read_locks_of(response, exchange.request.url)
    except RemoteProtocolError:
        locks = ()
    header = (response.headers.get("Lock-Token") or "").strip()
    bare = _TOKEN.search(header)
    named = LockToken(bare[1] if bare else header) if header else None
    lock = next((shown for shown in locks if shown.token == named), locks[-1] if locks and named is None else None)
    if lock is None and locks:
        lock = locks[-1]
    return named or (lock.token if lock is not None else None), lock


def answer(exchange: Exchange) -> str:
    """What was asked and answered, in words."""
    response = exchange.response
    if response is None:
        return f"{exchange.request.method} was not answered: {no_answer(exchange)}"
    return f"{exchange.request.method} was answered {response.status} {response.reason}".rstrip()


def no_answer(exchange: Exchange) -> str:
    """Why none came, in words."""
    outcome = exchange.outcome
    return outcome.why if isinstance(outcome, NoResponse) else ""

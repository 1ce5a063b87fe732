"""Answers in words, and the lock that an answer grants."""

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
    """Returns what the server answered to which method, as a clause."""
    method = exchange.request.method
    if exchange.response is None:
        return f"the server did not answer {method}: {no_answer(exchange)}"
    return f"the server answered {status_line(exchange)} to {method}"


def refusal(exchange: Exchange, what: str = "") -> str:
    """Returns that the server refused a request, as a clause; ``what`` describes the request, else its method does."""
    what = what or exchange.request.method
    if exchange.response is None:
        return f"the server did not answer {what}: {no_answer(exchange)}"
    return f"the server refused {what} ({status_line(exchange)})"


def status_line(exchange: Exchange) -> str:
    """Returns status and reason as they came; “no answer” where none came."""
    response = exchange.response
    return f"{response.status} {response.reason}".rstrip() if response is not None else "no answer"


def no_answer(exchange: Exchange) -> str:
    """Returns why no answer came, in words."""
    outcome = exchange.outcome
    return outcome.why if isinstance(outcome, NoResponse) else ""

"""What the order of the exchanges shows: what was tried on the same resource before, and how much earlier."""

from collections.abc import Iterator, Sequence

from davlock.diagnosis.build_evidence import failed
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.logins import logins_differ
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange
from davlock.protocol.retry_after import http_date
from davlock.protocol.url import is_ancestor, resolve, same_resource
from davlock.protocol.web_page import page_instead

CUT = frozenset({NoResponseKind.TIMEOUT, NoResponseKind.DEADLINE, NoResponseKind.RESET})
"""How a client breaks off a request without the server noticing."""


GAVE_UP = frozenset({408, 504, 524})
"""A gateway stopped waiting, but the server behind it may still be working. 524 is Cloudflare's."""


def on_target(evidence: Evidence) -> Iterator[tuple[int, Exchange]]:
    """Yields the exchanges about the target itself, with their indexes."""
    for index, exchange in enumerate(evidence.exchanges):
        if same_resource(exchange.request.url, evidence.target):
            yield index, exchange


def is_write(exchange: Exchange) -> bool:
    """Returns true if it would change content: neither a read nor about locks."""
    return exchange.request.method.upper() not in READS | {"LOCK", "UNLOCK", ""}


def seconds_between(evidence: Evidence, earlier: int, later: int) -> float | None:
    """Returns the seconds between two answers by their Date headers; ``None`` if one has none."""
    first, second = (evidence.exchanges[index].response for index in (earlier, later))
    if first is None or second is None:
        return None
    start, end = (http_date(response.headers.get("Date") or "") for response in (first, second))
    return (end - start).total_seconds() if start is not None and end is not None else None


def lock_may_have_ended(evidence: Evidence, after: int, before: int) -> bool:
    """Whether, between two exchanges, a success released, deleted, moved or replaced the target or what is above it."""
    for exchange in evidence.exchanges[after + 1 : before]:
        method, url = exchange.request.method.upper(), exchange.request.url
        if exchange.response is None or not exchange.response.ok or page_instead(exchange) is not None:
            continue
        destination = exchange.request.headers.get("Destination") or ""
        if method in ("COPY", "MOVE") and same_resource(resolve(url, destination), evidence.target):
            return True
        here = same_resource(url, evidence.target) or is_ancestor(url, evidence.target)
        if method in ("UNLOCK", "DELETE", "MOVE") and here:
            return True
    return False


def went_through_later(exchanges: Sequence[Exchange], subject: int) -> int | None:
    """The last request like a refused one, by the same login if that is known, where it was not refused again."""
    refused = exchanges[subject].request
    method, destination = refused.method.upper(), refused.headers.get("Destination")
    if method in READS or not method:
        return None
    for index in range(len(exchanges) - 1, subject, -1):
        later = exchanges[index].request
        if (
            later.method.upper() == method
            and same_resource(later.url, refused.url)
            and later.headers.get("Destination") == destination
            and not logins_differ(refused.headers, later.headers)
        ):
            return None if failed(exchanges[index]) else index
    return None


def cut_before(evidence: Evidence) -> int | None:
    """Returns the index of the last earlier write on the target that got no answer, unless a later one worked."""
    last: int | None = None
    for index, exchange in on_target(evidence):
        if evidence.subject is None or index >= evidence.subject:
            break
        if not is_write(exchange):
            continue
        outcome = exchange.outcome
        if isinstance(outcome, NoResponse):
            last = index if outcome.sent and outcome.kind in CUT else last
        elif outcome.status in GAVE_UP:
            last = index
        elif outcome.ok:
            last = None
    return last

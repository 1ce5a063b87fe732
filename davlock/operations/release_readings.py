"""What the readings before and after an UNLOCK show of a lock."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.predicates.token_reading import TokenReading, token_reading
from davlock.diagnosis.resource import shows_no_lock
from davlock.operations.probe import Probe
from davlock.protocol.lock import LockToken
from davlock.protocol.message import Exchange, Response
from davlock.protocol.web_page import page_instead


def is_plainly_gone(probe: Probe, subject: int, token: LockToken, before: Evidence) -> bool:
    """Returns true if UNLOCK, number ``subject``, got a success without a body, and took away the only lock.

    The lock was read before it, and the resource has no lock after it. All evidence would say the same, and takes half
    a millisecond more.
    """
    exchange = probe.exchanges[subject]
    return (
        probe.last == subject + 1
        and exchange.status in (200, 204)
        and says_yes(exchange)
        and page_instead(exchange) is None
        and all(entry.request.url == probe.target for entry in probe.exchanges)
        and token_reading(before, token) is TokenReading.SHOWN
        and was_shown(before, token)
        and shows_no_lock(probe.exchanges[-1])
    )


def shows_tokens(before: Evidence) -> bool:
    """Returns true if the server shows the tokens of its locks, so that one which is not shown is not there."""
    if before.server is not None and before.server.shows_locks is True:
        return True
    return any(entry.token is not None and _was_read(before, entry.exchange) for entry in before.covering)


def was_shown(before: Evidence, token: LockToken) -> bool:
    """Returns true if the lock itself was read before the UNLOCK."""
    return any(entry.lock.token == token and _was_read(before, entry.exchange) for entry in before.covering)


def _was_read(before: Evidence, exchange: int) -> bool:
    """Whether the exchange is a PROPFIND: what the answer to a LOCK describes, the server need not show afterwards."""
    return before.exchanges[exchange].request.method == "PROPFIND"


def says_yes(exchange: Exchange) -> bool:
    """Returns true if it is a success without a body: evidence of it, which takes half a millisecond, says no more.

    What became of each resource stands in the body of a 207, so one without a body says nothing.
    """
    response = exchange.response
    return response is not None and response.ok and response.body == b"" and not says_nothing(response)


def says_nothing(response: Response) -> bool:
    """Returns true for a 207 without a body."""
    return response.status == 207 and not (response.body or b"").strip()

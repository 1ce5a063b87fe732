"""Where a lock begins that is shown on the start of a walk, on a server that sends no lockroot (Apache)."""

from contextlib import suppress
from itertools import islice

from davlock.diagnosis.above import MAX_ANCESTORS
from davlock.errors import RemoteProtocolError
from davlock.locks.observed import ObservedLock
from davlock.operations.probe import Probe
from davlock.operations.walk.collection import own_view
from davlock.protocol.lock import Depth
from davlock.protocol.requests import STATE_OF_COLLECTION
from davlock.protocol.url import ancestors


def settled_roots(probe: Probe, start: str, rows: list[ObservedLock]) -> dict[str, str]:
    """The roots of the locks in ``rows``, which ``start`` shows, by token, from requests above it.

    A lock of depth infinity has its root where, going up, no more is shown.
    """
    settled: dict[str, str] = {}
    asked: dict[str, tuple[object, ...] | None] = {}
    for row in rows:
        lock = row.lock
        if lock.root is not None or lock.depth is Depth.ZERO or lock.token is None:
            continue
        root = start
        for above in islice(ancestors(start), MAX_ANCESTORS):
            if above not in asked:
                asked[above] = _tokens_shown(probe, above)
            shown = asked[above]
            if shown is None:
                break
            if lock.token not in shown:
                settled[lock.token.uri] = root
                break
            root = above
        else:
            settled[lock.token.uri] = root
    return settled


def _tokens_shown(probe: Probe, above: str) -> tuple[object, ...] | None:
    """The tokens that a collection above shows; ``None`` where it does not tell."""
    exchange = probe.propfind(above, STATE_OF_COLLECTION)
    if exchange.response is not None and exchange.status == 207:
        with suppress(RemoteProtocolError):
            locks = own_view(exchange, exchange.response).locks
            if locks is not None:
                return tuple(lock.token for lock in locks)
    probe.skip("collections above", f"{above} does not show its locks; a lock shown here may begin above")
    return None

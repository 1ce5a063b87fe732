"""Where else the locks of a target are shown: in the collections above it, and under its URL in another spelling.

Apart from :mod:`davlock.operations.investigate`, which a command that only lists need not import.
"""

from davlock.diagnosis.above import MAX_ANCESTORS
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.resource import says_missing
from davlock.operations.probe import Probe
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.requests import STATE_OF_COLLECTION
from davlock.protocol.url import ancestors, parent


def read_ancestors(probe: Probe, evidence: Evidence) -> None:
    """Walk up: to find a lock that the target does not show, or the root of one that has no lockroot."""
    above = ancestors(probe.target)
    missing = isinstance(evidence.exists, Known) and not evidence.exists.value
    rootless = any(lock.root is None and lock.lock.depth is not Depth.ZERO for lock in evidence.covering)
    shown = evidence.server is not None and evidence.server.shows_inherited is True
    if not missing and not rootless and (shown or evidence.covering):
        return
    for count, url in enumerate(above):
        if count == MAX_ANCESTORS:
            probe.skip("collections above", f"davlock asked only the nearest {MAX_ANCESTORS}")
            return
        exchange = probe.propfind(url, STATE_OF_COLLECTION)
        if says_missing(exchange):
            continue
        if exchange.status in (403, 405):
            # This login, or this method, may not read it, and perhaps may read what is above it.
            why = f"the server answered {exchange.status} to PROPFIND {url}: its own locks are not known"
            probe.skip("collections above", why)
            continue
        if exchange.status != 207:
            answer = f"the server answered {exchange.status}" if exchange.response is not None else "no answer came"
            probe.skip("collections above", f"{answer} to PROPFIND {url}: the walk upwards ended there")
            return
        evidence = probe.evidence(inquiry=True)
        if evidence.covering and not any(
            lock.root is None and lock.lock.depth is not Depth.ZERO for lock in evidence.covering
        ):
            return
        if missing and shown and not evidence.covering:
            return  # the nearest collection that exists shows what is inherited from further up


def other_spelling(exchange: Exchange, evidence: Evidence) -> str | None:
    """The URL under which the locks of the target stand as well, where it was asked without a collection's slash at its
    end, or with one although it is a file: nginx looks for locks by the text of the path, and answers both.
    """
    url = exchange.request.url
    shown = isinstance(evidence.locks, Known) and not evidence.locks.value
    if exchange.status != 207 or not shown or not isinstance(evidence.is_collection, Known) or "?" in url:
        return None
    bare = url.rstrip("/")
    if evidence.is_collection.value:
        return None if url.endswith("/") else f"{url}/"
    return bare if bare != url and parent(bare) is not None else None

"""Whether members of the start tell their locks when each is asked alone, although no listing shows any."""

from dataclasses import replace

from davlock.errors import RemoteProtocolError
from davlock.operations.probe import Probe
from davlock.operations.singly import MAX_SINGLY, ask_singly
from davlock.operations.walk.strategy import Reader, Strategy
from davlock.protocol.lock import Depth


def members_tell(probe: Probe, strategy: Strategy) -> bool:
    """Lists the start once more and asks its first members, at most MAX_SINGLY, until one has a lockdiscovery."""
    reader = Reader(
        replace(strategy, singly=True),
        strategy.start,
        lambda rows: None,
        lambda address: len(reader.each) < MAX_SINGLY,
    )
    try:
        exchange = probe.read(strategy.request(strategy.start, Depth.ONE), feed=reader.feed)
        reader.finish(exchange)
    except RemoteProtocolError:
        return False
    probe.exchanges[-1] = exchange.without_body()
    return ask_singly(probe, reader.each, until_told=True).told > 0

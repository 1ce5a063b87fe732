"""``--print if`` of davlock lock and davlock ledger list."""

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

from davlock.cli.output import echo_for_script
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import LockToken


def print_if_headers(locks: Iterable[tuple[str, LockToken]]) -> None:
    """One If header for all ``locks`` on a server: a MOVE needs the tokens of two names, and curl sends one header."""
    by_server = defaultdict(list)
    for url, token in locks:
        by_server[urlsplit(url)[:2]].append((url, token))
    for first, *others in by_server.values():
        echo_for_script(f"If: {IfHeader.for_locks(first, *others)}")

"""Decide what it means if an answer leaves out lockdiscovery.

RFC 4918 §15.8 does not say. Apache answers 404 for the property after a lock expired, until the next write there. Other
servers leave it out where nothing is locked, and others never show it, locked or not.
"""

from davlock.diagnosis.fact import Unreadable
from davlock.protocol.message import Exchange
from davlock.servers.profile import Profile


def why_free(
    failed: Unreadable,
    exchanges: tuple[Exchange, ...],
    server: Profile | None,
    *,
    showed: int | None,
    ours: bool = False,
) -> str:
    """Returns a sentence that says why nothing is locked although lockdiscovery is missing; empty if it may be locked.

    ``showed`` is an answer of the same server that shows a lock. ``ours``: we just took a lock there, so a missing
    lockdiscovery hides it.
    """
    if not failed.left_out or ours:
        return ""
    request = exchanges[failed.exchange].request
    if server is not None and (server.shows_locks is False or not server.lists_locks):
        return ""
    if server is not None and server.tells_locks_alone and not _asked_alone(request.body):
        return ""
    if server is not None and server.leaves_out_lockdiscovery:
        return f"{server.title} answers like this where nothing is locked any more"
    if request.headers.get("Depth") != "0":
        return ""  # some servers leave it out of a listing, but show it for each member on its own
    if showed is not None and showed != failed.exchange:
        return "The server shows locks elsewhere, and shows none here"
    return ""


def _asked_alone(body: object) -> bool:
    return isinstance(body, bytes) and b"resourcetype" not in body and b"getetag" not in body

"""What it means that an answer leaves out lockdiscovery: the one place that decides.

RFC 4918 §15.8 does not say. Apache answers 404 for the property from when a lock ran out until the next write there;
others have no such property on what is not locked; others again never show it, locked or not.
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
    """Why nothing is locked where lockdiscovery was left out, as a sentence; empty where it may be locked.

    ``showed`` is an answer of the same server that shows a lock. ``ours``: a lock that was just taken there must be
    shown, so that leaving it out hides it.
    """
    if not failed.left_out or ours:
        return ""
    request = exchanges[failed.exchange].request
    if server is not None and (server.shows_locks is False or not server.lists_locks):
        return ""
    if server is not None and server.tells_locks_alone and not _asked_alone(request.body):
        return ""
    if server is not None and server.leaves_out_lockdiscovery:
        return f"{server.title} leaves lockdiscovery out where nothing is locked any more"
    if request.headers.get("Depth") != "0":
        return ""  # some leave it out of a listing, and tell when each member is asked for its own
    if showed is not None and showed != failed.exchange:
        return "The server leaves lockdiscovery out here, and shows it where a lock is"
    return ""


def _asked_alone(body: object) -> bool:
    return isinstance(body, bytes) and b"resourcetype" not in body and b"getetag" not in body

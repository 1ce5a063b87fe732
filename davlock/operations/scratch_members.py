"""What a server lists below a collection of ours: its names are not trusted, and its listing may have no end."""

from collections.abc import Callable, Iterator

from davlock.errors import RemoteProtocolError
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange, Request
from davlock.protocol.precondition import read_multistatus_of
from davlock.protocol.requests import propfind
from davlock.protocol.url import resolve, same_resource
from davlock.protocol.write_scope import why_outside
from davlock.values import dataclass

MOST_MEMBERS = 500
"""Members that one search takes from the listings."""

MOST_LISTINGS = 100
"""Collections that one search lists."""

MOST_OUTSIDE = 10_000
"""Names outside of the collection that are remembered."""


@dataclass(frozen=True, slots=True)
class ListedMembers:
    """URLs below a collection; of those that are ``outside``, why."""

    members: tuple[str, ...]
    outside: dict[str, str]


def members_below(top: str, ask: Callable[[Request], Exchange | None]) -> ListedMembers:
    """What is below ``top``, by PROPFIND with Depth 1, collection by collection.

    The server chooses the names: what is not below ``top`` once its name is decoded is no member. ``ask`` returns
    ``None`` where no answer came.
    """
    members: dict[str, None] = {}
    outside: dict[str, str] = {}
    unread, listings = [top], 0
    while unread and listings < MOST_LISTINGS and len(members) < MOST_MEMBERS:
        above, listings = unread.pop(), listings + 1
        for url in _listed(above, ask):
            if same_resource(url, above) or same_resource(url, top) or url in members:
                continue
            if why := why_outside(top, url):
                if len(outside) < MOST_OUTSIDE:
                    outside.setdefault(url, why)
                continue
            members[url] = None
            if url.endswith("/"):
                unread.append(url)
            if len(members) == MOST_MEMBERS:
                break
    return ListedMembers(tuple(members), outside)


def _listed(above: str, ask: Callable[[Request], Exchange | None]) -> Iterator[str]:
    listed = ask(propfind(above, Depth.ONE, ("{DAV:}resourcetype",)))
    if listed is None or listed.status != 207 or listed.response is None:
        return
    try:
        responses = read_multistatus_of(listed.response, above).responses
    except RemoteProtocolError:
        return
    for element in responses:
        for href in element.hrefs:
            yield resolve(above, href)

"""Whether a listing went as deep as it was asked to: a Depth header can get lost, and some servers read it as less."""

from collections.abc import Callable, Sequence

from davlock.errors import RemoteProtocolError
from davlock.operations.probe import Probe
from davlock.protocol.lock import Depth
from davlock.protocol.multistatus import MultistatusParser, ResponseElement
from davlock.protocol.requests import propfind
from davlock.protocol.url import at_origin, names_of, parent, resolve
from davlock.values import dataclass

SAMPLES = 20
"""Collections that are listed to see whether an answer to Depth infinity went deeper than one level."""

DEPTH_ONE = "the server answered Depth infinity as Depth 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthProof:
    """What a second look at collections says of an answer to Depth infinity that shows nothing in any of them.

    ``members_of`` is the first that has members after all. ``doubt`` says as a clause why others may have some; empty
    where all were listed.
    """

    members_of: str | None = None
    doubt: str = ""


def unread_levels(probe: Probe, asked: Depth, deepest: int) -> str:
    """Why members of the target may be there that the listing left out, as a clause; empty where it is complete.

    ``deepest`` is the level of the deepest member that the listing showed; 0: it showed none. Where it says less than
    was asked for, collections are listed once more by Depth 1, until one proves that members were left out.
    """
    if asked is Depth.ZERO or deepest > (1 if asked is Depth.INFINITY else 0):
        return ""
    if asked is Depth.INFINITY:
        members, collections = _list(probe, probe.target)
        if not deepest and members:
            return "the server answered Depth infinity as Depth 0"
        if members:
            proof = below_the_first(collections, lambda url: _shows_members(probe, url))
            return DEPTH_ONE if proof.members_of is not None else proof.doubt
    # The collection above has at least one member. An answer that shows none is one to Depth 0.
    above = parent(probe.target)
    if deepest or above is None:
        return ""
    members, _ = _list(probe, above)
    return f"the server answered Depth {asked.value} as Depth 0" if members == 0 else ""


def below_the_first(collections: Sequence[str], shows_members: Callable[[str], bool | None]) -> DepthProof:
    """Lists the first collections by Depth 1, until one of them has members or cannot be listed.

    ``shows_members`` lists one; it returns ``None`` where the listing cannot be read.
    """
    what = f"Depth infinity showed nothing in {len(collections)} collections"
    for collection in collections[:SAMPLES]:
        members = shows_members(collection)
        if members:
            return DepthProof(members_of=collection)
        if members is None:
            return DepthProof(doubt=f"{what}, and {collection} could not be listed by itself")
    if len(collections) > SAMPLES:
        return DepthProof(doubt=f"{what}, and {SAMPLES} of them were asked again")
    return DepthProof()


def _shows_members(probe: Probe, url: str) -> bool | None:
    members, _ = _list(probe, url)
    return None if members is None else members > 0


def _list(probe: Probe, url: str) -> tuple[int | None, list[str]]:
    """How many members a listing of Depth 1 shows, and which are collections; ``None`` where it cannot be read."""
    own = names_of(url)
    members = 0
    collections: list[str] = []

    def take(element: ResponseElement) -> None:
        nonlocal members
        address = at_origin(url, resolve(url, element.hrefs[0]))
        if names_of(address) == own:
            return
        members += 1
        if any(propstat.ok and propstat.collection for propstat in element.propstats):
            collections.append(address)

    parser = MultistatusParser(url, take)
    try:
        exchange = probe.read(propfind(url, Depth.ONE, ("{DAV:}resourcetype",)), feed=parser.feed)
        if exchange.status == 207:
            parser.close()
    except RemoteProtocolError:
        return None, []
    probe.exchanges[-1] = exchange.without_body()
    return (members, collections) if exchange.status == 207 else (None, [])

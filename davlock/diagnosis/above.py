"""The collections above a target: how far up they were asked, and whether a lock there may cover it unseen."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.predicates.resource import ancestors_read
from davlock.diagnosis.resource import GONE
from davlock.protocol.url import ancestors, names_of

MAX_ANCESTORS = 64
"""Collections above the target that are asked; deeper trees are skipped and said to be."""

NO_COLLECTION_OF_DAV = frozenset({200, 204, 301, 302, 303, 307, 308, 400, 404, 405, 410, 501})
"""How something answers PROPFIND that is no collection of this DAV server: nothing there can be locked."""


def _statuses_above(evidence: Evidence) -> list[tuple[str, int | None]]:
    """What the collections above answered to PROPFIND, the nearest first, as far up as they were asked."""
    asked = {
        names_of(exchange.request.url): exchange.status
        for exchange in evidence.exchanges
        if exchange.request.method == "PROPFIND"
    }
    statuses: list[tuple[str, int | None]] = []
    for above in ancestors(evidence.target):
        names = names_of(above)
        if names not in asked:
            break
        statuses.append((above, asked[names]))
    return statuses


def unread_above(evidence: Evidence) -> str:
    """Why a collection above may cover the target unseen, as a clause; empty where all that were asked told.

    Nothing is said of collections that nobody asked: a capture holds what it holds.
    """
    server = evidence.server
    if evidence.covering or (server is not None and server.shows_inherited):
        return ""
    statuses = _statuses_above(evidence)
    topmost = max((place for place, (_, status) in enumerate(statuses) if status == 207), default=-1)
    for place, (above, status) in enumerate(statuses):
        if status in GONE:
            continue
        # What is no collection of this server is above it, never between two of its collections.
        if status != 207 and (status not in NO_COLLECTION_OF_DAV or place < topmost):
            answer = f"the server answered {status}" if status is not None else "no answer came"
            return f"{answer} to PROPFIND {above}: a lock there would cover it"
    if len(statuses) == MAX_ANCESTORS and len(ancestors(evidence.target)) > MAX_ANCESTORS:
        return f"only the nearest {MAX_ANCESTORS} collections above it were asked"
    return ""


def read_to_the_top(evidence: Evidence) -> bool:
    """Whether every lock above would have been seen: the product shows it on the target, or each collection told."""
    if evidence.server is not None and evidence.server.shows_inherited:
        return True
    statuses = _statuses_above(evidence)
    return (
        ancestors_read(evidence)
        and len(statuses) == len(ancestors(evidence.target))
        and all(status == 207 for _, status in statuses)
    )

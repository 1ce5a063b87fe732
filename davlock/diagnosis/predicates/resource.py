"""What is known about the target and its destination: if it exists, and what it is."""

from dataclasses import replace

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.logins import login_of
from davlock.protocol.url import parent, same_resource

PLAIN = frozenset({"GET", "HEAD", "POST"})
"""Methods that pass a filter against WebDAV's methods."""


def read_plainly(evidence: Evidence) -> int | None:
    """Returns the index of the last GET or HEAD of the target with the same login.

    A filter against WebDAV's methods lets it pass.
    """
    login = login_of(evidence.headers)
    for index in reversed(range(len(evidence.exchanges))):
        request = evidence.exchanges[index].request
        plain = request.method.upper() in ("GET", "HEAD") and same_resource(request.url, evidence.target)
        if plain and login_of(request.headers) == login:
            return index
    return None


def spares_the_target(evidence: Evidence) -> bool:
    """Whether the request reads its target only: a lock on the source of a COPY refuses nothing (RFC 4918 §7)."""
    return evidence.method == "COPY" and evidence.destination is not None


def at_destination(evidence: Evidence) -> Evidence | None:
    """Returns the evidence about the Destination of a COPY or MOVE; ``None`` for other requests."""
    if evidence.destination is None:
        return None
    there = from_exchanges(
        evidence.exchanges, target=evidence.destination, subject=evidence.subject, held=evidence.held, profiles=()
    )
    return replace(there, server=evidence.server)


def resource_gone(evidence: Evidence) -> bool:
    """Returns true if nothing is left that can be locked, as read after the request under question."""
    exists = evidence.exists_now
    if not isinstance(exists, Known) or exists.value:
        return False
    return evidence.subject is None or evidence.method in READS or exists.exchange > evidence.subject


def slash_on_a_file(evidence: Evidence) -> bool:
    """Returns true if the URL ends with a slash, but an answer shows that it is not a collection."""
    is_file = isinstance(evidence.is_collection, Known) and not evidence.is_collection.value
    return is_file and evidence.target.partition("?")[0].endswith("/")


def below_a_file(evidence: Evidence) -> str:
    """Returns the file above the target in place of a collection; empty if none was seen."""
    above, nearest = evidence.parent_is_collection, evidence.nearest
    is_none = isinstance(above, Known) and not above.value
    return nearest.rstrip("/") if is_none and nearest is not None and nearest == parent(evidence.target) else ""


def ancestors_read(evidence: Evidence) -> bool:
    """Returns true if the collection above was read, too."""
    return isinstance(evidence.parent_is_collection, Known)

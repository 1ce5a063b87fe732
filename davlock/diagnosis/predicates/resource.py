"""What is known of the target and of its destination: whether it is there, and what it is."""

from dataclasses import replace

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.logins import login_of
from davlock.protocol.url import parent, same_resource

PLAIN = frozenset({"GET", "HEAD", "POST"})
"""Methods that a filter of WebDAV's methods lets pass."""


def read_plainly(evidence: Evidence) -> int | None:
    """The last GET or HEAD of the target with the login of the request under question: its number.

    A filter of methods lets it pass where it refuses WebDAV's.
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
    """The same exchanges as they bear on the Destination of COPY or MOVE, which is written to as well."""
    if evidence.destination is None:
        return None
    there = from_exchanges(
        evidence.exchanges, target=evidence.destination, subject=evidence.subject, held=evidence.held, profiles=()
    )
    return replace(there, server=evidence.server)


def resource_gone(evidence: Evidence) -> bool:
    """Returns true if nothing is left that could be locked, as read after the subject if there is one."""
    exists = evidence.exists_now
    if not isinstance(exists, Known) or exists.value:
        return False
    return evidence.subject is None or evidence.method in READS or exists.exchange > evidence.subject


def slash_on_a_file(evidence: Evidence) -> bool:
    """Returns true if the URL ends as a collection's, and what is there was seen to be none."""
    is_file = isinstance(evidence.is_collection, Known) and not evidence.is_collection.value
    return is_file and evidence.target.partition("?")[0].endswith("/")


def below_a_file(evidence: Evidence) -> str:
    """The file that stands above the target where a collection should be; empty where none was seen there."""
    above, nearest = evidence.parent_is_collection, evidence.nearest
    is_none = isinstance(above, Known) and not above.value
    return nearest.rstrip("/") if is_none and nearest is not None and nearest == parent(evidence.target) else ""


def ancestors_read(evidence: Evidence) -> bool:
    """Returns true if the collection above was asked too."""
    return isinstance(evidence.parent_is_collection, Known)

"""What Nextcloud's files_lock app says of a lock in properties of its own, nc:lock and those that begin so."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.sequence import on_target
from davlock.diagnosis.resource import find, read_propfind, view
from davlock.locks import server_record
from davlock.locks.server_record import ServerRecord

NC = "{http://nextcloud.org/ns}"


def record_of(values: dict[str, str]) -> ServerRecord:
    """Returns what the nc:lock properties in ``said``, named without their prefix, say of the lock."""
    return server_record.record_of((f"nc:{name}", value) for name, value in values.items())


def told(evidence: Evidence) -> dict[str, str] | None:
    """The nc:lock properties by their names without the prefix."""
    if evidence.error is not None:
        found = {
            name.removeprefix(NC): value for name, value in evidence.error.properties if name.startswith(f"{NC}lock")
        }
        if found:
            return found
    for covering in evidence.covering:
        found = {name.removeprefix("nc:"): value for name, value in covering.lock.vendor if name.startswith("nc:lock")}
        if found:
            return found
    return beside_an_empty_lockdiscovery(evidence) if refused_as_locked(evidence) else None


def beside_an_empty_lockdiscovery(evidence: Evidence) -> dict[str, str] | None:
    """The last look at the target: files_lock hides a user's own lock from lockdiscovery, and shows it in nc:lock."""
    for _, exchange in reversed(tuple(on_target(evidence))):
        if exchange.request.method.upper() != "PROPFIND":
            continue
        answer = read_propfind(exchange)
        element = None if isinstance(answer, str) else find(answer, exchange.request.url, evidence.target)
        vendor = view(element, exchange.request.url).vendor if element is not None else ()
        properties = {name.removeprefix("nc:"): value for name, value in vendor if name.startswith("nc:lock")}
        return properties if properties.get("lock") in ("1", "true") else None
    return None

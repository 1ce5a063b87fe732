"""Which of LOCK, its renewal and UNLOCK a server takes, by its own words."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.protocol.headers import parse_allow
from davlock.protocol.url import same_resource
from davlock.servers.phrases import Said, Sayings


def listed_methods(evidence: Evidence) -> tuple[tuple[str, ...], int | None]:
    """Returns the methods that the server says the target takes, and in which exchange: by the Allow of the refusal
    itself, else by that of OPTIONS on the target.
    """
    response = evidence.response
    sent = response.headers.get_all("Allow") if response is not None else []
    if sent:
        return parse_allow(sent), evidence.subject
    allow = evidence.allow
    if isinstance(allow, Known) and same_resource(evidence.exchanges[allow.exchange].request.url, evidence.target):
        return allow.value, allow.exchange
    return (), None


def wants_a_body(evidence: Evidence) -> bool:
    """Whether a refresh was refused because it had no body: the server reads it as a new LOCK, and has no refresh.

    sabre/dav says so of a refresh whose lock it does not find: its words tell something else.
    """
    error = evidence.error
    if error is None or not evidence.is_refresh or "sabre" in (error.exception or "").lower():
        return False
    if evidence.server is not None and evidence.server.dead_refresh_status is not None:
        return False
    said = " ".join(
        (*(entry.code.replace("-", " ") for entry in error.preconditions), error.message or "", error.quote)
    )
    return Said.WANTS_BODY in Sayings(said)


def renews_no_lock(evidence: Evidence) -> bool:
    """Returns true if a refresh was refused as by a server that has none, and its lock is not known to be gone."""
    if not evidence.is_refresh or evidence.response is None:
        return False
    return evidence.status in (405, 501) or wants_a_body(evidence)

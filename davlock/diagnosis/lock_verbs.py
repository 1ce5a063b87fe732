"""Which of LOCK, its renewal and UNLOCK a server takes, by its own words."""

import re

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.protocol.headers import parse_allow
from davlock.protocol.url import same_resource


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


_WANTS_BODY = re.compile(
    r"\b(?:request |xml |lockinfo |message )?body\W+(?:is |was |must be |are )?"
    r"(?:required|missing|expected|empty|needed|absent)"
    r"|\b(?:requires?|needs?|expect(?:s|ed)|missing|empty|no|without) (?:an? |the )?"
    r"(?:xml |request |lockinfo |message )*body\b"
    r"|\bbody (?:must|can ?not|may not|should) (?:not )?be (?:empty|present|sent)\b"
    r"|\b(?:missing|no|requires?|needs?|expect(?:s|ed)) (?:an? |the )?(?:\{?dav:\}?)?lockinfo\b"
    r"|\blockinfo\b\W+(?:element )?(?:is |was )?(?:required|missing|expected)"
    r"|\bno element found\b|\bdocument is empty\b|\b(?:premature|unexpected) end of (?:file|data|input)\b",
    re.IGNORECASE,
)


def wants_a_body(evidence: Evidence) -> bool:
    """Whether a refresh was refused for want of a body: the server takes it for a new LOCK, and has no refresh.

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
    return _WANTS_BODY.search(said) is not None


def renews_no_lock(evidence: Evidence) -> bool:
    """Whether a refresh was refused as by a server that has none, and its lock is not known to be gone."""
    if not evidence.is_refresh or evidence.response is None:
        return False
    return evidence.status in (405, 501) or wants_a_body(evidence)

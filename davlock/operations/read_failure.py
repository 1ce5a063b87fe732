"""What other than a lock kept davlock from the answer: no response, a login, throttling, or no WebDAV at all."""

from davlock.diagnosis.evidence import CHALLENGES, REDIRECTS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.predicates.resource import below_a_file, slash_on_a_file
from davlock.diagnosis.resource import limit_exceeded, read_propfind, was_kept
from davlock.errors import LimitExceeded, NoResponse, ReadFailure
from davlock.operations.redirect import leads_nowhere
from davlock.protocol.message import Exchange
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import is_ancestor

_LOGIN = (*CHALLENGES, 403)


def read_failure(evidence: Evidence) -> ReadFailure | NoResponse | None:
    """Why the target could not be read; ``None`` if it could, or if the answer says something about locks."""
    if isinstance(evidence.no_response, NoResponse):
        return evidence.no_response
    if first_limit(evidence) is not None or evidence.page is not None:
        return ReadFailure.NOT_DAV
    cause = evidence.cause
    if cause is not None:
        about_a_file = below_a_file(evidence) or slash_on_a_file(evidence)  # lighttpd says 403 there, Apache 400
        if cause.status in _LOGIN and not cause.member and not about_a_file:
            return ReadFailure.LOGIN
        if cause.status in THROTTLED:
            return ReadFailure.THROTTLED
    return ReadFailure.NOT_DAV if _has_no_dav_answer(evidence) else None


def listing_failure(exchange: Exchange) -> ReadFailure | NoResponse | None:
    """Why a PROPFIND was not answered with 207; ``None`` if the answer does not say."""
    response = exchange.outcome
    if isinstance(response, NoResponse):
        return response
    if exchange.status in _LOGIN:
        return ReadFailure.LOGIN
    if exchange.status in THROTTLED:
        return ReadFailure.THROTTLED
    no_dav = response.ok or exchange.status in (405, 501)
    nowhere = exchange.status in REDIRECTS and leads_nowhere(exchange)
    return ReadFailure.NOT_DAV if no_dav or nowhere else None


def first_limit(evidence: Evidence) -> LimitExceeded | None:
    """The first limit that an answer went beyond."""
    return next((limit for limit in map(limit_exceeded, evidence.exchanges) if limit is not None), None)


def _has_no_dav_answer(evidence: Evidence) -> bool:
    """Returns true if no DAV server gives this answer.

    Where the target itself was read, what stands above it may be no part of the DAV server.
    """
    read = isinstance(evidence.exists, Known)
    for number, exchange in enumerate(evidence.exchanges):
        members = exchange.request.method == "PROPFIND" and exchange.request.headers.get("Depth") != "0"
        if read and (members or is_ancestor(exchange.request.url, evidence.target)):
            continue
        if _is_no_dav(exchange, subject=number == evidence.subject):
            return True
    return False


def _is_no_dav(exchange: Exchange, *, subject: bool) -> bool:
    """Returns true if no DAV server says that: to a PROPFIND, or to the request under question."""
    response = exchange.response
    method = exchange.request.method
    if response is None or (method != "PROPFIND" and not subject):
        return False
    if response.status in REDIRECTS:
        return leads_nowhere(exchange)
    if response.status == 207 and method != "LOCK" and was_kept(response):
        return isinstance(read_propfind(exchange), str)  # a write gets 207, too, with its failed members
    return method == "PROPFIND" and ((response.ok and response.status != 207) or response.status in (405, 501))

"""What a run of requests proves that no single answer tells: the same thing tried twice, with one difference."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.resource import read_propfind
from davlock.protocol.message import Exchange
from davlock.protocol.multistatus import Multistatus
from davlock.protocol.url import is_path_above, resolve, same_resource
from davlock.protocol.web_page import page_instead

Numbered = tuple[int, Exchange]


def _later(evidence: Evidence, method: str) -> list[Numbered]:
    """The later requests of this method on the target, with headers that are known."""
    return [
        (index, exchange)
        for index, exchange in enumerate(evidence.exchanges)
        if evidence.after_subject(index)
        and exchange.request.method.upper() == method
        and exchange.request.headers.complete
        and same_resource(exchange.request.url, evidence.target)
    ]


def _ok(exchange: Exchange) -> bool:
    response = exchange.response
    return response is not None and response.ok and response.status != 207 and page_instead(exchange) is None


def second_lock_granted(evidence: Evidence) -> int | None:
    """After an exclusive LOCK was granted: another without any token, granted before the first was released."""
    for index, exchange in enumerate(evidence.exchanges):
        if not evidence.after_subject(index) or not same_resource(exchange.request.url, evidence.target):
            continue
        if exchange.request.method.upper() == "UNLOCK":
            return None
        if _is_new_exclusive_lock(exchange) and exchange.status in (200, 201) and page_instead(exchange) is None:
            return index
    return None


def second_lock_refused(evidence: Evidence) -> int | None:
    """After a LOCK was granted: another exclusive one without any token that got 423, before any UNLOCK."""
    for index, exchange in enumerate(evidence.exchanges):
        if not evidence.after_subject(index) or not same_resource(exchange.request.url, evidence.target):
            continue
        if exchange.request.method.upper() == "UNLOCK":
            return None
        if _is_new_exclusive_lock(exchange) and exchange.status == 423:
            return index
    return None


def _is_new_exclusive_lock(exchange: Exchange) -> bool:
    request = exchange.request
    return (
        request.method.upper() == "LOCK"
        and request.headers.complete
        and "If" not in request.headers
        and isinstance(request.body, bytes)
        and b"exclusive" in request.body
    )


def write_without_token_accepted(evidence: Evidence) -> int | None:
    """After a LOCK was granted: a PUT without any token that went through before the lock was released."""
    for index, exchange in enumerate(evidence.exchanges):
        if not evidence.after_subject(index) or not same_resource(exchange.request.url, evidence.target):
            continue
        method, headers = exchange.request.method.upper(), exchange.request.headers
        if method == "UNLOCK":
            return None
        if method == "PUT" and headers.complete and "If" not in headers and _ok(exchange):
            return index
    return None


def unlocked_since(evidence: Evidence) -> bool:
    """After a LOCK was granted: whether an UNLOCK of the target followed."""
    return bool(_later(evidence, "UNLOCK"))


def put_refused_as_locked(evidence: Evidence) -> int | None:
    """A later PUT of the target without any token that got 423: its number."""
    return next(
        (
            index
            for index, exchange in _later(evidence, "PUT")
            if exchange.status == 423 and "If" not in exchange.request.headers
        ),
        None,
    )


def taken_here(evidence: Evidence, token: str) -> bool:
    """Returns true if the lock with this token was granted on the target in these exchanges, before the subject."""
    return any(
        entry.lock.token is not None and entry.lock.token.uri == token and same_resource(entry.url, evidence.target)
        for entry in evidence.taken
    )


def refused_in_both_forms(evidence: Evidence) -> int | None:
    """The right token in a tagged If was refused as locked, and then untagged as well: its number."""
    if evidence.if_header is None or not evidence.if_header.tagged or evidence.status != 423:
        return None
    if not all(taken_here(evidence, token) for token in evidence.submitted or ()):
        return None
    for index, exchange in _later(evidence, evidence.method):
        sent = exchange.request.headers.get("If") or ""
        if sent.startswith("(") and exchange.status == 423 and all(t in sent for t in evidence.submitted or ()):
            return index
    return None


def destination_without_host(evidence: Evidence) -> Numbered | None:
    """The later request that differs from the refused COPY or MOVE in having a Destination without a host."""
    if not (evidence.headers.get("Destination") or "").lower().startswith(("http://", "https://")):
        return None
    for index, exchange in _later(evidence, evidence.method):
        if (exchange.request.headers.get("Destination") or "").startswith("/"):
            return index, exchange
    return None


def members_at_depth_0(evidence: Evidence) -> str | None:
    """A member that the answer to a PROPFIND with Depth: 0 lists."""
    asked = evidence.asked
    if asked is None or evidence.method != "PROPFIND" or evidence.headers.get("Depth") != "0":
        return None
    answer = read_propfind(asked)
    if not isinstance(answer, Multistatus):
        return None
    hrefs = (resolve(evidence.target, element.hrefs[0]) for element in answer.responses)
    return next((href for href in hrefs if is_path_above(evidence.target, href)), None)

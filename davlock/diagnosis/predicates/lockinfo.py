"""What is wrong with the form of a LOCK request: its lockinfo, its Depth, its Timeout, its If."""

from enum import Enum

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.own_words import for_headline
from davlock.diagnosis.predicates.lock_verbs import wants_a_body
from davlock.errors import RemoteProtocolError
from davlock.protocol.lock import LockScope
from davlock.protocol.lockdiscovery import SCOPES
from davlock.protocol.xml import parse_document
from davlock.protocol.xml_elements import dav_name, is_proper
from davlock.servers.phrases import Said
from davlock.values import dataclass


class FormFault(Enum):
    """Why a server refuses the form of a LOCK request."""

    RENEWAL = "renewal"
    """It wants a body in a renewal, which has none."""
    TAGGED = "tagged"
    """It wants no URL in the If header of a renewal."""
    NAMED = "named"
    """The request has a fault that can be named, or the server names one."""


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """The fault, and what is wrong with the request in words; empty for the faults of a renewal."""

    fault: FormFault
    words: str = ""


def refused_form(evidence: Evidence) -> RefusedForm | None:
    """Returns why the server refused the form of a LOCK, or ``None`` if it did not.

    The status is 400, 415 or 422, 412 without any condition, or Zope's 403 to a wrong Depth.
    """
    if evidence.method != "LOCK" or evidence.cause is None:
        return None
    if evidence.cause.status not in (400, 403, 412, 415, 422, 501):
        return None
    if wants_a_body(evidence):
        return RefusedForm(FormFault.RENEWAL)
    if evidence.is_refresh and evidence.if_header is not None and evidence.if_header.tagged:
        return RefusedForm(FormFault.TAGGED) if evidence.cause.status == 400 else None
    if "If" in evidence.headers or "Lock-Token" in evidence.headers:
        return None
    words = _depth_fault(evidence) if evidence.cause.status == 403 else _fault(evidence) or _said(evidence)
    return None if words is None else RefusedForm(FormFault.NAMED, words)


def _said(evidence: Evidence) -> str | None:
    """Returns the server's own words about the body of a LOCK: nephele wants an owner, asgiwebdav a lockinfo."""
    if evidence.error is None or Said.LOCKINFO_FAULT not in evidence.said:
        return None
    return f"“{for_headline(evidence.error.message or '')}”"


def _depth_fault(evidence: Evidence) -> str | None:
    depth = evidence.headers.get("Depth")
    if depth is None or depth.lower() in ("0", "infinity"):
        return None
    return f"Depth {depth!r} (a lock's depth is 0 or infinity)"


def _fault(evidence: Evidence) -> str | None:
    """Returns what is wrong with the request, in words; ``None`` if nothing seems wrong."""
    if (depth := _depth_fault(evidence)) is not None:
        return depth
    body = evidence.request.body if evidence.request else None
    if not isinstance(body, bytes):
        return None
    if not body.strip():
        return "it has neither a lockinfo body nor an If header"
    try:
        root, forgiven = parse_document(body)
    except RemoteProtocolError as error:
        return f"its XML is broken (“{error.why}”)"
    if forgiven:
        return f"its XML has an undeclared prefix (“{forgiven[0].what}”)"
    if dav_name(root.tag) != "lockinfo":
        return f"the root of its body is <{dav_name(root.tag) or root.tag}>, not lockinfo"
    if not is_proper(root.tag):
        return f"its root element {root.tag:.80} is not in the namespace DAV:"
    names = {dav_name(child.tag): [dav_name(grandchild.tag) for grandchild in child] for child in root}
    for part, allowed in (("lockscope", ("exclusive", "shared")), ("locktype", ("write",))):
        if not names.get(part):
            return f"its lockinfo has no {part}"
        if names[part][0] not in allowed:
            return f"it asks for the unknown {part} {names[part][0]!r}"
    if evidence.cause is not None and evidence.cause.status == 501:
        return None
    timeout = evidence.headers.get("Timeout")
    if timeout is not None and not timeout.lower().startswith(("second-", "infinite")):
        return f"Timeout {timeout!r} is not Second-N or Infinite"
    if timeout is not None and timeout[7:].isdigit() and int(timeout[7:]) > 2**32 - 1:
        return f"Timeout {timeout!r} is larger than 2^32-1 seconds"
    return None


def asked_scope(evidence: Evidence) -> LockScope | None:
    """Returns the scope in the lockinfo of a LOCK; ``None`` if it is not known."""
    body = evidence.request.body if evidence.request else None
    if evidence.method != "LOCK" or not isinstance(body, bytes):
        return None
    try:
        root, _ = parse_document(body)
    except RemoteProtocolError:
        return None
    words = [dav_name(word.tag) for scope in root if dav_name(scope.tag) == "lockscope" for word in scope]
    return SCOPES.get(words[0] or "") if words else None

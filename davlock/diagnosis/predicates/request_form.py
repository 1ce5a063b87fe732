"""What is wrong with the form of a request: its If, its If-None-Match, its body and its other fields."""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Quote
from davlock.diagnosis.predicates.etags import read_condition
from davlock.diagnosis.predicates.file_locks import is_transactional
from davlock.diagnosis.predicates.refusal import failed_header, refused_as_locked
from davlock.errors import RemoteProtocolError
from davlock.protocol.character_references import unescaped
from davlock.protocol.headers import parse_etag_list
from davlock.protocol.xml import DEPTH_WORDS, parse_document
from davlock.protocol.xml_elements import dav_name
from davlock.values import dataclass

ROOTS = {"PROPFIND": "propfind", "PROPPATCH": "propertyupdate"}


MEDIA_TYPE = "Send  Content-Type: application/xml  (curl: -H 'Content-Type: application/xml')"


WRAPPING = "\"'\\ "
"""Characters that a shell or a template leaves around an entity tag."""


WITH_XML = frozenset({*ROOTS, "REPORT", "SEARCH"})


Fault = tuple[str, tuple[Quote, ...]]
"""What is wrong, in words, and the quotes that show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedRequest:
    """A request that the server cannot read: how sure that is, what is wrong, and what to do."""

    certainty: Certainty
    fault: Fault
    remedy: str = "Correct the request"


def malformed_request(evidence: Evidence) -> MalformedRequest | None:
    """Returns the fault behind a 400, 415 or 422, or behind a 412 to an If-Match that is not an entity tag."""
    cause = evidence.cause
    if cause is None or cause.member or evidence.method in ("UNLOCK", ""):
        return None
    media = _media_type(evidence)
    if cause.status == 415 and media is not None:
        return MalformedRequest(certainty=Certainty.CERTAIN, fault=media, remedy=MEDIA_TYPE)
    if evidence.method == "LOCK":
        return None
    if cause.status == 412:
        fault = _if_match(evidence)
        if fault is None or failed_header(evidence) or "If" in evidence.headers or read_condition(evidence) is not None:
            return None  # WsgiDAV reads a tag without quotes, and says so when it does not match
        remedy = f"Send  If-Match: {_requoted(evidence)}"
        return MalformedRequest(certainty=Certainty.LIKELY, fault=fault, remedy=remedy)
    if cause.status not in (400, 415, 422):
        return None
    fault = _body(evidence) or _fields(evidence) or _if_match(evidence)
    if fault is not None:
        return MalformedRequest(certainty=Certainty.CERTAIN, fault=fault)
    announced = media is not None and cause.status == 400 and "Content-Type" in evidence.headers
    if media is None or not announced:
        return None
    return MalformedRequest(certainty=Certainty.POSSIBLE, fault=media, remedy=MEDIA_TYPE)


def malformed_if(evidence: Evidence) -> Certainty | None:
    """Returns how sure it is that a refusal is about a malformed If header; ``None``: it is not."""
    error, cause = evidence.if_error, evidence.cause
    if error is None or cause is None:
        return None
    if refused_as_locked(evidence):
        return _after_423(evidence)
    return Certainty.CERTAIN if cause.status in (400, 412) else None


def malformed_none_match(evidence: Evidence) -> str | None:
    """Returns what is wrong with the If-None-Match of a request that got 400 or 412; ``None``: nothing."""
    sent = evidence.headers.get("If-None-Match")
    if evidence.cause is None or evidence.cause.status not in (400, 412) or sent is None:
        return None
    try:
        parse_etag_list(sent)
    except RemoteProtocolError as error:
        return error.why
    return None


def _media_type(evidence: Evidence) -> Fault | None:
    """Returns the fault if an XML body has another Content-Type: curl's --data says that it is a form."""
    sent = evidence.headers.get("Content-Type")
    if evidence.method not in WITH_XML | {"LOCK"}:
        return None
    if sent is None:
        missing = evidence.lacks("Content-Type") and bool(evidence.request and evidence.request.body)
        return (
            ("it has a body and no Content-Type", quotes.request_header(evidence, "Content-Type")) if missing else None
        )
    kind = sent.partition(";")[0].strip().lower()
    if kind.endswith(("/xml", "+xml")) or (evidence.request is not None and evidence.request.body == b""):
        return None
    return f"its Content-Type is {kind:.60}, not application/xml", quotes.request_header(evidence, "Content-Type")


def _requoted(evidence: Evidence) -> str:
    """Returns the tag as it was before its quotes were lost or escaped."""
    return f'"{unescaped(evidence.headers.get("If-Match") or "").strip(WRAPPING)}"'


def _body(evidence: Evidence) -> Fault | None:
    body = evidence.request.body if evidence.request is not None else None
    if evidence.method not in WITH_XML or not isinstance(body, bytes):
        return None
    seen = (Quote("request body", body[:200].decode("utf-8", "replace").strip() or "(empty)", evidence.subject),)
    if not body.strip():
        return None if evidence.method == "PROPFIND" else ("it has no body", seen)
    try:
        root, forgiven = parse_document(body)
    except RemoteProtocolError as error:
        return f"its body is not well-formed XML ({error.why})", seen
    if forgiven:
        return f"its body uses an undeclared prefix ({forgiven[0].what})", seen
    wanted = ROOTS.get(evidence.method)
    if wanted is not None and dav_name(root.tag) != wanted:
        return f"the root of its body is <{dav_name(root.tag) or root.tag}>, not {wanted}", seen
    return None


def _fields(evidence: Evidence) -> Fault | None:
    depth, overwrite = evidence.headers.get("Depth"), evidence.headers.get("Overwrite")
    if evidence.method in ("COPY", "MOVE") and evidence.lacks("Destination"):
        return "it has no Destination header", quotes.request_header(evidence, "Destination")
    if depth is not None and depth.lower() not in DEPTH_WORDS:
        return f"Depth {depth!r} is none of 0, 1 and infinity", quotes.request_header(evidence, "Depth")
    if overwrite is not None and overwrite.upper() not in ("T", "F"):
        return f"Overwrite {overwrite!r} is neither T nor F", quotes.request_header(evidence, "Overwrite")
    return None


def _if_match(evidence: Evidence) -> Fault | None:
    text = evidence.headers.get("If-Match")
    if text is None:
        return None
    try:
        parse_etag_list(text)
    except RemoteProtocolError:
        return f"If-Match {text!r:.80} is no entity tag in double quotes", quotes.request_header(evidence, "If-Match")
    return None


def _after_423(evidence: Evidence) -> Certainty | None:
    if not (evidence.is_write or evidence.is_refresh) or is_transactional(evidence):
        return None
    sent = evidence.headers.get("If") or ""
    known = {entry.lock.token.uri for entry in evidence.taken if entry.lock.token}
    shown = {covering.token for covering in evidence.covering if covering.token is not None}
    if any(token in sent for token in known | shown):
        return Certainty.LIKELY
    return Certainty.POSSIBLE if len(shown) < max(1, len(evidence.covering)) else None

"""the request cannot be read: what is wrong with it, from the request itself.

What happened: the server could not read the request: a body that is no XML or is announced as something else, a Depth
that does not exist, a MOVE without Destination, a condition that is no entity tag. No lock and no permission is
involved. What is wrong with a LOCK has a finding of its own, 400-lockinfo-refused.

How sure we are: certain where the server answered 400 and the fault shows in the request. Likely where it answered
412 to a condition that is malformed. Possible where nothing is wrong with a body but how it is announced.

What to do: correct the request.

How to confirm: the corrected request is answered otherwise.
"""

from html import unescape

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rfc4918, rule
from davlock.diagnosis.rules.precondition.etag_changed import read_condition
from davlock.diagnosis.situation import failed_header
from davlock.errors import RemoteProtocolError
from davlock.protocol.headers import parse_etag_list
from davlock.protocol.xml import DEPTH_WORDS, dav_name, parse_document

ROOTS = {"PROPFIND": "propfind", "PROPPATCH": "propertyupdate"}

MEDIA_TYPE = "Send  Content-Type: application/xml  (curl: -H 'Content-Type: application/xml')"

WRAPPING = "\"'\\ "
"""What is left of quotes."""

WITH_XML = frozenset({*ROOTS, "REPORT", "SEARCH"})


@rule(
    id="400-request-malformed",
    severity=Severity.ERROR,
    statuses=(400, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.1"), rfc4918("8.2")),
)
def check(evidence: Evidence) -> Match | None:
    """400, 415 or 422 with a fault that shows in the request; 412 to an If-Match that is no entity tag."""
    cause = evidence.cause
    if cause is None or cause.member or evidence.method in ("UNLOCK", ""):
        return None
    media = _media_type(evidence)
    if cause.status == 415 and media is not None:
        return _match(evidence, Certainty.CERTAIN, media, MEDIA_TYPE)
    if evidence.method == "LOCK":
        return None
    if cause.status == 412:
        fault = _if_match(evidence)
        if fault is None or failed_header(evidence) or "If" in evidence.headers or read_condition(evidence) is not None:
            return None  # WsgiDAV reads a tag without quotes, and says so when it does not match
        return _match(evidence, Certainty.LIKELY, fault, f"Send  If-Match: {_requoted(evidence)}")
    if cause.status not in (400, 415, 422):
        return None
    fault = _body(evidence) or _fields(evidence) or _if_match(evidence)
    if fault is not None:
        return _match(evidence, Certainty.CERTAIN, fault)
    announced = media is not None and cause.status == 400 and "Content-Type" in evidence.headers
    return _match(evidence, Certainty.POSSIBLE, media, MEDIA_TYPE) if media is not None and announced else None


Fault = tuple[str, tuple[Quote, ...]]
"""What is wrong, in words, and where it shows."""


def _match(evidence: Evidence, certainty: Certainty, fault: Fault, remedy: str = "Correct the request") -> Match:
    words, seen = fault
    return Match(
        certainty=certainty,
        headline=f"{evidence.method} is malformed: {words}",
        explanation="No lock is involved: the server could not read the request.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *seen),
        facts=(("fault", words),),
        alternatives=_alternatives(certainty),
        remedies=(safe(remedy, who=Who.CLIENT_AUTHOR),),
    )


def _alternatives(certainty: Certainty) -> tuple[Alternative, ...]:
    if certainty is Certainty.CERTAIN:
        return ()
    if certainty is Certainty.POSSIBLE:
        return (Alternative("other-unexplained", "the same request with Content-Type: application/xml"),)
    return (Alternative("412-etag-changed", "the same request with its entity tag in double quotes"),)


def _media_type(evidence: Evidence) -> Fault | None:
    """A body that is to be XML and is announced as something else: curl's --data says that it is a form."""
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
    """The tag as it may have been before its quotes were lost or escaped."""
    return f'"{unescape(evidence.headers.get("If-Match") or "").strip(WRAPPING)}"'


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

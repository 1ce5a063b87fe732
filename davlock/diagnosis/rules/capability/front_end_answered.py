"""a web front end refuses the method before the WebDAV server.

What happened: a proxy, load balancer or hosting front end does not know a WebDAV method. It refuses it with a web page
of its own (400, 403, 404 or 405). The WebDAV server behind it would write XML. No lock is involved.

How sure we are: likely if the server writes XML elsewhere, or if a web server's page answers for a PHP application. A
guess if only the page speaks for it.

What to do: ask the host or the administrator to pass all WebDAV methods to the application.

How to confirm: send the same request past the front end. The WebDAV server answers it.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, rfc, rfc4918, rule
from davlock.errors import RemoteProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol.precondition import BodyKind, read_error
from davlock.protocol.url import same_origin
from davlock.protocol.xml import parse_document
from davlock.protocol.xml_elements import dav_name
from davlock.servers.phrases import Said

_VERBS = frozenset({"LOCK", "UNLOCK", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "REPORT", "PUT", "DELETE"})
_PHP = late_pattern(r"/(?:remote|dav|cal|card|caldav|carddav|webdav|server)\.php(?:/|$)", re.IGNORECASE)


@rule(
    id="403-front-end-answered",
    severity=Severity.ERROR,
    statuses=(400, 403, 405),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "7.6"), rfc4918("8.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 400, 403, 404 or 405 in HTML where the server behind it would write XML."""
    cause, error = evidence.cause, evidence.error
    if cause is None or cause.member or error is None or error.kind is not BodyKind.HTML:
        return None
    if cause.status not in (400, 403, 404, 405) or evidence.method not in _VERBS:
        return None
    php = _PHP.search(evidence.target) is not None and Said.WEB_SERVER in evidence.said
    if cause.status != 404 and (_writes_xml_elsewhere(evidence) or php):
        certainty = Certainty.LIKELY
    elif cause.status == 400 and evidence.method == "LOCK" and _hides_its_name(evidence) and _well_formed(evidence):
        certainty = Certainty.POSSIBLE
    else:
        return None
    return Match(
        certainty=certainty,
        headline=f"A front end {'refused' if certainty is Certainty.LIKELY else 'may have refused'} {evidence.method}"
        " before it reached the WebDAV server",
        explanation="The answer is a web page where the WebDAV server would write XML. The proxy or host in front may"
        " not know this method. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Server")),
        facts=(("method", evidence.method),),
        alternatives=(
            Alternative("proxy-method-dropped", "the same request, sent past every proxy: the answer is another"),
            Alternative("not-dav", "OPTIONS on the URL: without a DAV field in the answer, this is no WebDAV"),
        ),
        remedies=(for_admin(intrusive(f"Let the front end pass {evidence.method} and other WebDAV methods")),),
    )


def _writes_xml_elsewhere(evidence: Evidence) -> bool:
    """Whether the same origin refused another request in XML."""
    for index, exchange in enumerate(evidence.exchanges):
        response = exchange.response
        if index == evidence.subject or response is None or response.status < 400:
            continue
        if not same_origin(exchange.request.url, evidence.target):
            continue
        read = read_error(response, exchange.request.url)
        if read.kind is BodyKind.ERROR and read.exception:
            return True
    return False


def _hides_its_name(evidence: Evidence) -> bool:
    """Whether nothing shows which program wrote the page: Apache and others refuse LOCK with their own pages."""
    response = evidence.response
    return evidence.server is None and response is not None and "Server" not in response.headers


def _well_formed(evidence: Evidence) -> bool:
    """Whether the request is a LOCK that no server has a reason to call malformed."""
    body = evidence.request.body if evidence.request is not None else None
    if not isinstance(body, bytes) or not body.strip():
        return False
    try:
        root, deviations = parse_document(body)
    except RemoteProtocolError:
        return False
    if deviations:
        return False
    names = {dav_name(child.tag) for child in root}
    depth = (evidence.headers.get("Depth") or "0").lower()
    return dav_name(root.tag) == "lockinfo" and {"lockscope", "locktype"} <= names and depth in ("0", "infinity")

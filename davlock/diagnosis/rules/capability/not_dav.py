"""The URL does not speak WebDAV.

What happened: PROPFIND was refused as an unknown method or answered with a web page, and OPTIONS announces no DAV
class. Locks do not exist here; the DAV tree is perhaps at another path (Nextcloud: /remote.php/dav/files/USER/).

How sure we are: certain where OPTIONS was asked and has no DAV header; likely otherwise.

What to do: find the server's DAV URL.

How to confirm: OPTIONS on the right URL has a DAV header.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.unknown_method import says_unknown_method
from davlock.protocol.message import Response
from davlock.protocol.precondition import BodyKind, read_error
from davlock.protocol.url import same_resource

_OF_DAV = frozenset({"PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"})


def check(evidence: Evidence) -> Match | None:
    """PROPFIND answered 405, 501, words for them or a page, and neither a DAV header nor a verb of DAV anywhere."""
    if evidence.subject is not None and evidence.method != "PROPFIND":
        return None
    asked = _propfind(evidence)
    if asked is None or (isinstance(evidence.dav, Known) and evidence.dav.value):
        return None
    index, response = asked
    if _OF_DAV & {verb.strip().upper() for verb in (response.headers.get("Allow") or "").split(",")}:
        return None  # Tomcat without listings: the rest of DAV is there
    page = response.ok and (response.status != 207 or _is_page(response, evidence.target))
    error = read_error(response, evidence.target)
    unknown = response.status in (405, 501) or says_unknown_method(response.status, error)
    if not page and not unknown:
        return None
    known = isinstance(evidence.dav, Known)
    seen = (Quote("OPTIONS", "no DAV header", evidence.dav.exchange),) if isinstance(evidence.dav, Known) else ()
    words = error.quote
    return Match(
        certainty=Certainty.CERTAIN if known else Certainty.LIKELY,
        headline="This URL does not speak WebDAV",
        explanation="PROPFIND, the question that every WebDAV server answers, is not understood here.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("status", f"{response.status} {response.reason}".strip(), index),
            *((Quote("response body", words, index),) if words else ()),
            *seen,
        ),
        remedies=(
            Remedy(Who.YOU, "Use the server's DAV URL (Nextcloud: /remote.php/dav/files/USER/)", None, Risk.SAFE),
        ),
    )


def _propfind(evidence: Evidence) -> tuple[int, Response] | None:
    """The PROPFIND under question, or the last one on the target."""
    for index in reversed(range(len(evidence.exchanges))):
        exchange = evidence.exchanges[index]
        under_question = index == evidence.subject or (
            evidence.subject is None and same_resource(exchange.request.url, evidence.target)
        )
        if exchange.request.method.upper() == "PROPFIND" and exchange.response is not None and under_question:
            return index, exchange.response
    return None


def _is_page(response: Response, base: str) -> bool:
    return read_error(response, base).kind in (BodyKind.HTML, BodyKind.JSON)


RULE = Rule(
    id="not-dav",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="the URL does not speak DAV",
    page=__doc__,
    check=check,
    references=(rfc4918("10.1"), rfc4918("18")),
)

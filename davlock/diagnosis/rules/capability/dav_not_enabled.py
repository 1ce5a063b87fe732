"""the server offers plain files at this path, not WebDAV.

What happened: the server refuses the write with 405. Its Allow header lists only methods for plain files, such as GET,
HEAD, POST and OPTIONS. A WebDAV server also lists PROPFIND. No lock is involved.

How sure we are: likely. The server usually writes that list itself, but a proxy may write it.

What to do: use the URL of the server's WebDAV tree. Or ask the administrator to enable WebDAV for this path. Apache
needs Dav On in the path's Location.

How to confirm: send OPTIONS to the URL. The answer of a WebDAV server has a DAV header.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rfc4918, rule
from davlock.protocol.headers import parse_allow

_PLAIN = frozenset({"GET", "HEAD", "POST", "OPTIONS", "TRACE"})
_WRITES = frozenset({"PUT", "DELETE", "COPY", "MOVE", "PROPPATCH"})


@rule(
    id="405-dav-not-enabled",
    severity=Severity.ERROR,
    statuses=(405,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.6"), rfc4918("10.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a write refused with 405 if Allow lists no method that writes, and no answer shows WebDAV."""
    response = evidence.response
    if response is None or response.status != 405 or evidence.method not in _WRITES:
        return None
    allowed = frozenset(parse_allow(response.headers.get_all("Allow")))
    if not allowed or not allowed <= _PLAIN or _speaks_dav(evidence):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The server offers plain files here, not WebDAV: it allows only {', '.join(sorted(allowed))}",
        explanation="WebDAV is not enabled for this path. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Allow")),
        facts=(("allow", tuple(sorted(allowed))),),
        alternatives=(
            Alternative("proxy-method-dropped", f"the same {evidence.method}, sent past every proxy: it succeeds"),
        ),
        remedies=(
            safe("Use the URL of the server's WebDAV tree"),
            for_admin(intrusive("Enable WebDAV for the path (Apache: Dav On)")),
        ),
    )


def _speaks_dav(evidence: Evidence) -> bool:
    if isinstance(evidence.dav, Known) and evidence.dav.value:
        return True
    answers = (exchange.response for exchange in evidence.exchanges)
    return any(answer is not None and (answer.status == 207 or "DAV" in answer.headers) for answer in answers)

"""the path is served as plain files: Allow has no verb of WebDAV.

What happened: the answer is 405, and its Allow lists only the verbs of plain files, such as GET, HEAD, POST and
OPTIONS. A WebDAV server lists PROPFIND and others. No lock is involved.

How sure we are: likely. The list is the server's own, but a proxy may write it, too.

What to do: enable WebDAV for the path (Apache: Dav On in its Location), or use the URL of the WebDAV tree.

How to confirm: OPTIONS on the URL has a field DAV in its answer.
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
    """405 to a write, an Allow without any verb that writes, and no sign of WebDAV in any answer."""
    response = evidence.response
    if response is None or response.status != 405 or evidence.method not in _WRITES:
        return None
    allowed = frozenset(parse_allow(response.headers.get_all("Allow")))
    if not allowed or not allowed <= _PLAIN or _speaks_dav(evidence):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The server serves this path as plain files: it allows only {', '.join(sorted(allowed))}",
        explanation="WebDAV is not enabled for this path. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Allow")),
        facts=(("allow", tuple(sorted(allowed))),),
        alternatives=(
            Alternative("proxy-method-dropped", f"the same {evidence.method} sent past every proxy: it goes through"),
        ),
        remedies=(
            for_admin(intrusive("Enable WebDAV for the path (Apache: Dav On in its Location)")),
            safe("Use the URL of the server's WebDAV tree"),
        ),
    )


def _speaks_dav(evidence: Evidence) -> bool:
    if isinstance(evidence.dav, Known) and evidence.dav.value:
        return True
    answers = (exchange.response for exchange in evidence.exchanges)
    return any(answer is not None and (answer.status == 207 or "DAV" in answer.headers) for answer in answers)

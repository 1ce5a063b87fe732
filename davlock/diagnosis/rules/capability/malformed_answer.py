"""what a lenient parse had to forgive.

What happened: The answer's XML is not as RFC 4918 has it, and was read all the same. Prefixes that nobody declared
(lighttpd's errors, Zope, pywebdav3), elements outside the DAV: namespace (webdav-server, chezdav), elements in the
wrong place (asgiwebdav), or XML that ends too early. A client with a strict parser reports an XML error, or sees no
lock where there is one.

How sure we are: certain. What had to be forgiven is quoted.

What to do: nothing here. If a client fails on it, the server is at fault: report it there, with the answer.

How to confirm: feed the body to `xmllint --noout -`.
"""

from collections.abc import Iterator

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.resource import read_propfind
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.protocol.deviation import Deviation
from davlock.protocol.precondition import BodyKind

ORDINARY = frozenset({"activelock", "activelock/locktoken", "activelock/timeout", "Timeout", "response/href"})
"""Departures that trip no parser: Apache never sends a lockroot. Tokens and timeouts have findings of their own."""

DAV_BODIES = frozenset({BodyKind.ERROR, BodyKind.MULTISTATUS})
"""Other XML is somebody's content, or the page of something that speaks no DAV, unless it names the namespace."""


@rule(
    id="malformed-answer",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("8.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """Departures that a strict parser would stumble over, in the answer under question or the one that shows locks."""
    found = [(entry, index) for entry, index in _forgiven(evidence) if entry.where not in ORDINARY]
    if not found:
        return None
    first = found[0][0]
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The answer's XML is not as RFC 4918 has it: strict clients may fail on it",
        explanation=f"{first.where}: {first.what}. davlock read it all the same."
        + (f" There are {len(found) - 1} more departures." if len(found) > 1 else ""),
        retry=NOT_NEEDED,
        evidence=tuple(Quote(entry.where, entry.what, index) for entry, index in found[:8]),
        facts=(("departures", tuple(f"{entry.where}: {entry.what}" for entry, _ in found)),),
    )


def _forgiven(evidence: Evidence) -> Iterator[tuple[Deviation, int]]:
    error = evidence.error
    if error is not None and evidence.subject is not None and (error.kind in DAV_BODIES or "DAV:" in error.quote):
        yield from ((entry, evidence.subject) for entry in error.deviations)
    if is_inquiry(evidence) and isinstance(evidence.locks, Known) and evidence.locks.exchange != evidence.subject:
        answer = read_propfind(evidence.exchanges[evidence.locks.exchange])
        if not isinstance(answer, str):
            yield from ((entry, evidence.locks.exchange) for entry in answer.deviations)

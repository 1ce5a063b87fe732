"""the server's XML has faults, but davlock could read it.

What happened: the XML of the answer breaks RFC 4918, and davlock read it all the same. It may use undeclared prefixes
(lighttpd, Zope, pywebdav3), elements outside the DAV: namespace (webdav-server, chezdav), elements in the wrong place
(asgiwebdav), or end too early. A strict client reports an XML error, or sees no lock where there is one.

How sure we are: certain. The faults are quoted.

What to do: nothing here. If a client fails on the answer, report it to the server's author, together with the answer.

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
"""Faults that trip no parser: Apache never sends a lockroot. Tokens and timeouts have their own findings."""

DAV_BODIES = frozenset({BodyKind.ERROR, BodyKind.MULTISTATUS})
"""Other XML is content, or a page from something that is not WebDAV, unless it names the namespace."""


@rule(
    id="malformed-answer",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("8.2"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches faults that a strict parser rejects, in the answer in question or in the one that shows the locks."""
    faults = [(entry, index) for entry, index in _forgiven(evidence) if entry.where not in ORDINARY]
    if not faults:
        return None
    first, more = faults[0][0], len(faults) - 1
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server's XML has faults: strict clients may fail on it",
        explanation=f"{first.where}: {first.what}. davlock read it all the same."
        + (f" It has {more} more {'fault' if more == 1 else 'faults'}." if more else ""),
        retry=NOT_NEEDED,
        evidence=tuple(Quote(entry.where, entry.what, index) for entry, index in faults[:8]),
        facts=(("departures", tuple(f"{entry.where}: {entry.what}" for entry, _ in faults)),),
    )


def _forgiven(evidence: Evidence) -> Iterator[tuple[Deviation, int]]:
    error = evidence.error
    if error is not None and evidence.subject is not None and (error.kind in DAV_BODIES or "DAV:" in error.quote):
        yield from ((entry, evidence.subject) for entry in error.deviations)
    if is_inquiry(evidence) and isinstance(evidence.locks, Known) and evidence.locks.exchange != evidence.subject:
        answer = read_propfind(evidence.exchanges[evidence.locks.exchange])
        if not isinstance(answer, str):
            yield from ((entry, evidence.locks.exchange) for entry in answer.deviations)

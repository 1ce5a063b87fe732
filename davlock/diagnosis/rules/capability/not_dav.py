"""The URL does not speak WebDAV.

What happened: PROPFIND was refused as an unknown method or answered with a web page, and OPTIONS announces no DAV
class. Locks do not exist here; the DAV tree is perhaps at another path (Nextcloud: /remote.php/dav/files/USER/).

How sure we are: certain where OPTIONS was asked and has no DAV header; likely otherwise.

What to do: find the server's DAV URL.

How to confirm: OPTIONS on the right URL has a DAV header.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Failed, Known
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.protocol.precondition import BodyKind


def check(evidence: Evidence) -> Match | None:
    """PROPFIND answered 405, 501 or with a page, and no DAV header anywhere."""
    status = evidence.status
    if evidence.method != "PROPFIND" or status is None:
        return None
    page = 200 <= status < 300 and status != 207
    if isinstance(evidence.dav, Known) and evidence.dav.value:
        return None
    if not page and status not in (405, 501) and not _unusable(evidence):
        return None
    asked = isinstance(evidence.dav, Known)
    seen = (Quote("OPTIONS", "no DAV header", evidence.dav.exchange),) if isinstance(evidence.dav, Known) else ()
    return Match(
        certainty=Certainty.CERTAIN if asked else Certainty.LIKELY,
        headline="This URL does not speak WebDAV",
        explanation="PROPFIND, the question that every WebDAV server answers, is not understood here.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *seen),
        remedies=(
            Remedy(
                Who.YOU,
                "Use the server's DAV URL (Nextcloud: /remote.php/dav/files/USER/)",
                None,
                Risk.SAFE,
            ),
        ),
    )


def _unusable(evidence: Evidence) -> bool:
    """207 whose body is no multistatus."""
    if evidence.status != 207 or not isinstance(evidence.locks, Failed) or evidence.error is None:
        return False
    return evidence.error.kind in (BodyKind.HTML, BodyKind.JSON)


RULE = Rule(
    id="not-dav",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="the URL does not speak DAV",
    page=__doc__,
    check=check,
    references=(rfc4918("10.1"), rfc4918("18")),
)

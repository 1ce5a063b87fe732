"""Office/OneDrive/SharePoint JSON: open in an editor; no DAV token is involved.

What happened: The document is open in an office program or a browser; no DAV token is involved. OneDrive, SharePoint
or Graph answered, in JSON or in the header X-MSDAVEXT_Error, that the file is checked out or being edited. Their locks
belong to editing sessions. There is no token that a client could submit, and no public way to unlock, even where the
message speaks of a lock token.

How sure we are: certain. These services say so.

What to do: close the document everywhere, in browsers too, or discard the check-out. Then wait for the session's
lease to end.

How to confirm: the same request some minutes after the last editor was closed.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, Who, after_wait
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.protocol.precondition import BodyKind, DavError
from davlock.servers.phrases import Said, Sayings

CODES = frozenset({"resourceLocked", "notAllowed", "accessDenied", "lockMismatch"})


@rule(
    id="423-office-session",
    severity=Severity.ERROR,
    statuses=(403, 423),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc4918("11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """A 423 (or 403, 409) in the words of OneDrive, SharePoint or Graph: in JSON, or in a header."""
    cause, error = evidence.cause, evidence.error
    if cause is None or error is None or cause.status not in (403, 409, 423):
        return None
    said = quotes.office_error(evidence)
    refusal = evidence.application
    session = refusal if refusal is not None and refusal.application.kind is RefusalKind.OFFICE_SESSION else None
    in_header = any(Said.OPEN_IN_OFFICE in Sayings(quote.text) or "is locked" in quote.text.lower() for quote in said)
    if session is None and not _in_json(error) and not in_header:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The document is open in an editing session, or checked out"
        + (f", by {session.holder}" if session is not None and session.holder else ""),
        explanation="No DAV token is involved, so nothing can be unlocked from here: the session has to end.",
        retry=after_wait(),
        evidence=(*quotes.answer(evidence), *said),
        facts=(
            ("codes", error.json_codes),
            ("message", error.message or (session.message if session is not None else "") or None),
            ("holder", (session.holder if session is not None else "") or None),
        ),
        remedies=(
            intrusive("Close the document everywhere, in browsers too, or discard the check-out"),
            safe("Close the document, or check it in", who=Who.LOCK_OWNER),
        ),
    )


def _in_json(error: DavError) -> bool:
    if error.kind is not BodyKind.JSON:
        return False
    # SharePoint's own API: "-2147018894, Microsoft.SharePoint.SPFileLockException".
    if any(code.endswith(("SPFileLockException", "SPFileCheckOutException")) for code in error.json_codes):
        return True
    return "resourceLocked" in error.json_codes or (
        bool(CODES.intersection(error.json_codes)) and Said.OPEN_IN_OFFICE in Sayings(error.message)
    )

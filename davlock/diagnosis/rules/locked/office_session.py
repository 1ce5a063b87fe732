"""the document is open in an Office editor or checked out.

What happened: someone has the document open in Word, Excel or a browser, or has checked it out. OneDrive, SharePoint
or Graph says so in JSON or in the header X-MSDAVEXT_Error.

How sure we are: certain, because these services say so themselves.

What to do: close the document everywhere, also in browser tabs and on other computers, or discard the check-out. Then
wait some minutes until the session ends. No lock token is involved, even if the message mentions one, and there is no
public way to unlock the document from outside.

How to confirm: send the same request some minutes after the last editor was closed.
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
    """Matches a 423, 403 or 409 in the words of OneDrive, SharePoint or Graph: in JSON, or in a header."""
    cause, error = evidence.cause, evidence.error
    if cause is None or error is None or cause.status not in (403, 409, 423):
        return None
    headers = quotes.office_error(evidence)
    refusal = evidence.application
    session = refusal if refusal is not None and refusal.application.kind is RefusalKind.OFFICE_SESSION else None
    in_header = any(
        Said.OPEN_IN_OFFICE in Sayings(quote.text) or "is locked" in quote.text.lower() for quote in headers
    )
    if session is None and not _in_json(error) and not in_header:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"{session.holder} has the document open or checked out"
        if session is not None and session.holder
        else "Someone has the document open or checked out",
        explanation="The document stays locked until that session ends. No lock token is involved, so UNLOCK cannot"
        " help.",
        retry=after_wait(),
        evidence=(*quotes.answer(evidence), *headers),
        facts=(
            ("codes", error.json_codes),
            ("message", error.message or (session.message if session is not None else "") or None),
            ("holder", (session.holder if session is not None else "") or None),
        ),
        remedies=(
            intrusive("Close the document everywhere, also in browsers"),
            safe("Close the document or check it in", who=Who.LOCK_OWNER),
        ),
    )


def _in_json(error: DavError) -> bool:
    """Whether the JSON of the answer says that somebody has the document open or checked out."""
    if error.kind is not BodyKind.JSON:
        return False
    # SharePoint's own API: "-2147018894, Microsoft.SharePoint.SPFileLockException".
    if any(code.endswith(("SPFileLockException", "SPFileCheckOutException")) for code in error.json_codes):
        return True
    return bool(CODES.intersection(error.json_codes)) and Said.OPEN_IN_OFFICE in Sayings(error.message)

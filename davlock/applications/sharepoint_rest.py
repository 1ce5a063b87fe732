"""SharePoint, OneDrive and Graph as REST services: an editing session or a check-out has the file."""

import re

from davlock.applications.application import Application, RefusalKind, Sign
from davlock.applications.refused_request import RefusedRequest

_EXCEPTIONS = r"\bSPFile(?:Lock|CheckOut)Exception\b"

_SITE = r"\bsite (?:is|has been) (?:blocked|locked)\b"
"""An administrator locked the whole site: no document is open, and the code is the same."""


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by SharePoint's exception, or Graph's code ``resourceLocked``, in JSON."""
    if refused.status not in (403, 409, 423) or refused.says(_SITE):
        return None
    if refused.says(_EXCEPTIONS) or re.search(r"\bresourceLocked\b", f"{refused.code} {refused.text}"):
        return Sign.CERTAIN
    return None


def _holder(refused: RefusedRequest) -> str:
    """Returns who has it open, as the message says."""
    words = refused.words
    match = re.search(r"\b(?:locked for (?:shared|exclusive) use|checked out) by (?:user )?(\S+@\S+|[^.\"]+)", words)
    return match[1].rstrip('.,"\\}] ') if match else ""


APPLICATION = Application(
    name="sharepoint-rest",
    title="SharePoint or OneDrive",
    kind=RefusalKind.OFFICE_SESSION,
    recognise=recognise,
    subject="The document",
    find_holder=_holder,
    waits=True,
    source="learn.microsoft.com/graph/errors",
)

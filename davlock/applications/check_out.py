"""Systems whose editors check content out: Plone, dotCMS, Alfresco, Confluence, Drupal, SAP."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest
from davlock.protocol.lock_words import holder_in

_PRODUCTS = (
    r"\bcontentlet\b[^\n.]{0,40}\blocked\b",
    r"\bnode is (?:already )?locked\b|\bNodeLockedException\b",
    r"\bResourceLockedError\b",
)
_EDITED = (
    r"\b(?:being|currently) edited by\b",
    r"\bbeing processed (?:by user\b|\(by user\b)",
    r"\buser \w+ is currently editing\b",
    r"\bcontent(?: item)? is (?:currently )?locked\b",
    r"\bis locked by (?:another user|user\b)",
    r"\bchecked[- ]out (?:by|to)\b(?! \d)",
)

_SAP = r'xmlns(?::\w+)?="http://(?:www\.sap\.com/|schemas\.microsoft\.com/ado/)'
"""Errors in XML: of the ABAP development tools, and of OData."""


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the products' words, or by words about content that someone is editing, without WebDAV."""
    if refused.status not in (400, 403, 409, 423, 500) or refused.says(r'xmlns(?::\w+)?="DAV:"'):
        return None
    if refused.says(r"(?:^|\n)ResourceLockedError:") and refused.method in ("", "GET", "POST"):
        return Sign.CERTAIN
    if not (refused.is_json or refused.method in ("POST", "PATCH") or refused.says(_SAP)):
        return None
    if any(refused.says(pattern) for pattern in _PRODUCTS):
        return Sign.CERTAIN
    return Sign.LIKELY if any(refused.says(pattern) for pattern in _EDITED) else None


APPLICATION = Application(
    name="check-out",
    title="the application",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    explanation="Someone is editing the content or has checked it out. The application itself keeps this lock, so no"
    " WebDAV token opens it.",
    find_holder=lambda refused: holder_in(refused.words),
    ways=(
        WayOut(title="Save, cancel or check in the content", actor=Actor.HOLDER),
        WayOut(
            title="Unlock the content in the application itself",
            harm=Harm.DESTRUCTIVE,
        ),
    ),
    otherwise=(("423-token-required", "OPTIONS on the URL: a field DAV in the answer means that it is WebDAV"),),
    source="Products.CMFPlone, dotCMS, Alfresco and Drupal content_lock, from public source and threads; the messages"
    " MC601 and EU510 of SAP",
)

"""Confluence: the version of a page in its REST API, and the draft that somebody edits at the same time."""

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by Confluence's own words or exceptions, or the path of its REST API."""
    if refused.status != 409:
        return None
    if refused.says(r"\bcom\.atlassian\.[\w.]*ConflictException\b|\bversion must be incremented\b"):
        return Sign.CERTAIN
    if refused.says(r"\bcurrent version is:? ?\d+") or refused.says(r"\bstale state\b[^\n]{0,80}\b(?:draft|content)\b"):
        return Sign.CERTAIN
    path = refused.path.lower()
    return Sign.LIKELY if "/rest/api/content" in path or "/wiki/api/v2/pages" in path else None


APPLICATION = Application(
    name="confluence",
    title="Confluence",
    kind=RefusalKind.CONFLICT,
    recognise=recognise,
    explanation="Confluence wants the page's next version number with each change. Nobody holds a lock.",
    ways=(WayOut(title="Read the page again, then send its version plus one"),),
    otherwise=(("409-unexplained", "the words of the answer: they name the current version"),),
    source="developer.atlassian.com/server/confluence/confluence-rest-api-examples",
)

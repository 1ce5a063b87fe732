"""Confluence: the version of a page in its REST API, and the draft that somebody edits at the same time."""

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """By Confluence's own words or exceptions, or the path of its REST API."""
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
    explanation="Confluence numbers the versions of a page, and wants the next number. No lock is held.",
    ways=(WayOut(title="Read the page again, and send its version number plus one with your change"),),
    otherwise=(("409-unexplained", "the words of the answer: they name the current version"),),
    source="developer.atlassian.com/server/confluence/confluence-rest-api-examples",
)

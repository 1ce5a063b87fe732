"""Gitea, Forgejo and GitHub: a repository that is archived takes no changes."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by "archived" in the answer."""
    if refused.status not in (403, 423):
        return None
    if refused.says(r"\brepo(?:sitory)?\b[^\n]{0,80}\b(?:is|was) archived\b"):
        return Sign.CERTAIN
    return None


APPLICATION = Application(
    name="archived-repository",
    title="the Git host",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    explanation="The repository is archived, so the Git host refuses every change. Nobody holds a lock, and a retry"
    " does not help.",
    ways=(
        WayOut(title="Skip this repository"),
        WayOut(title="Unarchive the repository in its settings", actor=Actor.ADMIN, harm=Harm.INTRUSIVE),
    ),
    source="github.com/go-gitea/gitea routers/api/v1/api.go (mustNotBeArchived)",
)

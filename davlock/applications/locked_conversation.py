"""GitHub, GitLab, Gitea: the conversation of an issue or a merge request is locked; the answer is a 403."""

import re

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by words on a locked issue, conversation or discussion."""
    if refused.status not in (403, 422, 423) or not refused.is_json:
        return None
    words = r"\b(?:issue|conversation|discussion|pull request|merge request) (?:is|has been) locked\b(?! (?:for|by)\b)"
    return Sign.CERTAIN if re.search(words, refused.message, re.IGNORECASE) else None


APPLICATION = Application(
    name="locked-conversation",
    title="the Git host",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The conversation",
    explanation="Somebody with write access locked it. Your login and your request are in order.",
    ways=(
        WayOut(title="Skip it, or write elsewhere"),
        WayOut(title="Unlock the conversation", actor=Actor.ADMIN, harm=Harm.INTRUSIVE),
    ),
    source="docs.github.com, locking conversations; public thread of probot/stale",
)

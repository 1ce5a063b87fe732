"""Pulumi: its service runs one update of a stack at a time."""

from davlock.applications.application import Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by Pulumi's words."""
    if refused.status not in (409, 423):
        return None
    return Sign.CERTAIN if refused.says(r"\banother update is currently in progress\b") else None


APPLICATION = Application(
    name="pulumi",
    title="Pulumi",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The Pulumi stack",
    explanation="Another update of the stack is running, or it died and left its lock. WebDAV is not involved.",
    waits=True,
    ways=(
        WayOut(title="Wait until that update ends"),
        WayOut(title="If that update is dead, cancel it", command=("pulumi", "cancel"), harm=Harm.DESTRUCTIVE),
    ),
    source="pulumi.com/docs/support/troubleshooting",
)

"""GitLab's REST API: the short lock of a row, which another request of GitLab's own holds."""

from davlock.applications.application import Application, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the words "Resource lock", which GitLab has for nothing else."""
    if refused.status != 409:
        return None
    return Sign.CERTAIN if refused.says(r"409 Conflict: Resource lock\b") else None


APPLICATION = Application(
    name="gitlab",
    title="GitLab",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    explanation="Another request or job of GitLab is changing the same record. Its lock lasts for seconds.",
    waits=True,
    ways=(WayOut(title="Wait some seconds and send it again"),),
    source="gitlab.com lib/api/helpers.rb, lib/gitlab/exclusive_lease.rb",
)

"""Azure Resource Manager: a management lock on a subscription, a resource group or a resource."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the code ScopeLocked, or its words."""
    if refused.says(r"\bScopeLocked\b|\bfollowing scope\(s\) are locked\b"):
        return Sign.CERTAIN
    return None


APPLICATION = Application(
    name="azure-management",
    title="Azure Resource Manager",
    kind=RefusalKind.MANAGEMENT_LOCK,
    recognise=recognise,
    explanation="An administrator put a management lock on the resource, its group or its subscription. Waiting does"
    " not help, because no client holds it.",
    ways=(
        WayOut(title="List the management locks", command=("az", "lock", "list")),
        WayOut(
            title="Delete the lock, then restore it after the change",
            command=("az", "lock", "delete", "--ids", "LOCK-ID"),
            actor=Actor.ADMIN,
            harm=Harm.DESTRUCTIVE,
        ),
    ),
    source="learn.microsoft.com/azure/azure-resource-manager/management/lock-resources",
)

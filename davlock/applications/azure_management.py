"""Azure Resource Manager: a management lock on a subscription, a resource group or a resource."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """By the code ScopeLocked, or its words."""
    if refused.says(r"\bScopeLocked\b|\bfollowing scope\(s\) are locked\b"):
        return Sign.CERTAIN
    return None


APPLICATION = Application(
    name="azure-management",
    title="Azure Resource Manager",
    kind=RefusalKind.MANAGEMENT_LOCK,
    recognise=recognise,
    explanation="An administrator put a management lock on the resource, its group or its subscription. No client holds"
    " it, so waiting does not help.",
    ways=(
        WayOut(title="List the management locks; the message names the scope", command=("az", "lock", "list")),
        WayOut(
            title="Delete the lock, change the resource, and set the lock again",
            command=("az", "lock", "delete", "--ids", "LOCK-ID"),
            actor=Actor.ADMIN,
            harm=Harm.DESTRUCTIVE,
        ),
    ),
    source="learn.microsoft.com/azure/azure-resource-manager/management/lock-resources",
)

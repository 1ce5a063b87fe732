"""Azure ScopeLocked: a management lock on a resource or above it.

What happened: Azure Resource Manager answers with the code ScopeLocked. An administrator set the lock to prevent
changes. It can stand on a resource group or subscription above the resource. WebDAV is not involved.

How sure we are: certain. The answer says so, and names the scope.

What to do: ask an administrator to delete the lock, or leave the resource as it is.

How to confirm: az lock list shows the lock.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Reference, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rule


@rule(
    id="409-management-lock",
    severity=Severity.ERROR,
    statuses=(409,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(
        Reference(
            "Azure: management locks",
            "https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources",
        ),
    ),
)
def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, RefusalKind.MANAGEMENT_LOCK)

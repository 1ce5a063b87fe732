"""an administrator locked the resource in Azure (ScopeLocked).

What happened: an administrator set a management lock on the resource, on its group or on its subscription, to prevent
changes. Azure Resource Manager answers with the code ScopeLocked. WebDAV is not involved.

How sure we are: certain, because the answer says so and names the scope.

What to do: ask an administrator to delete the lock, or do not change the resource.

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

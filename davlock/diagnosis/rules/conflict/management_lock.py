"""A management lock of Azure protects the resource, its group or its subscription.

What happened: Azure Resource Manager answers with the code ScopeLocked. An administrator set the lock to prevent
changes. It can stand on a resource group or subscription above the resource. WebDAV is not involved.

How sure we are: certain. The answer says so, and names the scope.

What to do: ask an administrator to delete the lock, or leave the resource as it is.

How to confirm: az lock list shows the lock.
"""

from davlock.applications.application import Kind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Reference, Severity
from davlock.diagnosis.rule import Family, Match, Rule


def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, Kind.MANAGEMENT_LOCK)


RULE = Rule(
    id="409-management-lock",
    family=Family.CONFLICT,
    severity=Severity.ERROR,
    title="Azure ScopeLocked: a management lock on a resource or above it",
    page=__doc__,
    check=check,
    references=(
        Reference(
            "Azure: management locks",
            "https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources",
        ),
    ),
)

"""Azure Blob: a lease is held, or its id is missing.

What happened: A lease protects the Azure blob, and the request does not carry the lease's id. Azure Blob Storage
answers 409 or 412 with a code about a lease, such as LeaseAlreadyPresent or LeaseIdMissing. A Terraform run that was
interrupted leaves a lease without end on its state. WebDAV is not involved.

How sure we are: certain if the answer has such a code. Likely if only the URL speaks of leases.

What to do: send the lease's id in x-ms-lease-id if the lease is yours. Otherwise wait, or break the lease if its holder
is dead.

How to confirm: az storage blob show prints the state of the lease.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Reference, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rule


@rule(
    id="409-blob-lease",
    severity=Severity.ERROR,
    statuses=(409, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(Reference("Azure: Lease Blob", "https://learn.microsoft.com/rest/api/storageservices/lease-blob"),),
)
def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, RefusalKind.BLOB_LEASE)

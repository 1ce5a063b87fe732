"""a lease locks the Azure blob.

What happened: a client holds a lease on the blob, and your request did not send the lease's id. Azure Blob Storage
answers 409 or 412 with a code such as LeaseAlreadyPresent or LeaseIdMissing. An interrupted Terraform run leaves a
lease without an end on its state. WebDAV is not involved.

How sure we are: certain if the answer has such a code. Likely if only the URL is about leases.

What to do: if the lease is yours, send its id in the header x-ms-lease-id. Otherwise wait: a timed lease ends after 15
to 60 seconds. If its holder is dead, break the lease.

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

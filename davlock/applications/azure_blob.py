"""Azure Blob Storage: a lease on a blob or container."""

import re

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_CODES = r"\b(?:Lease(?:IdMissing|AlreadyPresent|AlreadyBroken|IdMismatchWith\w+|IsBrokenAndCannot\w+|IsBreakingAnd\w+|"
_CODES += r"IsAlready\w+|Lost|NotPresentWith\w+)|BlobLeased\w*|ContainerLeased\w*)\b"


def recognise(refused: RefusedRequest) -> Sign | None:
    """By an error code about leases, or its words at a blob's host."""
    if refused.status not in (400, 403, 409, 412, 423):
        return None
    if refused.says(_CODES) or re.search(_CODES, refused.code):
        return Sign.CERTAIN
    if refused.says(r"\bcurrently a lease on the (?:blob|container)|\balready a lease present"):
        return Sign.CERTAIN
    blob = refused.host.endswith(".blob.core.windows.net") or "Azure-Blob" in (refused.headers.get("Server") or "")
    return Sign.LIKELY if blob and refused.status in (409, 412) and "comp=lease" in refused.url else None


APPLICATION = Application(
    name="azure-blob",
    title="Azure Blob Storage",
    kind=RefusalKind.BLOB_LEASE,
    recognise=recognise,
    subject="The blob",
    state="is leased",
    explanation="A client holds a lease on it, and only requests with that lease's id may write."
    " A Terraform run that was interrupted leaves such a lease on its state. WebDAV is not involved.",
    holder=("Who",),
    since=("Created",),
    ways=(
        WayOut(title="If the lease is yours, send its id in the field x-ms-lease-id"),
        WayOut(title="Otherwise wait until its holder ends; a lease with a time ends after 15 to 60 seconds"),
        WayOut(
            title="Break the lease only if its holder is dead",
            command=("az", "storage", "blob", "lease", "break", "--container-name", "CONTAINER", "--blob-name", "BLOB"),
            harm=Harm.DESTRUCTIVE,
        ),
        WayOut(title="Release the lease", actor=Actor.HOLDER),
    ),
    otherwise=(("409-application-conflict", "the field x-ms-error-code of the answer"),),
    source="learn.microsoft.com/rest/api/storageservices/lease-blob",
)

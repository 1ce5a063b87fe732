"""Azure Blob Storage: a lease on a blob or container."""

import re

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_CODES = r"\b(?:Lease(?:IdMissing|AlreadyPresent|AlreadyBroken|IdMismatchWith\w+|IsBrokenAndCannot\w+|IsBreakingAnd\w+|"
_CODES += r"IsAlready\w+|Lost|NotPresentWith\w+)|BlobLeased\w*|ContainerLeased\w*)\b"


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by an error code about leases, or its words at a blob's host."""
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
    explanation="Only requests that send the lease's id may write to it."
    " A Terraform run that was interrupted leaves such a lease on its state.",
    holder=("Who",),
    since=("Created",),
    ways=(
        WayOut(title="If it is yours, send its id in x-ms-lease-id"),
        WayOut(title="Wait: a timed lease ends within a minute"),
        WayOut(
            title="If its holder is dead, break it",
            command=("az", "storage", "blob", "lease", "break", "--container-name", "CONTAINER", "--blob-name", "BLOB"),
            harm=Harm.DESTRUCTIVE,
        ),
        WayOut(title="Release the lease", actor=Actor.HOLDER),
    ),
    otherwise=(("409-application-conflict", "the header x-ms-error-code of the answer"),),
    source="learn.microsoft.com/rest/api/storageservices/lease-blob",
)

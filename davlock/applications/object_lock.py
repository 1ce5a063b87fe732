"""S3 and Azure Blob: a retention period or a legal hold protects an object; the answer is a 403, 400 or 409."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_WORDS = r"\bprotected by (?:an )?object lock\b|\bobject is worm[- ]protected\b|\bBlobImmutableDueToPolicy\b"


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the words of S3 and MinIO, or by Azure's code."""
    if refused.status not in (400, 403, 405, 409):
        return None
    return Sign.CERTAIN if refused.says(_WORDS) or "BlobImmutableDueToPolicy" in refused.code else None


APPLICATION = Application(
    name="object-lock",
    title="the object store",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The object",
    state="is protected",
    explanation="A retention period or a legal hold protects it. Another login does not help, unless it may lift that.",
    ways=(
        WayOut(title="Wait until the retention is over, or write another name"),
        WayOut(title="Lift the legal hold, or bypass governance mode", actor=Actor.ADMIN, harm=Harm.DESTRUCTIVE),
    ),
    source="docs.aws.amazon.com/AmazonS3, Object Lock; github.com/versity/versitygw/issues/1330",
)

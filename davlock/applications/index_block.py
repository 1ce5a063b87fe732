"""Elasticsearch and OpenSearch: an index is blocked. Without disk space the status is 429, in old versions 403."""

from davlock.applications.application import Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_OF_THE_DISK = r"\bblocked by: \[\w+/12/|\bread-only-allow-delete block\b|\bflood[- ]stage\b"


def full_disk(refused: RefusedRequest) -> Sign | None:
    """Recognises the block for a full disk by its number or its words."""
    return Sign.CERTAIN if refused.status in (403, 429) and refused.says(_OF_THE_DISK) else None


def block(refused: RefusedRequest) -> Sign | None:
    """Recognises any block by the name of the exception."""
    if refused.status not in (403, 429, 503):
        return None
    return Sign.CERTAIN if refused.says(r"\bcluster_block_exception\b|\bblocked by: \[\w+/\d{1,3}/") else None


FULL_DISK = Application(
    name="index-block",
    title="Elasticsearch",
    kind=RefusalKind.LOCK,
    recognise=full_disk,
    subject="The index",
    state="is blocked",
    explanation="Elasticsearch blocks writing if the disk is nearly full. Slower requests do not help.",
    ways=(
        WayOut(title="Free disk space: Elasticsearch 7.4 or later then unblocks it"),
        WayOut(title="Else set index.blocks.read_only_allow_delete to null", harm=Harm.INTRUSIVE),
    ),
    source="elastic.co/guide, fix common cluster issues; github.com/elastic/elasticsearch/pull/58410",
)
BLOCK = Application(
    name="cluster-block",
    title="Elasticsearch",
    kind=RefusalKind.LOCK,
    recognise=block,
    subject="The index or the cluster",
    state="is blocked",
    explanation="The block in brackets says why: a setting forbids it, or the cluster has no master yet.",
    ways=(
        WayOut(title="FORBIDDEN: take the setting back, if you may"),
        WayOut(title="SERVICE_UNAVAILABLE: wait until the cluster has a master"),
    ),
    source="elastic.co/guide, index blocks; github.com/elastic/elasticsearch, ClusterBlocks.java",
)

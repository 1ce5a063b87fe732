"""Elasticsearch and OpenSearch: an index is blocked. Without disk space the status is 429, in old versions 403."""

from davlock.applications.application import Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the name of the exception, or by the words of the block for a full disk."""
    if refused.status not in (403, 429, 503):
        return None
    words = r"\bcluster_block_exception\b|\bblocked by: \[\w+/\d{1,3}/|\bread-only-allow-delete block\b"
    return Sign.CERTAIN if refused.says(words) else None


APPLICATION = Application(
    name="index-block",
    title="Elasticsearch",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The index",
    state="is blocked",
    explanation="A setting of the index or the cluster refuses it. Elasticsearch blocks writing if the disk is nearly"
    " full.",
    ways=(
        WayOut(title="Free disk space: Elasticsearch 7.4 and later then unblock"),
        WayOut(title="Else set index.blocks.read_only_allow_delete to null", harm=Harm.INTRUSIVE),
    ),
    source="elastic.co/guide, fix common cluster issues; github.com/elastic/elasticsearch/pull/58410",
)

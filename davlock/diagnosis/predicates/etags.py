"""The entity tags of a request and of its resource: what If-Match names, and what the resource has now."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.resource import SeenTag
from davlock.errors import RemoteProtocolError
from davlock.protocol.compressed_tag import parse_suffixed_list
from davlock.protocol.headers import EntityTag, EtagCondition, parse_etag_leniently
from davlock.protocol.requests import NO_SUCH_VERSION
from davlock.protocol.url import same_resource


def read_condition(evidence: Evidence) -> EtagCondition | None:
    """Returns the entity tags of If-Match, with a suffix after the quotes moved into them; ``None``: unusable."""
    text = evidence.headers.get("If-Match")
    if text is None:
        return None
    try:
        return parse_suffixed_list(text)
    except RemoteProtocolError:
        return None


def read_without_etag(evidence: Evidence) -> int | None:
    """Returns the index of a later GET or HEAD of the target without an entity tag, if no answer has one."""
    if isinstance(evidence.etag, Known):
        return None
    for index, exchange in enumerate(evidence.exchanges):
        response = exchange.response
        if exchange.request.method not in ("GET", "HEAD") or response is None or response.status != 200:
            continue
        if evidence.after_subject(index) and same_resource(exchange.request.url, evidence.target):
            return None if "ETag" in response.headers else index
    return None


def current_tag(evidence: Evidence) -> tuple[EntityTag, int | None] | None:
    """Returns the tag that the refusal names or that was read since, and its exchange."""
    sent = evidence.response.headers.get("ETag") if evidence.response else None
    if sent is not None:
        try:
            return parse_etag_leniently(sent)[0], evidence.subject
        except RemoteProtocolError:
            return None
    if isinstance(evidence.etag, Known) and evidence.after_subject(evidence.etag.exchange):
        return evidence.etag.value, evidence.etag.exchange
    return None


def changed_by_coding(evidence: Evidence, tag: EntityTag) -> tuple[SeenTag, SeenTag] | None:
    """Returns the tags of a compressed and an uncompressed answer, if ``tag`` is the first and they differ."""
    plain = next((seen for seen in reversed(evidence.etags) if not seen.coded), None)
    coded = next((seen for seen in reversed(evidence.etags) if seen.coded and seen.tag == tag), None)
    if plain is None or coded is None or any(seen.tag == tag for seen in evidence.etags if not seen.coded):
        return None
    return coded, plain


def weakened(evidence: Evidence, tag: EntityTag) -> SeenTag | None:
    """Returns the weak tag that the server has since used for the version of ``tag``, if ``tag`` is strong."""
    last = next((seen for seen in reversed(evidence.etags) if not seen.coded), None)
    if last is None or not evidence.after_subject(last.exchange):
        return None
    return last if last.tag.weak and not tag.weak and last.tag.weak_equal(tag) else None


def condition_that_cannot_be_true(evidence: Evidence) -> bool:
    """Returns true if If-Match names the entity tag that davlock made up."""
    return evidence.headers.get("If-Match") == NO_SUCH_VERSION

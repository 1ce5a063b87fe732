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
    """The entity tags of If-Match, a suffix behind the quotes taken as one before them; ``None``: no such list."""
    text = evidence.headers.get("If-Match")
    if text is None:
        return None
    try:
        return parse_suffixed_list(text)
    except RemoteProtocolError:
        return None


def read_without_etag(evidence: Evidence) -> int | None:
    """The answer to GET or HEAD of the target, since the refusal, that has no entity tag, where no answer has one."""
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
    """The tag that the refusal itself names, or that was read since, and in which exchange."""
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
    """Where ``tag`` is what a compressed answer said, and an uncompressed one says another: both of them."""
    plain = next((seen for seen in reversed(evidence.etags) if not seen.coded), None)
    coded = next((seen for seen in reversed(evidence.etags) if seen.coded and seen.tag == tag), None)
    if plain is None or coded is None or any(seen.tag == tag for seen in evidence.etags if not seen.coded):
        return None
    return coded, plain


def weakened(evidence: Evidence, tag: EntityTag) -> SeenTag | None:
    """Where ``tag`` is strong, and what the server says since of the same version is weak."""
    last = next((seen for seen in reversed(evidence.etags) if not seen.coded), None)
    if last is None or not evidence.after_subject(last.exchange):
        return None
    return last if last.tag.weak and not tag.weak and last.tag.weak_equal(tag) else None


def condition_that_cannot_be_true(evidence: Evidence) -> bool:
    """Returns true if If-Match names the entity tag that davlock made up."""
    return evidence.headers.get("If-Match") == NO_SUCH_VERSION

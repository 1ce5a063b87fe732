"""Entity tags as a compressing layer changes them: which of them stand for the same content.

RFC 9110 §8.8.3.3 wants another tag for each content coding, so layers that compress add a suffix: Apache ``-gzip`` and
``-br``, Jetty ``--gzip``, lighttpd ``-zstd``, others ``;gzip`` or ``;br``. Many make the tag weak as well. This is the
only place that knows those suffixes.
"""

import re

from davlock.late_pattern import late_pattern
from davlock.protocol.headers import EntityTag, EtagCondition, parse_etag_list

_SUFFIX = r"(?:-{1,2}|[;:._+])(?:x-)?(?:gzip|br|brotli|zstd|deflate|bzip2|compress)"
_AT_THE_END = late_pattern(rf"{_SUFFIX}\Z", re.IGNORECASE)
_LONGEST_SUFFIX = len("--x-compress")
_BEHIND_THE_QUOTE = late_pattern(rf'"([^"]*)"((?:{_SUFFIX})+)(?=\s*(?:,|$))', re.IGNORECASE)


def content_tag(tag: EntityTag) -> str:
    """Returns the text of ``tag`` without what compressing layers append."""
    # Only the end is searched: a search for several suffixes at once takes the square of their number.
    end = len(tag.value)
    while (suffix := _AT_THE_END.search(tag.value, max(0, end - _LONGEST_SUFFIX), end)) is not None:
        end = suffix.start()
    return tag.value[:end] or tag.value


def is_compressed(tag: EntityTag) -> bool:
    """Returns true if ``tag`` ends as that of a compressed answer."""
    return content_tag(tag) != tag.value


def same_content(one: EntityTag, other: EntityTag) -> bool:
    """Returns true if two tags differ in nothing but W/ and the suffix of a compressing layer."""
    return content_tag(one) == content_tag(other)


def parse_suffixed_list(text: str, *, where: str = "If-Match") -> EtagCondition:
    """Reads a list of entity tags, and takes a suffix behind a closing quote as one before it.

    No entity tag goes on behind its quote (RFC 9110 §8.8.3), but some layers write so. Raises RemoteProtocolError for
    what is no list all the same.
    """
    return parse_etag_list(_BEHIND_THE_QUOTE.sub(r'"\1\2"', text), where=where)

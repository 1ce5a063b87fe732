"""What an element of an answer says: its name in the DAV: namespace, its text, its content as XML."""

from functools import lru_cache

from lxml import etree

from davlock.errors import LimitExceeded

DAV = "DAV:"

WRITTEN_LIMIT = 4 * 1024 * 1024
"""Characters of one property as XML: a namespace that is declared far outside is repeated in each of its elements."""


def mebibytes(size: int) -> str:
    return f"{size // 1024 // 1024} MiB"


NAME_LIMIT = 1024
"""Characters of a name with its namespace. One long namespace stands in the name of each element, thousands of times.
"""


@lru_cache(maxsize=1024)
def dav_name(tag: str) -> str | None:
    """The local name of an element in the DAV: namespace, or nearly so; else ``None``.

    Meant to be: no namespace at all, an undeclared prefix, or oCIS's ``DAV`` without the colon. Raises LimitExceeded
    for a name that is too long. A document that was parsed whole has none.
    """
    if len(tag) > NAME_LIMIT:
        raise LimitExceeded("XML", f"a name with its namespace is longer than {NAME_LIMIT} characters")
    if tag.startswith("{"):
        namespace, _, local = tag[1:].partition("}")
        return local if namespace in (DAV, "DAV") else None
    return tag.rpartition(":")[2]


def is_proper(tag: str) -> bool:
    """Returns true if an element stands in the DAV: namespace as RFC 4918 §8.2 demands."""
    return tag.startswith("{DAV:}")


def text_of(element: etree._Element) -> str:
    """All text below ``element``, white space at both ends removed."""
    if not len(element):
        return (element.text or "").strip()  # nearly every element that is asked, and ten times as fast
    return "".join(str(text) for text in element.itertext()).strip()


def escaped(text: str) -> str:
    """``text`` as the content of an element. The standard library's would load all names that HTML has."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inner_xml(element: etree._Element) -> str:
    """What stands inside ``element``, as XML. Raises RemoteProtocolError where that is far longer than it came."""
    pieces = [escaped(element.text or "")]
    length = len(pieces[0])
    for child in element:
        piece = etree.tostring(child, encoding="unicode")
        length += len(piece)
        if length > WRITTEN_LIMIT:
            where = dav_name(element.tag) or element.tag
            raise LimitExceeded(where, f"its content is longer than {mebibytes(WRITTEN_LIMIT)} as XML")
        pieces.append(piece)
    return "".join(pieces).strip()

"""How much of one element the XML parser may get: markup costs it a hundred bytes for four, and time by the square."""

from davlock.errors import LimitExceeded
from davlock.protocol.xml_elements import mebibytes

ELEMENT_LIMIT = 2 * 1024 * 1024
"""Bytes that may pass between two finished elements of interest: one property value cannot fill the memory.

The next three bounds hold for the same stretch. They are checked before the parser sees the bytes, for four bytes of
markup cost it a hundred.
"""

TAG_LIMIT = 100_000
"""Signs "<" in one element of interest: start tags and end tags, comments and instructions."""

ATTRIBUTE_LIMIT = 50_000
"""Signs "=" in one element of interest: attributes and declarations of namespaces."""

NAMESPACE_LIMIT = 500
"""Declarations of namespaces in one element of interest: what stands inside of them is written with all of them, and
libxml2 takes the square of their number for that.
"""

TEXT_LIMIT = 1024 * 1024
"""Bytes of one text or one tag, from one "<" to the next."""

UNENDED_LIMIT = 200
"""Signs "<" that may stand behind each other without a ">": libxml2 looks for the end of each tag again, through all
bytes that there are. Honest XML has more than one only in comments and CDATA.
"""

REFERENCE_LIMIT = 20_000
"""Signs "&" that may stand behind each other without a ";": libxml2 looks for the end of each reference again."""

# One piece may hold many responses, and each may declare a few.
_SHORTEST_WITH_NAMESPACE = 128


class XmlBounds:
    """Counts what one parser gets between two finished elements of interest."""

    def __init__(self) -> None:
        self._text = self._unended = 0
        self.begin_element()

    def begin_element(self) -> None:
        """Of what comes, the most may belong to another element."""
        self._bytes = self._tags_seen = self._equals = self._namespaces = self._references = 0

    def count(self, data: bytes) -> None:
        """Add up what the parser is about to get. Raises LimitExceeded beyond a bound."""
        self._bytes += len(data)
        self._tags_seen += data.count(b"<")
        self._equals += data.count(b"=")
        self._namespaces += data.count(b"xmlns")
        last = data.rfind(b"<")
        self._text = len(data) - last if last >= 0 else self._text + len(data)
        end = data.rfind(b">")
        self._unended = data.count(b"<", end) if end >= 0 else self._unended + data.count(b"<")
        end = data.rfind(b";")
        self._references = data.count(b"&", end) if end >= 0 else self._references + data.count(b"&")
        if self._references > REFERENCE_LIMIT:
            raise LimitExceeded("XML", f"more than {REFERENCE_LIMIT} references have no end")
        if self._unended > UNENDED_LIMIT:
            raise LimitExceeded("XML", f"more than {UNENDED_LIMIT} tags have no end")
        if self._bytes > ELEMENT_LIMIT:
            raise LimitExceeded("XML", f"one element is larger than {mebibytes(ELEMENT_LIMIT)}")
        if self._tags_seen > TAG_LIMIT:
            raise LimitExceeded("XML", f"one element holds more than {TAG_LIMIT} tags")
        if self._equals > ATTRIBUTE_LIMIT:
            raise LimitExceeded("XML", f"one element holds more than {ATTRIBUTE_LIMIT} attributes")
        if self._namespaces > NAMESPACE_LIMIT + len(data) // _SHORTEST_WITH_NAMESPACE:
            raise LimitExceeded("XML", f"one element declares more than {NAMESPACE_LIMIT} namespaces")
        if self._text > TEXT_LIMIT:
            raise LimitExceeded("XML", f"one text or tag is longer than {mebibytes(TEXT_LIMIT)}")

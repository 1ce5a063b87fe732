"""The 207 Multi-Status body (RFC 4918 §13, §14.16), read as it arrives.

Bytes in, one ResponseElement out for each finished ``response``, and its part of the tree thrown away: memory stays
flat however long the listing is.
"""

from collections.abc import Callable, Iterable, Iterator

from lxml import etree

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.listing_parts import ListingParts
from davlock.protocol.response_element import BESIDE as BESIDE
from davlock.protocol.response_element import Property as Property
from davlock.protocol.response_element import PropStat as PropStat
from davlock.protocol.response_element import ResponseElement as ResponseElement
from davlock.protocol.response_element import error_codes as error_codes
from davlock.protocol.response_element import parse_response as parse_response
from davlock.protocol.response_element import parse_status_line as parse_status_line
from davlock.protocol.response_forms import Reading
from davlock.protocol.xml import PullParser
from davlock.protocol.xml_elements import WRITTEN_LIMIT, dav_name, is_proper, text_of
from davlock.values import dataclass

# In a scan for locks nearly every response says that nothing is locked, in this form: to ask libxml2 for it costs a
# sixth of reading the response.
_IS_FREE = etree.XPath(
    "boolean(d:href) and count(d:propstat) = 1 and not(d:status)"
    " and starts-with(d:propstat/d:status, 'HTTP/1.1 200') and d:propstat/d:prop/d:lockdiscovery[not(*)]",
    namespaces={"d": "DAV:"},
)

MOST_REPEATED = 8
"""How often longer than it came the XML of properties may be: each has the namespaces that stand around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Multistatus:
    """A whole 207 body, for answers that are known to be small."""

    responses: tuple[ResponseElement, ...]
    description: str | None
    deviations: tuple[Deviation, ...]

    @property
    def failure(self) -> bool:
        """Returns true if any member failed."""
        return any(response.failed for response in self.responses)


class NotMultistatus(RemoteProtocolError):
    """The body is XML, and whole, but not one multistatus. Its parts may be: ``root`` has all of it."""

    def __init__(self, root: etree._Element, deviations: tuple[Deviation, ...]) -> None:
        super().__init__("207 body", f"is a <{dav_name(root.tag) or root.tag}>, not a DAV multistatus")
        self.root = root
        self.deviations = deviations


class MultistatusParser:
    """Feeds on bytes and hands each response to ``emit``; :meth:`close` says whether the body was whole.

    ``base`` is the URL of the request, against which lockroots are resolved. Without ``properties``, locks are all that
    is read, and responses without any are only counted: a scan for locks has no use for the rest. With ``collections``,
    those that are a collection are handed over all the same; resourcetype must have been asked for. An HTML page is
    refused at its first tag, unless ``pages`` are read as any other XML.
    """

    def __init__(
        self,
        base: str,
        emit: Callable[[ResponseElement], object],
        *,
        charset: str | None = None,
        properties: bool = True,
        collections: bool = False,
        pages: bool = False,
    ) -> None:
        self._base = base
        self._properties = properties
        self._free_href = _free_member_href if collections else _free_href
        self.free = 0
        """Without ``properties``: responses that showed an empty lockdiscovery, and were passed over."""
        self.passing_over: Callable[[str], object] | None = None
        """Told the href of each of them, as long as it is set."""
        self._fed = self._written = 0
        self._emit = emit
        self._pages = pages
        # A property may hold an element of the same name; only children of the multistatus count.
        self._multistatus: etree._Element | None = None
        self._deviations: list[Deviation] = []
        self._seen: set[Deviation] = set()
        ahead = None if properties else ListingParts(base, self._free_href, self._seen, self._tell)
        self._parser = PullParser(("response",), inside="multistatus", charset=charset, ahead=ahead)

    def feed(self, data: bytes) -> None:
        """Raises RemoteProtocolError where the bytes cannot be a multistatus."""
        self._fed += len(data)
        try:
            self._take(self._parser.feed(data))
        except RemoteProtocolError:
            # Few pages are XML, and that it is one tells more than which of its tags is not closed.
            self._refuse_page()
            raise
        self._refuse_page()

    @property
    def is_page(self) -> bool:
        """Returns true if the root is that of an HTML page, in the part that arrived."""
        return self._parser.root_name.lower() == "html"

    def _refuse_page(self) -> None:
        if self.is_page and not self._pages:
            raise RemoteProtocolError("207 body", "is an HTML page, not a DAV multistatus") from None

    def close(self) -> str | None:
        """The multistatus's own responsedescription. Raises RemoteProtocolError for a truncated body, NotMultistatus
        for a foreign one.
        """
        root, rest = self._parser.close()
        self._take(iter(rest))
        if root is None:
            return None
        # iCloud wraps the multistatus in another element.
        for candidate in (root, *root):
            if dav_name(candidate.tag) == "multistatus":
                if not is_proper(candidate.tag):
                    self._note([Deviation("multistatus", "is not in the DAV: namespace")])
                words = [text_of(child) for child in candidate if dav_name(child.tag) == "responsedescription"]
                return next((word for word in words if word), None)
        raise NotMultistatus(root, self.deviations)

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """What was forgiven, each once; complete after :meth:`close`."""
        return (*self._parser.deviations, *self._deviations)

    def _take(self, elements: Iterator[etree._Element]) -> None:
        for element in elements:
            above = element.getparent()
            if self._multistatus is None:
                self._multistatus = above
            if above is None or above is not self._multistatus:
                raise RemoteProtocolError("207 body", "holds more than one multistatus")
            forgiven: list[Deviation] = []
            reading: Reading = None if self._properties else self._free_href(element)
            if reading is None:
                reading = parse_response(element, self._base, forgiven, self._properties)
            element.clear()
            while element.getprevious() is not None:
                del above[0]
            self._tell(reading, tuple(forgiven))

    def _tell(self, reading: Reading, forgiven: tuple[Deviation, ...]) -> None:
        if forgiven:
            self._note(forgiven)
        if isinstance(reading, str):
            self.free += 1
            if self.passing_over is not None:
                self.passing_over(reading)
        elif reading is not None:
            if self._properties:
                self._count_written(reading)
            self._emit(reading)

    def _count_written(self, response: ResponseElement) -> None:
        """Add up what properties are as XML. Raises LimitExceeded where that is far longer than what came."""
        self._written += sum(len(entry.xml) for propstat in response.propstats for entry in propstat.properties)
        if self._written > WRITTEN_LIMIT + MOST_REPEATED * self._fed:
            raise LimitExceeded("207 body", f"its properties are more than {MOST_REPEATED} times as long as XML")

    def _note(self, forgiven: Iterable[Deviation]) -> None:
        for deviation in forgiven:
            if deviation not in self._seen and len(self._seen) < 64:
                self._seen.add(deviation)
                self._deviations.append(deviation)


def _free_href(element: etree._Element) -> str | None:
    """The href of a response that says, in the plainest form, that it is not locked; ``None`` where it may be."""
    if not _IS_FREE(element):
        return None
    first = element[0]
    if first.tag == "{DAV:}href":  # it stands first in nearly all
        return text_of(first)
    return next(text_of(child) for child in element if dav_name(child.tag) == "href")


def _free_member_href(element: etree._Element) -> str | None:
    """Like the above, for one that also says that it is not a collection.

    In Python, since libxml2 lets other threads run for every XPath: where several read, they keep each other waiting.
    """
    if len(element) != 2:
        return None
    href, propstat = element
    if href.tag != "{DAV:}href" or propstat.tag != "{DAV:}propstat" or len(propstat) != 2:
        return None
    prop, status = propstat
    if status.tag != "{DAV:}status" or not (status.text or "").startswith("HTTP/1.1 200"):
        return None
    empty = [child.tag for child in prop if not len(child)]
    return text_of(href) if "{DAV:}lockdiscovery" in empty and "{DAV:}resourcetype" in empty else None


def parse_multistatus(body: bytes, base: str, *, charset: str | None = None) -> Multistatus:
    """A whole body at once. Raises RemoteProtocolError where it is not a usable multistatus."""
    responses: list[ResponseElement] = []
    parser = MultistatusParser(base, responses.append, charset=charset)
    parser.feed(body)
    description = parser.close()
    return Multistatus(responses=tuple(responses), description=description, deviations=parser.deviations)

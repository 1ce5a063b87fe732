"""The 207 Multi-Status body (RFC 4918 §13, §14.16), read as it arrives.

Bytes in, one ResponseElement out for each finished ``response``, and its part of the tree thrown away: memory stays
flat however long the listing is.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from lxml import etree

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.lock import ActiveLock, LockEntry
from davlock.protocol.lockdiscovery import parse_lockdiscovery, parse_supportedlock
from davlock.protocol.xml import PullParser
from davlock.protocol.xml_elements import WRITTEN_LIMIT, dav_name, inner_xml, is_proper, text_of
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

BESIDE = "propstat/lockdiscovery"
"""Where a lockdiscovery stands that is not in its prop."""

_STATUS_LINE = re.compile(r"\s*HTTP/\d+(?:\.\d+)?\s+(\d{3})(?:\s+(.*?))?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    """One property: ``name`` in Clark notation, ``text`` its words, ``xml`` its content where that is more than
    words.
    """

    name: str
    text: str
    xml: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropStat:
    """RFC 4918 §14.22. ``locks`` and ``supported`` are ``None`` where the property was not in this propstat at all."""

    status: int | None
    reason: str = ""
    properties: tuple[Property, ...] = ()
    locks: tuple[ActiveLock, ...] | None = None
    supported: tuple[LockEntry, ...] | None = None
    collection: bool | None = None
    """What resourcetype says; ``None`` where it was not in this propstat."""
    error_codes: tuple[str, ...] = ()
    description: str | None = None

    @property
    def ok(self) -> bool:
        """Returns true if the properties have a value here; RFC 4918 says 200, nothing else was seen to mean it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseElement:
    """RFC 4918 §14.24. ``hrefs`` are as sent; ``status`` is ``None`` where only propstats were given."""

    hrefs: tuple[str, ...]
    status: int | None = None
    reason: str = ""
    propstats: tuple[PropStat, ...] = ()
    error_codes: tuple[str, ...] = ()
    description: str | None = None

    @property
    def failed(self) -> bool:
        """Returns true if anything in it is not a success: what a 207 answer to a write must be searched for."""
        if self.status is not None and not 200 <= self.status < 300:
            return True
        return any(propstat.status is not None and not propstat.ok for propstat in self.propstats)

    @property
    def worst(self) -> int | None:
        """The status that tells what went wrong: a failure that is no mere consequence (424), else any failure."""
        statuses: list[int | None] = [self.status, *(propstat.status for propstat in self.propstats)]
        failures = [status for status in statuses if status is not None and not 200 <= status < 300]
        causes = [status for status in failures if status != 424]
        return next(iter(causes or failures), self.status)


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
        self._parser = PullParser(("response",), inside="multistatus", charset=charset)
        self._multistatus: etree._Element | None = None
        self._deviations: list[Deviation] = []
        self._seen: set[Deviation] = set()

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
            response = None
            href = None if self._properties else self._free_href(element)
            if href is not None:
                self.free += 1
                if self.passing_over is not None:
                    self.passing_over(href)
            else:
                response = parse_response(element, self._base, forgiven, self._properties)
                self._note(forgiven)
            element.clear()
            while element.getprevious() is not None:
                del above[0]
            if response is not None:
                self._count_written(response)
                self._emit(response)

    def _count_written(self, response: ResponseElement) -> None:
        """Add up what properties are as XML. Raises LimitExceeded where that is far longer than what came."""
        self._written += sum(len(entry.xml) for propstat in response.propstats for entry in propstat.properties)
        if self._written > WRITTEN_LIMIT + MOST_REPEATED * self._fed:
            raise LimitExceeded("207 body", f"its properties are more than {MOST_REPEATED} times as long as XML")

    def _note(self, forgiven: list[Deviation]) -> None:
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


@lru_cache(maxsize=256)
def parse_status_line(text: str) -> tuple[int | None, str]:
    """``HTTP/1.1 423 Locked`` as number and words (RFC 4918 §14.28); Tomcat leaves the words out."""
    match = _STATUS_LINE.fullmatch(text)
    return (int(match[1]), match[2] or "") if match else (None, "")


def error_codes(element: etree._Element) -> tuple[str, ...]:
    """The names inside an ``error`` element (RFC 4918 §14.5): DAV: ones plain, others in Clark notation."""
    return tuple(dav_name(child.tag) or child.tag for child in element)


def parse_response(
    element: etree._Element, base: str, deviations: list[Deviation], properties: bool
) -> ResponseElement | None:
    """One ``response`` element; ``None`` where it has no usable href. ``base`` and ``properties`` as in
    :class:`MultistatusParser`.
    """
    hrefs: list[str] = []
    status: int | None = None
    reason = ""
    propstats: list[PropStat] = []
    codes: tuple[str, ...] = ()
    description: str | None = None
    for child in element:
        tag = child.tag
        name = dav_name(tag)
        if name == "href":
            hrefs.append(text_of(child))
        elif name == "propstat":
            propstats.append(_propstat(child, base, deviations, properties))
        elif name == "status":
            status, reason = parse_status_line(text_of(child))
            if status is None:
                deviations.append(Deviation("response/status", f"is no status line: {text_of(child)[:60]!r}"))
        elif name == "error":
            codes = error_codes(child)
        elif name == "responsedescription":
            description = text_of(child) or None
        else:
            continue
        if not is_proper(tag):
            deviations.append(Deviation(f"response/{name}", "is not in the DAV: namespace"))
    # chezdav leaves the href empty, which as a reference means the request's own URL (RFC 3986 §4.4).
    if "" in hrefs:
        deviations.append(Deviation("response/href", "is empty"))
    if not any(hrefs) and not (hrefs and (propstats or status)):
        deviations.append(Deviation("response", "has no href (RFC 4918 §14.24)"))
        return None
    return ResponseElement(
        hrefs=tuple(hrefs),
        status=status,
        reason=reason,
        propstats=tuple(propstats),
        error_codes=codes,
        description=description,
    )


def _propstat(element: etree._Element, base: str, deviations: list[Deviation], wanted: bool) -> PropStat:
    status: int | None = None
    reason = ""
    properties: list[Property] = []
    locks: tuple[ActiveLock, ...] | None = None
    supported: tuple[LockEntry, ...] | None = None
    collection: bool | None = None
    codes: tuple[str, ...] = ()
    description: str | None = None
    held: list[etree._Element] = []
    for child in element:
        name = dav_name(child.tag)
        if name == "prop":
            held += child
        elif name == "status":
            status, reason = parse_status_line(text_of(child))
            if status is None:
                deviations.append(Deviation("propstat/status", f"is no status line: {text_of(child)[:60]!r}"))
        elif name == "error":
            codes = error_codes(child)
        elif name == "responsedescription":
            description = text_of(child) or None
        elif name == "lockdiscovery":  # asgiwebdav puts it beside prop
            deviations.append(Deviation(BESIDE, "stands beside prop, not in it"))
            held.append(child)
    for child in held:
        tag = child.tag
        name = dav_name(tag)
        if name == "lockdiscovery":
            locks = parse_lockdiscovery(child, base, deviations)
        elif name == "supportedlock":
            supported = parse_supportedlock(child)
        elif name == "resourcetype":
            collection = any(dav_name(kind.tag) == "collection" for kind in child)
        if wanted:
            properties.append(_property(child, tag))
    return PropStat(
        status=status,
        reason=reason,
        properties=tuple(properties),
        locks=locks,
        supported=supported,
        collection=collection,
        error_codes=codes,
        description=description,
    )


def _property(element: etree._Element, tag: str) -> Property:
    if not len(element):
        return Property(tag, (element.text or "").strip())
    return Property(tag, text_of(element), inner_xml(element))

"""One ``response`` of a multistatus (RFC 4918 §14.24) as a value, and how it is read from its element."""

import re

from lxml import etree

from davlock.late_pattern import late_pattern
from davlock.protocol.deviation import Deviation
from davlock.protocol.lock import ActiveLock, LockEntry
from davlock.protocol.lockdiscovery import parse_lockdiscovery, parse_supportedlock
from davlock.protocol.remembered import remembered
from davlock.protocol.xml_elements import dav_name, inner_xml, is_proper, text_of
from davlock.values import dataclass

BESIDE = "propstat/lockdiscovery"
"""Where a lockdiscovery stands that is not in its prop."""

_STATUS_LINE = late_pattern(r"HTTP/\d+(?:\.\d+)?\s+(\d{3})(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)


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


@remembered(256)
def parse_status_line(text: str) -> tuple[int | None, str]:
    """``HTTP/1.1 423 Locked`` as number and words (RFC 4918 §14.28); Tomcat leaves the words out."""
    match = _STATUS_LINE.fullmatch(text.strip())
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

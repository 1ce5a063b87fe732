"""The lockdiscovery and supportedlock properties (RFC 4918 §15.8, §15.10), and the body of a LOCK answer (§9.10.1).

Lenient where servers are known to depart, and silent about nothing: each departure is a Deviation.
"""

from lxml import etree

from davlock.errors import RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.headers import parse_timeout
from davlock.protocol.lock import ActiveLock, Depth, LockEntry, LockRoot, LockScope, LockToken, LockType, Owner, Timeout
from davlock.protocol.remembered import remembered
from davlock.protocol.url import resolve_raw_path
from davlock.protocol.xml import DEPTH_WORDS, parse_document
from davlock.protocol.xml_elements import dav_name, inner_xml, is_proper, text_of

SCOPES = {scope.value: scope for scope in LockScope}
TYPES = {kind.value: kind for kind in LockType}

NOT_A_URI = Deviation("activelock/locktoken", "is not an absolute URI (RFC 4918 §6.5)")
NO_ROOT = Deviation("activelock", "has no lockroot (RFC 4918 §14.12 requires it)")


def _href(element: etree._Element) -> str:
    """The text of the href inside ``element``; of ``element`` itself where a server wrote the value without an href."""
    for child in element:
        if dav_name(child.tag) == "href":
            return text_of(child)
    return text_of(element)


def _word(element: etree._Element) -> str | None:
    """The name of the first element inside ``element``: ``<lockscope><exclusive/></lockscope>``."""
    return dav_name(element[0].tag) if len(element) else None


def _words(text: str) -> str:
    """``text``, or what stands in the markup that it is: Tomcat escapes the elements that a client sent as owner."""
    if not (text.startswith("<") and text.endswith(">")):
        return text
    try:
        inside, forgiven = parse_document(f"<owner>{text}</owner>".encode())
    except RemoteProtocolError:
        return text
    return text if forgiven else text_of(inside) or text


def _owner(element: etree._Element) -> Owner | None:
    text = _words(text_of(element))
    xml = inner_xml(element)
    return Owner(text, text if xml == text else xml) if xml else None  # both are long where one is


def shown_token(uri: str) -> LockToken | None:
    """The token that a locktoken with this href shows."""
    # Zope shows this to everybody but the owner, in place of the token.
    return LockToken(uri) if uri and "faked-no-permission-token" not in uri else None


def parse_activelock(element: etree._Element, base: str, deviations: list[Deviation]) -> ActiveLock:
    """One ``activelock`` element; ``base`` is the URL of the request, against which a lockroot is resolved."""
    scope: LockScope | None = None
    kind: LockType | None = None
    depth: Depth | None = None
    owner: Owner | None = None
    timeout: Timeout | None = None
    token: LockToken | None = None
    root: LockRoot | None = None
    vendor: list[tuple[str, str]] = []
    for child in element:
        tag = child.tag
        name = dav_name(tag)
        if name == "lockscope":
            scope = SCOPES.get(_word(child) or "")
        elif name == "locktype":
            kind = TYPES.get(_word(child) or "")
        elif name == "depth":
            depth = DEPTH_WORDS.get(text_of(child).lower())
        elif name == "owner":
            owner = _owner(child)
        elif name == "timeout":
            timeout = _timeout(text_of(child), deviations)
        elif name == "locktoken":
            token = shown_token(_href(child))
        elif name == "lockroot":
            href = _href(child)
            root = LockRoot(resolve_raw_path(base, href), href) if href else None
        else:
            vendor.append((tag, text_of(child)))
            continue
        if not is_proper(tag):
            deviations.append(Deviation(f"activelock/{name}", "is not in the DAV: namespace"))
    if root is None:
        deviations.append(NO_ROOT)
    if token is not None and not token.is_uri:
        deviations.append(NOT_A_URI)
    return ActiveLock(
        scope=scope, type=kind, depth=depth, owner=owner, timeout=timeout, token=token, root=root, vendor=tuple(vendor)
    )


def _timeout(text: str, deviations: list[Deviation]) -> Timeout | None:
    """A timeout that cannot be read is unknown, never zero: zero would call a living lock dead."""
    try:
        timeout, forgiven = known_timeout(text)
    except RemoteProtocolError as error:
        deviations.append(Deviation("activelock/timeout", error.why))
        return None
    deviations += forgiven
    return timeout


known_timeout = remembered(1024)(parse_timeout)
"""Few servers grant more than a handful of different timeouts."""


def parse_lockdiscovery(element: etree._Element, base: str, deviations: list[Deviation]) -> tuple[ActiveLock, ...]:
    """Every active lock in a ``lockdiscovery`` element."""
    return tuple(parse_activelock(child, base, deviations) for child in element if dav_name(child.tag) == "activelock")


def parse_supportedlock(element: etree._Element) -> tuple[LockEntry, ...]:
    """Every kind of lock in a ``supportedlock`` element."""
    entries = []
    for entry in element:
        if dav_name(entry.tag) != "lockentry":
            continue
        words = {dav_name(child.tag): _word(child) for child in entry}
        entries.append(LockEntry(SCOPES.get(words.get("lockscope") or ""), TYPES.get(words.get("locktype") or "")))
    return tuple(entries)


def parse_lock_answer(
    body: bytes, base: str, *, charset: str | None = None
) -> tuple[tuple[ActiveLock, ...], tuple[Deviation, ...]]:
    """The active locks in the body of a successful LOCK: a ``prop`` with a lockdiscovery (RFC 4918 §9.10.1).

    Raises RemoteProtocolError where the body is no XML or holds no lockdiscovery at all.
    """
    return locks_below(*parse_document(body, charset=charset), base)


def locks_below(
    root: etree._Element, forgiven: tuple[Deviation, ...], base: str
) -> tuple[tuple[ActiveLock, ...], tuple[Deviation, ...]]:
    """Like :func:`parse_lock_answer`, for a body that was parsed; ``forgiven`` is what that forgave."""
    deviations = list(forgiven)
    for element in root.iter():
        if isinstance(element.tag, str) and dav_name(element.tag) == "lockdiscovery":
            return parse_lockdiscovery(element, base, deviations), tuple(deviations)
    raise RemoteProtocolError("LOCK body", f"holds no lockdiscovery: its root is <{dav_name(root.tag) or root.tag}>")

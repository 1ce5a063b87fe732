"""What the body of a refusal says: RFC 4918 §16 codes, sabre and Nextcloud exceptions, problem+json, Office JSON, or
words.

What a body says beats what its status says: servers agree on neither, but a code, an exception class or a sentence of
the server's own source names the case. Reading never fails: a body that is broken is a body with a deviation.
"""

import json
import re
from dataclasses import field
from enum import Enum
from typing import Any

from lxml import etree

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.protocol.character_references import unescaped
from davlock.protocol.content import XmlContent, read_content
from davlock.protocol.deviation import Deviation
from davlock.protocol.json_words import is_a_word, message_of
from davlock.protocol.lock import ActiveLock
from davlock.protocol.lockdiscovery import locks_below
from davlock.protocol.message import Response
from davlock.protocol.multistatus import Multistatus
from davlock.protocol.url import resolve_name
from davlock.protocol.xml_elements import dav_name, is_proper, text_of
from davlock.values import dataclass

SABRE = "http://sabredav.org/ns"
NUTSTORE = "http://ns.jianguoyun.com"
MOD_DAV = "http://apache.org/dav/xmlns"
"""Of the words that Apache's mod_dav puts beside a code: human-readable, with the module's own number in errcode."""

LOCK_TOKEN_SUBMITTED = "lock-token-submitted"  # noqa: S105 -- a precondition code, no secret
NO_CONFLICTING_LOCK = "no-conflicting-lock"
LOCK_TOKEN_MATCHES = "lock-token-matches-request-uri"  # noqa: S105 -- likewise
FINITE_DEPTH = "propfind-finite-depth"

WORDS_LIMIT = 2000
"""Characters of a body's words that are kept."""

JSON_LIMIT = 256 * 1024
"""Bytes of a JSON body beyond which it is only quoted: an error is short, and two bytes can cost sixty."""

READING = "answer"
"""What :func:`read_answer` calls its reading of a response."""


class BodyKind(Enum):
    """What the body of an answer is."""

    NOT_CAPTURED = "not captured"
    EMPTY = "empty"
    ERROR = "DAV:error"
    MULTISTATUS = "multistatus"
    XML = "other XML"
    HTML = "HTML"
    JSON = "JSON"
    PROBLEM = "problem+json"
    TEXT = "plain text"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Precondition:
    """A code inside ``DAV:error``: local name for DAV: ones, Clark notation for others; ``hrefs`` resolved."""

    code: str
    hrefs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DavError:
    """The body of an answer, read for what it says about a refusal."""

    kind: BodyKind
    preconditions: tuple[Precondition, ...] = ()
    exception: str | None = None
    """sabre's exception class, such as ``OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked``."""
    message: str | None = None
    """The words: sabre's message, a JSON message, the text of an HTML page or of a plain body. Wire text."""
    failed_header: str | None = None
    """sabre's ``s:header``: the request header whose condition failed."""
    errcode: str | None = None
    """The number that mod_dav gives with its words: Subversion's are those of its svn_error_codes.h."""
    json_codes: tuple[str, ...] = ()
    """Error codes of an Office or OneDrive answer, outermost first."""
    properties: tuple[tuple[str, str], ...] = ()
    """The properties of a body whose root is ``prop``: how Nextcloud's files_lock answers (Clark notation)."""
    multistatus: Multistatus | None = None
    deviations: tuple[Deviation, ...] = ()
    quote: str = field(default="", compare=False)
    """The words of the body that best show what it says, for quoting."""

    def has(self, code: str) -> bool:
        """Returns true if the precondition ``code`` is there."""
        return any(precondition.code == code for precondition in self.preconditions)

    def hrefs(self, code: str) -> tuple[str, ...]:
        """The resources that the precondition ``code`` names."""
        return tuple(href for entry in self.preconditions if entry.code == code for href in entry.hrefs)

    def says(self, *words: str) -> bool:
        """Returns true if the message holds any of ``words``, compared without case."""
        text = (self.message or "").lower()
        return any(word.lower() in text for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All that the body of an answer says, read once. Where it is not what was asked for, the reason stands there."""

    error: DavError
    multistatus: Multistatus | RemoteProtocolError
    locks: tuple[ActiveLock, ...] | RemoteProtocolError
    """Those of the body of a LOCK."""


def read_answer(response: Response, base: str) -> Answer:
    """What the body of ``response`` says; ``base`` is the request's URL, against which hrefs are resolved."""

    def read() -> Answer:
        return judge(response, base, read_content(response.body or b"", base, charset=response.charset))

    return response.read_once(READING, base, read)


def judge(response: Response, base: str, content: XmlContent) -> Answer:
    """What ``response`` says, whose body is ``content`` where it is XML."""
    multistatus: Multistatus | RemoteProtocolError
    if content.multistatus is not None:
        multistatus = content.multistatus
    elif content.page:
        multistatus = RemoteProtocolError("207 body", "is an HTML page, not a DAV multistatus")
    else:
        multistatus = _copied(content.trouble)
    return Answer(error=_error(response, base, content), multistatus=multistatus, locks=_locks(content, base))


def _copied(trouble: RemoteProtocolError | None) -> RemoteProtocolError:
    """The same without the frames that it came through: they hold the tree."""
    if trouble is None:
        return RemoteProtocolError("body", "is empty")
    kind = LimitExceeded if isinstance(trouble, LimitExceeded) else RemoteProtocolError
    return kind(trouble.where, trouble.why)


def _locks(content: XmlContent, base: str) -> tuple[ActiveLock, ...] | RemoteProtocolError:
    if content.root is not None:
        try:
            return locks_below(content.root, (), base)[0]
        except RemoteProtocolError as error:
            return _copied(error)
    if content.multistatus is None:
        return _copied(content.trouble)
    propstats = (propstat for entry in content.multistatus.responses for propstat in entry.propstats)
    shown = next((propstat.locks for propstat in propstats if propstat.locks is not None), None)
    return shown if shown is not None else RemoteProtocolError("LOCK body", "holds no lockdiscovery")


def read_error(response: Response, base: str) -> DavError:
    """What the body of ``response`` says of a refusal; ``base`` as in :func:`read_answer`."""
    return read_answer(response, base).error


def read_multistatus_of(response: Response, base: str) -> Multistatus:
    """The multistatus in the body of ``response``. Raises RemoteProtocolError if it is not a multistatus."""
    multistatus = read_answer(response, base).multistatus
    if isinstance(multistatus, RemoteProtocolError):
        raise _copied(multistatus)
    return multistatus


def read_locks_of(response: Response, base: str) -> tuple[ActiveLock, ...]:
    """The locks in the body of a successful LOCK. Raises RemoteProtocolError where it tells of none."""
    locks = read_answer(response, base).locks
    if isinstance(locks, RemoteProtocolError):
        raise _copied(locks)
    return locks


def _error(response: Response, base: str, content: XmlContent) -> DavError:
    body = response.body
    if body is None:
        return DavError(kind=BodyKind.NOT_CAPTURED)
    stripped = body.strip()
    if not stripped:
        return DavError(kind=BodyKind.EMPTY)
    media = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if (stripped[:1] == b"{" or (stripped[:1] == b"[" and "json" in media)) and (
        found := _from_json(stripped, media)
    ) is not None:
        return found
    if is_html(stripped):
        return _from_html(stripped, response.charset)
    if stripped[:1] == b"<" or stripped[:2] in (b"\xff\xfe", b"\xfe\xff") or stripped.startswith(b"\xef\xbb\xbf"):
        return _from_xml(body, content, base, response.charset)
    text = _decode(stripped, response.charset)
    if "\x00" in text or text.count("\ufffd") > len(text) // 4:
        return DavError(kind=BodyKind.BINARY)
    return DavError(kind=BodyKind.TEXT, message=text[:WORDS_LIMIT], quote=text[:200])


def _decode(body: bytes, charset: str | None) -> str:
    head = body[: WORDS_LIMIT * 4]
    try:
        return head.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return head.decode("utf-8", "replace")


def is_html(body: bytes) -> bool:
    """Returns true if a body, without white space before it, begins as a web page."""
    head = re.sub(rb"^\s*<\?xml.*?\?>\s*", b"", body[:600], flags=re.DOTALL).lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<h1", b"<title"))


def _from_html(body: bytes, charset: str | None) -> DavError:
    text = body[: 64 * 1024].decode("utf-8", "replace") if charset is None else _decode(body, charset)
    title = re.search(r"<title[^<>]*>([^<]*)", text, re.IGNORECASE)
    main = text
    for name in ("script", "style", "head"):
        main = _without_element(main, name)
    words = " ".join(unescaped(re.sub(r"<[^<>]*>", " ", main)).split())[:WORDS_LIMIT]
    heading = " ".join(unescaped(title[1]).split()) if title else ""
    message = words if heading in words or not heading else f"{heading}: {words}"
    return DavError(kind=BodyKind.HTML, message=message[:WORDS_LIMIT], quote=message[:200])


def _without_element(text: str, name: str) -> str:
    """``text`` without the HTML elements ``name`` and what they hold; one that is never closed keeps its content.

    Split and not searched for: a page of nothing but start tags would cost time by the square of their number.
    """
    before, *rest = re.split(rf"<{name}\b[^<>]*>", text, flags=re.IGNORECASE)
    after = [re.split(rf"</{name}\s*>", part, maxsplit=1, flags=re.IGNORECASE)[-1] for part in rest]
    return " ".join((before, *after))


def _from_json(body: bytes, media: str) -> DavError | None:
    if len(body) > JSON_LIMIT:
        return DavError(kind=BodyKind.JSON, quote=_decode(body, None)[:200])
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        message = message_of(data)[:WORDS_LIMIT] or None
        return DavError(kind=BodyKind.JSON, message=message, quote=_decode(body, None)[:200])
    if media == "application/problem+json" or ("title" in data and "status" in data):
        words = [str(data[key]) for key in ("title", "detail") if isinstance(data.get(key), str)]
        message = ": ".join(words)[:WORDS_LIMIT] or None
        return DavError(kind=BodyKind.PROBLEM, message=message, quote=_decode(body, None)[:200])
    codes: list[str] = []
    messages: list[str] = []
    node: Any = data.get("error", data)
    while isinstance(node, dict) and len(codes) < 8:
        if isinstance(node.get("code"), str):
            codes.append(node["code"])
        found = node.get("message")
        if isinstance(found, dict):
            found = found.get("value")
        if isinstance(found, str):
            messages.append(found)
        node = node.get("innerError", node.get("innererror"))
    if not messages or is_a_word(messages[0]):
        messages.insert(0, message_of(data))
    return DavError(
        kind=BodyKind.JSON,
        json_codes=tuple(codes),
        message=messages[0][:WORDS_LIMIT] or None,
        quote=_decode(body, None)[:200],
    )


def _from_xml(body: bytes, content: XmlContent, base: str, charset: str | None) -> DavError:
    quote = " ".join(_decode(body, charset).split())
    quote = re.sub(r"^\s*<\?xml.*?\?>\s*", "", quote)[:300]
    root, deviations, multistatus = content.root, content.deviations, content.multistatus
    if multistatus is not None:
        return DavError(kind=BodyKind.MULTISTATUS, multistatus=multistatus, deviations=deviations, quote=quote)
    if root is None:
        trouble = _copied(content.trouble)
        return DavError(kind=BodyKind.XML, deviations=(Deviation(trouble.where, trouble.why),), quote=quote)
    name = dav_name(root.tag)
    if name == "error":
        return _from_error(root, base, deviations, quote)
    if name == "prop":
        properties = tuple((child.tag, text_of(child)) for child in root)
        return DavError(kind=BodyKind.XML, properties=properties, deviations=deviations, quote=quote)
    return DavError(kind=BodyKind.XML, message=_words(root)[:WORDS_LIMIT] or None, deviations=deviations, quote=quote)


def _words(root: etree._Element) -> str:
    """The message of an object store's error, which stands beside its code; else all text."""
    for child in root:
        if isinstance(child.tag, str) and child.tag.rpartition("}")[2].lower() == "message":
            return text_of(child)
    return text_of(root)


def _from_error(root: etree._Element, base: str, deviations: tuple[Deviation, ...], quote: str) -> DavError:
    preconditions: list[Precondition] = []
    words: dict[str, str] = {}
    forgiven = list(deviations)
    for child in root:
        namespace, _, local = child.tag[1:].partition("}") if child.tag.startswith("{") else ("", "", child.tag)
        if namespace in (SABRE, NUTSTORE) or child.prefix == "s":
            words[local] = text_of(child)
            continue
        if child.tag == f"{{{MOD_DAV}}}human-readable":
            words["message"] = " ".join(text_of(child).split())
            words["errcode"] = (child.get("errcode") or "").strip()
            continue
        name = dav_name(child.tag)
        if name is not None and not is_proper(child.tag):
            forgiven.append(Deviation(f"error/{name}", "is not in the DAV: namespace"))
        hrefs = tuple(
            resolve_name(base, href)
            for href in (text_of(entry) for entry in child.iter() if dav_name(str(entry.tag)) == "href")
            if href
        )
        preconditions.append(Precondition(name or child.tag, hrefs))
    return DavError(
        kind=BodyKind.ERROR,
        preconditions=tuple(preconditions),
        exception=words.get("exception") or None,
        message=(words.get("message") or "")[:WORDS_LIMIT] or None,
        failed_header=words.get("header") or None,
        errcode=words.get("errcode") or None,
        deviations=tuple(forgiven),
        quote=quote,
    )

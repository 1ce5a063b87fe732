"""One hardened XML reader for everything a server sends, and the few documents that davlock sends itself.

Answers are parsed once, streaming, in libxml2's recovery mode, and judged by the parser's error log: an undeclared
prefix is forgiven and reported as a deviation (lighttpd's error bodies, Zope's LOCK answers), anything else is a bad
response. Recovery alone would hide a truncated body, which is the one fault that must never pass.
"""

import codecs
import re
from collections.abc import Iterator

from lxml import etree

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol.ahead import Ahead
from davlock.protocol.deviation import Deviation
from davlock.protocol.lock import Depth
from davlock.protocol.xml_bounds import XmlBounds
from davlock.protocol.xml_elements import dav_name

PROLOG_LIMIT = 64 * 1024
"""Bytes within which the root element must begin."""

# More kinds of undeclared prefixes than this are not told one by one.
_FORGIVEN_LIMIT = 64

# The most that the parser gets before finished elements are taken out of the tree, however much came at once.
_PIECE = 64 * 1024

# libxml2's own, and the only one of its bounds that is left in force.
_DEPTH_LIMIT = 2048

_NAME = rb"[A-Za-z_\x80-\xff][A-Za-z0-9_.\x80-\xff-]*"
# Without ">" inside: libxml2 goes on behind the first one when it cannot read a declaration.
_DECLARATION = late_pattern(rb"<\?xml\s[^>]*?\?>")
_DECLARATION_TARGET = late_pattern(rb"<\?xml[\s?]", re.IGNORECASE)
_DECLARED_ENCODING = late_pattern(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_INSTRUCTION = late_pattern(rb"<\?.*?\?>", re.DOTALL)
_COMMENT = late_pattern(rb"<!--.*?-->", re.DOTALL)
# A subset without quotes, comments, instructions or parameter entities has only one reading, so that nothing can hide
# in it. Possessive, since white space that may belong to two neighbours costs time by the square of its length.
_DOCTYPE = late_pattern(
    rb"""<!DOCTYPE\s++[^\s\[<>"']++\s*+(?:(?:PUBLIC|SYSTEM)\s++(?:"[^"]*+"|'[^']*+')\s*+(?:"[^"]*+"|'[^']*+')?\s*+)?"""
    rb"""(?:\[(?P<subset>[^'"%\]<]*(?:<(?!!--|\?)[^'"%\]<]*)*)\]\s*+)?>""",
    re.IGNORECASE,
)
_ROOT = late_pattern(rb"<(?:(?P<prefix>" + _NAME + rb"):)?(?P<local>" + _NAME + rb")(?=[\s/>])")

# Only encodings in which "<" is the byte 0x3C, or that are turned into UTF-8 before the parser sees them: UTF-7 and its
# kind could carry an entity declaration past the check below.
_ENCODINGS = {
    "ascii": "utf-8",
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    **{f"iso8859-{n}": f"iso8859-{n}" for n in (*range(1, 12), *range(13, 17))},
    **{f"cp125{n}": f"cp125{n}" for n in range(9)},
    "utf-32": "utf-32",
    "utf-32-le": "utf-32-le",
    "utf-32-be": "utf-32-be",
}

# The first bytes of a body whose characters take two or four bytes, the longer ones first: a mark of the byte order, or
# a "<" with zeros beside it.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_WIDE_SIGNS = tuple(sign for sign, _ in _WIDE)


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    if known not in _ENCODINGS:
        raise RemoteProtocolError("XML declaration", f"the encoding {name!r} is not one that davlock reads")
    return _ENCODINGS[known]


class PullParser:
    """Bytes in, finished elements out; whoever takes an element removes what it no longer needs.

    ``tags`` are local names of the DAV: namespace; an element is also found without a namespace, or under the prefix of
    the root where that prefix was never declared. Only children of an element named ``inside`` are of interest.
    ``charset`` is the Content-Type's, for a body that names none itself. ``ahead`` reads the body until it cannot,
    and the parser only what is left.
    """

    def __init__(
        self, tags: tuple[str, ...], *, inside: str = "", charset: str | None = None, ahead: Ahead | None = None
    ) -> None:
        self._tags = tags
        self._ahead = ahead
        self._lines_ahead = 0
        self._begun = False
        self._inside = inside
        self._charset = charset
        self._head = b""
        self._root_prefix = ""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._parser: etree.XMLPullParser | None = None
        self._bounds = XmlBounds()
        self._judged = 0
        self._undeclared: set[str] = set()
        self._deviations: list[Deviation] = []
        self.root_name = ""
        """Local name of the root element, known as soon as its start was seen."""

    def feed(self, data: bytes) -> Iterator[etree._Element]:
        """Parse ``data`` and yield each element of interest that it finished.

        Raises RemoteProtocolError for a body that is no XML, declares entities, or goes beyond one of the bounds above.
        """
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            if not self._begun:
                self._head += piece
                started = self._start(final=False)
                if started is None:
                    continue
                piece = started
            elif self._decoder is not None:
                piece = self._decoder.decode(piece).encode()
            yield from self._feed(piece)

    def _feed(self, data: bytes) -> list[etree._Element]:
        ahead = self._ahead
        if ahead is None:
            return self._parse(data)
        finished = [] if ahead.take(data) else self._parse_the_rest(ahead)
        ahead.tell()
        return finished

    def _parse_the_rest(self, ahead: Ahead) -> list[etree._Element]:
        self._ahead = None
        self._lines_ahead = ahead.lines
        rest = ahead.rest
        return [
            element for start in range(0, len(rest), _PIECE) for element in self._parse(rest[start : start + _PIECE])
        ]

    def _parse(self, data: bytes) -> list[etree._Element]:
        parser = self._parser = self._parser or self._new_parser()
        self._bounds.count(data)
        try:
            parser.feed(data)
        except etree.XMLSyntaxError as error:
            raise RemoteProtocolError("XML", str(error.msg)) from None
        # Before any element is taken: recovery leaves entity references and misplaced children in them.
        self._judge(parser)
        finished = self._finished(parser)
        if finished:
            # Of these bytes, some may belong to the next element; how many, nobody knows.
            self._bounds.begin_element()
        return finished

    def _start(self, *, final: bool) -> bytes | None:
        """Look at everything before the root element; the bytes to parse, or ``None`` while more are needed."""
        head = self._head
        if len(head) < 4 and not final:
            return None
        declared = self._charset
        if head.startswith(codecs.BOM_UTF8):
            head, declared = head[3:], "utf-8"
        elif head.startswith(_WIDE_SIGNS):
            declared = next(name for sign, name in _WIDE if head.startswith(sign))
        else:
            stripped = head.lstrip(b" \t\r\n")
            match = _DECLARATION.match(stripped)
            if match is None and not final and len(head) <= PROLOG_LIMIT and _may_become_declaration(stripped):
                return None
            if match:
                forgiven = [Deviation("XML declaration", "white space stands before it")]
                self._deviations = forgiven if len(stripped) < len(head) else []
                head = stripped
                if name := _DECLARED_ENCODING.search(match[0]):
                    declared = name[1].decode("ascii")
            if declared and _encoding(declared).startswith(("utf-16", "utf-32")):
                raise RemoteProtocolError("XML", f"is said to be {declared}, which these bytes are not")
        encoding = _encoding(declared) if declared else "utf-8"
        decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")
        text = head if decoder is None else decoder.decode(head).lstrip("\ufeff").encode()
        prolog = self._inspect_prolog(text, final=final)
        if prolog is None:
            return None
        prefix, text = prolog
        self._root_prefix = prefix
        self._decoder = decoder
        self._head = b""
        self._begun = True
        return text

    def _new_parser(self) -> etree.XMLPullParser:
        tags = [f"{{*}}{name}" for name in self._tags]
        if self._root_prefix:
            tags += [f"{self._root_prefix}:{name}" for name in self._tags]
        return etree.XMLPullParser(
            events=("end",),
            tag=tags,
            encoding="utf-8",
            recover=True,
            resolve_entities=False,
            no_network=True,
            remove_comments=True,
            remove_pis=True,
            huge_tree=True,  # libxml2's own limits would refuse honest listings; ours are above
        )

    def _inspect_prolog(self, text: bytes, *, final: bool) -> tuple[str, bytes] | None:
        """The root element's prefix (empty if it has none) and the text to parse, or ``None`` while the root has not
        begun.

        What stands between the XML declaration and the root is left out of that text: no DOCTYPE reaches the parser,
        and so no entity, whatever it and this function might read differently.
        """
        declaration = _DECLARATION.match(text)
        kept = at = declaration.end() if declaration else 0
        while True:
            while text[at : at + 1].isspace():
                at += 1
            rest = text[at : at + 9]
            pattern = None
            if rest.startswith(b"<?"):
                pattern = _INSTRUCTION
            elif rest.startswith(b"<!--"):
                pattern = _COMMENT
            elif rest.upper().startswith(b"<!DOCTYPE"):
                pattern = _DOCTYPE
            elif at <= PROLOG_LIMIT and (match := _ROOT.match(text, at)):
                self.root_name = match["local"].decode("utf-8", "replace")
                lines = b"\n" * text.count(b"\n", kept, at)  # so that errors name the right line
                return (match["prefix"] or b"").decode("utf-8", "replace"), text[:kept] + lines + text[at:]
            elif rest and not b"<".startswith(rest[:1]):
                raise RemoteProtocolError("XML", f"the body is not XML: it begins with {_excerpt(text[at:])}")
            matched = pattern.match(text, at) if pattern else None
            if matched is None:
                if not final and len(text) <= PROLOG_LIMIT:
                    return None
                if pattern is _DOCTYPE:
                    raise RemoteProtocolError("DOCTYPE", "declares entities or more than davlock reads: refused")
                raise RemoteProtocolError("XML", f"no root element: the body begins with {_excerpt(text)}")
            if pattern is _INSTRUCTION and _DECLARATION_TARGET.match(matched[0]):
                raise RemoteProtocolError("XML declaration", "is malformed, or something stands before it")
            if pattern is _DOCTYPE and b"<!ENTITY" in (matched["subset"] or b"").upper():
                raise RemoteProtocolError("DOCTYPE", "declares entities: refused")
            at = matched.end()

    def close(self) -> tuple[etree._Element | None, list[etree._Element]]:
        """The root, and elements of interest that only now were finished; no root where ``ahead`` read everything.

        Raises RemoteProtocolError where the body was truncated or is otherwise not well-formed.
        """
        rest: list[etree._Element] = []
        if not self._begun:
            text = self._start(final=True)
            if text is not None:
                rest += self._feed(text)
        if self._decoder is not None and (last := self._decoder.decode(b"", True)):
            rest += self._feed(last.encode())
        if self._ahead is not None:
            if self._ahead.whole:
                return None, rest
            rest += self._parse_the_rest(self._ahead)
        parser = self._parser = self._parser or self._new_parser()
        try:
            root = parser.close()
        except etree.XMLSyntaxError as error:
            raise RemoteProtocolError("XML", str(error.msg)) from None
        self._judge(parser)
        rest += self._finished(parser)
        for element in root.iter("*"):
            dav_name(element.tag)  # refuses a name that is too long
        return root, rest

    def _finished(self, parser: etree.XMLPullParser) -> list[etree._Element]:
        finished: list[etree._Element] = []
        parent = None
        for _, element in parser.read_events():
            assert isinstance(element, etree._Element)  # noqa: S101 -- "end" events carry nothing else
            if self._inside:
                above = element.getparent()
                if above is None or (above is not parent and dav_name(above.tag) != self._inside):
                    continue
                parent = above  # that of nearly all the others too
            finished.append(element)
        return finished

    def _judge(self, parser: etree.XMLPullParser) -> None:
        """Read what is new in the error log. libxml2 may cut it at a hundred entries, but never before the first that
        is fatal.
        """
        log = parser.feed_error_log
        if len(log) == self._judged:
            return
        for entry in (log[at] for at in range(self._judged, len(log))):
            if entry.level_name == "WARNING":
                continue
            if "Excessive depth" in entry.message:
                raise LimitExceeded("XML", f"elements stand deeper inside each other than {_DEPTH_LIMIT}")
            if entry.type_name != "NS_ERR_UNDEFINED_NAMESPACE":
                raise RemoteProtocolError(
                    "XML", f"not well-formed, line {entry.line + self._lines_ahead}: {entry.message}"
                )
            if len(self._undeclared) < _FORGIVEN_LIMIT:
                self._undeclared.add(entry.message)
        self._judged = len(log)

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """What was forgiven, complete after :meth:`close`."""
        undeclared = [Deviation("XML namespace", message) for message in sorted(self._undeclared)]
        return (*self._deviations, *undeclared)


def _may_become_declaration(head: bytes) -> bool:
    """Returns true if an XML declaration has begun and not ended, or nothing has begun yet."""
    return b"<?xml ".startswith(head) or (re.match(rb"<\?xml\s", head) is not None and b">" not in head)


def _excerpt(data: bytes) -> str:
    return repr(data[:40].decode("utf-8", "replace"))


def parse_document(body: bytes, *, charset: str | None = None) -> tuple[etree._Element, tuple[Deviation, ...]]:
    """A small body as a tree, and what had to be forgiven. Raises RemoteProtocolError as :class:`PullParser` does."""
    parser = PullParser(("-",), charset=charset)
    for _ in parser.feed(body):
        pass
    root, _ = parser.close()
    assert root is not None  # noqa: S101 -- nothing reads ahead
    return root, parser.deviations


DEPTH_WORDS = {"0": Depth.ZERO, "1": Depth.ONE, "infinity": Depth.INFINITY}
"""The depth element's words, to be looked up in lower case: Tomcat writes ``Infinity``."""

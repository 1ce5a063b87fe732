"""A secret in all the ways in which programs write it: escaped for a URL, for XML or JSON, encoded, or as it is.

Escapes work on one character at a time. So a secret is found by a pattern that has, for each special character, each
form that the character can take. The pattern is slow, and it is only tried on a text that holds an anchor: a piece of
the secret that no usual escape changes.

What is not looked for: base64 of base64, base32, and a secret in mixed case.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from itertools import chain
from urllib.parse import quote

from davlock.capture.secret import HIDDEN
from davlock.late_pattern import late_pattern

LONGEST_OF_ALL = 256
"""Characters: in a longer secret, fewer escapes are looked for."""

MOST_OF_ALL, MOST_OF_FEW = 64, 1024
"""Special characters, one that is not ASCII for three: in a secret with more, fewer escapes are looked for, and then
only such as treat every character alike. Each form of each is in a pattern, which takes 1 ms for about two of them.
"""

LONGEST_OF_FORMS = 32 * 1024
"""Characters: in a longer secret, only such escapes."""

LONGEST_FORM, LONGEST_OF_FEW = 200, 48
"""Bytes that one character takes at most, with all escapes and with the fewer ones."""

SHORTEST_ENCODED = 6
"""Characters: a shorter piece of base64 or hexadecimal is a part of too many other words."""

SHORTEST_ANCHOR = 3
"""Characters: a shorter piece stands in nearly every text."""

NARROW = "utf-8"

WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

_PIECE = late_pattern(r"(?s)[A-Za-z0-9]+|\s+|(\S)\1*")
"""A run of letters and digits, of white space, or of one special character: escaped alike, lest many backslashes match
in many ways.
"""

_BLANKS = r"(?:\s|\xa0|&nbsp;|&#160;|&#x[aA]0;)+"
"""White space that stands for other white space: readers of text and of pages make one blank of it."""

_SHIFT = {"utf-16-be": 1, "utf-32-be": 3}

Span = tuple[int, int, bytes]
"""Where a secret begins and ends, and what takes its place."""


class Needle:
    """Finds one secret; with ``encoded_only``, its base64 and hexadecimal forms alone. ``recased`` are more spellings
    of it, in other cases.
    """

    def __init__(self, secret: str, *, encoded_only: bool, recased: tuple[str, ...] = ()) -> None:
        raw = secret.encode("utf-8", "surrogatepass")
        self._encoded = [form.encode() for form in sorted({*_base64(raw), *_hexadecimal(raw)})]
        self._latin = None if encoded_only or secret.isascii() else _latin(secret)
        written = () if encoded_only else dict.fromkeys((secret, *recased, *_misread(secret)))
        self._written = [_Written(text) for text in written]
        longest = max((written.longest for written in self._written), default=0)
        self.longest = max(longest, _longest(secret))
        """No form of the secret has more bytes."""

    def spans(self, text: bytes, squeezed: bytes) -> Iterator[Span]:
        """Each place in ``text`` where the secret stands; ``squeezed`` is the text without its zero bytes."""
        if self._latin is not None:
            yield from _literal_spans(self._latin, text, NARROW)
        literals = [form for form in self._encoded if form in squeezed]
        written = [written for written in self._written if written.may_stand_in(squeezed)]
        if not literals and not written:
            return
        ends: dict[int, int] = {}
        for encoding in (NARROW, *WIDE) if len(squeezed) < len(text) else (NARROW,):
            found = [written.spans(text, encoding) for written in written]
            if literals:
                forms = (form.decode().encode(encoding) for form in literals)
                found.append(_spans(re.compile(b"|".join(map(re.escape, forms))), text, encoding))
            for span in chain.from_iterable(found):
                # The same place reads as either byte order, up to the zero bytes around it.
                # A longer form may need the zeros at its end.
                shift = _SHIFT.get(encoding, 0)
                if not shift or span[1] + shift > ends.get(span[0] + shift, 0):
                    yield span
                ends[span[0]] = max(span[1], ends.get(span[0], 0))


class VerbatimNeedle:
    """Finds a secret in its plain form only. A server may set many cookies, and other forms would cost too much."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._raw = secret.encode("utf-8", "surrogatepass")
        self.longest = len(self._raw) * 4
        """No encoding of it has more bytes."""

    def spans(self, text: bytes, squeezed: bytes) -> Iterator[Span]:
        """Each place in ``text`` where the secret stands; ``squeezed`` is the text without its zero bytes."""
        if self._secret.isascii() and self._raw not in squeezed:
            return
        for encoding in (NARROW, *WIDE) if len(squeezed) < len(text) else (NARROW,):
            yield from _literal_spans(self._secret.encode(encoding, "surrogatepass"), text, encoding)


class _Written:
    """One text, in the forms that escapes give it."""

    def __init__(self, text: str) -> None:
        run = max(re.findall("[A-Za-z0-9]+", text), key=len, default="")
        self._text = text
        self._anchors = _anchors(run) if len(run) >= SHORTEST_ANCHOR else {}
        self._special = sum(
            len(set(piece)) * (1 if piece.isascii() else 3) for piece in _pieces(text) if not _is_plain(piece)
        )
        self.longest = _longest(text)

    def may_stand_in(self, squeezed: bytes) -> bool:
        """Returns true if a text without its zero bytes holds a piece that each form has."""
        return not self._anchors or any(
            lead in squeezed and any(anchor in squeezed for anchor in anchors)
            for lead, anchors in self._anchors.items()
        )

    def spans(self, text: bytes, encoding: str) -> Iterator[Span]:
        """Each place in ``text`` where it stands, in ``encoding``."""
        if self._special > MOST_OF_FEW or len(self._text) > LONGEST_OF_FORMS:
            for form in _as_a_whole(self._text):
                yield from _literal_spans(form.encode(encoding, "surrogatepass"), text, encoding)
        elif encoding == NARROW:
            yield from _spans(self._narrow, text, encoding)
        else:
            yield from _wide_spans(self._wide if encoding.startswith("utf-32") else self._paired, text, encoding)

    @cached_property
    def _forms(self) -> str:
        few = self._special > MOST_OF_ALL or len(self._text) > LONGEST_OF_ALL
        return "".join(_group(piece, few) for piece in _pieces(self._text))

    @cached_property
    def _narrow(self) -> re.Pattern[bytes]:
        return re.compile(self._forms.encode(NARROW, "surrogatepass"))

    @cached_property
    def _wide(self) -> re.Pattern[str]:
        return re.compile(self._forms)

    @cached_property
    def _paired(self) -> re.Pattern[str]:
        """For UTF-16, in which a character beyond U+FFFF is two."""
        forms = self._forms.encode("utf-16-le", "surrogatepass")
        return self._wide if len(forms) == 2 * len(self._forms) else re.compile(_characters(forms, "utf-16-le"))


def _anchors(run: str) -> dict[bytes, list[bytes]]:
    """A run of letters and digits in each escape, by how the escape begins: most texts have no such beginning."""
    anchors: dict[bytes, list[bytes]] = {run.encode(): [run.encode()]}
    for escape in (*_EVERY, *_RARE):
        form = escape(run).encode()
        lead = next((lead for lead in (b"%", b"&#", b"\\") if form.startswith(lead)), form)
        anchors.setdefault(lead, []).append(form)
    return anchors


def _longest(text: str) -> int:
    return len(text) * (LONGEST_FORM if len(text) <= LONGEST_OF_ALL else LONGEST_OF_FEW)


def _misread(secret: str) -> Iterator[str]:
    """What programs make of a secret that is not ASCII: its accents apart or composed, its UTF-8 read as Latin-1."""
    if secret.isascii():
        return
    raw = secret.encode("utf-8", "surrogatepass")
    yield raw.decode("latin-1")
    yield raw.decode("cp1252", "replace")
    for form in ("NFD", "NFC"):
        yield unicodedata.normalize(form, secret)


def _literal_spans(form: bytes, text: bytes, encoding: str) -> Iterator[Span]:
    mark = HIDDEN.encode(encoding)
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form), mark
        start = text.find(form, start + len(form))


def _spans(pattern: re.Pattern[bytes], text: bytes, encoding: str) -> Iterator[Span]:
    mark = HIDDEN.encode(encoding)
    return ((match.start(), match.end(), mark) for match in pattern.finditer(text))


def _wide_spans(pattern: re.Pattern[str], text: bytes, encoding: str) -> Iterator[Span]:
    """Each place where ``pattern`` stands in ``encoding``, at whatever byte it begins."""
    mark, width = HIDDEN.encode(encoding), _width(encoding)
    for first in range(width):
        for match in pattern.finditer(_characters(text[first:], encoding)):
            start, end = match.span()
            yield first + start * width, first + end * width, mark


def _width(encoding: str) -> int:
    return len("a".encode(encoding))


def _characters(text: bytes, encoding: str) -> str:
    """One character for each two bytes of UTF-16, or each four bytes of UTF-32, whatever they mean."""
    text = text[: len(text) // _width(encoding) * _width(encoding)]
    if _width(encoding) == 4:
        return text.decode(encoding, "replace")
    low, high = (text[0::2], text[1::2]) if encoding == "utf-16-le" else (text[1::2], text[0::2])
    wide = bytearray(2 * len(text))
    wide[0::4], wide[1::4] = low, high
    return wide.decode("utf-32-le", "surrogatepass")


@lru_cache(maxsize=512)
def needle(secret: str, *, encoded_only: bool, recased: tuple[str, ...] = ()) -> Needle:
    """The needle for ``secret``, made once."""
    return Needle(secret, encoded_only=encoded_only, recased=recased)


def _base64(raw: bytes) -> Iterator[str]:
    """What is the same in the base64 of every text with ``raw`` in it: a form for each place of its first byte in a
    group of three.
    """
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode()
        first = -(-before * 4 // 3)  # a character that holds a bit of what stands before it differs
        last = (before + len(raw)) * 8 // 6
        form = encoded[first:last]
        if len(form) >= SHORTEST_ENCODED:
            yield from (form, form.translate(str.maketrans("+/", "-_")))


def _hexadecimal(raw: bytes) -> Iterator[str]:
    if len(raw.hex()) > SHORTEST_ENCODED:
        for form in (raw.hex(), raw.hex(":"), raw.hex(" ")):
            yield from (form, form.upper())


def _latin(secret: str) -> bytes | None:
    try:
        return secret.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _pieces(text: str) -> Iterator[str]:
    return (match[0] for match in _PIECE.finditer(text))


def _is_plain(piece: str) -> bool:
    return piece.isascii() and piece.isalnum()


def _group(piece: str, few: bool) -> str:
    """A pattern for each form of a run of letters and digits as a whole, or of a run of one special character."""
    unit, times = (piece[0], len(piece)) if len(set(piece)) == 1 else (piece, 1)
    repeated = "" if times == 1 else f"{{{times}}}"
    forms = [f"(?:{re.escape(form)}){repeated}" for form in _forms(unit, few)]
    return f"(?:{'|'.join([*forms, _BLANKS] if piece.isspace() else forms)})"


@lru_cache(maxsize=1024)
def _forms(unit: str, few: bool) -> tuple[str, ...]:
    """Each form of a special character, or of a run of letters and digits or of white space as a whole.

    By one escape, by two, one after the other, and then once more by that of XML.

    A parser undoes the last one: a server puts JSON into a web page, and the page into the owner of a lock. The longest
    form comes first, lest a shorter one ends a match too early.
    """
    if _is_plain(unit):
        forms = {unit} if few else {unit, *(escape(unit) for escape in _EVERY)}
        rare = {escape(unit) for escape in _RARE}
    else:
        forms = {unit, *(escape(unit) for escape in _SPECIAL)}
        forms |= set() if few else {_by_each(form, escape) for form in forms for escape in _SPECIAL}
        rare = {escape(unit) for escape in _RARE} | {unit}
    forms |= set() if few else {_by_each(form, escape) for form in forms for escape in _XML}
    # No program is known that escapes these once more, but for the JSON around a backslash.
    forms |= set() if few else rare | {_by_each(form, _json) for form in rare}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _as_a_whole(text: str) -> Iterator[str]:
    """``text``, and, if it is not endless, what each escape makes of every character of it."""
    yield text
    if len(text) <= LONGEST_OF_FORMS:
        characters = set(text)
        for escape in _SPECIAL:
            form = text.translate({ord(char): escape(char) for char in characters})
            if form != text:
                yield form


def _by_each(text: str, escape: Callable[[str], str]) -> str:
    return "".join(map(escape, text))


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def _percent_lower(char: str) -> str:
    return "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))


def _unless_plain(escape: Callable[[str], str]) -> Callable[[str], str]:
    """``escape`` for what is neither a letter nor a digit of ASCII."""
    return lambda char: char if char.isascii() and char.isalnum() else escape(char)


def _only(characters: dict[str, str]) -> Callable[[str], str]:
    return lambda char: characters.get(char, char)


def _json(char: str) -> str:
    return json.dumps(char)[1:-1]


def _on_each(escape: Callable[[str], str]) -> Callable[[str], str]:
    """``escape`` for a whole text, character by character."""
    return lambda text: "".join(map(escape, text))


_EVERY: tuple[Callable[[str], str], ...] = tuple(
    _on_each(escape)
    for escape in (
        _percent,
        _percent_lower,
        lambda char: f"&#{ord(char)};",
        lambda char: f"&#x{ord(char):x};",
        lambda char: f"&#x{ord(char):X};",
        lambda char: f"\\u{ord(char):04x}",
        lambda char: f"\\u{ord(char):04X}",
    )
)
"""Escapes that change every character, which few programs use for letters and digits."""

_RARE: tuple[Callable[[str], str], ...] = tuple(
    _on_each(escape)
    for escape in (
        # How Python, C and git show bytes; a character of Latin-1 also by its number alone.
        lambda char: "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass")),
        lambda char: "".join(f"\\x{byte:02X}" for byte in char.encode("utf-8", "surrogatepass")),
        lambda char: "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass")),
        lambda char: f"\\x{ord(char):02x}" if ord(char) < 256 else char,
        *(lambda char, width=width: f"&#{ord(char):0{width}d};" for width in (3, 4, 5)),
        lambda char: f"&#x{ord(char):04x};",
        lambda char: f"&#x{ord(char):04X};",
    )
)
"""Escapes that change every character, and that nothing escapes once more."""

_XML: tuple[Callable[[str], str], ...] = (
    _only({"&": "&amp;", "<": "&lt;", ">": "&gt;"}),
    _only({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}),
    _only({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}),
    _only({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}),
)

_SPECIAL: tuple[Callable[[str], str], ...] = (
    *_XML,
    _only({"'": "&apos;"}),
    _only({"'": "&#039;"}),
    *map(_unless_plain, _EVERY),
    lambda char: quote(char, safe="", errors="surrogatepass"),
    _only({" ": "+"}),
    _json,
    _only({"/": "\\/"}),
    _only({"\\": "\\\\", "'": "\\'", '"': '\\"'}),
    _only({"\\": "\\\\", "'": "\\'"}),
)
"""Escapes that leave letters and digits of ASCII as they are."""

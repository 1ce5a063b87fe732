"""A listing cut into its responses, which are read by their forms, for as long as each of them stands alone.

This is how a scan for locks reads. The first part that is not one whole response ends it, and the parser of
:mod:`davlock.protocol.xml` reads the body from there on.
"""

from collections.abc import Callable

from davlock.late_pattern import late_pattern
from davlock.protocol.deviation import Deviation
from davlock.protocol.response_forms import Forms, FreeHref, NotAlone, Reading, forms_of

LONGEST = 64 * 1024
"""Bytes that may be waited for: of the root's start tag, and of one response."""

_ROOT = rb"(?:<\?xml\s[^>]*>)?\s*<((?:[A-Za-z_][A-Za-z0-9_.-]*:)?)multistatus(?=[\s>])"
_BEGINNING = late_pattern(_ROOT)
_OPENING = late_pattern(_ROOT + rb"[^>]*>")


class ListingParts:
    """Takes a body in UTF-8 in pieces. ``tell`` gets each reading, and what had to be forgiven for it."""

    def __init__(
        self,
        base: str,
        free_href: FreeHref,
        known: set[Deviation],
        tell: Callable[[Reading, tuple[Deviation, ...]], object],
    ) -> None:
        self._base = base
        self._free_href = free_href
        self._known = known
        self._tell = tell
        self._opening = b""
        self._ending = b""
        self._end_of_response = b""
        self._forms: Forms | None = None
        self._pending = b""
        self._read: list[tuple[Reading, tuple[Deviation, ...]]] = []
        self.lines = 0
        """Line ends in what was read, and is not part of :attr:`rest`."""

    def take(self, data: bytes) -> bool:
        """Read all whole responses in ``data``. False: from :attr:`rest` on, another must read."""
        text = self._pending + data if self._pending else data
        self._pending = text
        if self._forms is None:
            begun = _BEGINNING.match(text)
            opening = _OPENING.match(text)
            if begun is None or opening is None:
                return begun is not None and len(text) < LONGEST
            self._opening = opening[0]
            self._forms = forms_of(opening[0], opening[1], self._free_href)
            if self._forms is None:
                self._opening = b""
                return False
            self._ending = b"</" + opening[1] + b"multistatus>"
            self._end_of_response = b"</" + opening[1] + b"response>"
            text = text[opening.end() :]
        parts = text.split(self._end_of_response)
        self._pending = parts.pop()
        for number, part in enumerate(parts):
            try:
                self._read.append(self._forms.read(part, self._base, self._known))
            except NotAlone:
                self._pending = self._end_of_response.join([*parts[number:], self._pending])
                self.lines += text.count(b"\n") - self._pending.count(b"\n")
                return False
        self.lines += text.count(b"\n") - self._pending.count(b"\n")
        return len(self._pending) < LONGEST

    def tell(self) -> None:
        """Tell what was read since the last time."""
        read, self._read = self._read, []
        for reading, forgiven in read:
            self._tell(reading, forgiven)

    @property
    def whole(self) -> bool:
        """Returns true if the body was read to its end."""
        return self._forms is not None and self._pending.strip(b" \t\r\n") == self._ending

    @property
    def rest(self) -> bytes:
        """What was not read, behind the start of the root."""
        return self._opening + self._pending

"""How a server stores what is written to it: some change line ends, or put a byte order mark before a text.

Locks work there nevertheless. So the checks must not read such a change as a write, nor as a lost one.
"""

import re

BOM = b"\xef\xbb\xbf"

SHOWN = 60
"""Bytes of the returned content that are quoted."""


class Storage:
    """``forms`` maps what was sent to what GET returned for it, once a check has tried it."""

    def __init__(self) -> None:
        self.forms: dict[bytes, bytes] = {}

    @property
    def tells_apart(self) -> bool:
        """Whether the returned forms are known, and differ where the sent contents differ."""
        return len(self.forms) > 1 and len(set(self.forms.values())) == len(self.forms)

    def same(self, sent: bytes | None, back: bytes | None) -> bool:
        """Whether GET returns ``back`` after ``sent`` was written."""
        if sent is None or back is None or sent == back:
            return sent is back or sent == back
        if not self.tells_apart:
            return False
        if sent in self.forms:
            return self.forms[sent] == back
        spaced = all(bare(stored) == bare(form) for stored, form in self.forms.items())
        return spaced and bare(sent) == bare(back)


def bare(content: bytes) -> bytes:
    """Returns ``content`` without white space, and without a byte order mark."""
    return re.sub(rb"\s+", b"", content.removeprefix(BOM))


def difference(sent: bytes, back: bytes | None) -> str:
    """Returns what the server did to what was sent, as a predicate: “changed white space”."""
    if back is None:
        return "stored nothing"
    if not back:
        return "stored an empty file"
    if back.replace(b"\r\n", b"\n") == sent.replace(b"\r\n", b"\n"):
        return f"changed line ends from {_ends(sent)} to {_ends(back)}"
    if back == BOM + sent:
        return "put a byte order mark before the text"
    if bare(back) == bare(sent):
        return "changed white space"
    if sent.startswith(back):
        return f"returned only the first {len(back)} of {len(sent)} bytes"
    if back.startswith(sent):
        return f"added {len(back) - len(sent)} bytes at the end"
    if back.endswith(sent):
        return f"added {len(back) - len(sent)} bytes at the beginning"
    if re.match(rb"\s*<(?:!doctype html|html)", back, re.IGNORECASE):
        return "returned a web page"
    words = back[:SHOWN].decode(errors="backslashreplace")
    return f"returned {len(back)} bytes for {len(sent)}: {words}{' …' if len(back) > SHOWN else ''}"


def _ends(content: bytes) -> str:
    return "CRLF" if b"\r\n" in content else "LF"

"""How a server keeps what is written to it: some change line ends, or put a byte order mark before a text.

Locks work all the same there. So the checks must not take such a change for a write, nor for a lost one.
"""

import re

BOM = b"\xef\xbb\xbf"

SHOWN = 60
"""Bytes of what came back that are quoted."""


class Storage:
    """What comes back for what was written, once a check has tried it: ``forms`` by what was sent."""

    def __init__(self) -> None:
        self.forms: dict[bytes, bytes] = {}

    @property
    def tells_apart(self) -> bool:
        """Whether it is known what comes back, and what was written can be told from what stood there before."""
        return len(self.forms) > 1 and len(set(self.forms.values())) == len(self.forms)

    def same(self, sent: bytes | None, back: bytes | None) -> bool:
        """Whether ``back`` is what comes back where ``sent`` was written."""
        if sent is None or back is None or sent == back:
            return sent is back or sent == back
        if not self.tells_apart:
            return False
        if sent in self.forms:
            return self.forms[sent] == back
        spaced = all(bare(stored) == bare(form) for stored, form in self.forms.items())
        return spaced and bare(sent) == bare(back)


def bare(content: bytes) -> bytes:
    """``content`` without white space, and without a byte order mark."""
    return re.sub(rb"\s+", b"", content.removeprefix(BOM))


def difference(sent: bytes, back: bytes | None) -> str:
    """How what came back differs from what was sent."""
    if back is None:
        return "nothing is there"
    if not back:
        return "the file is empty"
    if back.replace(b"\r\n", b"\n") == sent.replace(b"\r\n", b"\n"):
        return f"the line ends were changed, {_ends(sent)} to {_ends(back)}"
    if back == BOM + sent:
        return "a byte order mark stands before it"
    if bare(back) == bare(sent):
        return "white space was changed"
    if sent.startswith(back):
        return f"the first {len(back)} of {len(sent)} bytes came back"
    if back.startswith(sent):
        return f"{len(back) - len(sent)} bytes stand behind it"
    if back.endswith(sent):
        return f"{len(back) - len(sent)} bytes stand before it"
    if re.match(rb"\s*<(?:!doctype html|html)", back, re.IGNORECASE):
        return "a web page came back"
    words = back[:SHOWN].decode(errors="backslashreplace")
    return f"{len(sent)} bytes were sent, and {len(back)} came back: {words}{' …' if len(back) > SHOWN else ''}"


def _ends(content: bytes) -> str:
    return "CRLF" if b"\r\n" in content else "LF"

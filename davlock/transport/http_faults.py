"""What is wrong with an answer that is no HTTP, in plain words: h11 and httpcore write Python's own notation."""

import re
from ast import literal_eval

from davlock.late_pattern import late_pattern
from davlock.protocol.visible import visible

# Bytes as Python writes them.
_BYTES = late_pattern(r"""(?:bytearray\()?(b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*")\)?""")

_WORDS = (
    ("illegal status line: ", "its first line is no status line: "),
    ("illegal header line: ", "a header line is malformed: "),
    ("illegal chunk header: ", "the length of a chunk is malformed: "),
    ("malformed chunk footer: ", "the end of a chunk is malformed: "),
    ("Receive buffer too long", "one part of it is longer than davlock reads"),
    ("Received server _SWITCH_UPGRADE event", "101 Switching Protocols, which davlock did not ask for"),
    ("no response line received", "it has no status line"),
    ("can't handle event type", "its parts come in the wrong order"),
    ("Can't receive data when peer state", "it goes on after a fault"),
)
"""How a message of h11 begins, and what a person reads in its place; a colon at the end: the quoted bytes follow."""

QUOTED = 80
"""Bytes of the answer that are quoted."""


def fault(error: BaseException | str) -> str:
    """What ``error``, a message of h11 or httpcore, finds wrong, as a clause without Python's notation."""
    text = str(error)
    for start, words in _WORDS:
        if text.startswith(start):
            text = words + text.removeprefix(start) if words.endswith(": ") else words
            break
    return _BYTES.sub(_plain, text)[:200]


def quote(data: bytes) -> str:
    """The first bytes of an answer, between quotation marks; what could act is escaped."""
    more = "…" if len(data) > QUOTED else ""
    return f"“{visible(data[:QUOTED].decode('utf-8', 'backslashreplace'))}{more}”"


def _plain(match: "re.Match[str]") -> str:
    data: bytes = literal_eval(match[1])
    return quote(data)

"""A reader under attack: what calls it, what it may answer with, and from which texts its inputs are made."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What must not reach a terminal: control characters but for tab and line feed, and those that turn text around."""


class Broken(Exception):
    """A promise of davlock that an input broke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """``read`` gives one input to the code under attack, and raises Broken for a result that must not be."""

    name: str
    read: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]
    """Honest inputs."""
    refuses: tuple[type[Exception], ...] = ()
    """What the code may raise."""
    words: tuple[bytes, ...] = ()
    """Pieces that mean something to this reader."""
    count: int
    """Executions of the whole attack."""
    longest: int = 8 * 1024
    """Bytes of one input."""
    growth: bool = True
    """True if its time is measured on inputs that grow; they have ``longest`` times 16 bytes at most."""


def expect(promise: str, kept: object) -> None:
    """Raise Broken if a promise is not kept."""
    if not kept:
        raise Broken(promise)


def expect_plain(text: str, where: str) -> None:
    """Raise Broken if ``text`` has a control character."""
    if (found := CONTROL.search(text)) is not None:
        raise Broken(f"{where} has the control character {found[0]!r}")


def text_of(data: bytes) -> str:
    """The input as text: what is no UTF-8 becomes surrogates, as Python reads arguments."""
    return data.decode("utf-8", "surrogateescape")


def wire(data: bytes) -> str:
    """The input as the value of a header field: each byte a character."""
    return data.decode("latin-1")

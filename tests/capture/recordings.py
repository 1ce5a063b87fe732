"""Recordings of real servers: each a request and its response, with a line between them that is none of either."""

from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "fixtures" / "recordings"
_SEPARATOR = b"%%%%%%%% RESPONSE %%%%%%%%\r\n"


def recording(name: str) -> bytes:
    """Request and response, one after the other."""
    return (_FOLDER / f"{name}.http").read_bytes().replace(_SEPARATOR, b"")


def response_of(name: str) -> bytes:
    """The response alone, byte for byte."""
    return (_FOLDER / f"{name}.http").read_bytes().partition(_SEPARATOR)[2]


NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.http")))

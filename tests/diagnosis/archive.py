"""The archives in ``tests/fixtures/archives``: see the README there."""

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "fixtures" / "archives"
_EXCHANGE = b"%%%%%%%% EXCHANGE "
_RESPONSE = b"%%%%%%%% RESPONSE %%%%%%%%\r\n"

SERVERS = tuple(sorted(path.name.partition(".")[0] for path in _FOLDER.glob("*.http.xz")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One exchange: ``name`` is ``server/run/name``."""

    name: str
    request: bytes
    response: bytes

    @property
    def run(self) -> str:
        """The run that it is part of."""
        return self.name.split("/")[1]

    @property
    def whole(self) -> bytes:
        """Request and response, as a person puts them into one file."""
        return self.request + self.response


@cache
def recorded(server: str) -> tuple[Recorded, ...]:
    """Every exchange with ``server``, in order."""
    return tuple(_split(server, lzma.decompress((_FOLDER / f"{server}.http.xz").read_bytes())))


def _split(server: str, data: bytes) -> Iterator[Recorded]:
    nothing, *parts = data.split(_EXCHANGE)
    assert nothing == b""
    for part in parts:
        name, _, rest = part.partition(b"\n")
        request, separator, response = rest.removesuffix(b"\n").partition(_RESPONSE)
        assert separator
        yield Recorded(name=f"{server}/{name.decode()}", request=request, response=response)

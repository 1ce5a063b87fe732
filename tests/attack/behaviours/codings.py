"""Bombs, and codings that are damaged, nested or unknown."""

import gzip
import importlib
import zlib
from collections.abc import Callable
from functools import cache

from tests.attack.behaviours.forms import by_method, doing, split
from tests.attack.scene import Behaviour, Turn

_START = b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">'

_ELEMENT = (
    b"<D:response><D:href>/d/x</D:href><D:propstat><D:prop><D:lockdiscovery/></D:prop>"
    b"<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
)

Pack = Callable[[bytes], bytes]


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _brotli(data: bytes) -> bytes:
    packed: bytes = importlib.import_module("brotli").compress(data, quality=1)
    return packed


@cache
def _bomb(pack: Pack, kind: str, times: int = 1) -> bytes:
    """64 MB of ``kind``, packed ``times`` times."""
    data = {
        "zeros": bytes(64_000_000),
        "spaces": _START + b" " * 64_000_000,
        "elements": _START + _ELEMENT * (64_000_000 // len(_ELEMENT)),
    }[kind]
    for _ in range(times):
        data = pack(data)
    return data


def _says(name: str, coding: str, body: Callable[[], bytes], status: bytes = b"207 Multi-Status") -> Behaviour:
    def act(turn: Turn) -> bool:
        data = body()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
        turn.say(head % (status, coding.encode(), len(data)) + (b"" if turn.method == "HEAD" else data))
        return True

    return Behaviour(name=name, act=act, patient="bomb" in name)


def _packs(name: str, coding: str, pack: Pack) -> Behaviour:
    """The honest body of PROPFIND, packed."""

    def words(turn: Turn) -> bytes:
        head, body = split(turn.honest())
        data = pack(body)
        first, _, rest = head.partition(b"\r\n")
        lines = [line for line in rest.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        more = [b"Content-Encoding: " + coding.encode(), b"Content-Length: %d" % len(data)]
        return b"\r\n".join([first, *more, *lines]) + data

    return by_method(name, {"PROPFIND": words, "LOCK": words})


def _endless_members(turn: Turn) -> bool:
    turn.say(b"HTTP/1.1 207 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/xml\r\n\r\n")
    turn.say(gzip.compress(_START))
    turn.endless(gzip.compress(b"") * 1000)
    return False


BEHAVIOURS = (
    _says("gzip-bomb-of-elements", "gzip", lambda: _bomb(gzip.compress, "elements")),
    _says("gzip-bomb-of-spaces", "gzip", lambda: _bomb(gzip.compress, "spaces")),
    _says("gzip-bomb-of-zeros", "gzip", lambda: _bomb(gzip.compress, "zeros"), b"403 No"),
    _says("gzip-bomb-in-success", "x-gzip", lambda: _bomb(gzip.compress, "zeros"), b"200 OK"),
    _says("gzip-bomb-twice", "gzip, gzip", lambda: _bomb(gzip.compress, "zeros", 2)),
    _says("gzip-bomb-thrice", "gzip, gzip, gzip", lambda: _bomb(gzip.compress, "elements", 3)),
    _says("gzip-bomb-four-times", "gzip, gzip, gzip, gzip", lambda: _bomb(gzip.compress, "zeros", 4)),
    _says("deflate-bomb", "deflate", lambda: _bomb(zlib.compress, "elements")),
    _says("raw-deflate-bomb", "deflate", lambda: _bomb(_raw_deflate, "spaces"), b"500 No"),
    _says("br-bomb-of-elements", "br", lambda: _bomb(_brotli, "elements")),
    _says("br-bomb-of-zeros", "br", lambda: _bomb(_brotli, "zeros"), b"401 No"),
    _says("br-bomb-in-gzip", "br, gzip", lambda: gzip.compress(_bomb(_brotli, "zeros"))),
    _packs("gzip-cut", "gzip", lambda body: gzip.compress(body)[:-9]),
    _packs("gzip-of-another-sum", "gzip", lambda body: gzip.compress(body)[:-8] + bytes(8)),
    _packs("gzip-and-more", "gzip", lambda body: gzip.compress(body) + b"more"),
    _packs("gzip-and-zeros", "gzip", lambda body: gzip.compress(body) + bytes(100_000)),
    _packs("gzip-of-many-members", "gzip", lambda body: gzip.compress(b"") * 20_000 + gzip.compress(body)),
    _packs("gzip-with-a-long-name", "gzip", lambda body: b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"n" * 1_000_000),
    _packs("gzip-that-is-none", "gzip", lambda body: body),
    _packs("gzip-of-nothing", "gzip", lambda body: b""),
    _packs("gzip-in-capitals", "GZIP", gzip.compress),
    _packs("deflate-and-more", "deflate", lambda body: zlib.compress(body) + b"more"),
    _packs("deflate-with-a-dictionary", "deflate", lambda body: b"\x78\xbb\0\0\0\0" + zlib.compress(body)),
    _packs("deflate-of-one-byte", "deflate", lambda body: b"\x78"),
    _packs("br-cut", "br", lambda body: _brotli(body)[:-2]),
    _packs("br-that-is-none", "br", lambda body: body),
    _packs("zstd", "zstd", lambda body: b"\x28\xb5\x2f\xfd" + body),
    _packs("compress", "compress", lambda body: b"\x1f\x9d\x90" + body),
    _packs("coding-of-nonsense", "\x1b[31m" + "x" * 4000, lambda body: body),
    _packs("codings-by-the-hundred", ", ".join(["identity"] * 100), lambda body: body),
    _packs("codings-that-are-empty", ",,, ,;q=1,", lambda body: body),
    doing("gzip-of-endless-members", _endless_members),
)

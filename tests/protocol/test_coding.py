"""Content codings: what is undone, what is refused, and that nothing expands beyond its piece."""

import gzip
import importlib
import itertools
import sys
import tracemalloc
import types
import zlib
from collections.abc import Iterator

import pytest

from davlock.errors import RemoteProtocolError
from davlock.protocol.coding import PIECE, decoder_for

TEXT = b"<D:multistatus xmlns:D='DAV:'>" + bytes(range(256)) * 300 + b"</D:multistatus>"


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def decode(encoding: str | None, *pieces: bytes) -> bytes:
    decoder = decoder_for(encoding)
    decoded = [piece for data in pieces for piece in decoder.feed(data)]
    decoder.close()
    assert all(0 < len(piece) <= PIECE for piece in decoded)
    return b"".join(decoded)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize(
    ("encoding", "coded"),
    [
        pytest.param(None, TEXT, id="no field"),
        pytest.param("", TEXT, id="an empty field"),
        pytest.param("identity", TEXT, id="identity"),
        pytest.param("gzip", gzip.compress(TEXT), id="gzip"),
        pytest.param("X-GZip", gzip.compress(TEXT), id="x-gzip, any case"),
        pytest.param("gzip", gzip.compress(TEXT[:900]) + gzip.compress(TEXT[900:]), id="two gzip members"),
        pytest.param("gzip", gzip.compress(TEXT) + b"\0" * 5, id="zeros behind gzip"),
        pytest.param("deflate", zlib.compress(TEXT), id="deflate as zlib"),
        pytest.param("deflate", raw_deflate(TEXT), id="deflate without zlib"),
        pytest.param("gzip, gzip", gzip.compress(gzip.compress(TEXT)), id="gzip twice"),
        pytest.param("deflate, identity, gzip", gzip.compress(zlib.compress(TEXT)), id="the last one is undone first"),
        pytest.param("gzip,gzip,gzip", gzip.compress(gzip.compress(gzip.compress(TEXT))), id="three at most"),
    ],
)
@pytest.mark.parametrize("step", [1, 1000, 10**9], ids=["byte by byte", "in pieces", "at once"])
def test_coding_is_undone(encoding: str | None, coded: bytes, step: int) -> None:
    assert decode(encoding, *cut(coded, step)) == TEXT


@pytest.mark.parametrize("encoding", [None, "gzip", "deflate", "gzip, deflate"])
def test_no_bytes_are_no_truncation(encoding: str | None) -> None:
    assert decode(encoding) == b""
    assert decode(encoding, b"") == b""


@pytest.mark.parametrize(
    ("encoding", "coded", "says"),
    [
        pytest.param("gzip", b"<html>", "the gzip data is damaged", id="not gzip at all"),
        pytest.param("gzip", gzip.compress(TEXT)[:-3], "ends too early", id="gzip cut short"),
        pytest.param("gzip", gzip.compress(TEXT)[:-6] + b"\0" * 6, "damaged", id="gzip with a wrong checksum"),
        pytest.param("gzip", gzip.compress(b"a") + b"tail", "damaged", id="text behind gzip"),
        pytest.param(
            "gzip, gzip", gzip.compress(gzip.compress(TEXT)[:-3]), "ends too early", id="inner gzip cut short"
        ),
        pytest.param("deflate", b"x", "ends too early", id="a single byte of deflate"),
        pytest.param("deflate", zlib.compress(TEXT)[:-3], "ends too early", id="deflate cut short"),
        pytest.param("deflate", b"\x78\x9c<html>", "the deflate data is damaged", id="not deflate behind its head"),
        pytest.param("deflate", zlib.compress(b"a") + b"tail", "bytes follow", id="text behind deflate"),
    ],
)
def test_bad_data_is_the_servers_fault(encoding: str, coded: bytes, says: str) -> None:
    with pytest.raises(RemoteProtocolError, match=says) as raised:
        decode(encoding, coded)
    assert raised.value.where == "Content-Encoding"


def test_bytes_behind_deflate_in_a_later_piece() -> None:
    with pytest.raises(RemoteProtocolError, match="bytes follow"):
        decode("deflate", zlib.compress(b"a"), b"tail")


@pytest.mark.parametrize(
    ("encoding", "says"),
    [
        ("zstd", "'zstd' is not supported"),
        ("gzip, UTF-8", "'utf-8' is not supported"),
        ("gzip, gzip, gzip, gzip", "4 codings"),
    ],
)
def test_unknown_codings_are_refused(encoding: str, says: str) -> None:
    with pytest.raises(RemoteProtocolError, match=says):
        decoder_for(encoding)


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "deflate"])
def test_a_bomb_comes_out_in_pieces(encoding: str) -> None:
    bomb = bytes(100 * 1024 * 1024)
    for coding in encoding.split(", "):
        bomb = gzip.compress(bomb, 1) if coding == "gzip" else zlib.compress(bomb, 1)
    tracemalloc.start()
    try:
        pieces = decoder_for(encoding).feed(bomb)
        taken = sum(len(piece) for piece in itertools.islice(pieces, 1000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken > 900 * PIECE
    assert peak < 10 * PIECE


class FakeBrotli(types.ModuleType):
    """Stands in for the package: ``x`` decodes to more than the limit, ``.`` ends the stream, ``!`` is damage."""

    class error(Exception):
        pass

    class Decompressor:
        def __init__(self) -> None:
            self._held: list[bytes] = []
            self._finished = False

        def process(self, data: bytes, output_buffer_limit: int) -> bytes:
            if b"!" in data:
                raise FakeBrotli.error("broken")
            self._held += [b"y" * (output_buffer_limit + 5)] * data.count(b"x")
            self._finished = self._finished or b"." in data
            return self._held.pop() if self._held else b""

        def can_accept_more_data(self) -> bool:
            return len(self._held) < 2

        def is_finished(self) -> bool:
            return self._finished and not self._held


def test_br_by_a_package_that_bounds_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brotli", FakeBrotli("brotli"))
    assert decode("br", b"xx", b"x.") == b"y" * 3 * (PIECE + 5)
    with pytest.raises(RemoteProtocolError, match="damaged"):
        decode("br", b"!")
    with pytest.raises(RemoteProtocolError, match="ends too early"):
        decode("br", b"x")


@pytest.mark.long
def test_br_by_the_real_package() -> None:
    brotli = importlib.import_module("brotli")
    coded = brotli.compress(TEXT)
    assert decode("br", coded) == TEXT
    assert decode("br", *cut(coded, 7)) == TEXT
    bomb = decoder_for("br").feed(brotli.compress(bytes(100 * 1024 * 1024)))
    assert max(len(piece) for piece in itertools.islice(bomb, 100)) == PIECE


def test_br_needs_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brotli", None)
    with pytest.raises(RemoteProtocolError, match="needs the Python package brotli"):
        decoder_for("br")


def test_br_is_refused_where_nothing_would_bound_it(monkeypatch: pytest.MonkeyPatch) -> None:
    old = types.ModuleType("brotli")
    old.__dict__.update(Decompressor=object, error=ValueError)
    monkeypatch.setitem(sys.modules, "brotli", old)
    assert importlib.import_module("brotli") is old
    with pytest.raises(RemoteProtocolError, match=r"version 1\.2"):
        decoder_for("br")

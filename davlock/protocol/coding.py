"""Content codings undone in bounded pieces (RFC 9110 §8.4.1): gzip, deflate, br where its package is installed.

A few kilobytes can decode to gigabytes. Every piece that comes out is at most ``PIECE`` bytes, and none is made before
the one in front of it was taken, so that whoever counts them can stop early.
"""

import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from davlock.errors import RemoteProtocolError

PIECE = 64 * 1024
"""The most bytes that one step of decoding gives out."""

LONGEST_CHAIN = 3
"""Codings on top of each other; an honest server applies one, a broken chain of proxies two."""

_WHERE = "Content-Encoding"

# zlib copies the input it has not used at every step: small steps keep that from growing with the square of the input.
_INPUT_STEP = 16 * 1024


class _Stage(Protocol):
    """Undoes one coding."""

    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class Decoder:
    """Undoes a list of codings, the one applied last first."""

    def __init__(self, stages: Iterable[_Stage] = ()) -> None:
        self._stages = tuple(stages)
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded pieces that ``data`` completes: each must be taken before the next call."""
        self._started = self._started or bool(data)
        pieces = _cut(data, PIECE)
        for stage in self._stages:
            pieces = _through(stage, pieces)
        return pieces

    def close(self) -> None:
        """The end of the body. A body of no bytes is fine: a 204 or HEAD may name a coding and have nothing to code."""
        if self._started:
            for stage in self._stages:
                stage.close()


def decoder_for(content_encoding: str | None) -> Decoder:
    """For the value of Content-Encoding; raises ``RemoteProtocolError`` for a coding that cannot be undone here."""
    names = [name.strip().lower() for name in (content_encoding or "").split(",")]
    codings = [name for name in names if name not in ("", "identity")]
    if len(codings) > LONGEST_CHAIN:
        raise RemoteProtocolError(
            _WHERE, f"{len(codings)} codings on top of each other, and only {LONGEST_CHAIN} are undone"
        )
    return Decoder([_stage(name) for name in reversed(codings)])


def _stage(name: str) -> _Stage:
    made = _STAGES.get(name)
    if made is None:
        raise RemoteProtocolError(_WHERE, f"the coding {name!r:.40} is not supported")
    return made()


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    view = memoryview(data)
    return (bytes(view[start : start + size]) for start in range(0, len(data), size))


def _through(stage: _Stage, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield from stage.feed(piece)


class _Gzip:
    """RFC 1952: members one after the other, and zeros behind the last, as tape and some servers pad it."""

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        for step in _cut(data, _INPUT_STEP):
            rest = step
            while rest := rest if self._member else rest.lstrip(b"\0"):
                self._member = self._member or zlib.decompressobj(16 + zlib.MAX_WBITS)
                yield from _inflate(self._member, rest, "gzip")
                rest = self._member.unused_data
                if self._member.eof:
                    self._member = None

    def close(self) -> None:
        if self._member is not None:
            raise RemoteProtocolError(_WHERE, "the gzip data ends too early")


class _Deflate:
    """RFC 9110 §8.4.1.2: zlib (RFC 1950) around deflate (RFC 1951); some servers leave zlib's two bytes out."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:
                return
            data, self._head = self._head, b""
            # RFC 1950 §2.2: method 8 in the low bits of the first byte, and both bytes a multiple of 31.
            wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        for step in _cut(data, _INPUT_STEP):
            if self._stream.eof:
                raise RemoteProtocolError(_WHERE, "bytes follow the end of the deflate data")
            yield from _inflate(self._stream, step, "deflate")
            if self._stream.unused_data:
                raise RemoteProtocolError(_WHERE, "bytes follow the end of the deflate data")

    def close(self) -> None:
        if self._stream is None or not self._stream.eof:
            raise RemoteProtocolError(_WHERE, "the deflate data ends too early")


def _inflate(stream: "zlib._Decompress", data: bytes, name: str) -> Iterator[bytes]:
    """What ``data`` decodes to; bytes behind the end of the stream are left in its ``unused_data``."""
    while True:
        try:
            piece = stream.decompress(data, PIECE)
        except zlib.error as exc:
            raise RemoteProtocolError(_WHERE, f"the {name} data is damaged ({exc})") from exc
        if piece:
            yield piece
        data = stream.unconsumed_tail
        # A full piece may have left more inside zlib, even when it has taken all of its input.
        if stream.eof or (not data and len(piece) < PIECE):
            return


class _Brotli:
    """RFC 7932, by the package ``brotli``: from 1.2 on, since before it nothing bounded what one step gives out."""

    def __init__(self) -> None:
        try:
            package = importlib.import_module("brotli")
        except ImportError as exc:
            raise RemoteProtocolError(_WHERE, "the coding 'br' needs the Python package brotli") from exc
        self._stream = package.Decompressor()
        self._error: type[Exception] = package.error
        if not hasattr(self._stream, "can_accept_more_data"):
            raise RemoteProtocolError(
                _WHERE, "the coding 'br' needs version 1.2 of the Python package brotli, or a later one"
            )

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                decoded: bytes = self._stream.process(data, output_buffer_limit=PIECE)
            except self._error as exc:
                raise RemoteProtocolError(_WHERE, f"the br data is damaged ({exc})") from exc
            # The limit is where it stops growing its buffer, and that buffer may be larger by then.
            yield from _cut(decoded, PIECE)
            data = b""
            # It also says that it can accept more while it still holds decoded bytes back.
            if self._stream.is_finished() or (not decoded and self._stream.can_accept_more_data()):
                return

    def close(self) -> None:
        if not self._stream.is_finished():
            raise RemoteProtocolError(_WHERE, "the br data ends too early")


# RFC 9110 §8.4.1.3: x-gzip is gzip.
_STAGES: dict[str, Callable[[], _Stage]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate, "br": _Brotli}

"""Honest inputs: what servers, clients and people wrote, from the fixtures of the tests."""

import gzip
import re
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.capture.recordings import NAMES, recording, response_of
from tests.diagnosis.archive import SERVERS, recorded

TESTS = Path(__file__).parents[2]

_FOLDERS = ("pastes", "pastes/holdout", "pastes/second_holdout", "capture/shapes", "fixtures/captures")
_CAPTURES = (".txt", ".har", ".http", ".log")


@cache
def responses() -> tuple[bytes, ...]:
    """Answers of servers, each with its head."""
    answers = [response_of(name) for name in NAMES]
    answers += [one.response for server in SERVERS for one in recorded(server)[::25]]
    return tuple(filter(None, answers))


@cache
def bodies() -> tuple[bytes, ...]:
    """Bodies of answers that begin as XML, each once."""
    parts = (answer.partition(b"\r\n\r\n")[2].strip() for answer in responses())
    return tuple(dict.fromkeys(body for body in parts if body.startswith(b"<")))


@cache
def fields(*names: str) -> tuple[bytes, ...]:
    """The values of header fields, of requests and answers, each once."""
    pattern = re.compile(rb"(?im)^(?:%b):[ \t]*([^\r\n]+)" % "|".join(names).encode())
    texts: Iterable[bytes] = (one.whole for server in SERVERS for one in recorded(server))
    return tuple(dict.fromkeys(value for text in texts for value in pattern.findall(text)))[:300]


@cache
def captures() -> tuple[bytes, ...]:
    """What people hand to ``davlock explain``."""
    files = (file for folder in _FOLDERS for file in sorted((TESTS / folder).iterdir()))
    texts = [file.read_bytes() for file in files if file.suffix in _CAPTURES]
    texts += [recording(name) for name in NAMES]
    return tuple(text for text in texts if len(text) < 64 * 1024)


@cache
def codings() -> tuple[bytes, ...]:
    """A line for Content-Encoding, and a body that has it."""
    text = b"".join(bodies()[:3]) or b"x"
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    coded = {
        b"gzip": gzip.compress(text, mtime=0),
        b"deflate": zlib.compress(text),
        b"deflate, gzip": gzip.compress(zlib.compress(text), mtime=0),
        b"identity": text[:500],
    }
    bomb = gzip.compress(b"\0" * 2_000_000, mtime=0)
    pairs = [
        *coded.items(),
        (b"deflate", raw.compress(text) + raw.flush()),
        (b"gzip, gzip", gzip.compress(bomb, mtime=0)),
    ]
    return tuple(name + b"\n" + body for name, body in pairs)

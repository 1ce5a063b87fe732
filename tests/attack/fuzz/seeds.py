"""Honest inputs: what servers, clients and people wrote, from the fixtures of the tests."""

import gzip
import json
import re
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from davlock.operations.cleanup.journal import FORMAT
from davlock.own_files.user_folders import LEDGER_FILE
from tests.capture.recordings import NAMES, recording, response_of
from tests.diagnosis.archive import SERVERS, recorded
from tests.ledger.filled import fill

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


@cache
def journals() -> tuple[bytes, ...]:
    """What a clean-up wrote of two locks, whole and after a kill."""
    lock = {
        "url": "https://dav.example/a/b",
        "root": "https://dav.example/a/b",
        "inside": True,
        "token": "urn:uuid:1",
        "scope": "exclusive",
        "type": "write",
        "depth": "0",
        "owner": ["alice", "alice"],
        "timeout": [600, "Second-600"],
        "lockroot": ["https://dav.example/a/b", "/a/b"],
        "vendor": [["nc:lock-owner", "alice"]],
        "seen": [1_790_000_000.0, 1_790_000_001.0, "2026-11-22T12:00:00+00:00"],
    }
    plan = {"step": "plan", "target": "https://dav.example/a/", "decision": "release", "why": "old", "lock": lock}
    steps = (
        {"journal": FORMAT, "settings": {"targets": ["https://dav.example/a/"]}},
        {"step": "planning"},
        {"n": 1, **plan},
        {"n": 2, **plan},
        {"step": "planned", "locks": 2, "counts_down": {"https://dav.example/a/": None}},
        {"step": "unlock", "n": 1},
        {"step": "outcome", "n": 1, "outcome": "released", "why": ""},
        {"step": "resumed"},
        {"step": "end", "whole": True},
    )
    whole = b"".join(json.dumps(step).encode() + b"\n" for step in steps)
    return whole, whole[:-60]


@cache
def ledgers() -> tuple[bytes, ...]:
    """The file of a ledger with three rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "state"
        fill(3, folder=folder)
        connection = sqlite3.connect(folder / LEDGER_FILE)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")
        connection.close()
        return ((folder / LEDGER_FILE).read_bytes(),)

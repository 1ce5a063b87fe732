"""Mutate pastes and let davlock read them: ``python -m tests.pastes.mutate [--seed N] [--count N]``.

The pastes of this directory, the examples of all shapes and the captures of the fixtures are cut, joined, doubled and
sprinkled with bytes. Each result is read, judged and searched for what it mentions, in this process. A traceback, a
reading longer than the limit, or more exchanges than a paste may have are failures: the seed of each is printed, and
``--seed N --count 1`` repeats it. The exit status is 1 if there was one.
"""

import argparse
import itertools
import random
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from davlock.capture.detect import read_capture
from davlock.capture.foreign import NotACapture
from davlock.capture.supplement import Supplement
from davlock.diagnosis.incidents import split_capture
from davlock.diagnosis.judge_capture import judge_incident
from davlock.diagnosis.mentions import mentions
from davlock.errors import LocalProtocolError

HERE = Path(__file__).parent
FOLDERS = (HERE, HERE.parent / "capture" / "shapes", HERE.parent / "fixtures" / "captures")

SECONDS = 10.0
"""Processor time that one reading may take."""

EXCHANGES = 2000
"""Exchanges that one mutated paste may have."""

_PIECES = (
    *(b"\n", b"\r\n", b"\r", b"\t", b" ", b"\x00", b"\xff", b"\x1b[31m", b"> ", b"| ", b"&lt;", b"\\n", b'\\"', b"'"),
    *(b"HTTP/1.1 423 Locked\r\n", b"< HTTP/2 409\n", b"> PUT /a HTTP/1.1\n", b'{"status": 423, "message": "locked"}'),
    *(b"<d:error xmlns:d='DAV:'>", b"</d:error>", b"```\n", b"&quot;", b"$ curl -X LOCK http://a/b\n", b"{" * 200),
    *("\u2028".encode(), "é".encode("latin-1"), "\u202e".encode(), b"LOCK ", b"423", b" 99999999999 ", b"%", b"://["),
)


def seeds() -> tuple[bytes, ...]:
    """Returns the texts that are mutated."""
    files = (file for folder in FOLDERS for file in sorted(folder.iterdir()))
    return tuple(file.read_bytes() for file in files if file.suffix in (".txt", ".har", ".http", ".log"))


def mutation(chance: random.Random, texts: Sequence[bytes]) -> bytes:
    """Returns one mutated text."""
    data = chance.choice(texts)
    for _ in range(chance.randrange(1, 7)):
        data = chance.choice(_STEPS)(chance, data, texts)
    return data[: 256 * 1024]


def _cut(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] if chance.random() < 0.5 else data[start:]


def _remove(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randrange(60) :]


def _insert(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + chance.choice(_PIECES) * chance.choice((1, 1, 1, 2, 50)) + data[start:]


def _flip(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(min(len(changed), chance.randrange(1, 9))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _double(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.randrange(400))
    return data[:end] + data[start:end] * chance.choice((1, 2, 20)) + data[end:]


def _join(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    other = chance.choice(texts)
    start, position = chance.randrange(len(other) + 1), chance.randrange(len(data) + 1)
    return data[:position] + other[start : start + chance.randrange(2000)] + data[position:]


def _shuffle(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _mark(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    mark = chance.choice((b"> ", b"    ", b"\t", b"web-1  | ", b"* ", b"< ", b"{ "))
    return b"\n".join(mark + line for line in data.split(b"\n"))


def _breaks(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"", b"\n\n", b" ", b"\\n")))


def _as_other_bytes(chance: random.Random, data: bytes, texts: Sequence[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "latin-1", "utf-8-sig")), "replace")


_STEPS: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    *(_cut, _remove, _remove, _insert, _insert, _flip, _double, _join, _shuffle, _mark, _breaks, _as_other_bytes),
)


def read(data: bytes) -> int:
    """Reads and judges one text as ``davlock explain`` does; returns how many exchanges it has."""
    try:
        capture = read_capture(data, Supplement())
    except NotACapture as error:
        mentions(error.text)
        return 0
    except LocalProtocolError:
        return 0
    for story in split_capture(capture.exchanges).incidents:
        judge_incident(story)
    return len(capture.exchanges)


class ReadingTooLong(Exception):
    """A reading took longer than its limit."""


def _too_long(number: int, frame: FrameType | None) -> None:
    raise ReadingTooLong


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line for each failure, then the total."""
    parser = argparse.ArgumentParser(prog="python -m tests.pastes.mutate", description="Mutate pastes.")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the first seed; each mutation has its own")
    parser.add_argument("--count", type=int, default=10_000, metavar="N", help="how many mutations")
    options = parser.parse_args(arguments)
    texts = seeds()
    signal.signal(signal.SIGVTALRM, _too_long)
    failures = 0
    for seed in itertools.islice(itertools.count(options.seed), options.count):
        data = mutation(random.Random(seed), texts)  # noqa: S311 -- a seed, no secret
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            exchanges = read(data)
            problem = f"{exchanges} exchanges" if exchanges > EXCHANGES else ""
        except ReadingTooLong:
            problem = f"longer than {SECONDS:g} s"
        except Exception:
            problem = traceback.format_exc().strip().replace("\n", "\n    ")
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if problem:
            failures += 1
            sys.stdout.write(f"seed {seed}: {problem}\n")
            sys.stdout.flush()
        if (seed - options.seed + 1) % 10_000 == 0:
            sys.stdout.write(f"{seed - options.seed + 1} read, {failures} failed\n")
            sys.stdout.flush()
    sys.stdout.write(f"{options.count} mutations from seed {options.seed}: {failures} failed\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

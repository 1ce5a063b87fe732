"""Whether the time of a reader grows faster than its input: pieces repeated until it shows.

Of each piece an input is made of n, 2n and 4n bytes. Four times the input takes four times the time where the reader is
honest, sixteen times where each byte costs as much as all before it. Measured is processor time, the best of three.
"""

import random
import time
from collections.abc import Iterator, Sequence

from tests.attack.fuzz.mutate import ODD
from tests.attack.fuzz.reader import Reader
from tests.attack.fuzz.trial import Fault, attempt

TIMES = 9.0
"""Growth of the time, for four times the input, from which a reader is at fault."""

LEAST = 0.05
"""Processor seconds below which nothing is measured."""

_MORE = (
    b"()",
    b"<>",
    b"[]",
    b"{}",
    b'""',
    b"<a></a>",
    b"a",
    b"a ",
    b"a,",
    b"1",
    b"1.",
    b"- ",
    b'"a",',
    b"a=b;",
    b"a\n",
)


class Growth:
    """Measures one reader."""

    def __init__(self, reader: Reader, chance: random.Random, pool: Sequence[bytes]) -> None:
        self._reader = reader
        self._chance = chance
        self._pool = pool
        self._others: dict[str, tuple[Fault, bytes]] = {}
        """Faults of another kind that only the large inputs have."""
        self.executions = 0

    def faults(self, until: float) -> Iterator[tuple[Fault, bytes]]:
        """Each piece whose repetition takes too long, with an input that shows it."""
        for before, piece, after in self._shapes():
            if time.monotonic() > until:
                break
            if (fault := self._fault(before, piece, after)) is not None:
                yield fault
        yield from self._others.values()

    def _shapes(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """What stands before the repetition, the piece, and what stands behind it."""
        pieces = list(dict.fromkeys((*self._reader.words, *ODD, *_MORE)))
        self._chance.shuffle(pieces)
        for piece in pieces:
            yield b"", piece, b""
            seed = self._chance.choice(self._pool)
            place = self._chance.randrange(len(seed) + 1)
            yield seed[:place], piece, seed[place:]
        for _ in range(40):
            seed = self._chance.choice(self._pool)
            start = self._chance.randrange(len(seed) + 1)
            end = min(len(seed), start + 1 + int(self._chance.expovariate(0.03)))
            yield seed[:start], seed[start:end] or b"x", seed[end:]

    def _fault(self, before: bytes, piece: bytes, after: bytes) -> tuple[Fault, bytes] | None:
        size = self._reader.longest * 16

        def grown(part: int) -> bytes:
            return before + piece * max(1, size // part // len(piece)) + after

        slowest = self._seconds(grown(1), tries=1)
        if slowest < LEAST:
            return None
        quarter = self._seconds(grown(4), tries=3)
        slowest = min(slowest, self._seconds(grown(1), tries=2))
        if slowest < LEAST or slowest < TIMES * max(quarter, 0.001):
            return None
        words = f"{len(grown(4))} bytes take {quarter:.3f} s, {len(grown(1))} bytes {slowest:.3f} s: {piece[:40]!r} …"
        return Fault(what=words, key=f"growth {piece[:20]!r}"), grown(8)

    def _seconds(self, data: bytes, *, tries: int) -> float:
        self.executions += tries
        taken = []
        for _ in range(tries):
            seconds, fault = attempt(self._reader, data)
            taken.append(seconds)
            if fault is not None:
                self._others.setdefault(fault.key, (fault, data))
        return min(taken)

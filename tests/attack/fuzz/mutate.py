"""Mutations of inputs that know a little about text: lines, words, numbers, brackets, long repeats, odd characters."""

import random
import re
from collections.abc import Callable, Sequence

ODD = (
    *(b"\x00", b"\r", b"\n", b"\r\n", b"\t", b" ", b"\x1b[31m", b"\x7f", b"\xff", b"\xfe\xff", b"\xff\xfe"),
    *(
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xed\xb3\xbf",
        b"\xf4\x90\x80\x80",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xe2\x80\xae",
    ),
    *(b"\xe2\x80\x8d", b"\xef\xbb\xbf", b"\xcc\x81" * 5, b"\xc4\xb0", b"\xc5\xbf", b"\xc3\x9f", b"\xef\xbc\xa1"),
    *(b"\xd9\xa3", b"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", b"\xf3\xa0\x81\x81"),
    *(
        b"&#0;",
        b"&#x1b;",
        b"&lt;",
        b"&",
        b'"',
        b"'",
        b"<",
        b">",
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b"\\",
        b"/",
        b"//",
    ),
    *(b"..", b"%", b"%00", b"%2F", b"%ff", b",", b";", b":", b"=", b"@", b"#", b"?", b"*", b"|", b"$", b"`", b"::"),
    *(b"##vso[", b"]]>", b"<!--", b"-->"),
)

NUMBERS = (
    *(b"0", b"-0", b"-1", b"1", b"00", b"2147483648", b"4294967295", b"4294967296", b"9223372036854775808"),
    *(b"1e999", b"-1e999", b"NaN", b"Infinity", b"0x10", b"1_000", b"1.5", b".5", b"1" * 30, b"9" * 5000, b"+1"),
)

_WORD = re.compile(rb"[A-Za-z0-9_.-]+|[^A-Za-z0-9_.\s-]|\s+")
_NUMBER = re.compile(rb"\d+")


class Mutator:
    """Makes inputs out of others; ``chance`` decides all of it."""

    def __init__(self, chance: random.Random, words: Sequence[bytes], longest: int) -> None:
        self._chance = chance
        self._pieces = (*words, *words, *ODD) if words else ODD
        self._longest = longest
        self._steps: tuple[Callable[[bytes, bytes], bytes], ...] = (
            *(
                self._cut,
                self._lose,
                self._lose,
                self._put,
                self._put,
                self._put,
                self._flip,
                self._double,
                self._splice,
            ),
            *(
                self._swap_words,
                self._double_word,
                self._lose_word,
                self._number,
                self._lines,
                self._repeat,
                self._case,
            ),
        )

    def mutated(self, data: bytes, other: bytes) -> bytes:
        """``data`` after one to eight accidents; parts of ``other`` may get into it."""
        chance = self._chance
        for _ in range(1 + int(chance.expovariate(0.7)) % 8):
            data = self._steps[int(chance.random() * len(self._steps))](data, other)
        return data[: self._longest]

    def _place(self, data: bytes) -> int:
        return int(self._chance.random() * (len(data) + 1))

    def _cut(self, data: bytes, other: bytes) -> bytes:
        place = self._place(data)
        return data[:place] if self._chance.random() < 0.7 else data[place:]

    def _lose(self, data: bytes, other: bytes) -> bytes:
        place = self._place(data)
        return data[:place] + data[place + 1 + int(self._chance.expovariate(0.2)) :]

    def _put(self, data: bytes, other: bytes) -> bytes:
        place = self._place(data)
        return data[:place] + self._chance.choice(self._pieces) + data[place:]

    def _flip(self, data: bytes, other: bytes) -> bytes:
        if not data:
            return data
        place = self._place(data) % len(data)
        if self._chance.random() < 0.5:
            changed = data[place] ^ (1 << self._chance.randrange(8))
        else:
            changed = self._chance.randrange(256)
        return data[:place] + bytes((changed,)) + data[place + 1 :]

    def _double(self, data: bytes, other: bytes) -> bytes:
        start = self._place(data)
        part = data[start : start + 1 + int(self._chance.expovariate(0.05))]
        place = self._place(data)
        return data[:place] + part * self._chance.choice((1, 1, 2, 7)) + data[place:]

    def _splice(self, data: bytes, other: bytes) -> bytes:
        start = self._place(other)
        part = other[start : start + 1 + int(self._chance.expovariate(0.01))]
        place = self._place(data)
        return data[:place] + part + data[place + (len(part) if self._chance.random() < 0.5 else 0) :]

    def _words(self, data: bytes) -> list[bytes]:
        start = self._place(data) if len(data) > 2000 else 0
        return [data[:start], *_WORD.findall(data[start : start + 1000]), data[start + 1000 :]]

    def _swap_words(self, data: bytes, other: bytes) -> bytes:
        words = self._words(data)
        first, second = self._chance.randrange(len(words)), self._chance.randrange(len(words))
        words[first], words[second] = words[second], words[first]
        return b"".join(words)

    def _double_word(self, data: bytes, other: bytes) -> bytes:
        words = self._words(data)
        place = self._chance.randrange(len(words))
        words[place] *= self._chance.choice((2, 2, 3, 40))
        return b"".join(words)

    def _lose_word(self, data: bytes, other: bytes) -> bytes:
        words = self._words(data)
        del words[self._chance.randrange(len(words))]
        return b"".join(words)

    def _number(self, data: bytes, other: bytes) -> bytes:
        found = [match.span() for match in _NUMBER.finditer(data[:4000])]
        if not found:
            return self._put(data, other)
        start, end = self._chance.choice(found)
        return data[:start] + self._chance.choice(NUMBERS) + data[end:]

    def _lines(self, data: bytes, other: bytes) -> bytes:
        lines = data.split(b"\n")
        if len(lines) < 2:
            return self._swap_words(data, other)
        kind = self._chance.randrange(4)
        first, second = self._chance.randrange(len(lines)), self._chance.randrange(len(lines))
        if kind == 0:
            lines[first], lines[second] = lines[second], lines[first]
        elif kind == 1:
            del lines[first]
        elif kind == 2:
            lines.insert(second, lines[first])
        else:
            lines[first] = self._chance.choice((b" ", b"> ", b"< ", b"* ", b"\t", b"| ")) + lines[first]
        return b"\n".join(lines)

    def _repeat(self, data: bytes, other: bytes) -> bytes:
        piece = self._chance.choice(self._pieces)
        place = self._place(data)
        most = max(1, min(self._longest // len(piece), 2000))
        return data[:place] + piece * int(most ** self._chance.random()) + data[place:]

    def _case(self, data: bytes, other: bytes) -> bytes:
        start = self._place(data)
        end = start + 1 + int(self._chance.expovariate(0.1))
        return data[:start] + data[start:end].swapcase() + data[end:]

"""Everything in davlock that reads what others wrote, fuzzed."""

from collections.abc import Callable, Iterator

from tests.attack.fuzz.readers import READERS
from tests.attack.group import Attack, Draw, Group
from tests.attack.victim import Ended, Victim
from tests.attack.worker import fuzz

ELSEWHERE = frozenset({"truncation"})
"""Readers that another group attacks."""

AT_ONCE = 50_000
"""Executions of one process: a small one starts again with the seeds, a large one finds more."""

GROWTH = 30.0
"""Seconds for which the growth of the time of each reader is measured."""


def _attacks(draw: Draw) -> Iterator[Attack]:
    for name, reader in READERS.items():
        if name in ELSEWHERE:
            continue
        left = max(100, round(reader.count * draw.scale))
        part = 0
        while left > 0:
            count = min(left, AT_ONCE)
            options = ("--growth", f"{GROWTH * min(1.0, draw.scale):g}") if part == 0 else ()
            yield Attack(name=name, make=_one(name, draw.seed * 1000 + part, count, options))
            left -= count
            part += 1


def _one(name: str, seed: int, count: int, options: tuple[str, ...]) -> Callable[[Victim], list[Ended]]:
    return lambda victim: [fuzz(victim, name, seed, count, *options)]


GROUP = Group(
    name="readers",
    what="Mutated headers, bodies, captures, URLs, words and files, given to each reader in one process.",
    attacks=_attacks,
)

"""A campaign against one reader: many executions, guided by what they reach."""

import base64
import random
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.attack.fuzz.growth import Growth
from tests.attack.fuzz.guide import Guide
from tests.attack.fuzz.mutate import Mutator
from tests.attack.fuzz.reader import Reader
from tests.attack.fuzz.trial import Fault, attempt, minimised

SAMPLE = 40
"""Of so many executions one is traced."""

MOST_KEPT = 4000
"""Inputs that are mutated again."""

MOST_FAULTS = 20


@dataclass(slots=True)
class Campaign:
    """What came of it."""

    reader: Reader
    executions: int = 0
    slowest: tuple[float, bytes] = (0.0, b"")
    faults: dict[str, tuple[Fault, bytes]] = field(default_factory=dict)
    lines: int = 0
    """Lines of davlock that were reached, where that was counted."""
    guide: str = ""

    def try_out(self, data: bytes) -> None:
        """One execution."""
        seconds, fault = attempt(self.reader, data)
        self.executions += 1
        if seconds > self.slowest[0]:
            self.slowest = seconds, data
        if fault is not None and fault.key not in self.faults and len(self.faults) < MOST_FAULTS:
            self.faults[fault.key] = fault, minimised(self.reader, data, fault)

    def report(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "reader": self.reader.name,
            "executions": self.executions,
            "guide": self.guide,
            "lines": self.lines,
            "slowest_seconds": round(self.slowest[0], 4),
            "slowest_input": base64.b64encode(self.slowest[1][:2000]).decode(),
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "faults": [
                {"what": fault.what, "bytes": len(data), "input": base64.b64encode(data[:20_000]).decode()}
                for fault, data in self.faults.values()
            ],
        }


def run(reader: Reader, seed: int, count: int, *, seconds: float, growth: float) -> Campaign:
    """``count`` executions, or as many as ``seconds`` allow; then ``growth`` seconds for :func:`grow`."""
    campaign = Campaign(reader, guide="own")
    chance = random.Random(f"{reader.name} {seed}")  # noqa: S311 -- a seed, no secret
    pool = list(reader.seeds())
    mutator = Mutator(chance, reader.words, reader.longest)
    guide = Guide()
    until = time.monotonic() + seconds
    for data in pool:
        guide.reaches_more(_tried(campaign, data))
    while campaign.executions < count and time.monotonic() < until:
        data = mutator.mutated(_chosen(chance, pool), _chosen(chance, pool))
        if campaign.executions % SAMPLE:
            campaign.try_out(data)
        elif guide.reaches_more(_tried(campaign, data)) and len(pool) < MOST_KEPT:
            pool.append(data)
    campaign.lines = len(guide.reached)
    grow(campaign, chance, pool, growth)
    return campaign


def grow(campaign: Campaign, chance: random.Random, pool: Sequence[bytes], seconds: float) -> None:
    """Measure for ``seconds`` if the time of the reader grows faster than its input."""
    if not campaign.reader.growth or not seconds:
        return
    measure = Growth(campaign.reader, chance, pool)
    for fault, data in measure.faults(time.monotonic() + seconds):
        campaign.faults.setdefault(fault.key, (fault, data))
    campaign.executions += measure.executions


def _tried(campaign: Campaign, data: bytes) -> Callable[[], object]:
    return lambda: campaign.try_out(data)


def _chosen(chance: random.Random, pool: list[bytes]) -> bytes:
    """One of them, the newest more often."""
    place = chance.random()
    return pool[int((place if chance.random() < 0.5 else place**0.5) * len(pool))]

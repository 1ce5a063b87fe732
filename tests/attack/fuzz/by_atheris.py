"""The same campaign, guided by atheris (libFuzzer): it sees every branch of davlock that an input takes."""

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]  # optional, without types

from tests.attack.fuzz.campaign import Campaign, grow
from tests.attack.fuzz.mutate import Mutator
from tests.attack.fuzz.reader import Reader


def run(reader: Reader, seed: int, count: int, *, seconds: float, growth: float) -> None:
    """``count`` executions, or as many as ``seconds`` allow; then ``growth`` seconds for ``grow``.

    Prints the report, and ends the process.
    """
    campaign = Campaign(reader, guide="atheris")
    chance = random.Random(f"{reader.name} {seed}")  # noqa: S311 -- a seed, no secret
    mutator = Mutator(chance, reader.words, reader.longest)
    seeds = list(reader.seeds())
    until = time.monotonic() + seconds
    stdout = os.dup(1)

    def execute(data: bytes) -> None:
        campaign.try_out(data)
        if campaign.executions >= count or time.monotonic() > until:
            grow(campaign, chance, seeds, growth)
            os.write(stdout, json.dumps(campaign.report()).encode() + b"\n")
            os._exit(0)  # libFuzzer has an end of its own, and it prints

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        if chance.random() < 0.2:
            return bytes(atheris.Mutate(data, most))
        return mutator.mutated(data, chance.choice(seeds))[:most]

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(seeds):
            (Path(folder) / str(number)).write_bytes(data[: reader.longest])
        atheris.instrument_all()
        arguments = [f"-seed={seed}", f"-max_len={reader.longest}", "-len_control=0", "-verbosity=0", "-rss_limit_mb=0"]
        atheris.Setup([sys.argv[0], *arguments, folder], execute, custom_mutator=mutate)
        atheris.Fuzz()

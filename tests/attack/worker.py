"""Runs a fuzzer in a process of its own, so that its memory is measured and a hang ends."""

import json
import os
from dataclasses import replace

from tests.attack.victim import ROOT, Ended, Order, Victim

SECONDS = 900.0
"""For one worker."""

FUZZ_PEAK_BYTES = 400_000_000
"""A worker holds its corpus and, with atheris, what it saw."""


def fuzz(victim: Victim, reader: str, seed: int, count: int, *options: str, seconds: float = SECONDS) -> Ended:
    """``count`` executions of a reader; its faults become those of the run."""
    order = Order(
        module="tests.attack.fuzz",
        arguments=(reader, str(seed), str(count), "--seconds", str(seconds * 0.8), *options),
        seconds=seconds,
        documented=frozenset({0}),
        peak_bytes=FUZZ_PEAK_BYTES,
        environment={"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))},
    )
    ended = victim.run(order, f"{reader}, seed {seed}")
    try:
        report = json.loads(ended.out.splitlines()[-1])
    except (IndexError, ValueError):
        why = ended.err.decode("utf-8", "replace").strip().splitlines()[-1:]
        return replace(ended, faults=(*ended.faults, f"the worker has no report: {why}"))
    faults = [f"{fault['what']} -- {fault['bytes']} bytes: {fault['input'][:400]}" for fault in report["faults"]]
    (ROOT / "build" / "fuzz").mkdir(parents=True, exist_ok=True)
    for number, fault in enumerate(report["faults"]):
        (ROOT / "build" / "fuzz" / f"{reader}-{seed}-{number}.json").write_text(json.dumps(fault))
    return replace(ended, faults=(*ended.faults, *faults), executions=report["executions"])

"""Attack davlock, and say what it survived.

    python -m tests.attack                      everything: some five hours on two cores
    python -m tests.attack answers documents    only these groups
    python -m tests.attack --scale 0.05         a twentieth of each, for a look
    python -m tests.attack --list               the groups
    python -m tests.attack --pick TEXT          only attacks with TEXT in their name

The exit status is 1 if one was not survived, and 2 if there was none. With ``--write`` the figures go to
docs/robustness.json, together with the commit that they were measured on; ``make docs`` writes the page from it.
"""

import argparse
import concurrent.futures
import contextlib
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.attack.group import Attack, Draw, Group, Tally
from tests.attack.groups import GROUPS
from tests.attack.victim import ROOT, Ended, Victim
from tests.measured import Launcher

RECORD = ROOT / "docs" / "robustness.json"


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="GROUP", help="only these groups")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--workers", type=int, default=2, help="how many processes at once")
    parser.add_argument("--pick", default="", metavar="TEXT", help="only attacks with TEXT in their name")
    parser.add_argument("--list", action="store_true", help="name the groups, and attack nothing")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/robustness.json")
    options = parser.parse_args()
    unknown = set(options.names) - {group.name for group in GROUPS}
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    chosen = [group for group in GROUPS if not options.names or group.name in options.names]
    _heed_signals()
    if options.list:
        print("\n".join(f"{group.name}\t{group.what}" for group in chosen))
        return 0
    tallies = {}
    for group in chosen:
        tallies[group.name] = tally = attack(group, options)
        print(line(group.name, tally), flush=True)
    if not any(tally.runs for tally in tallies.values()):
        print(f"no attack has {options.pick!r} in its name", file=sys.stderr)
        return 2
    if options.write:
        write({name: tally for name, tally in tallies.items() if tally.runs}, options)
    return 1 if any(tally.faults for tally in tallies.values()) else 0


def attack(group: Group, options: argparse.Namespace) -> Tally:
    """All attacks of a group, ``--workers`` at a time; each fault is printed as it is found."""
    tally, began, guard = Tally(), time.monotonic(), threading.Lock()
    with tempfile.TemporaryDirectory(prefix="davlock-attack-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "shared").mkdir()

        def leave_out(words: str) -> None:
            tally.left_out.append(words)
            print(f"  {group.name} leaves out {words}", flush=True)

        draw = Draw(seed=options.seed, scale=options.scale, folder=folder / "shared", stack=stack, leave_out=leave_out)
        attacks = (each for each in group.attacks(draw) if options.pick in each.name)

        def work(number: int) -> None:
            with Launcher() as launcher:
                while (attack := _next(attacks, guard)) is not None:
                    with tempfile.TemporaryDirectory(prefix=f"{number}-", dir=folder) as own:
                        results = attack.make(Victim(launcher, Path(own)))
                    with guard:
                        for ended in results:
                            tally.add(ended)
                            for fault in ended.faults:
                                print(f"  {group.name} {ended.name}: {fault}{_last_words(ended)}", flush=True)

        with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
            for done in [pool.submit(work, number) for number in range(options.workers)]:
                done.result()
    tally.seconds = time.monotonic() - began
    return tally


def _next(attacks: Iterator[Attack], guard: threading.Lock) -> Attack | None:
    with guard:
        return next(attacks, None)


def _last_words(ended: Ended) -> str:
    """What stderr said last, to see why."""
    lines = ended.err.decode("utf-8", "replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    return f" [{last[:300]!a}]" if last else ""


def _heed_signals() -> None:
    """Take back that SIGINT and SIGQUIT are ignored, as a shell has it for what it starts with ``&``.

    Every davlock here would inherit that, and heed none of them: the attack would prove nothing.
    """
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def line(name: str, tally: Tally) -> str:
    """A group in one line."""
    peak, seconds = tally.peak[0] / 1e6, tally.slowest[0]
    counted = f"{tally.runs} runs" + (f" and {tally.executions} executions" if tally.executions else "")
    found = f"{len(tally.faults)} faults, slowest {seconds:.1f} s, peak {peak:.0f} MB"
    left_out = f", {len(tally.left_out)} left out" if tally.left_out else ""
    return f"{name}: {counted}, {found}{left_out}, {tally.seconds:.0f} s in all"


def write(tallies: dict[str, Tally], options: argparse.Namespace) -> None:
    """Add the figures of these groups to the record."""
    record: dict[str, Any] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    commit = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    for name, tally in tallies.items():
        record[name] = {
            "commit": commit,
            "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "seed": options.seed,
            "scale": options.scale,
            "pick": options.pick,
            "runs": tally.runs,
            "executions": tally.executions,
            "faults": len(tally.faults),
            "left_out": tally.left_out,
            "slowest_seconds": round(tally.slowest[0], 1),
            "slowest": tally.slowest[1],
            "peak_megabytes": round(tally.peak[0] / 1e6),
            "peak": tally.peak[1],
            "statuses": {str(code): count for code, count in sorted(tally.statuses.items())},
            "seconds": round(tally.seconds),
        }
    RECORD.write_text(json.dumps(dict(sorted(record.items())), indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())

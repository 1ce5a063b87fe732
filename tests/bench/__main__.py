"""How fast davlock is, beside its peers: ``python -m tests.bench``, or ``make bench``.

Each round runs every command once, so that all of them see the same machine. The first round is thrown away. Ratios are
taken round by round; the table has their medians. davlock is installed from this tree into an environment of its own.
"""

import argparse
import contextlib
import datetime
import fnmatch
import itertools
import json
import os
import platform
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench import peers, server
from tests.bench.commands import COMMANDS, LOCKS, Command
from tests.bench.measuring import HERE, ROOT, Cost, Driver, Failed, compiled, served
from tests.bench.report import BEFORE, beside, figures, swing, targets
from tests.bench.rows import ROWS, Row

SHORT = 3
"""Rounds of short commands for each round of long ones."""

STEADY = 1.4
"""How much the time of one and the same command may differ between the rounds. Above, ratios say little."""

QUIET = 1.0
"""The load above which others are at work."""

BODY = "<propfind xmlns='DAV:'><prop><resourcetype/><lockdiscovery/></prop></propfind>"

LIBRARIES = ("davlock", "click", "httpx", "httpcore", "h11", "lxml", "rich")


def main() -> int:
    """Measure what was asked for, and print the table; 1 if a command of davlock failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="rounds of long commands; short ones get three times as many"
    )
    parser.add_argument("--only", nargs="+", default=["*"], metavar="ROW", help="only these, such as 'walk-20ms-*'")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to FILE")
    parser.add_argument("--before", type=Path, metavar="TREE", help="run the davlock of another checkout beside it")
    parser.add_argument("--no-peers", action="store_true", help="only davlock, and what it is divided by")
    parser.add_argument("--list", action="store_true", help="name the rows, and the peers with what installs them")
    parser.add_argument(
        "--scratch", type=Path, default=ROOT / "build" / "bench", help="folder for what is installed and compiled"
    )
    options = parser.parse_args()
    rows = [row for row in ROWS if any(fnmatch.fnmatch(row.key, only) for only in options.only)]
    if not rows:
        parser.error("no such row: --list names them")
    if options.no_peers:
        rows = [replace(row, peers=()) for row in rows]
    scratch: Path = options.scratch.resolve()
    if options.list:
        return _list(rows)
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / ".gitignore").write_text("*\n")
    try:
        report = measured(rows, scratch, rounds=options.rounds, before=options.before)
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if (swung := report["machine"]["swing"]) is not None and swung > STEADY:
        _say(
            f"this machine is not steady (the same command took up to {swung:g} times as long): its figures say little"
        )
    print(targets(report["rows"]))
    for row in report["rows"]:
        print(f"\n{row['title']}\n\n{beside(row)}")
    return 0


def _list(rows: Iterable[Row]) -> int:
    for row in rows:
        print(f"{row.key:20} {row.title}")
    print()
    for peer in peers.PEERS:
        print(f"{peer.key:20} {peer.install}")
    return 0


def measured(rows: list[Row], scratch: Path, *, rounds: int, before: Path | None) -> dict[str, Any]:
    """Everything that the JSON holds. Raises Failed if a command of davlock does."""
    load = os.getloadavg()
    if load[0] > QUIET:
        _say(f"this machine is busy (load {load[0]:.1f}): times by the clock say little")
    keys = itertools.chain.from_iterable(
        (row.ours, *((row.base,) if isinstance(row.base, str) else ()), *row.peers) for row in rows
    )
    commands = {key: COMMANDS[key] for key in keys}
    programs = {"davlock": _installed("davlock", scratch, ROOT)}
    if before is not None:
        programs["before"] = _installed("before", scratch, before)
    wanted = {command.peer for command in commands.values()}
    for peer in peers.PEERS:
        if peer.pypi and peer.key in wanted:
            _say(f"installing {peer.key}")
            with contextlib.suppress(subprocess.CalledProcessError):
                programs[peer.key] = peers.environment_of(peer.key, scratch, peer.pypi)
    installed = peers.versions(programs)
    runnable = [command for command in commands.values() if not command.peer or command.peer in installed]
    with served(scratch, 0) as fast, served(scratch, 20) as slow:
        run = Run(programs, scratch, fast=fast, slow=slow)
        try:
            for long, kind, count in ((False, "short", rounds * SHORT), (True, "long", rounds)):
                run.series([command for command in runnable if command.long is long], count, kind)
        except KeyboardInterrupt:
            _say("interrupted: the tables have what was measured so far")
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no", "--", "davlock")),
        "rounds": rounds,
        "short_rounds": rounds * SHORT,
        "server": "C" if compiled("server", scratch) else "Python",
        "exact_memory": run.driver.exact,
        "machine": {
            "cores": os.cpu_count(),
            "system": _system(),
            "python": platform.python_version(),
            "load_before": round(load[0], 2),
            "load_after": round(os.getloadavg()[0], 2),
            "swing": swing(run.costs),
        },
        "libraries": peers.package_versions(programs["davlock"], LIBRARIES),
        "peers": {
            peer.key: {"version": installed.get(peer.key), "install": peer.install}
            for peer in peers.PEERS
            if peer.key in wanted
        },
        "rows": [figures(row, run.costs, installed, run.failed) for row in rows],
    }


def _installed(name: str, scratch: Path, tree: Path) -> Path:
    """The folder of programs of a davlock that is as it is in ``tree`` now."""
    _say(f"installing davlock from {tree}")
    try:
        return peers.environment_of(name, scratch, str(tree))
    except subprocess.CalledProcessError as failure:
        raise Failed(f"pip could not install {tree}: {failure.stderr.strip()}") from failure


class Run:
    """The costs of all commands so far, by command and round."""

    def __init__(self, programs: Mapping[str, Path], scratch: Path, *, fast: str, slow: str) -> None:
        self.costs: dict[str, dict[int, Cost]] = {}
        self.failed: dict[str, str] = {}
        self.driver = Driver(scratch)
        self._slow = slow
        self._both = "before" in programs
        self._places = {
            "programs": HERE / "programs",
            "scratch": scratch,
            "fast": fast,
            "slow": slow,
            "body": shlex.quote(BODY),
            "webdav4": programs.get("webdav4", ""),
            "rfc4918": programs.get("webdav-rfc4918", ""),
        }
        self._davlock = {"": programs["davlock"], BEFORE: programs.get("before", programs["davlock"])}
        _write_scripts(scratch, fast=fast, slow=slow, dav=f"{self._places['rfc4918']}/dav")

    def series(self, commands: list[Command], rounds: int, kind: str) -> None:
        """Run all commands, which are of one ``kind``, once to warm up and then ``rounds`` times."""
        for number in range(rounds + 1):
            for command in commands:
                if command.most and not 0 < number <= command.most:
                    continue
                when = f"round {number} of {rounds} of {kind} commands" if number else "warm-up, not counted"
                _say(f"{when}: {command.title}")
                self._once(command, number)
                if self._both and _is_davlock(command):
                    self._once(command, number, which=BEFORE)

    def _once(self, command: Command, number: int, which: str = "") -> None:
        if command.key in self.failed:
            return
        if command.releases:
            urllib.request.urlopen(urllib.request.Request(f"{self._slow}/locks/", method="POST")).close()  # noqa: S310
        programs = self._davlock[which]
        line = command.line.format(davlock=programs / "davlock", python=programs / "python", **self._places)
        try:
            cost = self.driver.run(shlex.split(line), status=command.status, expects=command.expects)
            if command.releases:
                self._check_releases(command)
        except Failed as failure:
            if not command.peer:
                raise
            _say(f"{command.title} failed")
            self.failed[command.key] = str(failure)
            return
        if number:
            self.costs.setdefault(which + command.key, {})[number] = cost

    def _check_releases(self, command: Command) -> None:
        with urllib.request.urlopen(f"{self._slow}/count") as answer:  # noqa: S310
            left = int(answer.read().split()[2])
        if left != LOCKS - round(LOCKS * command.share):
            raise Failed(f"{command.title} left {left} locks")


def _is_davlock(command: Command) -> bool:
    return "davlock" in command.line


def _write_scripts(scratch: Path, *, fast: str, slow: str, dav: str) -> None:
    """What some peers read: commands, or all URLs of the tree."""
    for module in ("__init__", "__main__"):
        (scratch / "empty").mkdir(exist_ok=True)
        (scratch / "empty" / f"{module}.py").touch()
    (scratch / "cadaver.rc").write_text("discover 0.txt\nquit\n")
    folders, below, _ = server.TREES["one"]
    paths = ["", *(f"{folder}/" for folder in range(folders))]
    paths += [f"{folder}/{number}/" for folder in range(folders) for number in range(below)]
    lines = ['request = "PROPFIND"', 'header = "Depth: 1"', f'data = "{BODY}"']
    lines += [f'url = "{fast}/one/{path}"\noutput = "/dev/null"' for path in paths]
    (scratch / "walk.curl").write_text("\n".join(lines) + "\n")
    releases = [(f"{slow}/locks/{number}.txt", server.TOKEN.format(number)) for number in range(50)]
    curl = (f"curl -s -X UNLOCK -H 'Lock-Token: <{token}>' {url}" for url, token in releases)
    (scratch / "curl_unlock.sh").write_text("\n".join(curl) + "\n")
    unlock = (f"{dav} unlock {url} {token}" for url, token in releases[:20])
    (scratch / "dav_unlock.sh").write_text("\n".join(unlock) + "\n")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, cwd=ROOT, check=False)
    return done.stdout.strip()


def _system() -> str:
    with contextlib.suppress(OSError):
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    return platform.platform()


def _say(words: str) -> None:
    print(f"bench: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

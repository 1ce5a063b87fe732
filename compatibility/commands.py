"""davlock's commands against a server that has one lock, and what each of them says."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.servers.accounts import USERS

ROOT = Path(__file__).parents[1]

CHECK_SECONDS = 300.0
_SECONDS = 60.0


class Davlock:
    """The command, with a ledger of its own for each user."""

    def __init__(self, folder: Path, login: str) -> None:
        self.folder = folder
        self.login = login

    def run(self, user: str, *words: str, seconds: float = _SECONDS) -> dict[str, Any]:
        """Exit status and what it printed, as JSON if it is."""
        state = self.folder / f"state-{user}"
        state.mkdir(parents=True, exist_ok=True)
        environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment |= {"HOME": str(state), "XDG_STATE_HOME": str(state), "PYTHONPATH": str(ROOT), "CI": "1"}
        environment |= {"DAVLOCK_PASSWORD": USERS[user]} if self.login != "none" else {}
        who = () if self.login == "none" else ("-u", user)
        command = [sys.executable, "-m", "davlock", words[0], "--json", *who, *words[1:]]
        try:
            done = subprocess.run(
                command, env=environment, cwd=self.folder, capture_output=True, text=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return {"exit": None, "said": f"no end within {seconds:.0f} seconds", "results": []}
        try:
            results = json.loads(done.stdout)["results"]
        except (ValueError, KeyError):
            results = []
        return {"exit": done.returncode, "said": done.stderr.strip(), "results": results}


def all_commands(davlock: Davlock, url: str) -> list[dict[str, Any]]:
    """Each command on a file that Alice locked; Bob asks. What the page and a reader need of each answer."""
    source = davlock.folder / "source.txt"
    source.write_text("by davlock\n", encoding="utf-8")
    file = f"{url}davlock.txt"
    steps = (
        ("alice", "put", str(source), file),
        ("alice", "lock", "--owner", "Alice Miller", "--timeout", "10m", file),
        ("bob", "diagnose", file),
        ("bob", "locks", "-r", url),
        ("bob", "put", str(source), file),
        ("alice", "put", str(source), file),
        ("alice", "refresh", file),
        ("bob", "cleanup", "--all", "-n", url),
        ("bob", "unlock", "--steal", file),
        ("bob", "diagnose", file),
        ("alice", "unlock", file),
        ("alice", "diagnose", file),
    )
    return [_summary(user, words, davlock.run(user, *words), url) for user, *words in steps]


def _summary(user: str, words: list[str], done: Mapping[str, Any], url: str) -> dict[str, Any]:
    command = " ".join(word.replace(url, "") if "/source" not in word else "source.txt" for word in words)
    results = done["results"]
    return {
        "user": user,
        "command": command.strip(),
        "exit": done["exit"],
        "verdict": results[0].get("verdict") if results else None,
        "findings": [finding["id"] for result in results for finding in result.get("findings", ())],
        "headlines": [finding["headline"] for result in results for finding in result.get("findings", ())],
        "locks": sum(len(result.get("locks") or ()) for result in results),
        **({} if results else {"said": done["said"].replace(url, "")[-500:]}),
    }

"""The pictures of the README and the guide: screens of real runs against the server of ``davlock demo``.

    python -m man.pictures           write docs/pictures/*.svg

Each run shows other times and tokens, so no test compares the pictures.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from davlock.cli.commands.demo import demo_server

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"

FILES = ("team/report.odt", "team/plan.txt", "kids/a.txt")

LOCKS = (
    ("team/report.odt", "10m", "Alice Miller"),
    ("team/plan.txt", "50m", "Alice Miller"),
    ("kids/a.txt", "7d", "bob@laptop"),
)
"""File, time and holder of each lock. bob takes the lock of bob@laptop."""

PICTURES: dict[str, tuple[str, ...]] = {
    "diagnose": ("diagnose", "-u", "bob", "team/report.odt"),
    "locks": ("locks", "-r", "-u", "bob", ""),
    "cleanup": ("cleanup", "-u", "bob", "--owner", "bob@laptop", ""),
    "compare": ("explain", "423", "409", "429"),
}
"""What is typed for each picture; the last word is a path on the server, where a server is asked."""


def main() -> int:
    """Write all pictures; the exit status."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "files"
        for file in FILES:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text("a draft\n", encoding="utf-8")
        with demo_server(root, 8080) as base:
            for file, lasting, holder in LOCKS:
                user = "bob" if holder.startswith("bob") else "alice"
                _davlock(
                    f"{name}/{user}",
                    user,
                    "lock",
                    "-q",
                    "-u",
                    user,
                    "--timeout",
                    lasting,
                    "--owner",
                    holder,
                    base + file,
                )
            for picture, words in PICTURES.items():
                asks = words[0] != "explain"
                typed = (*words[:-1], base + words[-1]) if asks else words
                _davlock(f"{name}/reader", "bob", *typed, "--save", str(FOLDER / f"{picture}.svg"))
                sys.stdout.write(f"wrote docs/pictures/{picture}.svg\n")
    return 0


def _davlock(state: str, password: str, *words: str) -> None:
    """Run davlock with the ledger in ``state``: whoever reads took none of the locks."""
    settings = {"XDG_STATE_HOME": state, "DAVLOCK_PASSWORD": password, "TZ": "CET-1CEST"}
    command = [sys.executable, "-m", "davlock", *words]
    done = subprocess.run(  # noqa: S603  # davlock itself, with words of this file
        command, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(words)}: exit status {done.returncode}\n{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())

"""Who davlock is compared with, how they are installed, and which version is there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another program. One of PyPI gets an environment of its own, in the scratch folder."""

    key: str
    debian: str = ""
    pypi: str = ""
    program: str = ""
    version: tuple[str, ...] = ()
    note: str = ""
    """What its help must mention, for an option that not every version has."""

    @property
    def install(self) -> str:
        """What a person types, or waits for."""
        if self.note:
            return f"a version of {self.program} with {self.note}"
        return f"apt-get install {self.debian}" if self.debian else f"pip install '{self.pypi}'"


PEERS = (
    Peer(key="curl", debian="curl", program="curl", version=("curl", "--version")),
    Peer(key="cadaver", debian="cadaver", program="cadaver", version=("cadaver", "--version")),
    Peer(key="davix", debian="davix", program="davix-ls", version=("davix-ls", "--version")),
    Peer(key="rclone", debian="rclone", program="rclone", version=("rclone", "version")),
    Peer(
        key="rclone-unpaced",
        debian="rclone",
        program="rclone",
        version=("rclone", "version"),
        note="--webdav-pacer-min-sleep",
    ),
    Peer(key="webdav4", pypi="webdav4[fsspec]"),
    Peer(key="webdav-rfc4918", pypi="webdav-rfc4918"),
)


def environment_of(name: str, scratch: Path, *what: str) -> Path:
    """The folder of programs of an environment that has ``what``, made if it is not there.

    It has neither pip nor setuptools, as what pipx and uv make. Raises CalledProcessError.
    """
    folder = scratch / name
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    if not programs.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--quiet"]
    done = subprocess.run([*pip, "--disable-pip-version-check", *what], capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(folder)
        done.check_returncode()
    return programs


def versions(programs: dict[str, Path]) -> dict[str, str]:
    """The versions of the peers that are there, by key. ``programs`` are the folders of those of PyPI."""
    found = {}
    for peer in PEERS:
        if peer.pypi:
            if peer.key in programs:
                found[peer.key] = package_versions(programs[peer.key], [peer.key])[peer.key]
        elif shutil.which(peer.program):
            if peer.note and peer.note not in _output("rclone", "help", "flags"):
                continue
            number = re.search(r"\d+(\.\d+)+", _output(*peer.version))
            found[peer.key] = number[0] if number else "?"
    return found


def package_versions(programs: Path, names: Iterable[str]) -> dict[str, str]:
    """The versions of packages in an environment."""
    code = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
    wanted = list(names)
    asked = subprocess.run([str(programs / "python"), "-c", code, *wanted], capture_output=True, text=True, check=True)
    return dict(zip(wanted, asked.stdout.split(), strict=True))


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr

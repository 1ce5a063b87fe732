"""Install a product: from PyPI into an environment of its own, from npm into a folder, from Debian not at all."""

import json
import shutil
import subprocess
from pathlib import Path

from compatibility.candidate import Candidate, CannotInstall

_SECONDS = 600.0

PYTHON = "/usr/bin/python3"
"""Debian's, which a service account can run. The one of the developer may lie in a home that nobody else can enter."""


def install(candidate: Candidate, folder: Path) -> str:
    """Install ``candidate`` into ``folder``, unless it is there, and return its version.

    Raises ``CannotInstall``.
    """
    source = candidate.source
    folder.mkdir(parents=True, exist_ok=True)
    if source.registry == "Debian":
        lacking = [package for package in source.packages if not _debian_version(package)]
        if lacking:
            raise CannotInstall(f"not installed: apt-get install {' '.join(lacking)}")
        version = _debian_version(source.name)
    elif source.registry == "PyPI":
        if not (folder / "bin" / "pip").exists():
            _run([PYTHON, "-m", "venv", str(folder)])
        pip = str(folder / "bin" / "pip")
        _run([pip, "install", "--quiet", "--disable-pip-version-check", *source.packages])
        version = _field(_run([pip, "show", source.name]), "Version")
    else:
        _run(
            ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *source.packages]
        )
        version = _npm_version(folder, source.name)
    if candidate.build is not None:
        candidate.build(folder)
    return version


def _debian_version(package: str) -> str:
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package], capture_output=True, text=True
    )
    status, _, version = asked.stdout.partition(" ")
    return version if asked.returncode == 0 and status == "installed" else ""


def _npm_version(folder: Path, package: str) -> str:
    version: str = json.loads((folder / "node_modules" / package / "package.json").read_text())["version"]
    return version


def _field(text: str, name: str) -> str:
    return next(line.partition(": ")[2] for line in text.splitlines() if line.startswith(f"{name}: "))


def _run(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        raise CannotInstall(f"{command[0]} is not on this machine")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired as slow:
        raise CannotInstall(f"{command[0]} took longer than {_SECONDS:.0f} seconds") from slow
    if done.returncode != 0:
        raise CannotInstall(f"{' '.join(command[:3])}: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout

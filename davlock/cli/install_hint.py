"""The command that adds a package to this installation of davlock, by how it was installed."""

import shlex
import sys
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from davlock.errors import LocalProtocolError

COMPILED_ON_LINUX = {"gssapi": "apt install gcc python3-dev libkrb5-dev"}
"""Packages without a wheel for Linux: what Debian needs to compile each."""


def require_package(package: str, needed_by: str) -> None:
    """Raise LocalProtocolError if ``package`` is not installed. It says what needs it, and how to install it."""
    if find_spec(package) is not None:
        return
    what, line = f"{needed_by} needs the Python package {package}", install_command(package)
    if package in COMPILED_ON_LINUX and sys.platform == "linux":
        raise LocalProtocolError(
            f"{what}, which pip compiles", f"on Debian first: {COMPILED_ON_LINUX[package]}; then install it: {line}"
        )
    raise LocalProtocolError(what, f"install it: {line}")


def install_command(*packages: str) -> str:
    """A line for a shell. pipx and ``uv tool`` keep davlock in an environment of its own, which a plain ``pip`` does
    not reach. The single file takes no packages: then it is how to install davlock with them.
    """
    folder = Path(sys.prefix)
    if "_bootstrap" in sys.modules:  # what shiv starts its one file with, which takes no more packages
        return f"pipx install davlock && {shlex.join(('pipx', 'inject', 'davlock', *packages))}"
    if (folder / "pipx_metadata.json").is_file():
        return shlex.join(("pipx", "inject", folder.name, *packages))
    if (receipt := folder / "uv-receipt.toml").is_file():
        return _uv_tool_line(receipt, packages)
    if find_spec("pip") is None:
        return shlex.join(("uv", "pip", "install", "--python", sys.executable, *packages))
    return shlex.join((sys.executable, "-m", "pip", "install", *packages))


def _uv_tool_line(receipt: Path, packages: tuple[str, ...]) -> str:
    """uv removes what the line does not name, so the line repeats what is there already."""
    tool = receipt.parent.name
    try:
        entries = tomllib.loads(receipt.read_text(encoding="utf-8"))["tool"]["requirements"]
        required = {entry["name"]: entry for entry in entries}
    except (OSError, ValueError, LookupError, TypeError):  # a form that a later uv may write
        required = {}
    itself = _uv_requirement(required.pop(tool, {"name": tool}))
    there = [_uv_requirement(entry) for name, entry in required.items() if name not in packages]
    return shlex.join(("uv", "tool", "install", *(f"--with={name}" for name in (*there, *packages)), itself))


def _uv_requirement(entry: Mapping[str, Any]) -> str:
    """The words for uv of a requirement in its receipt."""
    extras = f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""
    if (place := entry.get("directory") or entry.get("editable") or entry.get("path")) is not None:
        return f"{place}{extras}"
    return f"{entry['name']}{extras}{entry.get('specifier', '')}"

"""The command that adds a package to this installation of davlock, by how it was installed."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path


def install_command(*packages: str) -> str:
    """A line for a shell. pipx and ``uv tool`` keep davlock in an environment of its own, which a plain ``pip`` does
    not reach. The single file takes no packages: then it is how to install davlock with them.
    """
    folder = Path(sys.prefix)
    if "_bootstrap" in sys.modules:  # what shiv starts its one file with, which takes no more packages
        return f"pipx install davlock && {shlex.join(('pipx', 'inject', 'davlock', *packages))}"
    if (folder / "pipx_metadata.json").is_file():
        return shlex.join(("pipx", "inject", folder.name, *packages))
    if (folder / "uv-receipt.toml").is_file():
        return shlex.join(("uv", "tool", "install", *(f"--with={name}" for name in packages), folder.name))
    if find_spec("pip") is None:
        return shlex.join(("uv", "pip", "install", "--python", sys.executable, *packages))
    return shlex.join((sys.executable, "-m", "pip", "install", *packages))

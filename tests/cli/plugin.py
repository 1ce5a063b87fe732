"""Installs plug-ins into a folder, as pip would write them there: the modules, and a ``.dist-info`` beside them."""

import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "plugin_example"

Groups = Mapping[str, Mapping[str, str]]


def install_example(folder: Path) -> None:
    """The example of ``tests/plugin_example``, by what its own pyproject.toml says."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shutil.copytree(EXAMPLE / "davlock_acme", folder / "davlock_acme", ignore=shutil.ignore_patterns("__pycache__"))
    install(folder, project["name"], project["version"], project["entry-points"])


def install(folder: Path, name: str, version: str, groups: Groups, modules: Mapping[str, str] | None = None) -> None:
    """A distribution with the entry points ``groups`` and the source of ``modules``."""
    for module, source in (modules or {}).items():
        (folder / f"{module}.py").write_text(source, encoding="utf-8")
    lines = []
    for group, entries in groups.items():
        lines += [f"[{group}]", *(f"{entry} = {value}" for entry, value in entries.items()), ""]
    describe(folder, name, version, "\n".join(lines))


def describe(folder: Path, name: str, version: str, entry_points: str) -> Path:
    """The ``.dist-info`` alone, with ``entry_points`` as they are."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
    return info

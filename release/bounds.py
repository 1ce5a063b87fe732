"""``make lowest`` and ``make newest``: the tests, with the oldest or the newest versions that pyproject.toml allows.

``python -m release.bounds lowest|newest PYTEST-ARGUMENT...`` makes the environment in ``build/lowest`` or
``build/newest``, says which versions it has, and runs pytest. What only the tests need is as new as can be.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[1]

COMPILED = {"gssapi"}
"""No wheels, so no test needs them."""

REQUIREMENT = re.compile(r"([A-Za-z][\w.-]*)>=([\d.]+)(?:,<[\d.]+)?")


def requirements() -> Iterator[tuple[str, str, str]]:
    """Of each package that davlock or an extra needs: the whole line, its name, and its lowest version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in chain(project["dependencies"], *project["optional-dependencies"].values()):
        match = REQUIREMENT.fullmatch(line)
        if match is None:
            sys.exit(f"bounds: “{line}” in pyproject.toml names no lowest version")
        if match[1] not in COMPILED:
            yield line, match[1], match[2]


def main() -> int:
    """Install and test; the exit status."""
    which, *arguments = sys.argv[1:]
    folder = ROOT / "build" / which
    python = str(folder / "bin" / "python")
    wanted = list(requirements())
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--upgrade"]
    constraints = folder / "constraints.txt"
    lowest = "".join(f"{name}=={version}\n" for _, name, version in wanted)
    constraints.write_text(lowest if which == "lowest" else "", encoding="utf-8")
    subprocess.run([*pip, "pip>=25.1"], check=True)
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["lint"]
    docutils = next(line for line in tools if line.startswith("docutils"))
    packages = [line for line, _, _ in wanted]
    words = [*pip, "--only-binary=:all:", "-c", str(constraints), *packages, docutils, "--group", "test"]
    subprocess.run(words, check=True, cwd=ROOT)
    subprocess.run([*pip, "--no-deps", "--editable", "."], check=True, cwd=ROOT)
    report = "import sys, importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')"
    subprocess.run([python, "-c", report, *sorted({name for _, name, _ in wanted})], check=True)
    return subprocess.run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())

"""``make dist``: the wheel and the sdist of the last commit. Built twice, they must be the same bytes.

The second build has another path, another umask and another time zone. It makes the wheel from the tree, and the first
one makes it from the sdist. None of that may reach a file.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"

STRAY = re.compile(r"__pycache__|\.py[co]$|\.venv|\.egg-info|_cache/|(^|/)(build|dist)/|\.coverage")
"""Names that nobody wants to install."""

IN_WHEEL = re.compile(r"davlock/|davlock-[\d.]+\.(dist-info/|data/data/share/man/man[17]/)")

RELATIVE_LINK = re.compile(r"\]\((?!https?://|#)[^)]*\)")
"""Of Markdown: an index shows the README far from the files beside it."""


def main() -> int:
    """Build, compare, check and list; the exit status."""
    if _output("git", "status", "--porcelain"):
        print("dist: the tree has changes, and what is built is the last commit")
    epoch = commit_time()
    with tempfile.TemporaryDirectory(prefix="davlock-dist-") as folder:
        first = _build(Path(folder) / "a", epoch, umask=0o022, zone="UTC", options=())
        second = _build(
            Path(folder) / "another-path", epoch, umask=0o077, zone="Asia/Tokyo", options=("--sdist", "--wheel")
        )
        for one, other in zip(first, second, strict=True):
            if _hash(one) != _hash(other):
                sys.exit(f"dist: two builds of {one.name} differ")
        subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *map(str, first)], check=True)
        for file in first:
            _check_content(file)
        DIST.mkdir(exist_ok=True)
        for file in first:
            shutil.copy(file, DIST)
            print(f"{_hash(file)}  dist/{file.name}")
    return 0


def commit_time() -> str:
    """The time of the last commit, for SOURCE_DATE_EPOCH."""
    return _output("git", "log", "-1", "--format=%ct")


def _build(place: Path, epoch: str, *, umask: int, zone: str, options: tuple[str, ...]) -> list[Path]:
    """The sdist and the wheel, sorted by name, from a copy of the last commit below ``place``."""
    source, out = place / "source", place / "out"
    source.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", str(source)], input=archive, check=True, umask=umask)
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", str(out), str(source)],
        check=True,
        capture_output=True,
        umask=umask,
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch, "TZ": zone},
    )
    return sorted(out.iterdir())


def _check_content(file: Path) -> None:
    """End with a message if the file holds what it must not; else list how much is in which folder."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            names = wheel.namelist()
            (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
            if link := RELATIVE_LINK.search(wheel.read(metadata).decode()):
                sys.exit(f"dist: the long description has a link that works only in the repository: {link[0]}")
        if strange := [name for name in names if not IN_WHEEL.match(name)]:
            sys.exit(f"dist: {file.name} holds {strange[0]}")
        folders = Counter("/".join(name.split("/")[:-1][:2]) for name in names)
    else:
        with tarfile.open(file) as sdist:
            names = sdist.getnames()
        folders = Counter("/".join(name.split("/")[1:-1][:2]) or "." for name in names)
    if strays := [name for name in names if STRAY.search(name)]:
        sys.exit(f"dist: {file.name} holds {strays[0]}")
    print(f"{file.name}: {len(names)} files, {file.stat().st_size / 1e6:.1f} MB")
    for folder, count in sorted(folders.items()):
        print(f"  {count:4} {folder}")


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _output(*words: str) -> str:
    return subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())

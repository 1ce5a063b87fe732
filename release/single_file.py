"""``make shiv``: davlock and all that it needs, in one file for this Python and this platform.

lxml is compiled, so the file runs on the same minor version of Python, on the same platform, and with a C library that
is not older. Built twice from the same versions, it must be the same bytes.
"""

import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from release.dist import DIST

EXTRAS = "brotli,demo,socks"
"""All that need nothing of the system: one cannot add packages to the file later."""

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"

PLATFORM = re.sub(r"\W", "_", sysconfig.get_platform())

# pip would take what the glibc of this machine can run, and the file is for older ones, too.
GLIBC = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_26", "manylinux_2_17")
PLATFORMS = [f"--platform={glibc}_{platform.machine()}" for glibc in GLIBC] if platform.libc_ver()[0] == "glibc" else []

START = f"""\
import os
import sys

if sys.version_info[:2] != {tuple(sys.version_info[:2])}:
    sys.stderr.write("davlock: this file is for Python {MINOR}, and this is Python %d.%d\\n" % sys.version_info[:2])
    sys.exit(2)
elsewhere = os.environ.get("PYTHONPATH", "")
if elsewhere:
    folders = [os.path.abspath(folder) for folder in elsewhere.split(os.pathsep)]
    sys.path[1:] = [entry for entry in sys.path[1:] if os.path.abspath(entry) not in folders]
import _bootstrap

try:
    _bootstrap.bootstrap()
except OSError as error:
    sys.stderr.write(
        "davlock: this file cannot unpack itself (%s: %s); set SHIV_ROOT to a folder that you can write to\\n"
        % (error.filename, error.strerror)
    )
    sys.exit(74)
"""
"""Begins what shiv packed. Without it a traceback tells of a wrong Python, and of a home that is read-only.

The file holds all that it needs: a folder davlock/ on PYTHONPATH would stand before it.
"""


def main() -> int:
    """Build it from the wheel in dist; the exit status."""
    wheels = sorted(DIST.glob("davlock-*.whl"))
    if not wheels:
        sys.exit("shiv: there is no wheel in dist: make dist")
    target = DIST / f"davlock-cp{MINOR.replace('.', '')}-{PLATFORM}.pyz"
    with tempfile.TemporaryDirectory(prefix="davlock-shiv-") as folder:
        built = [_pack(wheels[-1], Path(folder) / f"{number}.pyz") for number in range(2)]
    if built[0] != built[1]:
        sys.exit("shiv: two builds differ")
    target.write_bytes(built[0])
    target.chmod(0o755)
    print(f"dist/{target.name}: {len(built[0]) / 1e6:.1f} MB, for Python {MINOR}: {_compiled(target)}")
    return 0


def _pack(wheel: Path, target: Path) -> bytes:
    """The bytes of a file that holds ``wheel`` and its dependencies, and begins with START."""
    packed = target.with_suffix(".shiv")
    subprocess.run(
        [
            *(sys.executable, "-m", "shiv", "--reproducible", "--console-script", "davlock"),
            *("--python", f"/usr/bin/env python{MINOR}", "--output-file", str(packed)),
            *("--quiet", "--disable-pip-version-check", "--only-binary=:all:", *PLATFORMS),
            # Not by its path, which pip would write into the file.
            *("--find-links", str(wheel.parent), f"davlock[{EXTRAS}]=={wheel.name.split('-')[1]}"),
        ],
        check=True,
    )
    with zipfile.ZipFile(packed) as source, target.open("wb") as out:
        out.write(f"#!/usr/bin/env python{MINOR}\n".encode())
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry in source.infolist():
                archive.writestr(entry, START if entry.filename == "__main__.py" else source.read(entry))
    return target.read_bytes()


def _compiled(file: Path) -> str:
    """What the compiled packages in ``file`` were made for, as their wheels say."""
    with zipfile.ZipFile(file) as archive:
        wheels = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".dist-info/WHEEL")]
    tags = {tag for wheel in wheels for tag in re.findall(r"^Tag: \w+-\w+-(\S+)", wheel, re.MULTILINE)}
    return ", ".join(sorted(tags - {"any"}))


if __name__ == "__main__":
    sys.exit(main())

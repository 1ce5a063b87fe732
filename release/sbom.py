"""``make sbom``: what the wheel in dist brings along, as CycloneDX JSON beside it.

pip installs the wheel into a new environment, without extras and without tools of development. cyclonedx-py lists what
is there, and validates its list. It names the versions that pip chose today: another day, another list. Made twice
from one environment, it must be the same bytes.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

from release.dist import DIST, commit_time
from release.environment import Environment


def main() -> int:
    """Install, list and compare; the exit status."""
    wheels = sorted(DIST.glob("davlock-*.whl"))
    if not wheels:
        sys.exit("sbom: there is no wheel in dist: make dist")
    wheel = wheels[-1]
    epoch = commit_time()
    with tempfile.TemporaryDirectory(prefix="davlock-sbom-") as name:
        folder = Path(name)
        user = Environment(folder / "user", "--without-pip")
        Environment(folder / "pip").install(str(wheel), into=user)
        project = folder / "pyproject.toml"
        project.write_text(_project(wheel), encoding="utf-8")
        lists = [_list(user, project, folder / f"{number}.json", epoch) for number in range(2)]
    if lists[0] != lists[1]:
        sys.exit("sbom: two lists of one environment differ")
    listed = json.loads(lists[0])["components"]
    missing = [part["name"] for part in listed if not part.get("version") or not part.get("licenses")]
    if missing:
        sys.exit(f"sbom: no version or no licence of {', '.join(missing)}")
    target = DIST / f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json"
    target.write_bytes(lists[0])
    print(f"{hashlib.sha256(lists[0]).hexdigest()}  dist/{target.name}: {len(listed)} packages")
    return 0


def _project(wheel: Path) -> str:
    """What the list says of davlock itself: a pyproject.toml with the version, which ours takes from the code."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    needed = [text for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text]
    # JSON's strings and lists of them are TOML's, too.
    values = {"name": "davlock", "version": metadata["Version"], "description": metadata["Summary"]}
    values |= {"license": metadata["License-Expression"], "dependencies": needed}
    text = "[project]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    tomllib.loads(text)
    return text


def _list(user: Environment, project: Path, target: Path, epoch: str) -> bytes:
    words = ("environment", "--output-reproducible", "--validate", "--pyproject", str(project), "-o", str(target))
    subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", *words, str(user.bin / "python")],
        check=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
    )
    return target.read_bytes()


if __name__ == "__main__":
    sys.exit(main())

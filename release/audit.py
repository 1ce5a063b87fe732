"""``make audit``: the known vulnerabilities of all that davlock can install, by the advisories of PyPI.

Exit status 1: there are some, or the advisories of a package could not be read. Nothing is then known about it, and
that is said in one line: a registry that mirrors PyPI often has the packages without their advisories.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from release.environment import Environment

EXTRAS = "brotli,demo,keyring,pkcs12,socks"
"""All that come as wheels."""

Audited = dict[str, object]


def main() -> int:
    """Install, ask and say; the exit status."""
    with tempfile.TemporaryDirectory(prefix="davlock-audit-") as name:
        folder = Path(name)
        pip, user = Environment(folder / "pip"), Environment(folder / "user", "--without-pip")
        pip.install(f"{pip.wheel(folder)}[{EXTRAS}]", into=user)
        words = ("--path", str(user.packages), "--format", "json", "--progress-spinner", "off")
        done = subprocess.run([sys.executable, "-m", "pip_audit", *words], capture_output=True, text=True)
    try:
        audited = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        sys.exit(f"audit: the advisories could not be read: {last}")
    return report([package for package in audited if package["name"] != "davlock"])


def report(audited: Sequence[Audited]) -> int:
    """Print what is known of the packages; the exit status."""
    holes = 0
    for package in audited:
        vulnerabilities = package.get("vulns")
        for hole in vulnerabilities if isinstance(vulnerabilities, list) else []:
            holes += 1
            fixed = ", ".join(hole["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {hole['id']}, fixed in {fixed}")
    unknown = [str(package["name"]) for package in audited if "skip_reason" in package]
    known = len(audited) - len(unknown)
    if unknown:
        names = ", ".join(unknown[:3]) + (", …" if len(unknown) > 3 else "")
        print(f"audit: the registry has no advisories for {len(unknown)} of {len(audited)} packages ({names})")
    if known:
        print(f"audit: {holes} known vulnerabilities in {known} packages")
    return 1 if holes or unknown or not audited else 0


if __name__ == "__main__":
    sys.exit(main())

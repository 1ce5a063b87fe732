"""The scripts of a release, as far as they need no registry."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from release import audit
from release.bounds import requirements

ROOT = Path(__file__).parents[1]

CLEAN: dict[str, object] = {"name": "click", "version": "8.5.1", "vulns": []}
BAD: dict[str, object] = {
    "name": "h11",
    "version": "0.14.0",
    "vulns": [{"id": "CVE-2025-43859", "fix_versions": ["0.16.0"]}],
}
UNKNOWN: dict[str, object] = {"name": "lxml", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("audited", "status", "lines"),
    [
        ([CLEAN], 0, ["audit: 0 known vulnerabilities in 1 packages"]),
        (
            [CLEAN, BAD],
            1,
            ["h11 0.14.0: CVE-2025-43859, fixed in 0.16.0", "audit: 1 known vulnerabilities in 2 packages"],
        ),
        ([UNKNOWN], 1, ["audit: the registry has no advisories for 1 of 1 packages (lxml)"]),
        (
            [CLEAN, UNKNOWN],
            1,
            [
                "audit: the registry has no advisories for 1 of 2 packages (lxml)",
                "audit: 0 known vulnerabilities in 1 packages",
            ],
        ),
        ([], 1, []),
    ],
    ids=["clean", "a hole", "nothing known", "a part known", "nothing asked"],
)
def test_an_audit_never_passes_for_what_it_does_not_know(
    audited: list[dict[str, object]], status: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.report(audited) == status
    assert capsys.readouterr().out.splitlines() == lines


def test_each_package_that_davlock_needs_has_a_lowest_version() -> None:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = {line for line, _, _ in requirements()}
    extras = project["optional-dependencies"]
    assert lines == {
        *project["dependencies"],
        *(line for name in extras if name != "kerberos" for line in extras[name]),
    }

"""What workflows, hooks and forms name exists: targets of the Makefile, tools of its lint, options of davlock."""

import re
import tomllib
from pathlib import Path

from davlock import __version__
from davlock.cli.main import COMMANDS
from man.commands import tree
from man.rst import released

ROOT = Path(__file__).parents[1]

WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
WEEKLY = (ROOT / ".github/workflows/weekly.yml").read_text("utf-8")
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
FORMS = {path.name: path.read_text("utf-8") for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("[0-9]*.yml")}


def test_the_workflow_runs_on_each_python_of_the_classifiers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {text.rpartition(" ")[2] for text in project["classifiers"] if re.search(r":: 3\.\d+$", text)}
    matrix = re.search(r"python: \[(.+)\]", WORKFLOW)
    assert matrix is not None
    tested = re.findall(r'"([\d.]+)"', matrix[1])
    assert named <= {*tested}
    assert project["requires-python"] == f">={tested[0]}"


def test_what_the_workflows_and_the_hooks_make_is_a_target() -> None:
    scripts = WORKFLOW + WEEKLY + HOOKS + (ROOT / ".ci/run").read_text("utf-8")
    made = re.findall(r"^(?:\s*(?:- )?(?:run|entry): )?make ([\w-]+)$", scripts, re.MULTILINE)
    made += re.findall(r"^ +- which: (\w+)$", WEEKLY, re.MULTILINE)
    assert {"demo", "lint", "test", "lint-github", "attack", "audit", "lowest", "newest"} <= {*made}
    targets = {name for names in re.findall(r"^([\w -]+):", MAKEFILE, re.MULTILINE) for name in names.split()}
    assert [target for target in made if target not in targets] == []


def test_the_oldest_and_the_newest_python_are_tested_every_week() -> None:
    matrix = re.search(r"python: \[(.+)\]", WORKFLOW)
    assert matrix is not None
    pythons = re.findall(r'"([\d.]+)"', matrix[1])
    weekly = dict(re.findall(r'- which: (\w+)\n +python: "([\d.]+)"', WEEKLY))
    assert weekly == {"lowest": pythons[0], "newest": pythons[-1]}


def test_the_version_is_that_of_the_last_release_in_the_changelog() -> None:
    number, date = released((ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert (number, bool(date)) == (__version__, True)
    assert f"davlock-{__version__}-py3-none-any.whl" in (ROOT / "docs/install.md").read_text("utf-8")


def test_each_hook_is_a_part_of_lint() -> None:
    lint = MAKEFILE.partition("\nlint: ")[2].partition("\ndocs: ")[0].replace("$(BIN)", ".venv/bin")
    entries = re.findall(r"^ +entry: (\.venv/.+)$", HOOKS, re.MULTILINE)
    assert len(entries) >= 6
    assert [entry for entry in entries if entry.replace(" --force-exclude", "") not in lint] == []


def test_the_forms_ask_for_the_bundle_and_the_versions() -> None:
    assert len(FORMS) == 3
    for name, text in FORMS.items():
        assert "--bundle report.zip" in text, name
        assert "`davlock --version --verbose`" in text, name
    assert {"diagnose", "explain", "check"} <= {*COMMANDS}
    assert any("--bundle" in parameter.opts for parameter in tree()["check"].params)

"""``davlock --version --verbose``: what a bug report needs, and nothing that names anybody."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from davlock import __version__
from davlock.cli.installation import installation, versions
from release.single_file import START
from tests.cli.command import run


@pytest.mark.parametrize("typed", [("--version", "--verbose"), ("-V", "-v"), ("-vV",), ("--verbose", "-V")])
def test_a_bug_report_gets_all_about_it(typed: tuple[str, ...]) -> None:
    done = run(*typed, env={"DAVLOCK_PASSWORD": "s3cret", "HTTPS_PROXY": "http://u:s3cret@proxy:3128"})
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"davlock {__version__}\n")
    for word in ("python:", "openssl:", "libxml2:", "httpx", "extras:", "plug-ins:", "config:", "ledger:"):
        assert word in done.out
    assert "DAVLOCK_PASSWORD, HTTPS_PROXY (values not shown)" in done.out
    assert "s3cret" not in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_as_json_it_has_what_a_bundle_has_and_where_things_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    facts = json.loads(run("--version", "--json", env={"HOME": str(tmp_path)}).out)
    assert facts["davlock"] == __version__
    assert set(versions()) < set(facts)
    assert (facts["config"], facts["state"]) == ("~/.config/davlock", "~/.local/state/davlock")
    assert str(tmp_path) not in json.dumps(installation())


def test_anything_else_is_no_question_for_the_version() -> None:
    assert run("--verbose").code == 2
    assert run("-V").out == f"davlock {__version__}\n"


def test_a_single_file_takes_no_modules_from_elsewhere(tmp_path: Path) -> None:
    """A folder davlock/ on PYTHONPATH would stand before its own."""
    (tmp_path / "__main__.py").write_text(START, encoding="utf-8")
    (tmp_path / "_bootstrap.py").write_text("import sys\n\ndef bootstrap():\n    print(sys.path)\n", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(elsewhere), "", str(tmp_path)))}
    words = (sys.executable, "-S", str(tmp_path))
    done = subprocess.run(words, env=environment, cwd=elsewhere, capture_output=True, text=True, check=True)
    assert str(tmp_path) in done.stdout
    assert str(elsewhere) not in done.stdout

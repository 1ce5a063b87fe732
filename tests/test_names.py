"""A name means one thing, a module has one idea, and a page names only files that exist."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "davlock"
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST = 400
"""Lines of a module."""

PAGES = sorted([ROOT / "CONTRIBUTING.md", ROOT / "README.md", *(ROOT / "docs").glob("*.md")])

FOLDERS = (ROOT, PACKAGE, PACKAGE / "diagnosis" / "rules", ROOT / "docs")
"""Where the paths of a page begin."""

NAMED = re.compile(
    r"`([\w./<>-]+/)`|(?<![\w./:~-])([\w<][\w./<>-]*/[\w./<>-]+\.(?:py|toml|tsv|txt|http|json|md)|\w+\.py)\b"
)
"""A folder in backticks; and a file of the repository, in backticks or in a picture."""

FOREIGN = re.compile(r"^Source: [^\n]*|<!-- generated: profiles -->.*?<!-- end -->", re.MULTILINE | re.DOTALL)
"""Where a page names files of other projects."""

EXAMPLES = frozenset(
    {
        "/remote.php/dav/",
        "/remote.php/dav/files/USER/",
        "FOLDER/",
        "cli/commands/ping.py",
        "davlock-check-RANDOM/",
        "davlock/checks/GROUP.py",
        "davlock/cli/commands/ping.py",
        "kids/a.txt",
        "kids/b.txt",
        "locks/",
        "subversion/mod_dav_svn/lock.c",
        "team/plan.txt",
        "tests/cli/test_ping.py",
    }
)
"""What is on a server, what a page asks a contributor to write, and an example of a foreign source."""


def test_a_class_name_means_one_thing_in_the_whole_package() -> None:
    places = defaultdict(list)
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(module.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_a_module_is_short_enough_to_read() -> None:
    lengths = {str(module.relative_to(ROOT)): len(module.read_text().splitlines()) for module in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_files_that_exist(page: Path) -> None:
    names = {folder or file for folder, file in NAMED.findall(FOREIGN.sub("", page.read_text()))} - EXAMPLES
    # What a contributor fills in, such as <slug>, may be any file of the folder before it.
    folders = {name: name.partition("<")[0].rpartition("/")[0] if "<" in name else name for name in names}
    assert sorted(name for name, path in folders.items() if not _is_there(path)) == []


def _is_there(path: str) -> bool:
    if "/" not in path and any(ROOT.glob(path)):
        return True
    return any((folder / path).exists() for folder in FOLDERS) or ("/" not in path and any(PACKAGE.rglob(path)))

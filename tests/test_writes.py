"""Who may send what changes something: read off the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import davlock
from davlock.diagnosis.evidence import READS

PACKAGE = Path(davlock.__file__).parent

BUILDERS = {"lock", "refresh", "unlock", "put", "mkcol", "delete", "copy"}
"""Functions of ``protocol.requests`` that make a request which changes something."""

WRITERS = {
    "operations/locking.py",
    "operations/lock_proof.py",
    "operations/trial_lock.py",
    "operations/put.py",
    "operations/release.py",
    "operations/scratch.py",
}
"""Besides the check suite. Each sends by a Case or a ScratchCollection; cli/session puts the gate in front of both."""

RELEASERS = {"operations/release.py"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = str(path.relative_to(PACKAGE))
        if not name.startswith("checks/"):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def built(tree: ast.Module) -> Iterator[str]:
    """The builders of ``requests`` that are called, and the methods of requests that are made by hand."""
    imported = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "davlock.protocol.requests"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            if function.value.id == "requests":
                yield function.attr
        elif isinstance(function, ast.Name) and function.id in imported:
            yield imported[function.id]
        elif isinstance(function, ast.Name) and function.id == "Request":
            for keyword in node.keywords:
                if keyword.arg == "method" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def test_nobody_else_builds_a_write() -> None:
    found = {
        name: writes
        for name, tree in modules()
        if name not in ("protocol/requests.py", *WRITERS)
        and (writes := {one for one in built(tree) if one in BUILDERS or (one.isupper() and one not in READS)})
    }
    assert found == {}


def test_unlock_has_one_sender() -> None:
    found = {name for name, tree in modules() if "unlock" in set(built(tree))}
    assert found - {"protocol/requests.py"} == RELEASERS


def test_the_writers_are_all_there() -> None:
    """So that the list above does not outlive what it names."""
    assert {name for name in WRITERS if not (PACKAGE / name).exists()} == set()

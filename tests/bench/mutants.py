"""Breaks davlock in one place at a time, and says which test sees it: a table of mutants.

    python -m tests.bench.mutants --seed 7 --count 60 [--over GROUP ...] [--pick NUMBER ...] [--near] [--list]

The draw depends on the seed and on the code alone. Each group of ``GROUPS`` is drawn at least eight times, or equally
often if the count is small. A mutant lives in a copy of the tree in a temporary directory. The tests next to the code
run first, then a wider set. The exit status is 1 if a mutant survived that ``mutants.toml`` does not name as
equivalent, or if the time limit left one undecided.

Words for people are no target: no mutation changes a text that has a space in it.
"""

import argparse
import ast
import importlib
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import EnumType
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]

COPIED = ("davlock", "docs", "man", "tests", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md")

LEAST = 8
"""How often each group is drawn; fewer times if the count is too small for that."""

LIMIT = 300
"""Seconds for one run of tests. A mutant that takes longer hangs, if the tests without it do not."""

MEMORY = 2 << 30
"""Bytes that one process may write to: a loop without an end fills the memory long before the time is over."""

NOT_RUN, NOTHING_SELECTED = 4, 5
"""Exit statuses of pytest."""

HANGS, ENDS = "the time limit", "the end of pytest"
UNDECIDED = "UNDECIDED: the tests take longer than the time limit without the mutation, too"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Modules that are drawn from together.

    ``tests`` are sets that run one after the other, the nearest and quickest first. ``{slug}`` stands for the module,
    as ids spell it.
    """

    name: str
    modules: tuple[str, ...]
    tests: tuple[tuple[str, ...], ...]


GROUPS = (
    Group(
        name="rules",
        modules=("davlock/diagnosis/rules/**/*.py",),
        tests=(
            ("tests/diagnosis/test_scenarios.py", "-k={slug}"),
            ("tests/diagnosis/test_golden.py", "tests/diagnosis/test_contract.py"),
            ("tests/diagnosis",),
            (
                "tests/applications",
                "tests/capture",
                "tests/man",
                "tests/cli/test_golden.py",
                "tests/cli/test_explain.py",
            ),
            ("tests/pastes", "tests/render", "tests/servers_profiles"),
        ),
    ),
    Group(
        name="judge",
        modules=("davlock/diagnosis/judge.py", "davlock/diagnosis/verdict.py"),
        tests=(
            ("tests/diagnosis/test_judge.py",),
            ("tests/diagnosis/test_golden.py",),
            ("tests/diagnosis",),
            ("tests/render", "tests/cli/test_golden.py", "tests/cli/test_methods.py", "tests/cli/test_lock_above.py"),
        ),
    ),
    Group(
        name="exit-status",
        modules=("davlock/cli/exit_status.py",),
        tests=(
            ("tests/cli/test_exit_status.py",),
            ("tests/cli/test_exit_status_by_fault.py", "tests/man", "tests/cli/test_contracts.py"),
            (
                "tests/cli/test_attempt.py",
                "tests/cli/test_run.py",
                "tests/cli/test_budget.py",
                "tests/cli/test_wait.py",
            ),
        ),
    ),
    Group(
        name="release",
        modules=("davlock/operations/release.py", "davlock/operations/held_release.py"),
        tests=(
            ("tests/operations/test_release.py", "tests/operations/test_locking.py"),
            ("tests/operations/cleanup/test_release.py",),
            ("tests/operations/test_keepalive.py", "tests/operations/test_after_unlock.py"),
            ("tests/operations", "--ignore=tests/operations/walk"),
            ("tests/cli/test_cleanup.py", "tests/cli/test_whose_lock.py", "tests/cli/test_lock_proof.py"),
            ("tests/cli/test_run.py", "tests/cli/test_story.py", "tests/cli/test_login_page.py"),
        ),
    ),
    Group(
        name="renewal",
        modules=("davlock/locks/renewal.py",),
        tests=(
            ("tests/locks",),
            ("tests/operations", "tests/diagnosis/test_age.py"),
            ("tests/cli/test_no_renewal.py", "tests/cli/test_watch.py", "tests/cli/test_cleanup.py"),
        ),
    ),
    Group(
        name="checks",
        modules=("davlock/checks/*.py",),
        tests=(
            ("tests/checks/test_registry.py", "tests/checks/test_golden.py"),
            ("tests/checks/test_broken.py", "tests/checks/test_refusals.py"),
            ("tests/checks", "-k=not interrupt"),
            ("tests/checks",),
            ("tests/render", "tests/man"),
            ("tests/cli/test_check_stopped.py", "tests/cli/test_scratch.py"),
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change of the source: the bytes from ``start`` to ``end`` become ``after``."""

    path: str
    line: int
    kind: str
    change: str
    """The change in words, if before and after do not show it at a glance."""
    after: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.kind}: {self.change}"

    def of(self, source: bytes) -> bytes:
        """Returns the source with the change."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def _short(code: str) -> str:
    text = " ".join(code.split())
    return text if len(text) <= 70 else f"{text[:50]} … {text[-17:]}"


# -- what can be changed

Change = tuple[str, ast.AST, str, str]
"""The kind, the node to replace, the code that replaces it, and words for it: empty if that code says enough."""

NEEDED = frozenset({"id", "severity", "certainty", "headline", "explanation", "evidence", "verdict", "why", "outcome"})
"""Arguments without a default: without one of them nothing runs, and that tells nothing about the tests."""

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}

FINDING, REMEDIES = "davlock.diagnosis.finding", "davlock.diagnosis.remedies"

NAMES: tuple[dict[str, str], ...] = (
    dict.fromkeys(("AFTER_CHANGE", "NEVER", "NOT_NEEDED"), FINDING),
    dict.fromkeys(("safe", "intrusive", "destructive"), REMEDIES),
    dict.fromkeys(("any", "all"), "builtins"),
    dict.fromkeys(("min", "max"), "builtins"),
)
"""Names that stand for each other without an error, and their modules: retries, risks, quantifiers."""


def changes(tree: ast.Module, enums: dict[str, list[str]], *, ordered: bool) -> Iterator[Change]:
    """Every change of a module; ``ordered``: it is a list of which the order counts."""
    for node in _code(tree):
        if isinstance(node, ast.Compare):
            yield from _comparison(node)
        elif isinstance(node, ast.BoolOp):
            yield from _connected(node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield "not dropped", node, ast.unparse(node.operand), ""
        elif isinstance(node, ast.Constant):
            yield from _constant(node)
        elif isinstance(node, ast.Return) and node.value is not None:
            yield from _returned(node)
        elif isinstance(node, ast.If | ast.IfExp):
            yield "guard dropped", node.test, "False", ""
            yield "guard dropped", node.test, "True", ""
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            members = enums.get(node.value.id, [])
            if node.attr in members:
                yield from (("member swapped", node, f"{node.value.id}.{m}", "") for m in members if m != node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from _named(node)
        elif isinstance(node, ast.Call):
            yield from _called(node)
        elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and node.elts:
            yield from _listed(node, ordered=ordered)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield "statement dropped", node, "pass", ""


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """What runs: without docstrings, annotations, imports for the type checker, and the inside of f-strings."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.JoinedStr | ast.arg):
            continue
        if isinstance(node, ast.AnnAssign) and child is node.annotation:
            continue
        if isinstance(node, ast.FunctionDef) and child is node.returns:
            continue
        if isinstance(child, ast.Call) and ast.unparse(child.func) == "dataclass":
            continue
        yield child
        yield from _code(child)


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for index, op in enumerate(node.ops):
        if (other := COMPARED.get(type(op))) is not None:
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield "comparison flipped", node, f"({ast.unparse(ast.Compare(node.left, ops, node.comparators))})", ""


def _connected(node: ast.BoolOp) -> Iterator[Change]:
    other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "and/or swapped", node, f"({ast.unparse(ast.BoolOp(other, node.values))})", ""
    word = " and " if isinstance(node.op, ast.And) else " or "
    for index, dropped in enumerate(node.values):
        rest = node.values[:index] + node.values[index + 1 :]
        after = word.join(f"({ast.unparse(part)})" for part in rest)
        yield "operand dropped", node, f"({after})", f"without {ast.unparse(dropped)}"


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", node, repr(not value), ""
    elif isinstance(value, int | float):
        yield "constant", node, repr(value + 1), ""
        yield "constant", node, repr(value - 1), ""
    elif isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/-]*", value):
        yield "string", node, repr(f"{value}x"), ""


def _named(node: ast.Name) -> Iterator[Change]:
    for names in NAMES:
        for other in names if node.id in names else ():
            if other != node.id:  # the module need not have imported it
                after = f"__import__({names[other]!r}, fromlist=['']).{other}"
                yield "name swapped", node, after, f"{node.id} -> {other}"


def _returned(node: ast.Return) -> Iterator[Change]:
    value = node.value
    if isinstance(value, ast.Constant) and value.value is None:
        return
    if isinstance(value, ast.Compare | ast.BoolOp) or (
        isinstance(value, ast.Constant) and value.value in (True, False)
    ):
        yield "return", node, "return True", ""
        yield "return", node, "return False", ""
    else:
        yield "return", node, "return None", ""


def _called(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id == "isinstance":
        return
    for index, (one, other) in enumerate(pairwise(node.args)):
        swapped = [*node.args[:index], other, one, *node.args[index + 2 :]]
        yield "arguments swapped", node, ast.unparse(ast.Call(node.func, swapped, node.keywords)), ""
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg not in NEEDED:
            rest = [other for other in node.keywords if other is not keyword]
            after = ast.unparse(ast.Call(node.func, node.args, rest))
            yield "keyword dropped", node, after, f"{ast.unparse(node.func)} without {ast.unparse(keyword)}"


def _listed(node: ast.Tuple, *, ordered: bool) -> Iterator[Change]:
    for index, dropped in enumerate(node.elts):
        rest = node.elts[:index] + node.elts[index + 1 :]
        yield "element dropped", node, ast.unparse(ast.Tuple(rest, ast.Load())), f"without {ast.unparse(dropped)}"
    for index, (one, other) in enumerate(pairwise(node.elts) if ordered else ()):
        swapped = [*node.elts[:index], other, one, *node.elts[index + 2 :]]
        words = f"{ast.unparse(other)} before {ast.unparse(one)}"
        yield "order swapped", node, ast.unparse(ast.Tuple(swapped, ast.Load())), words


def _enums(tree: ast.Module, module: str) -> dict[str, list[str]]:
    """The members of each enum that a module imports or defines, also inside of a function."""
    found: dict[str, list[str]] = {}
    sources = [
        (node.module or "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    sources += [(module, node.name) for node in tree.body if isinstance(node, ast.ClassDef)]
    for origin, name in sources:
        value = getattr(importlib.import_module(origin), name, None)
        if isinstance(value, EnumType):
            found[name] = list(value.__members__)
    return found


def mutations(path: str) -> list[Mutation]:
    """Every mutation of one file, in the order of the source."""
    source = (ROOT / path).read_bytes()
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    tree = ast.parse(source)
    enums = _enums(tree, path.removesuffix(".py").replace("/", "."))
    made = []
    for kind, node, after, words in changes(tree, enums, ordered=path.endswith("/order.py")):
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None and node.end_col_offset is not None  # noqa: PT018
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        before = source[start:end].decode()
        change = _short(words) if words else f"{_short(before)} -> {_short(after)}"
        made.append(Mutation(path=path, line=node.lineno, kind=kind, change=change, after=after, start=start, end=end))
    return made


# -- the draw


def draw(seed: int, count: int, groups: tuple[Group, ...]) -> list[tuple[Group, Mutation]]:
    """Mutations of all groups, each group at least ``LEAST`` times: a kind by lot, then a place of that kind."""
    lot = random.Random(seed)  # noqa: S311 -- a draw that can be repeated
    places: dict[str, dict[str, list[Mutation]]] = {}
    for group in groups:
        by_kind: dict[str, list[Mutation]] = defaultdict(list)
        for pattern in group.modules:
            for path in sorted(ROOT.glob(pattern)):
                for mutation in mutations(path.relative_to(ROOT).as_posix()):
                    by_kind[mutation.kind].append(mutation)
        places[group.name] = by_kind
    weights = [sum(map(len, places[group.name].values())) for group in groups]
    turns = [group for group in groups for _ in range(min(LEAST, count // len(groups)))]
    turns += lot.choices(groups, weights, k=count - len(turns))
    drawn: list[tuple[Group, Mutation]] = []
    for group in turns:
        by_kind = places[group.name]
        kind = lot.choice(sorted(by_kind))
        mutation = by_kind[kind].pop(lot.randrange(len(by_kind[kind])))
        if not by_kind[kind]:
            del by_kind[kind]
        drawn.append((group, mutation))
    return drawn


# -- the run


class Copy:
    """A copy of the tree that may be broken. The tree itself is never written to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in (*COPIED, "pyproject.toml"):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, root / name)
        self.broken_anyway: list[str] = []

    def write(self, path: str, source: bytes) -> None:
        """Writes a module. Its compiled form goes: two versions of one second and size would look alike."""
        file = self.root / path
        file.write_bytes(source)
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            compiled.unlink()

    def failures(self, tests: tuple[str, ...], *options: str) -> list[str]:
        """The tests that fail, as pytest names them."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", *options, *tests]
        status, output = self._pytest(command)
        if status is None:
            return [HANGS]
        if status in (0, NOTHING_SELECTED):
            return []
        named = re.findall(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", output, re.MULTILINE)
        if not named and status == NOT_RUN:
            raise RuntimeError(f"pytest did not run: {output}")
        return named or [f"{ENDS}: exit status {status}"]

    def _pytest(self, command: list[str]) -> tuple[int | None, str]:
        """The exit status, None after the time limit, and what it wrote. No process of its group is left."""
        # A file, since a process that outlives pytest would keep a pipe open, and its reader would wait for it.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            run = subprocess.Popen(
                command,
                cwd=self.root,
                env={**os.environ, "PYTHONPATH": str(self.root)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                status = run.wait(LIMIT)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(run.pid, signal.SIGKILL)
                run.wait()
            output.seek(0)
            return status, output.read()

    def fate(self, mutation: Mutation, sets: tuple[tuple[str, ...], ...]) -> str:
        """What kills the mutation: the first test that fails because of it, or the time limit."""
        for tests in sets:
            while failed := self._broken(mutation, tests):
                if failed.startswith(ENDS):
                    return f"killed by {failed}"
                if failed == HANGS:
                    slow = self._first_failure(mutation, tests) == HANGS
                    return UNDECIDED if slow else f"killed by {HANGS}"
                if not self.failures((failed,)):
                    return f"killed by a test: {failed}"
                self.broken_anyway.append(failed)  # it kills nothing
                print(f"      fails without a mutation: {failed}", flush=True)
        return "SURVIVED"

    def _broken(self, mutation: Mutation, tests: tuple[str, ...]) -> str:
        """The first test that fails with the mutation."""
        source = (ROOT / mutation.path).read_bytes()
        self.write(mutation.path, mutation.of(source))
        try:
            return self._first_failure(mutation, tests)
        finally:
            self.write(mutation.path, source)

    def _first_failure(self, mutation: Mutation, tests: tuple[str, ...]) -> str:
        slug = Path(mutation.path).stem.replace("_", "-")
        tests = tuple(test.format(slug=slug) for test in tests)
        return next(iter(self.failures(tests, "-x", *(f"--deselect={name}" for name in self.broken_anyway))), "")


def equivalent(mutation: Mutation, reasons: list[dict[str, str]]) -> str:
    """Why the mutation changes nothing that anybody can see; empty if that is not known."""
    for entry in reasons:
        if (mutation.path, mutation.kind, mutation.change) == (entry["path"], entry["kind"], entry["change"]):
            return entry["why"]
    return ""


def main() -> int:
    """Returns 1 if a mutant survived that is not named as equivalent, or is undecided."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mutants", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--over", nargs="*", choices=[group.name for group in GROUPS], help="only these groups")
    parser.add_argument("--pick", nargs="*", type=int, help="only these numbers of the draw")
    parser.add_argument("--near", action="store_true", help="only the tests next to the code: quick, and kills less")
    parser.add_argument("--list", action="store_true", help="print the draw, and run nothing")
    given = parser.parse_args()
    groups = tuple(group for group in GROUPS if not given.over or group.name in given.over)
    drawn = list(enumerate(draw(given.seed, given.count, groups), 1))
    drawn = [entry for entry in drawn if not given.pick or entry[0] in given.pick]
    if given.list:
        for number, (_, mutation) in drawn:
            print(f"{number:3} {mutation}")
        return 0
    reasons = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text("utf-8"))["equivalent"]
    tally: dict[str, int] = defaultdict(int)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Copy(Path(folder))
        for number, (group, mutation) in drawn:
            why = equivalent(mutation, reasons)
            sets = group.tests[:2] if given.near else group.tests
            fate = f"equivalent: {why}" if why else copy.fate(mutation, sets)
            tally[fate.partition(":")[0]] += 1
            print(f"{number:3} {mutation}\n      {fate}", flush=True)
    print(", ".join(f"{count} {word}" for word, count in sorted(tally.items())))
    return 1 if tally["SURVIVED"] or tally["UNDECIDED"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""Locks where they hang: the collections of a tree that hold any, and nothing else."""

from collections.abc import Iterator
from dataclasses import field

from davlock.locks.server_record import holder_name
from davlock.protocol.natural_order import natural_key
from davlock.protocol.url import DEEPEST, names_of, path_of
from davlock.render.lock_list import ListView, listed
from davlock.render.result import LockView, Result
from davlock.render.row_list import RowList, decoded_path, file_or_place
from davlock.render.sinks import exact, tsv_cell
from davlock.render.tsv import row
from davlock.values import dataclass

TREE_COLUMNS = ("name", "scope", "depth", "owner", "timeout", "token")


@dataclass(slots=True)
class Branch:
    """One name, the locks whose root it is, and what is below it."""

    name: str
    locks: list[LockView] = field(default_factory=list)
    below: "dict[str, Branch]" = field(default_factory=dict)

    def add(self, names: list[str], view: LockView) -> None:
        """Hang ``view`` below, at the end of ``names``."""
        branch = self
        for name in names:
            branch = branch.below.setdefault(name, Branch(name))
        branch.locks.append(view)

    @property
    def title(self) -> str:
        """The name, with the slash of a collection where it is known to be one."""
        collection = self.below or any((view.root or view.url).endswith("/") for view in self.locks)
        return self.name.rstrip("/") + "/" if collection else self.name


def grow_tree(result: Result) -> tuple[Branch, ...]:
    """The target's own tree first, then a branch for each lock root outside it."""
    target = result.target or ""
    trunk = Branch(target)
    outside: dict[str, Branch] = {}
    above = len(names_of(target))
    for view in result.locks or ():
        place = view.root or view.url
        if names_of(place)[:above] == names_of(target):
            names = [name for name in path_of(place).split("/") if name][above:]
            trunk.add(names if len(names) <= DEEPEST else ["/".join(names)], view)
        else:
            outside.setdefault(place, Branch(place)).locks.append(view)
    return (trunk, *outside.values())


def tree_rows(result: Result) -> Iterator[str]:
    """A line a name, indented by two blanks a level; behind a tab, what locks it: scope, depth, owner, timeout and
    token.
    """
    for branch in grow_tree(result) if result.locks else ():
        yield from _rows(branch, 0)


def _rows(branch: Branch, level: int) -> Iterator[str]:
    lead = "  " * level + tsv_cell(branch.title if level else exact(branch.title))
    if not branch.locks and branch.below:
        yield lead
    for view in branch.locks:
        yield f"{lead}\t{row(_cells(view))}"
    for lower in branch.below.values():
        yield from _rows(lower, level + 1)


def _cells(view: LockView) -> tuple[str | None, ...]:
    active = view.lock
    owner = " ".join(holder_name(active).split()) or None
    return (
        active.scope.value if active.scope else None,
        active.depth.value if active.depth else None,
        owner,
        "infinite" if view.endless else active.timeout.as_sent if active.timeout else None,
        exact(active.token.uri) if active.token else None,
    )


def tree_list(result: Result, view: ListView) -> RowList:
    """Returns the same as rows for people: the first column is a drawing of the tree."""
    drawn: list[tuple[str, LockView | None]] = []
    branches = grow_tree(result)
    for branch in branches:
        if branch.locks or branch.below:
            of_target = branch.name == result.target
            drawn += _drawn(branch, file_or_place(branch.title, result.target) if of_target else branch.title, "", "")
    where = "below" if len(branches) > 1 or branches[0].below else "on"
    return listed([name for name, _ in drawn], [lock for _, lock in drawn], result, view, where=where, at_root=True)


def _drawn(branch: Branch, title: str, lead: str, below: str) -> Iterator[tuple[str, LockView | None]]:
    """Yields each row of a branch: ``lead`` stands before its own name, ``below`` before all that follows."""
    for lock in branch.locks or (None,):
        yield lead + title, lock
    lower = sorted(branch.below.values(), key=lambda other: natural_key(other.title))
    for other in lower:
        last = other is lower[-1]
        corner, line = ("└── ", "    ") if last else ("├── ", "│   ")
        yield from _drawn(other, decoded_path(other.title), below + corner, below + line)

"""Locks where they hang: the collections of a tree that hold any, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from davlock.locks.server_record import holder_name
from davlock.protocol.url import DEEPEST, names_of
from davlock.protocol.visible import visible
from davlock.render.result import LockView, Result
from davlock.render.sinks import exact, tsv_cell
from davlock.render.tsv import row

if TYPE_CHECKING:
    from davlock.render.tables import Console


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
            names = [name for name in urlsplit(place).path.split("/") if name][above:]
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


def show_tree(console: "Console", result: Result) -> None:
    """The same as a drawing."""
    from davlock.render.tables import show_listing, show_skipped

    if not result.locks:
        show_listing(console, result)
        return
    from rich.text import Text
    from rich.tree import Tree

    def drawn(branch: Branch, on: Tree) -> None:
        for lower in branch.below.values():
            drawn(lower, on.add(label(lower)))

    def label(branch: Branch) -> Text:
        words = Text(visible(branch.title), style="bold" if branch.locks else "")
        for view in branch.locks:
            cells = [cell for cell in _cells(view)[:4] if cell]
            words.append(Text(visible("  " + " · ".join(cells)), style="yellow"))
            if view.lock.token is not None:
                words.append(Text("\n" + visible(view.lock.token.uri), style="dim"))
        return words

    for branch in grow_tree(result):
        if branch.locks or branch.below:
            tree = Tree(label(branch), guide_style="dim")
            drawn(branch, tree)
            console.print(tree, soft_wrap=True)
    show_skipped(console, result)

"""A check: its description, and the function that runs it."""

import inspect
from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING

from davlock.checks.results import About, Level
from davlock.values import dataclass

if TYPE_CHECKING:
    from davlock.checks.context import CheckContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """``needs`` are ids of checks without which this one says nothing: it is skipped if one of them failed."""

    about: About
    act: "Callable[[CheckContext], None]"
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id in its description."""
        return self.about.id


@dataclass(slots=True)
class CheckGroup:
    """A group of checks. Its functions register themselves in the order of the module."""

    name: str
    needs: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)

    def check(
        self,
        id: str,
        title: str,
        level: Level,
        reference: str,
        *,
        litmus: str | None = None,
        needs: tuple[str, ...] = (),
        hostile: bool = False,
        writes: bool = True,
        two_users: bool = False,
        diagnostic: bool = False,
    ) -> "Callable[[Callable[[CheckContext], None]], Callable[[CheckContext], None]]":
        """Returns a decorator that makes a check of a function; the docstring is its story.

        ``diagnose --scratch`` also runs ``diagnostic`` checks.
        """

        def register(act: "Callable[[CheckContext], None]") -> "Callable[[CheckContext], None]":
            about = About(
                id=id,
                group=self.name,
                title=title,
                level=level,
                reference=reference,
                litmus=litmus,
                story=" ".join((inspect.getdoc(act) or "").split()),
                hostile=hostile,
                writes=writes,
                two_users=two_users,
                diagnostic=diagnostic,
            )
            if any(check.id == id for check in self.checks):
                raise ValueError(f"there are two checks with the id {id}")
            self.checks.append(Check(about=about, act=act, needs=(*self.needs, *needs)))
            return act

        return register

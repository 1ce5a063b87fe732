"""What evidence is judged by."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.rule import Role, Rule
from davlock.diagnosis.rules.order import load_rules, rules_for
from davlock.diagnosis.skipped import Skipped
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.values import dataclass

if TYPE_CHECKING:  # only a refusal is looked up among them
    from davlock.applications.application import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """davlock's own rules, server profiles and applications, and those that plug-ins add: each in order of precedence.

    ``unfit`` says in a result that a plug-in's rule failed. Without it, the error of such a rule is raised.
    """

    added_rules: tuple[Rule, ...] = ()
    profiles: tuple[Profile, ...] = PROFILES
    added_applications: "tuple[Application, ...]" = ()
    unfit: Callable[[Rule, BaseException], Skipped] | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule."""
        return self._with_added(load_rules())

    def rules_for(self, evidence: Evidence) -> tuple[Rule, ...]:
        """The rules that can speak of ``evidence``."""
        return self._with_added(rules_for(evidence))

    def _with_added(self, own: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """A plug-in's rules come before davlock's fallbacks."""
        if not self.added_rules:
            return own
        fallbacks = tuple(rule for rule in own if rule.role is Role.FALLBACK)
        others = tuple(rule for rule in own if rule.role is not Role.FALLBACK)
        return (*others, *self.added_rules, *fallbacks)


OWN_KNOWLEDGE = Knowledge()
"""Without any plug-in."""

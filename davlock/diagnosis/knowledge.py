"""What evidence is judged by."""

from collections.abc import Callable

from davlock.applications import APPLICATIONS
from davlock.applications.application import Application
from davlock.diagnosis.rule import Rule
from davlock.diagnosis.rules.order import RULES
from davlock.diagnosis.skipped import Skipped
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Rules, server profiles and applications, each in order of precedence: davlock's own, unless plug-ins add some.

    ``unfit`` says in a result that a plug-in's rule failed. Without it, the error of such a rule is raised.
    """

    rules: tuple[Rule, ...] = RULES
    profiles: tuple[Profile, ...] = PROFILES
    applications: tuple[Application, ...] = APPLICATIONS
    unfit: Callable[[Rule, BaseException], Skipped] | None = None


OWN_KNOWLEDGE = Knowledge()
"""Without any plug-in."""

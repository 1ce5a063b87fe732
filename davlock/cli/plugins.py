"""All rules, server profiles and applications: davlock's own, and those that other distributions offer.

A distribution offers them by entry points of the groups ``davlock.rules``, ``davlock.servers`` and
``davlock.applications``. Each names a Rule, a Profile or an Application, or a tuple of them, as they stand in
``davlock.diagnosis.rules``, ``davlock.servers`` and ``davlock.applications`` themselves. What
collides or cannot be used is named on stderr and left out: the diagnosis is the same as if it had not been installed.

Who speaks first. A plug-in's cause is asked after davlock's own, and speaks only where it is surer than what was found
so far; its fallback comes before davlock's fallbacks, which explain whatever is left. A plug-in's profile is tried
before davlock's: what it describes is mostly built on a server that davlock knows, and would pass for that one.
The same holds for its application.
"""

from typing import TYPE_CHECKING

from davlock.cli.plugin_loading import (
    APPLICATIONS_GROUP,
    RULES_GROUP,
    SERVERS_GROUP,
    failure_words,
    load_usable,
    name_failure,
    offered_entries,
    usable_application,
    usable_profile,
    usable_rule,
)

if TYPE_CHECKING:  # a status is explained without any of them
    from collections.abc import Callable

    from davlock.diagnosis.knowledge import Knowledge
    from davlock.diagnosis.rule import Rule
    from davlock.diagnosis.skipped import Skipped


def load_knowledge(*, plugins: bool) -> "Knowledge":
    """davlock's own rules, profiles and applications, and with ``plugins`` those that other distributions offer."""
    from davlock.diagnosis.knowledge import OWN_KNOWLEDGE, Knowledge

    offered = tuple(offered_entries()) if plugins else ()
    if not offered:
        return OWN_KNOWLEDGE
    from davlock.applications.registry import APPLICATIONS  # all are loaded to see which names are taken
    from davlock.diagnosis.rule import BUILT_IN

    own = OWN_KNOWLEDGE
    rules = load_usable(offered, RULES_GROUP, usable_rule, {rule.id: BUILT_IN for rule in own.rules})
    profiles = load_usable(offered, SERVERS_GROUP, usable_profile, {profile.name: BUILT_IN for profile in own.profiles})
    named = {application.name: BUILT_IN for application in APPLICATIONS}
    applications = load_usable(offered, APPLICATIONS_GROUP, usable_application, named)
    return Knowledge(
        added_rules=tuple(rules),
        profiles=(*profiles, *own.profiles),
        added_applications=tuple(applications),
        unfit=_named_once(),
    )


def _named_once() -> "Callable[[Rule, BaseException], Skipped]":
    """What is said of a rule that failed at one target: in its result, and on stderr the first time."""
    from davlock.diagnosis.skipped import Skipped

    named: set[str] = set()

    def unfit(rule: "Rule", error: BaseException) -> Skipped:
        if rule.id not in named:
            named.add(rule.id)
            name_failure(f"rule {rule.id}, of {rule.origin},", error)
        return Skipped(f"rule {rule.id}", f"of {rule.origin}, was left out: {failure_words(error)}")

    return unfit

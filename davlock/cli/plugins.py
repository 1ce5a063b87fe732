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

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from davlock.cli.options import Shared
from davlock.cli.output import complain

if TYPE_CHECKING:  # a status is explained without any of them
    from importlib.metadata import EntryPoint, EntryPoints

    from davlock.applications.application import Application
    from davlock.applications.refused_request import RefusedRequest
    from davlock.cli.anonymous import AnonymousReader
    from davlock.diagnosis.evidence import Evidence
    from davlock.diagnosis.invocation import Invocation
    from davlock.diagnosis.rule import Rule
    from davlock.diagnosis.skipped import Skipped
    from davlock.locks.observed import ObservedLock
    from davlock.render.result import Result
    from davlock.servers.profile import Profile, Traits

Made = TypeVar("Made", "Rule", "Profile", "Application")
Answer = TypeVar("Answer")

RULES_GROUP, SERVERS_GROUP = "davlock.rules", "davlock.servers"
APPLICATIONS_GROUP = "davlock.applications"
GROUPS = (RULES_GROUP, SERVERS_GROUP, APPLICATIONS_GROUP)

_NAME = re.compile(r"(\d{3}-)?[a-z][a-z0-9]*(-[a-z0-9]+)*")


class _Loaded(NamedTuple):
    rules: "tuple[Rule, ...]"
    profiles: "tuple[Profile, ...]"
    applications: "tuple[Application, ...]"


class Knowledge:
    """What a command judges by. All of it is loaded when any of it is first asked for: before the first request."""

    def __init__(self, shared: Shared) -> None:
        self._without_plugins = shared.no_plugins
        self._shared = shared
        self._named: set[str] = set()

    @property
    def rules(self) -> "tuple[Rule, ...]":
        """Every rule, in order of precedence; each says its origin."""
        return self._all.rules

    @property
    def profiles(self) -> "tuple[Profile, ...]":
        """Every server profile, in the order in which they are tried."""
        return self._all.profiles

    @property
    def applications(self) -> "tuple[Application, ...]":
        """Every application that is not WebDAV, in the order in which they are tried."""
        return self._all.applications

    def with_login(self, evidence: "Evidence") -> "Evidence":
        """``evidence`` with the user name that its target is asked with: some servers name the user of a lock."""
        from davlock.cli.credentials import login_for

        return replace(evidence, user=login_for(self._shared, evidence.target)) if evidence.target else evidence

    @cached_property
    def anonymous(self) -> "AnonymousReader":
        """Who asks, for a live command, whether the server tells users apart."""
        from davlock.cli.anonymous import AnonymousReader

        return AnonymousReader(self._shared)

    def invocation(self, target: str, user: str = "") -> "Invocation | None":
        """The command line, as a finding about ``target`` may print it again; of another ``user``, where one asked."""
        from davlock.cli.invocation import invocation

        made = invocation(self._shared, target)
        return replace(made, user=user, kept_in="", bearer=False, header=False) if made is not None and user else made

    def left_out(self, rule: "Rule", error: BaseException) -> "Skipped":
        """A plug-in's rule that failed at one target, for the result; on stderr it is named once."""
        from davlock.diagnosis.skipped import Skipped

        if rule.id not in self._named:
            self._named.add(rule.id)
            _name(f"rule {rule.id}, of {rule.origin},", error)
        return Skipped(f"rule {rule.id}", f"of {rule.origin}, was left out: {_words(error)}")

    @cached_property
    def _all(self) -> _Loaded:
        from davlock.applications import APPLICATIONS
        from davlock.diagnosis.rule import BUILT_IN, Role
        from davlock.diagnosis.rules.order import RULES
        from davlock.servers import PROFILES

        offered = () if self._without_plugins else tuple(_offered())
        if not offered:
            return _Loaded(RULES, PROFILES, APPLICATIONS)
        rules = _added(offered, RULES_GROUP, _rule, {rule.id: BUILT_IN for rule in RULES})
        profiles = _added(offered, SERVERS_GROUP, _profile, {profile.name: BUILT_IN for profile in PROFILES})
        named = {application.name: BUILT_IN for application in APPLICATIONS}
        applications = _added(offered, APPLICATIONS_GROUP, _application, named)
        fallbacks = tuple(rule for rule in RULES if rule.role is Role.FALLBACK)
        others = tuple(rule for rule in RULES if rule.role is not Role.FALLBACK)
        return _Loaded((*others, *rules, *fallbacks), (*profiles, *PROFILES), (*applications, *APPLICATIONS))


def judged(
    evidence: "Evidence",
    known: Knowledge,
    *,
    skipped: "Iterable[Skipped]" = (),
    rows: "tuple[ObservedLock, ...] | None" = None,
    user: str = "",
) -> "Result":
    """Evidence joined to the rules. ``rows`` are the locks of a listing; ``user`` is who asked, where it was not the
    person.
    """
    from davlock.applications import recognise_application
    from davlock.diagnosis.engine import diagnose
    from davlock.render.build_result import result

    evidence = replace(evidence, invocation=known.invocation(evidence.target, user))
    if evidence.asked is not None:
        evidence = replace(evidence, application=recognise_application(evidence.asked, known.applications))
    unfit: list[Skipped] = []
    evidence = known.with_login(evidence)
    findings = diagnose(evidence, known.rules, unfit=lambda rule, error: unfit.append(known.left_out(rule, error)))
    return result(evidence, findings, skipped=(*skipped, *unfit), rows=rows)


def _offered() -> "Iterator[tuple[str, EntryPoints]]":
    """Each distribution that offers something, by name: its name and version, and its entry points.

    Imported here, since a page of the manual needs no plug-in, and importlib.metadata takes a third of its time.
    """
    from importlib.metadata import distributions

    offered: dict[str, tuple[str, EntryPoints]] = {}
    for distribution in distributions():
        try:
            entries = distribution.entry_points
            if not {*GROUPS} & entries.groups:
                continue
            name, version = distribution.name, distribution.version
            key = re.sub(r"[-_.]+", "-", name).lower()
        except Exception as error:  # of a folder that somebody else wrote, anything
            _name(f"what {getattr(distribution, '_path', 'a distribution')} offers", error)
            continue
        # Of two with one name, the first on the path is the one that is imported.
        offered.setdefault(key, (f"{name} {version}", entries))
    for key in sorted(offered):
        yield offered[key]


def _added(
    offered: "Iterable[tuple[str, EntryPoints]]",
    group: str,
    prepared: "Callable[[object, str], tuple[str, Made]]",
    owners: dict[str, str],
) -> list[Made]:
    """What is offered under ``group`` and can be used. ``owners`` says whose the names are that are in use."""
    added: list[Made] = []
    for origin, entries in offered:
        for entry in entries.select(group=group):
            label = f"plug-in {entry.name}, of {origin},"
            values: tuple[object, ...] = ()
            with _leaving_out(label):
                values = _loaded(entry)
            for value in values:
                with _leaving_out(label):
                    name, made = prepared(value, origin)
                    if name in owners:
                        raise ValueError(f"the name {name} is already taken by {owners[name]}")
                    owners[name] = origin
                    added.append(made)
    return added


def _loaded(entry: "EntryPoint") -> tuple[object, ...]:
    with redirect_stdout(sys.stderr):  # stdout is the answer
        value = entry.load()
    return value if isinstance(value, tuple) else (value,)


def _rule(value: object, origin: str) -> "tuple[str, Rule]":
    """A rule that can be used, and its id. Raises TypeError or ValueError."""
    from davlock.diagnosis.rule import Rule
    from davlock.diagnosis.validate import checked

    rule = checked(value, Rule, "rule")
    _require(_NAME.fullmatch(rule.id), f"rule.id is {rule.id!r}, and is written like 423-acme-checked-out")
    _require(rule.title.strip(), "rule.title is empty")
    _require(rule.page.strip(), "rule.page is empty: it is the finding's manual page")
    return rule.id, replace(rule, origin=origin)


def _profile(value: object, origin: str) -> "tuple[str, Profile]":
    """A profile that can be used, and its name. Raises TypeError or ValueError."""
    from davlock.diagnosis.validate import checked
    from davlock.servers.profile import Profile

    profile = checked(value, Profile, "profile")
    _require(_NAME.fullmatch(profile.name), f"profile.name is {profile.name!r}, and is written like acme-vault")
    _require(profile.title.strip(), "profile.title is empty")
    return profile.name, replace(profile, recognise=_careful(profile, origin))


def _application(value: object, origin: str) -> "tuple[str, Application]":
    """An application that can be used, and its name. Raises TypeError or ValueError."""
    from davlock.applications.application import Application
    from davlock.diagnosis.validate import checked

    application = checked(value, Application, "application")
    name = application.name
    _require(_NAME.fullmatch(name), f"application.name is {name!r}, and is written like acme-tickets")
    _require(application.title.strip(), "application.title is empty")
    finder = application.find_holder
    label = f"application {name}, of {origin},"
    return name, replace(
        application,
        recognise=_guarded(application.recognise, label, None),
        find_holder=None if finder is None else _guarded(finder, label, ""),
    )


def _guarded(
    function: "Callable[[RefusedRequest], Answer]", label: str, nothing: "Answer"
) -> "Callable[[RefusedRequest], Answer]":
    """``function``, until it raises for the first time; from then on it returns ``nothing``."""
    fit = True

    def guarded(refused: "RefusedRequest") -> Answer:
        nonlocal fit
        if not fit:
            return nothing
        try:
            return function(refused)
        except (Exception, SystemExit) as error:
            fit = False
            _name(label, error)
            return nothing

    return guarded


def _careful(profile: "Profile", origin: str) -> "Callable[[Traits], bool]":
    """The profile's own ``recognise``, until it raises for the first time."""
    fit = True

    def recognise(traits: "Traits") -> bool:
        nonlocal fit
        if not fit:
            return False
        try:
            return bool(profile.recognise(traits))
        except (Exception, SystemExit) as error:
            fit = False
            _name(f"server {profile.name}, of {origin},", error)
            return False

    return recognise


def _require(condition: object, complaint: str) -> None:
    if not condition:
        raise ValueError(complaint)


@contextmanager
def _leaving_out(what: str) -> Iterator[None]:
    """What a plug-in raises costs the plug-in, and nobody else. A plug-in can call sys.exit, too."""
    try:
        yield
    except (Exception, SystemExit) as error:
        _name(what, error)


def _name(what: str, error: BaseException) -> None:
    """``what`` was left out, in one line on stderr; its author can ask for the traceback as well."""
    complain(f"{what} was left out: {_words(error)}")
    if os.environ.get("DAVLOCK_TRACEBACK"):
        import traceback

        traceback.print_exception(error)


def _words(error: BaseException) -> str:
    """The error on one line, also where its own ``__str__`` fails."""
    import traceback

    return " ".join("".join(traceback.format_exception_only(error)).split())

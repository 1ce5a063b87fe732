"""What other distributions offer by entry points: found, checked, and left out where it cannot be used."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, TypeVar

from davlock.cli.output import complain
from davlock.late_pattern import late_pattern

if TYPE_CHECKING:  # a status is explained without any of them
    from importlib.metadata import EntryPoint, EntryPoints

    from davlock.applications.application import Application
    from davlock.applications.refused_request import RefusedRequest
    from davlock.diagnosis.rule import Rule
    from davlock.servers.profile import Profile, Traits

Made = TypeVar("Made", "Rule", "Profile", "Application")

Answer = TypeVar("Answer")

RULES_GROUP = "davlock.rules"

SERVERS_GROUP = "davlock.servers"

APPLICATIONS_GROUP = "davlock.applications"

GROUPS = (RULES_GROUP, SERVERS_GROUP, APPLICATIONS_GROUP)

_NAME = late_pattern(r"(\d{3}-)?[a-z][a-z0-9]*(-[a-z0-9]+)*")


def offered_entries() -> "Iterator[tuple[str, EntryPoints]]":
    """Each distribution that offers something, by name: its name and version, and its entry points.

    Imported here, because few people have plug-ins, and importlib.metadata takes as long as to ask a server.
    """
    if not _may_be_offered():
        return
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
            name_failure(f"what {getattr(distribution, '_path', 'a distribution')} offers", error)
            continue
        # Of two with one name, the first on the path is the one that is imported.
        offered.setdefault(key, (f"{name} {version}", entries))
    for key in sorted(offered):
        yield offered[key]


def _may_be_offered() -> bool:
    """Return false if no file of entry points on the path names one of GROUPS.

    It looks where importlib.metadata looks. What it does not know itself, such as a ZIP file, may offer something.
    """
    if any(hasattr(finder, "find_distributions") and finder is not PathFinder for finder in sys.meta_path):
        return True
    return any(map(_may_offer, sys.path))


def _may_offer(folder: str) -> bool:
    if folder.endswith(".egg"):
        return True
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return os.path.isfile(folder)
    for name in names:
        if name.lower().endswith((".dist-info", ".egg-info")):
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                    if b"[davlock." in file.read():
                        return True
            except OSError:
                continue  # most distributions have none
    return False


def load_usable(
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


def usable_rule(value: object, origin: str) -> "tuple[str, Rule]":
    """A rule that can be used, and its id. Raises TypeError or ValueError."""
    from davlock.diagnosis.rule import Rule
    from davlock.diagnosis.validate import checked

    rule = checked(value, Rule, "rule")
    _require(_NAME.fullmatch(rule.id), f"rule.id is {rule.id!r}, and is written like 423-acme-checked-out")
    _require(rule.title.strip(), "rule.title is empty")
    _require(rule.page.strip(), "rule.page is empty: it is the finding's manual page")
    return rule.id, replace(rule, origin=origin)


def usable_profile(value: object, origin: str) -> "tuple[str, Profile]":
    """A profile that can be used, and its name. Raises TypeError or ValueError."""
    from davlock.diagnosis.validate import checked
    from davlock.servers.profile import Profile

    profile = checked(value, Profile, "profile")
    _require(_NAME.fullmatch(profile.name), f"profile.name is {profile.name!r}, and is written like acme-vault")
    _require(profile.title.strip(), "profile.title is empty")
    return profile.name, replace(profile, recognise=_careful(profile, origin))


def usable_application(value: object, origin: str) -> "tuple[str, Application]":
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
            name_failure(label, error)
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
            name_failure(f"server {profile.name}, of {origin},", error)
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
        name_failure(what, error)


def name_failure(what: str, error: BaseException) -> None:
    """``what`` was left out, in one line on stderr; its author can ask for the traceback as well."""
    complain(f"{what} was left out: {failure_words(error)}")
    if os.environ.get("DAVLOCK_TRACEBACK"):
        import traceback

        traceback.print_exception(error)


def failure_words(error: BaseException) -> str:
    """The error on one line, also where its own ``__str__`` fails."""
    import traceback

    return " ".join("".join(traceback.format_exception_only(error)).split())

"""Remedies, made by what they can spoil: a rule says ``safe(…)``, ``intrusive(…)`` or ``destructive(…)``."""

from collections.abc import Iterable
from dataclasses import replace

from davlock.diagnosis.finding import Remedy, Risk, Who

Command = tuple[str, ...]
"""An argv; nothing in it is a shell's."""


def safe(
    title: str, command: Command | None = None, *, who: Who = Who.YOU, typed: bool = False, note: str = ""
) -> Remedy:
    """Returns a remedy that spoils nothing that matters."""
    return Remedy(who, title, command, Risk.SAFE, typed, note)


def intrusive(
    title: str, command: Command | None = None, *, who: Who = Who.YOU, typed: bool = False, note: str = ""
) -> Remedy:
    """Returns a remedy that changes state on the server or in a program."""
    return Remedy(who, title, command, Risk.INTRUSIVE, typed, note)


def destructive(
    title: str, command: Command | None = None, *, who: Who = Who.YOU, typed: bool = False, note: str = ""
) -> Remedy:
    """Returns a remedy that can lose somebody's work."""
    return Remedy(who, title, command, Risk.DESTRUCTIVE, typed, note)


def for_admin(remedy: Remedy) -> Remedy:
    """Returns the same remedy for the server's administrator to carry out."""
    return replace(remedy, who=Who.SERVER_ADMIN)


OTHERS = frozenset({Who.SERVER_ADMIN, Who.CLIENT_AUTHOR})
"""Who is neither the reader nor the holder of a lock: what they have to do comes last."""

_RISKS = tuple(Risk)


def safest_first(remedy: Remedy) -> tuple[bool, int, bool]:
    """What others have to do comes last. To wait is the safest of all."""
    waits = remedy.command is not None and remedy.command[:2] == ("davlock", "wait")
    return remedy.who in OTHERS, _RISKS.index(remedy.risk), not waits


def safest_command(remedies: Iterable[Remedy]) -> Command | None:
    """Returns the command of the safest way; ``None`` where none is without danger to the work of others."""
    mild = sorted((remedy for remedy in remedies if remedy.risk is not Risk.DESTRUCTIVE), key=safest_first)
    return next((remedy.command for remedy in mild if remedy.command is not None), None)

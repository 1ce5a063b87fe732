"""Remedies, made by what they can spoil: a rule says ``safe(…)``, ``intrusive(…)`` or ``destructive(…)``."""

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

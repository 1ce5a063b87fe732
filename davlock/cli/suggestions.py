"""What to type instead: for words that people know from other tools, and for words that are nearly right.

Likeness of letters alone misleads: ``--force`` looks like ``--format``, and means ``--steal``.
"""

import difflib
from collections.abc import Iterable

import click

from davlock.cli.other_tools import ADVICE, COMMANDS, LISTS, METHODS, OPTIONS, REQUEST


def command_hint(name: str, known: Iterable[str]) -> str:
    """What is likely meant by ``name``, which is none of the ``known`` commands; empty if nothing is near."""
    if (advice := ADVICE.get(name.lower())) is not None:
        return advice
    meant = COMMANDS.get(name.lower()) or next(iter(difflib.get_close_matches(name, list(known), n=1)), None)
    return f"did you mean {meant}?" if meant is not None else ""


def page_hint(name: str, commands: Iterable[str], topics: Iterable[str]) -> str:
    """What to read in place of ``davlock help NAME``, which is neither a command nor a topic; empty if nothing is near.

    Statuses, findings and checks have pages of their own.
    """
    from davlock.checks.registry import CHECKS
    from davlock.diagnosis.status_findings import FINDINGS, TITLES

    if name in TITLES or name in map(str, FINDINGS):
        return f"type: davlock explain {name}"
    if any(name == check.id for check in CHECKS):
        return f"to read what the check {name} does: man davlock-checks, or davlock check --list"
    if name in LISTS:
        return LISTS[name]
    near = [topic for topic in topics if name in (*topic.split("-"), f"{topic}s", topic.removesuffix("s"))]
    near = near or [topic for topic in topics if len(name) > 2 and topic.startswith(name)]
    return f"did you mean {near[0]}?" if near else command_hint(name, [*commands, *topics])


def option_hint(option: str, command: click.Command, typed: tuple[str, ...] = ()) -> str:
    """What to type instead of an ``option`` that ``command`` does not have; empty if nothing is near.

    ``typed`` is the whole command line.
    """
    if option in REQUEST:
        method = _method(typed)
        advice = METHODS.get(method, "name what you want: davlock diagnose, lock, unlock, put or propfind")
        return f"use --for-method {method} to ask if it works; {advice}" if _asks_about(method, command) else advice
    known = [name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)]
    for needed, advice in OPTIONS.get(option, ()):
        if not needed or needed in known:
            return advice
    # Without the dashes, which would make any two short options alike.
    long = [name.removeprefix("--") for name in known if name.startswith("--")]
    word = option.removeprefix("--")
    close = difflib.get_close_matches(word, long, n=1, cutoff=0.75) if option.startswith("--") else []
    return f"the nearest is --{close[0]}" if close else ""


def _asks_about(method: str, command: click.Command) -> bool:
    """Returns true if ``command`` can be asked about ``method`` without sending it."""
    choices = (parameter.type for parameter in command.params if "--for-method" in parameter.opts)
    return any(isinstance(choice, click.Choice) and method in choice.choices for choice in choices)


def _method(typed: tuple[str, ...]) -> str:
    """The method that curl's -X, or wget's --method, was to send; upper case, empty if there is none."""
    for word, following in zip(typed, (*typed[1:], ""), strict=True):
        for option in REQUEST:
            if word == option:
                return following.upper()
            if word.startswith(option):
                return word.removeprefix(option).removeprefix("=").upper()
    return ""

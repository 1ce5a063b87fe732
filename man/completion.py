"""The table from which shells complete command lines, from the click tree."""

import json
from typing import Any

import click

from davlock.checks.registry import CHECKS, groups
from davlock.cli.main import COMMANDS, cli
from davlock.cli.profile_targets import TARGET, TARGET_OR_OTHER
from davlock.diagnosis.rules.registry import BY_ID
from davlock.diagnosis.topics import TOPICS
from davlock.operations.clients import USER_AGENTS

FILES = ("FILE", "PATH", "JOURNAL")
"""Metavars of options that take a file."""

VALUES: dict[tuple[str, str], "str | list[str]"] = {
    ("diagnose", "client"): list(USER_AGENTS),
    ("check", "select"): "checks",
    ("check", "ignore"): "checks",
}
"""What an option takes that its type does not say: words, or the name of a list."""

ARGUMENTS: dict[tuple[str, str], str] = {
    ("explain", "subjects"): "subjects",
    ("put", "file"): "file",
}
"""Like the above, for arguments. Of a URL, a shell can complete the name of a profile."""


def table() -> str:
    """The JSON of davlock/cli/completion.json."""
    context = click.Context(cli, info_name="davlock")
    tree = _command(cli, "davlock")
    tree["commands"] = {}
    for name, job in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None  # noqa: S101 -- the name is from the table
        tree["commands"][name] = {"help": job, **_command(command, name)}
    tree["lists"] = {
        "subjects": [*map(str, sorted(TOPICS)), *sorted(BY_ID)],
        "checks": sorted({*groups(), *(check.about.id for check in CHECKS)}),
    }
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def _command(command: click.Command, name: str) -> dict[str, Any]:
    context = click.Context(command, info_name=name)
    options: dict[str, dict[str, Any]] = {}
    arguments: list[str | list[str]] = []
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Argument):
            arguments.append(
                ARGUMENTS.get((name, parameter.name or ""), _target(parameter) or _choices(parameter) or "")
            )
        elif isinstance(parameter, click.Option) and not parameter.hidden:
            for spelling in (*parameter.opts, *parameter.secondary_opts):
                options[spelling] = {"help": _help(parameter)} | _value(parameter, name)
    entry: dict[str, Any] = {"options": options, "arguments": arguments}
    if isinstance(command, click.Group) and name != "davlock":
        entry["commands"] = {
            sub: {"help": known.get_short_help_str(200), **_command(known, sub)}
            for sub, known in command.commands.items()
        }
    return entry


def _help(option: click.Option) -> str:
    """The first sentence: a shell shows one line."""
    first, stop, _ = " ".join((option.help or "").split()).partition(". ")
    return first + stop.strip()


def _value(option: click.Option, command: str) -> dict[str, Any]:
    """What follows the option; nothing for a flag."""
    if option.is_flag or option.count:
        return {}
    known = VALUES.get((command, option.name or ""))
    if known is not None:
        return {"values": known}
    if option.metavar in FILES and not _target(option):
        return {"values": "file"}
    if target := _target(option):
        return {"values": target}
    return {"values": _choices(option)}


def _target(parameter: click.Parameter) -> str:
    return "targets" if parameter.type in (TARGET, TARGET_OR_OTHER) else ""


def _choices(parameter: click.Parameter) -> list[str]:
    return [str(choice) for choice in parameter.type.choices] if isinstance(parameter.type, click.Choice) else []

"""Stdin has one reader: above all, a password on it must not become the content of a file."""

from collections.abc import Iterable, Iterator, Mapping

import click

from davlock.cli.profile_targets import TARGET
from davlock.errors import LocalProtocolError


def refuse_two_readers(parameters: Iterable[click.Parameter], values: Mapping[str, object]) -> None:
    """Raise LocalProtocolError if two of the ``values`` of ``parameters`` are ``-``; stdin is not read yet."""
    readers = list(_readers(parameters, values))
    if len(readers) > 1:
        hint = "use --password-command or a file for the password" if "--password-file -" in readers else "use a file"
        raise LocalProtocolError(f"{readers[0]} and {readers[1]} both read stdin", hint)


def _readers(parameters: Iterable[click.Parameter], values: Mapping[str, object]) -> Iterator[str]:
    """What reads stdin, in words."""
    for parameter in parameters:
        value = values.get(str(parameter.name))
        if value != "-" and not (isinstance(value, tuple) and "-" in value):
            continue
        if parameter.name == "password_file":
            yield "--password-file -"
        elif parameter.name == "file" and isinstance(parameter, click.Argument):
            yield "FILE -"
        elif parameter.type is TARGET:
            yield "URL -" if isinstance(parameter, click.Argument) else f"{parameter.opts[-1]} -"

"""What was wrong with a command line, and what to type instead: one line for each error of click."""

import re

import click

from davlock.cli.help_page import examples_of


def usage_words(error: click.UsageError, path: str) -> str:
    """The error, and the way out of it. ``path`` is the command as it is typed."""
    what = _what(error).rstrip(". ")
    if ";" in what:  # it says so itself
        return what
    return f"{what}; {_hint(error) or f'see: {path} --help'}"


def _what(error: click.UsageError) -> str:
    message = " ".join(error.message.split())
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and isinstance(error.ctx.command, click.Group):
        return f"a command is missing; choose one of {', '.join(error.ctx.command.commands)}"
    if isinstance(error, click.NoSuchOption):
        return f"there is no option {error.option_name!r}"
    if isinstance(error, click.MissingParameter):
        return f"{_name(error)} is missing"
    if isinstance(error, click.BadOptionUsage):
        return f"{error.option_name} {'takes no' if 'does not take' in message else 'needs a'} value"
    if (extra := re.search(r"unexpected extra arguments? \((.*)\)", message)) is not None:
        return f"too many arguments: {extra[1]}"
    return f"{_name(error)}: {_plain(message)}" if isinstance(error, click.BadParameter) else message


def _plain(message: str) -> str:
    message = re.sub(r"is not in the range (\d+)<=x<=(\d+)", r"is not between \1 and \2", message)
    return re.sub(r"is not in the range x>=(\d+)", r"is less than \1", message)


def _name(error: click.BadParameter) -> str:
    """What the person types for the parameter: an option, or the name of an argument in the synopsis."""
    parameter = error.param
    if parameter is None or error.ctx is None:
        return str(error.param_hint or "a value")
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.make_metavar(error.ctx).strip("[]").partition(" ")[0].rstrip("].")


def _hint(error: click.UsageError) -> str:
    """What to type instead; empty if davlock does not know."""
    if error.ctx is None:
        return ""
    if isinstance(error, click.NoSuchOption):
        from davlock.cli.suggestions import option_hint

        return option_hint(error.option_name, error.ctx.command, error.ctx.find_root().obj or ())
    if isinstance(error, click.MissingParameter):
        lines = [line for _, line in examples_of(error.ctx.command_path.split()[1:]) if "\n" not in line]
        return f"for example: {lines[0]}" if lines else ""
    if "unexpected extra argument" in error.message:
        pieces = error.ctx.command.collect_usage_pieces(error.ctx)
        return f"write: {error.ctx.command_path} {' '.join(pieces)}"
    return ""

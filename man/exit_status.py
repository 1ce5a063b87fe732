"""Which exit statuses a command can end with."""

import ast
import inspect
import sys
from collections.abc import Iterator

import click

from davlock.cli.exit_code import ExitCode

EVERY = {
    ExitCode.OK,
    ExitCode.USAGE,
    ExitCode.BUG,
    ExitCode.OUTPUT_FAILED,
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
}
"""Whatever the command does, it can go well, be misused, have a bug, have no room for its answer, or be stopped."""

ASKING = {
    ExitCode.FOUND,
    ExitCode.UNKNOWN,
    ExitCode.AUTH,
    ExitCode.NO_RESPONSE,
    ExitCode.BAD_RESPONSE,
    ExitCode.THROTTLED,
}
"""A server that is asked can say no, say nothing, and be no DAV server."""


def codes(command: click.Command) -> list[ExitCode]:
    """From what the command takes (connection options, several URLs), and what its own module names."""
    found = EVERY | _named(command)
    if ExitCode.RUN_FAILED in found:  # what else went wrong is RUN_FAILED, since the others can be the child's
        return sorted(found - {ExitCode.BUG, ExitCode.OUTPUT_FAILED})
    if any(parameter.name == "connect_timeout" for parameter in command.params):
        found |= ASKING
        if any(parameter.nargs == -1 for parameter in command.params):
            found |= {ExitCode.PARTIAL}
    return sorted(found)


def _named(command: click.Command) -> set[ExitCode]:
    module = sys.modules[inspect.unwrap(command.callback or codes).__module__]
    return {ExitCode[name] for name in _names(ast.parse(inspect.getsource(module)))}


def _names(node: ast.AST) -> Iterator[str]:
    """``X`` of each ``ExitCode.X`` in the code, but not where a status is only compared with it."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == ExitCode.__name__:
        yield node.attr
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Compare):
            yield from _names(child)

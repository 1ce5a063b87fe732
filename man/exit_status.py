"""Which exit statuses a command can end with."""

import ast
import inspect
import sys

import click

from davlock.cli import exit_code
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
    """From what the command takes (connection options, several URLs), and the choices that its module uses."""
    found = EVERY | _chosen(command)
    if ExitCode.RUN_FAILED in found:  # what else went wrong is RUN_FAILED, since the others can be the child's
        return sorted(found - {ExitCode.BUG, ExitCode.OUTPUT_FAILED})
    if any(parameter.name == "connect_timeout" for parameter in command.params):
        found |= ASKING
        if any(parameter.nargs == -1 for parameter in command.params):
            found |= {ExitCode.PARTIAL}
    return sorted(found)


def _chosen(command: click.Command) -> set[ExitCode]:
    """The statuses that its module names, and those that the functions of exit_code that it calls can choose."""
    module = ast.parse(inspect.getsource(sys.modules[inspect.unwrap(command.callback or codes).__module__]))
    called = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)} & {*CHOICES}
    return _named(module).union(*(CHOICES[name] for name in called))


def _named(node: ast.AST) -> set[ExitCode]:
    """``X`` of each ``ExitCode.X`` in the code, but not where a status is only compared with it."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == ExitCode.__name__:
        return {ExitCode[node.attr]}
    children = (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.Compare))
    return set[ExitCode]().union(*map(_named, children))


def _choices() -> dict[str, set[ExitCode]]:
    """The statuses that each function of exit_code names."""
    functions = [node for node in ast.parse(inspect.getsource(exit_code)).body if isinstance(node, ast.FunctionDef)]
    return {function.name: _named(function) for function in functions if function.name not in EVERYWHERE}


EVERYWHERE = ("for_error", "for_exception", "combine")
"""Their statuses are those of any command that asks a server; ``EVERY`` and ``ASKING`` say which."""

CHOICES = _choices()

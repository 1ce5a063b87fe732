"""Which exit statuses a command can end with."""

import ast
import inspect
import sys

import click

from davlock.cli import exit_status
from davlock.cli.exit_status import ExitStatus

EVERY = {
    ExitStatus.OK,
    ExitStatus.USAGE,
    ExitStatus.BUG,
    ExitStatus.OUTPUT_FAILED,
    ExitStatus.INTERRUPTED,
    ExitStatus.TERMINATED,
}
"""Every command can succeed, be misused, have a bug, fail to write its answer, or be stopped."""

ASKING = {
    ExitStatus.FOUND,
    ExitStatus.UNKNOWN,
    ExitStatus.AUTH,
    ExitStatus.NO_RESPONSE,
    ExitStatus.BAD_RESPONSE,
    ExitStatus.THROTTLED,
}
"""A server can refuse, stay silent, and speak no WebDAV."""


def codes(command: click.Command) -> list[ExitStatus]:
    """The statuses of a command, from its options and from the choices that its module uses."""
    found = EVERY | _chosen(command)
    if ExitStatus.RUN_FAILED in found:  # what else went wrong is RUN_FAILED, since the others can be the child's
        return sorted(found - {ExitStatus.BUG, ExitStatus.OUTPUT_FAILED})
    if any(parameter.name == "connect_timeout" for parameter in command.params):
        found |= ASKING
        if any(parameter.nargs == -1 for parameter in command.params):
            found |= {ExitStatus.PARTIAL}
    return sorted(found)


def _chosen(command: click.Command) -> set[ExitStatus]:
    """The statuses that its module names, and those that the functions of exit_status that it calls can choose."""
    module = ast.parse(inspect.getsource(sys.modules[inspect.unwrap(command.callback or codes).__module__]))
    called = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)} & {*CHOICES}
    return _named(module).union(*(CHOICES[name] for name in called))


def _named(node: ast.AST) -> set[ExitStatus]:
    """``X`` of each ``ExitStatus.X`` in the code, but not where a status is only compared with it."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == ExitStatus.__name__:
        return {ExitStatus[node.attr]}
    children = (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.Compare))
    return set[ExitStatus]().union(*map(_named, children))


def _choices() -> dict[str, set[ExitStatus]]:
    """The statuses that each function of exit_status names."""
    functions = [node for node in ast.parse(inspect.getsource(exit_status)).body if isinstance(node, ast.FunctionDef)]
    return {function.name: _named(function) for function in functions if function.name not in EVERYWHERE}


EVERYWHERE = ("for_error", "for_exception", "combine")
"""Any command that asks a server can end with their statuses; ``EVERY`` and ``ASKING`` list them."""

CHOICES = _choices()

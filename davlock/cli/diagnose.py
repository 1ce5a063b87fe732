"""``davlock diagnose``."""

import click

from davlock.cli.batch import for_each, shown, stopped
from davlock.cli.exit_code import ExitCode
from davlock.cli.options import Shared, network_options
from davlock.cli.plugins import Knowledge
from davlock.cli.present import Presenter
from davlock.cli.tokens import given_tokens
from davlock.diagnosis.finding import Severity, Verdict
from davlock.operations import gather
from davlock.render.plain import finding_rows
from davlock.render.result import Result
from davlock.transport.base import Send


@click.command("diagnose")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--token", "tokens", multiple=True, default=("auto",), metavar="TOKEN", help="A lock token that you hold."
)
@click.option("--fail-on", type=click.Choice(("error", "warning")), default="error", help="Exit 1 on warnings too.")
@network_options
def command(urls: tuple[str, ...], tokens: tuple[str, ...], fail_on: str, shared: Shared) -> int:
    """Say who holds which lock on each URL, until when, where its root is, and what to do.

    Asks the server with OPTIONS and PROPFIND only: nothing is changed. Exit status 0: no lock keeps you from writing;
    1: one does; 3: the server does not tell.
    """
    from davlock.render.tables import show_result

    held = tuple(token.uri for token in given_tokens(tokens))
    known = Knowledge(shared)
    presenter = Presenter("diagnose", shared, rows=finding_rows, show=show_result)

    def act(send: Send, url: str) -> tuple[Result, ExitCode]:
        report = gather.diagnose(send, url, held=held, profiles=known.profiles)
        found = shown(report, known)
        stop = stopped(report.evidence)
        return found, stop if stop is not None else _code(found, fail_on)

    return for_each(urls, shared, presenter, act)


def _code(found: Result, fail_on: str) -> ExitCode:
    if found.verdict is Verdict.BLOCKED:
        return ExitCode.FOUND
    if found.verdict is Verdict.UNKNOWN:
        return ExitCode.UNKNOWN
    warned = any(finding.severity >= Severity.WARNING for finding in found.findings)
    return ExitCode.FOUND if fail_on == "warning" and warned else ExitCode.OK

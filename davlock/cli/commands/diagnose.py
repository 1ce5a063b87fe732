"""``davlock diagnose``."""

import secrets
import time
from functools import partial

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus, for_diagnosis
from davlock.cli.options import Shared, network_options, why_option
from davlock.cli.output import Presenter, complain
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.targets import for_each
from davlock.cli.tokens import given_tokens
from davlock.diagnosis.lock_verdict import METHODS
from davlock.operations import investigate
from davlock.operations.clients import USER_AGENTS, user_agent
from davlock.operations.read_failure import read_failure
from davlock.operations.trial_lock import WriteConsent, attempt_lock
from davlock.protocol.write_scope import WriteScope
from davlock.render.build_result import result
from davlock.render.plain import FINDING_COLUMNS, finding_rows
from davlock.render.result import Result
from davlock.render.screens import show_result
from davlock.transport.base import Send


@click.command("diagnose")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--token",
    "tokens",
    multiple=True,
    default=("auto",),
    metavar="TOKEN",
    help="A lock token that you hold, besides those of the locks that davlock took.",
)
@click.option(
    "--for-method",
    type=click.Choice(METHODS),
    help="The method that you want to send: the verdict and the exit status are of it. [default: PUT; of a collection:"
    " any]",
)
@click.option("--fail-on", type=click.Choice(("error", "warning")), default="error", help="Exit 1 on warnings too.")
@click.option(
    "--as",
    "client",
    metavar="CLIENT",
    help=f"Ask with OPTIONS as this client would, too, and compare: {', '.join(USER_AGENTS)}, or any User-Agent.",
)
@click.option(
    "--if-match",
    metavar="ETAG",
    help="Say why a request with this entity tag in If-Match is refused: tried with HEAD.",
)
@click.option(
    "--attempt",
    type=click.Choice(("lock",)),
    help="Where no lock is shown, take one for a moment and release it: decides where locks are hidden.",
)
@click.option(
    "--scratch",
    metavar="URL",
    help="Create a collection below URL, try there what locks and conditions are worth, and remove it.",
)
@why_option
@network_options
def command(
    urls: tuple[str, ...],
    tokens: tuple[str, ...],
    for_method: str | None,
    fail_on: str,
    client: str | None,
    if_match: str | None,
    attempt: str | None,
    scratch: str | None,
    shared: Shared,
) -> int:
    """Say who holds which lock on each URL, until when, where its root is, and what to do.

    Asks the server with OPTIONS and PROPFIND only: nothing is changed, unless --attempt or --scratch
    is given. A collection is looked into once. The verdict is given for PUT, DELETE, MOVE and LOCK. Exit status 0: no
    lock keeps you from writing a file, or from any change to a collection; 1: one does, or an error was found; 3: the
    server does not tell.
    """
    held = tuple(token.uri for token in given_tokens(tokens))
    known = CommandKnowledge(shared)
    ledger = click.get_current_context().with_resource(open_ledger(shared))
    consent = WriteConsent(announce=complain, mark=secrets.token_hex(4), ledger=ledger)
    asked_as = None if client is None else user_agent(client)
    presenter = Presenter(
        "diagnose", shared, rows=finding_rows, columns=FINDING_COLUMNS, show=partial(show_result, why=shared.why)
    )

    extras = None
    if if_match is not None or scratch is not None:
        from davlock.cli.diagnose_extras import DiagnoseExtras

        extras = DiagnoseExtras(
            if_match=if_match, scratch=scratch, consent=consent, known=known, recorder=shared.recorder
        )

    def act(send: Send, url: str) -> tuple[Result, ExitStatus]:
        if extras is not None:
            extras.refuse(url)
        report = investigate.diagnose(
            send,
            url,
            held=held,
            own=own_locks(ledger, url),
            profiles=known.profiles,
            client=asked_as,
            clock=time.monotonic,
            intended=for_method or "",
            attempt=partial(attempt_lock, consent=consent) if attempt else None,
        )
        failure = read_failure(report.evidence)
        if extras is not None:
            report = extras.ask(send, url, report) if failure is None else extras.not_asked(report)
        diagnosis = known.diagnose(report)
        if extras is not None:
            extras.tell(diagnosis)
        worst = max((finding.severity for finding in diagnosis.findings), default=None)
        return result(diagnosis), for_diagnosis(failure, diagnosis.verdict, worst, fail_on=fail_on)

    def writes(url: str) -> tuple[WriteScope, ...]:
        tried = (WriteScope(url=url, below=False),) if attempt else ()
        return (*tried, *(extras.writes if extras is not None else ()))

    return for_each(urls, shared, presenter, act, ledger=ledger, writes=writes)

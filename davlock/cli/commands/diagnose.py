"""``davlock diagnose``."""

import secrets
import time
from functools import partial

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus, for_diagnosis
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, network_options, why_option
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.profile_targets import TARGET
from davlock.cli.target_screens import target_presenter
from davlock.cli.targets import for_each
from davlock.cli.tokens import given_tokens
from davlock.diagnosis.lock_verdict import METHODS
from davlock.operations import investigate
from davlock.operations.clients import USER_AGENTS, user_agent
from davlock.operations.read_failure import read_failure
from davlock.operations.trial_lock import WriteConsent, attempt_lock
from davlock.protocol.write_scope import WriteScope
from davlock.render.build_result import result
from davlock.render.result import Result
from davlock.transport.base import Send


@click.command("diagnose", cls=BriefCommand)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL...")
@click.option(
    "--token",
    "tokens",
    multiple=True,
    default=("auto",),
    metavar="TOKEN",
    help="A lock token that you hold. davlock also uses the tokens of the locks that it took.",
)
@click.option(
    "--for-method",
    type=click.Choice(METHODS),
    help="The method that you want to send. The verdict and the exit status are for this method. Default: PUT; for a "
    "folder: PUT, DELETE, MOVE and LOCK.",
    metavar="METHOD",
)
@click.option(
    "--fail-on", type=click.Choice(("error", "warning")), default="error", help="Exit 1 from this severity on."
)
@click.option(
    "--as",
    "client",
    metavar="CLIENT",
    help="Ask with OPTIONS as this client would. davlock compares both answers. "
    f"CLIENT is {', '.join(USER_AGENTS)}, or any User-Agent.",
)
@click.option(
    "--if-match",
    metavar="ETAG",
    help="Explain why If-Match with this ETag fails. davlock tries it with HEAD.",
)
@click.option(
    "--attempt",
    type=click.Choice(("lock",)),
    help="Take a lock for a moment and release it. davlock does so only if it sees no lock. Use this on servers "
    "that hide locks.",
)
@click.option(
    "--scratch",
    type=TARGET,
    metavar="URL",
    help="Test locks in a new collection below URL. davlock creates the collection, tries locks and conditions "
    "there, and removes it.",
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
    """Show who holds a lock on each URL, until when, and what to do. Only reads, unless you use --attempt or
    --scratch.

    davlock sends OPTIONS and PROPFIND. It reads the members of a collection once. It gives a verdict for PUT, DELETE,
    MOVE and LOCK.

    Exit status 0: no lock keeps you from writing the file, or from any change to the collection. 1: a lock does, or
    davlock found an error. 3: the server does not show its locks.
    """
    held = tuple(token.uri for token in given_tokens(tokens))
    known = CommandKnowledge(shared)
    ledger = click.get_current_context().with_resource(open_ledger(shared))
    consent = WriteConsent(announce=complain, mark=secrets.token_hex(4), ledger=ledger)
    asked_as = None if client is None else user_agent(client)
    presenter = target_presenter("diagnose", shared)

    extras = None
    if if_match is not None or scratch is not None:
        from davlock.cli.diagnose_extras import DiagnoseExtras

        extras = DiagnoseExtras(if_match=if_match, scratch=scratch, consent=consent, known=known, shared=shared)

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

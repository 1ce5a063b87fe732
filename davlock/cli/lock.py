"""``davlock lock``."""

import getpass
import re
import socket

import click

from davlock.cli.batch import for_doer, for_each, shown
from davlock.cli.duration import DURATION
from davlock.cli.exit_code import ExitCode
from davlock.cli.options import Shared, network_options
from davlock.cli.plugins import Knowledge
from davlock.cli.present import Presenter, complain
from davlock.cli.state import open_ledger
from davlock.errors import LocalProtocolError
from davlock.operations import locking
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.visible import visible
from davlock.render.plain import finding_rows
from davlock.render.result import Result
from davlock.transport.base import Send

LONGEST = 2**32 - 1
"""Seconds: the largest number that RFC 4918 §10.7 allows."""


@click.command("lock")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--scope", type=click.Choice([scope.value for scope in LockScope]), default="exclusive", show_default=True
)
@click.option("--depth", type=click.Choice(("0", "infinity")), default="0", show_default=True)
@click.option("--timeout", type=DURATION, default=600.0, show_default="10m", help="The time to ask for.")
@click.option("--owner", metavar="TEXT", help="What to say about yourself. [default: login@host, davlock]")
@click.option("--create", is_flag=True, help="Allow LOCK to create an empty file where there is none.")
@click.option(
    "--print", "print_", type=click.Choice(("token", "if")), help="Print the token alone, or an If header for it."
)
@network_options
def command(
    urls: tuple[str, ...],
    scope: str,
    depth: str,
    timeout: float,
    owner: str | None,
    create: bool,
    print_: str | None,
    shared: Shared,
) -> int:
    """Take a lock on each URL, and look again whether it is there.

    Sends one LOCK with Depth and one Timeout. -q prints the token alone. Exit status 0: the lock was granted and
    seen; 1: it was refused, and why; 3: it was granted, as far as the server lets anyone see.
    """
    from davlock.render.tables import show_outcome

    if not 1 <= timeout <= LONGEST:
        raise LocalProtocolError(f"a timeout of {timeout:g} seconds cannot be asked for", f"choose 1 to {LONGEST}")
    wish = locking.Wish(
        scope=LockScope(scope),
        depth=Depth(depth),
        seconds=int(timeout),
        owner=_owner() if owner is None else _checked(owner),
        create=create,
    )
    wanted = print_ or ("token" if shared.quiet and shared.format == "auto" else None)
    presenter = (
        Presenter("lock", shared, rows=finding_rows, show=show_outcome)
        if wanted is None
        else _TokenPrinter(shared, wanted)
    )

    known = Knowledge(shared)

    with open_ledger(shared) as ledger:

        def act(send: Send, url: str) -> tuple[Result, ExitCode]:
            report = locking.lock(send, url, wish, ledger=ledger, profiles=known.profiles)
            for skipped in report.skipped:
                if skipped.what == "LOCK" and presenter.format != "table":
                    complain(skipped.why)
            found = shown(report, known)
            return found, for_doer(report, found)

        return for_each(urls, shared, presenter, act, ledger=ledger)


class _TokenPrinter(Presenter):
    """Prints what a script wants of a granted lock; a refusal goes to stderr."""

    def __init__(self, shared: Shared, what: str) -> None:
        super().__init__("lock", shared, rows=finding_rows, show=lambda console, result: None)
        self._what = what

    def add(self, result: Result) -> None:
        """The token, or the If header that submits it."""
        lock = next((view.lock for view in result.locks or () if view.mine and view.lock.token), None)
        if lock is None or lock.token is None:
            for row in finding_rows(result):
                click.echo(row, err=True)
        elif self._what == "if":
            click.echo(f"If: {IfHeader.tagged_with(result.target or '', lock.token)}")
        else:
            click.echo(lock.token.uri)

    def finish(self) -> None:
        """Nothing is left to write."""


def _owner() -> str:
    try:
        login = getpass.getuser()
    except (OSError, KeyError):
        login = "someone"
    return visible(f"{login}@{socket.gethostname()}, davlock")


def _checked(owner: str) -> str:
    try:  # a locale that is not UTF-8 leaves surrogates (PEP 383)
        text = owner.encode("utf-8", "surrogateescape").decode()
    except UnicodeDecodeError:
        raise LocalProtocolError("--owner has bytes in it that are no UTF-8", "use plain text") from None
    # XML 1.0 §2.2 Char.
    if re.search("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
        raise LocalProtocolError("--owner has a control character in it", "use plain text")
    return text

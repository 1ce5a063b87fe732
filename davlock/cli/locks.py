"""``davlock locks``."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from davlock.cli.batch import for_each, stopped
from davlock.cli.duration import DURATION
from davlock.cli.exit_code import ExitCode
from davlock.cli.options import Shared, network_options
from davlock.cli.plugins import Knowledge, judged
from davlock.cli.present import Presenter, complain
from davlock.cli.state import open_ledger, own_locks
from davlock.diagnosis.finding import Verdict
from davlock.errors import LocalProtocolError
from davlock.operations import listing
from davlock.operations.results import Skipped
from davlock.protocol.lock import Depth
from davlock.render.plain import lock_rows
from davlock.render.result import LockView, Result
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.render.tables import Console


@click.command("locks")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--depth", type=click.Choice([depth.value for depth in Depth]), default="0", show_default=True)
@click.option("--owner", metavar="REGEX", help="Only locks whose owner matches.")
@click.option("--scope", type=click.Choice(("exclusive", "shared")), help="Only locks of this scope.")
@click.option("--infinite", is_flag=True, help="Only locks that never expire.")
@click.option("--expires-within", type=DURATION, metavar="DURATION", help="Only locks with no more than this left.")
@click.option("--fail-if-any", is_flag=True, help="Exit 1 if a lock is listed.")
@network_options
def command(
    urls: tuple[str, ...],
    depth: str,
    owner: str | None,
    scope: str | None,
    infinite: bool,
    expires_within: float | None,
    fail_if_any: bool,
    shared: Shared,
) -> int:
    """List the active locks on each URL, as lockdiscovery shows them.

    Exit status 0: the list is complete, even if it is empty; 3: this server does not disclose its locks. Without a
    terminal: a line a lock, with the columns url, scope, depth, owner, token, timeout, expires_at, lockroot,
    mine, age (seconds) and age_source.
    """
    try:
        pattern = re.compile(owner) if owner is not None else None
    except re.error as error:
        raise LocalProtocolError(f"--owner: {error}", "write a Python regular expression") from None

    def wanted(view: LockView) -> bool:
        lock = view.lock
        claimed = (lock.owner.text or lock.owner.xml) if lock.owner else ""
        seconds = lock.timeout.seconds if lock.timeout and not view.endless else None
        return (
            (pattern is None or pattern.search(claimed) is not None)
            and (scope is None or (lock.scope is not None and lock.scope.value == scope))
            and (not infinite or view.endless)
            and (expires_within is None or (seconds is not None and seconds <= expires_within))
        )

    known = Knowledge(shared)
    presenter = Presenter("locks", shared, rows=lock_rows, show=_show)

    def act(send: Send, url: str) -> tuple[Result, ExitCode]:
        own = own_locks(ledger, url)
        found = listing.read(send, url, depth=Depth(depth), own=own, profiles=known.profiles)
        evidence = found.evidence
        if evidence.no_response is not None:
            complain(str(evidence.no_response))
            return Result(target=url, skipped=(Skipped("answer", str(evidence.no_response)),)), ExitCode.NO_RESPONSE
        shape = judged(evidence, known, skipped=found.skipped, rows=found.locks)
        if not found.ok:
            complain(f"{url}: PROPFIND was answered {evidence.status}")
            stop = stopped(evidence)
            return shape, stop if stop is not None else (ExitCode.FOUND if evidence.status == 404 else ExitCode.UNKNOWN)
        if found.locks is None:
            complain(f"{url}: this server does not disclose its locks; that says nothing about whether it is locked")
            return replace(shape, verdict=Verdict.UNKNOWN), ExitCode.UNKNOWN
        chosen = tuple(view for view in shape.locks or () if wanted(view))
        if shape.verdict is Verdict.UNKNOWN:
            # A listing too long to be kept whole: its rows are all there is to go by.
            shape = replace(shape, verdict=Verdict.BLOCKED if shape.locks else Verdict.CLEAR)
        return replace(shape, locks=chosen), ExitCode.FOUND if fail_if_any and chosen else ExitCode.OK

    with open_ledger(shared) as ledger:
        return for_each(urls, shared, presenter, act, ledger=ledger)


def _show(console: "Console", found: Result) -> None:
    from davlock.render.tables import show_listing

    show_listing(console, found)

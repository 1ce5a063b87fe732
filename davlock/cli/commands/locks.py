"""``davlock locks``."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from davlock.cli.broken_pipe import end_with_reader
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.duration import DURATION
from davlock.cli.exit_status import ExitStatus, for_listing, for_success, for_unread
from davlock.cli.filter_options import pattern, place
from davlock.cli.help_page import BriefCommand
from davlock.cli.left_out import complain_of_the_left_out, complain_of_the_undecided
from davlock.cli.options import FORMATS, WALK, Shared, network_options_with, refuse_unless
from davlock.cli.output import Presenter, Rows, complain
from davlock.cli.paths import open_ledger_to_read, own_locks
from davlock.cli.profile_targets import TARGET, TARGET_OR_OTHER
from davlock.cli.refused_login import complain_of_the_answer
from davlock.cli.shard_option import parse_shard, shard_option
from davlock.cli.targets import for_each, report_no_answer
from davlock.diagnosis.lock_filter import Selection
from davlock.errors import LocalProtocolError
from davlock.operations import listing
from davlock.operations.read_failure import read_failure
from davlock.protocol.lock import Depth, LockScope
from davlock.render.listing_result import filtered, listing_result
from davlock.render.plain import LOCK_COLUMNS, lock_rows
from davlock.render.result import Result
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.render.tables import Console


@click.command("locks", cls=BriefCommand)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL...")
@click.option(
    "--depth",
    type=click.Choice([depth.value for depth in Depth]),
    default="0",
    show_default=True,
    help="How deep to look.",
)
@click.option(
    "-r",
    "--recursive",
    is_flag=True,
    help="Read the whole tree. davlock reads one collection at a time if the server refuses Depth infinity.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    help="With -r: requests at a time.",
    metavar="N",
)
@shard_option
@click.option("--owner", metavar="REGEX", help="Only locks whose owner matches.")
@click.option("--scope", type=click.Choice(("exclusive", "shared")), help="Only locks of this scope.")
@click.option("--infinite", is_flag=True, help="Only locks that never expire.")
@click.option("--expires-within", type=DURATION, metavar="DURATION", help="Only locks with at most this time left.")
@click.option("--expires-after", type=DURATION, metavar="DURATION", help="Only locks with more than this time left.")
@click.option("--mine", is_flag=True, help="Only locks whose token you hold.")
@click.option("--under", type=TARGET_OR_OTHER, metavar="PATH", help="Only locks at or below this path or URL.")
@click.option(
    "--older-than",
    type=DURATION,
    metavar="DURATION",
    help="Only locks not renewed for this long, if known.",
)
@click.option("--tree", is_flag=True, help="With -r: show the tree around the locks.")
@click.option("--tokens", is_flag=True, help="Also show lock tokens.")
@click.option("--fail-if-any", is_flag=True, help="Exit 1 if a lock is listed.")
@network_options_with((*FORMATS, "openmetrics"), *WALK)
def command(
    urls: tuple[str, ...],
    depth: str,
    recursive: bool,
    jobs: int,
    shard: str | None,
    owner: str | None,
    scope: str | None,
    infinite: bool,
    expires_within: float | None,
    expires_after: float | None,
    mine: bool,
    under: str | None,
    older_than: float | None,
    tree: bool,
    tokens: bool,
    fail_if_any: bool,
    shared: Shared,
) -> int:
    """List the active locks on each URL, as the server shows them.

    With -r, davlock lists every lock at and below each URL once. A lock with depth infinity shows up on all members of
    its collection. davlock also lists a lock whose root is above the URL. With --format jsonl, it prints a locked
    resource as soon as it finds one. The last line is about the URL itself, and says what davlock read.

    A walk stays in the tree of the URL, even if the server redirects elsewhere. It also stays within --max-requests and
    --deadline.

    --shard I/N divides a very large tree between N commands, on one machine or on several. All of them read the upper
    collections; each reads its part of the rest, a collection at a time. Together they list what one walk lists, each
    lock once.

    --format openmetrics prints metrics for Prometheus: the number of locks by scope and depth, the age of the oldest,
    when the next one ends, and if the list is complete.

    Exit status 0: the list is complete, even if it is empty. 3: this server does not show its locks, or not what
    --older-than, --owner or another filter must know. 7: davlock could not read some collections or members, or the
    listing is less deep than you asked for.

    Without a terminal, davlock prints one line for each lock. The columns are url, scope, depth, owner, token, timeout,
    expires_at, lockroot, mine, age (seconds), age_source and command.
    """
    owners = pattern(owner)
    if recursive and depth != Depth.ZERO.value:
        raise LocalProtocolError("-r reads the whole tree", "leave out --depth, or -r")
    if tree and not recursive:
        raise LocalProtocolError("--tree needs a walk", "add -r")
    refuse_unless(recursive, "max_requests", "--max-requests limits a walk", "add -r")
    refuse_unless(recursive, "shard", "--shard divides a walk", "add -r")
    if tree and shared.format in ("json", "jsonl", "openmetrics"):
        raise LocalProtocolError("--tree makes a drawing for people", "leave it out: lockroot says where each lock is")

    def selection(url: str) -> Selection:
        return Selection(
            owner=owners,
            scope=LockScope(scope) if scope is not None else None,
            infinite=infinite,
            expires_within=expires_within,
            expires_after=expires_after,
            mine=mine,
            under=place(url, under),
            older_than=older_than,
        )

    known = CommandKnowledge(shared)
    first: str | None = None

    def show(console: "Console", found: Result) -> None:
        from davlock.render.list_screens import show_listing
        from davlock.render.lock_list import ListView, lock_list
        from davlock.render.tree import tree_list

        nonlocal first
        if first not in (None, found.target):
            console.print()
        first = first or found.target
        about = known.as_typed(("davlock", "diagnose"), found.target or "")
        named = partial(known.words_for, target=found.target or "")
        view = ListView(now=datetime.now(UTC), tokens=tokens, command=about, named=named)
        show_listing(console, found, (tree_list if tree else lock_list)(found, view))

    rows, columns = _rows(tree, known)
    documents = {"openmetrics": _metrics}
    presenter = Presenter("locks", shared, rows=rows, show=show, columns=columns, paged=True, documents=documents)
    limit = listing.KEPT_LIMIT // 2 if presenter.format == "table" else None

    def act(send: Send, url: str) -> tuple[Result, ExitStatus]:
        own = own_locks(ledger, url)
        found = listing.read(send, url, depth=Depth(depth), own=own, profiles=known.profiles, limit=limit)
        evidence = found.evidence
        if evidence.no_response is not None:
            return report_no_answer(evidence, evidence.no_response, known)
        listed = None if found.missing else found.locks
        shape = listing_result(found, known.judge(evidence, skipped=found.skipped, listed=listed))
        if found.missing:
            complain(f"{url}: there is nothing at this URL: the server answers PROPFIND with 207, and 404 inside")
            return shape, for_success(False)
        if not found.ok:
            complain_of_the_answer(url, shape, evidence.status, form=presenter.format)
            return shape, for_unread(read_failure(evidence), missing=evidence.status == 404)
        if found.locks is None:
            if presenter.format != "table" or not shape.findings:
                complain(f"{url}: {found.why}; that says nothing about whether it is locked")
            return shape, for_listing(undisclosed=True)
        shape = filtered(shape, selection(url))
        undecided = complain_of_the_undecided(shape, on_screen=presenter.format == "table")
        left_out = complain_of_the_left_out(found, instead="davlock locks -r asks a collection at a time")
        if found.untold:
            complain(f"{url}: {found.untold} of {found.resources} resources do not show whether they are locked")
        code = for_listing(
            undisclosed=bool(found.untold),
            left_out=left_out,
            alarm=fail_if_any and bool(shape.locks),
            undecided=undecided,
        )
        return shape, code

    with open_ledger_to_read(shared) as ledger:
        if recursive:
            from davlock.cli.locks_walk import walker
            from davlock.cli.walk_output import budget_for

            if not fail_if_any:  # else a person wants the status, whoever reads the list
                end_with_reader()
            budget = budget_for(shared)
            walked = walker(
                shared,
                known,
                presenter,
                jobs=jobs,
                shard=parse_shard(shard),
                selection=selection,
                fail_if_any=fail_if_any,
                ledger=ledger,
                budget=budget,
            )
            return for_each(urls, shared, presenter, walked, ledger=ledger, budget=budget)
        return for_each(urls, shared, presenter, act, ledger=ledger)


def _metrics(results: list[Result]) -> Iterator[str]:
    from davlock.render import lock_metrics

    yield lock_metrics.document(results, now=time.time())


def _rows(tree: bool, known: CommandKnowledge) -> tuple[Rows, tuple[str, ...]]:
    """The lines for pipes, and the names of their columns."""
    if not tree:
        return partial(lock_rows, command=known.as_typed, named=known.words_for), LOCK_COLUMNS
    from davlock.render.tree import TREE_COLUMNS, tree_rows

    return tree_rows, TREE_COLUMNS

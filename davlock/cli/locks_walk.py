"""``davlock locks -r``: the locks of a whole tree."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus, for_unread, for_walk
from davlock.cli.left_out import complain_of_the_undecided
from davlock.cli.options import Shared
from davlock.cli.output import Presenter, complain
from davlock.cli.paths import own_locks
from davlock.cli.progress import progress_of
from davlock.cli.refused_login import complain_of_the_answer
from davlock.cli.targets import report_no_answer
from davlock.cli.walk_output import (
    WalkProgress,
    collections,
    complain_of_the_end,
    complain_of_the_unread,
)
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Verdict
from davlock.diagnosis.lock_filter import Selection
from davlock.locks.observed import ObservedLock
from davlock.operations.budget import Budget
from davlock.operations.read_failure import listing_failure, read_failure
from davlock.operations.walk.shard import Shard
from davlock.operations.walk.walk import walk
from davlock.operations.walk.walked import Walked
from davlock.protocol.message import Exchange
from davlock.render.build_result import found_view
from davlock.render.listing_result import filtered, walk_result
from davlock.render.result import LockView, Result
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.ledger import Ledger


def walker(
    shared: Shared,
    known: CommandKnowledge,
    presenter: Presenter,
    *,
    jobs: int,
    shard: Shard | None,
    selection: Callable[[str], Selection],
    fail_if_any: bool,
    ledger: "Ledger | None",
    budget: Budget,
) -> Callable[[Send, str], tuple[Result, ExitStatus]]:
    """What is done to each URL, or to its part ``shard``.

    ``selection`` is of the locks below it that are to be listed.
    """

    def act(send: Send, url: str) -> tuple[Result, ExitStatus]:
        wanted = selection(url)
        progress = WalkProgress(budget)

        def views_of(found: tuple[ObservedLock, ...], evidence: Evidence) -> tuple[LockView, ...]:
            asked = known.seen_from_here(evidence)
            return tuple(found_view(lock, asked) for lock in found)

        def emit(found: tuple[ObservedLock, ...], evidence: Evidence) -> None:
            if views := wanted.choose(views_of(found, evidence)).locks:
                presenter.add(_line(views, evidence))

        streams = presenter.format == "jsonl"
        with progress_of(shared).telling(progress.words):
            found = walk(
                send,
                url,
                now=time.time,
                jobs=jobs,
                own=own_locks(ledger, url),
                profiles=known.profiles,
                budget=budget,
                shard=shard,
                emit=emit if streams else None,
                progress=progress.at,
            )
        evidence = found.evidence
        if evidence.no_response is not None and found.end is None:
            return report_no_answer(evidence, evidence.no_response, known)
        views = views_of(found.locks, evidence) if found.locks is not None else None
        diagnosis = known.judge(evidence, skipped=found.skipped)
        shape = filtered(walk_result(found, diagnosis, views), wanted)
        complain_of_the_end(url, shape)
        if not found.ok:
            complain_of_the_answer(url, shape, evidence.status, form=presenter.format)
            return shape, for_unread(read_failure(evidence), missing=evidence.status == 404)
        undecided = complain_of_the_undecided(shape, on_screen=presenter.format == "table")
        alarm = fail_if_any and bool(shape.locks)
        if streams and shape.locks is not None:  # each was printed when it was found
            shape = shape.without_locks()
        shows_why = presenter.format == "table" and bool(shape.findings)
        return shape, _code(url, found, alarm=alarm, undecided=undecided, shows_why=shows_why)

    return act


def _line(views: tuple[LockView, ...], evidence: Evidence) -> Result:
    """One locked resource, on a line of its own."""
    blocked = not all(view.mine for view in views)
    return Result(
        target=views[0].url,
        verdict=Verdict.BLOCKED if blocked else Verdict.CLEAR,
        product=evidence.server.name if evidence.server else None,
        locks=views,
    )


def _code(url: str, found: Walked, *, alarm: bool, undecided: bool, shows_why: bool) -> ExitStatus:
    """Returns the exit status, and says on stderr what was not read; ``shows_why``: the screen has hidden locks."""
    if found.ended is not None:
        complain(f"{url}: {_why(found.ended)}; {collections(found.unread)} not read")
        return for_unread(listing_failure(found.ended))
    if found.end is None and found.locks is None:
        if not shows_why:
            complain(f"{url}: the server does not show its locks here, so something may still be locked")
    elif found.end is None and found.unread:
        complain_of_the_unread(url, found)
    return for_walk(
        bounded=found.end is not None,
        undisclosed=found.locks is None,
        unread=found.unread > 0,
        alarm=alarm,
        undecided=undecided,
    )


def _why(exchange: Exchange) -> str:
    if exchange.response is None:
        return str(exchange.outcome)
    return f"the server answered {exchange.status} to PROPFIND {exchange.request.url}"

"""``davlock wait``."""

import math
from dataclasses import replace
from datetime import datetime

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.commands.lock import lock_presenter, name_what_stays, say_not_tried, say_waiting
from davlock.cli.exit_status import ExitStatus, for_late, for_wait
from davlock.cli.help_page import BriefCommand
from davlock.cli.lock_options import FOR_EVER, WAIT, lock_options, wait_policy
from davlock.cli.options import Shared, network_options, refuse_unless, why_option
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.profile_targets import TARGET
from davlock.cli.target_screens import target_presenter
from davlock.cli.targets import for_doer, for_each, judge_report, whole_tree
from davlock.diagnosis.lock_verdict import METHODS, is_locked_by_you
from davlock.diagnosis.wording import seconds_in_words
from davlock.operations import wait as waiting
from davlock.operations.hindrance import is_not_there
from davlock.operations.locking import LockRequest
from davlock.operations.own_lock import granted_token, refused_by_own
from davlock.operations.read_failure import read_failure
from davlock.operations.results import Achieved
from davlock.operations.wait import WaitEnding, Waiting
from davlock.render.result import Result
from davlock.render.screen_words import line_words
from davlock.transport.base import Send

EVENTS = {WaitEnding.LATE: "timeout", WaitEnding.STOPPED: "stopped"}


@click.command("wait", cls=BriefCommand)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL...")
@click.option(
    "-w",
    "--wait",
    type=WAIT,
    default=FOR_EVER,
    show_default="for ever",
    help="Give up after this time. The limit is for all URLs together.",
)
@click.option(
    "--for-method",
    type=click.Choice(METHODS),
    default="PUT",
    show_default=True,
    help="Method that you want to send. PUT to a collection means a new member.",
    metavar="METHOD",
)
@click.option("--then", type=click.Choice(("lock",)), help="Also take the lock as soon as it is free.")
@lock_options
@why_option
@network_options
def command(
    urls: tuple[str, ...], wait: float, for_method: str, then: str | None, wish: LockRequest, shared: Shared
) -> int:
    """Wait until no lock keeps you from writing to each URL. Only reads, unless you use --then
    lock.

    A lock that davlock took for you does not keep you from writing.

    davlock asks again when Retry-After says so, when the lock ends, or after pauses that grow to 10 s. Without -w, it
    says until when the lock lasts, and waits for ever.

    --then lock takes the lock with --scope, --depth, --timeout, --owner and --create, as davlock lock does.

    Exit status 0: free, or locked by you. 75: not free within the time given. 3: the server does not show its locks. 1:
    the collection of the URL does not exist.
    """
    refuse_unless(
        then is not None,
        "timeout",
        "--timeout is the lifetime of a lock, and wait takes none",
        "limit the wait with -w DURATION",
    )
    for name in ("scope", "depth", "owner", "create"):
        refuse_unless(
            then is not None, name, f"--{name} says which lock to take, and wait takes none", "add --then lock"
        )
    if then:
        refuse_unless(False, "for_method", "--then lock waits for LOCK", "leave out --for-method")
    known = CommandKnowledge(shared)
    presenter = lock_presenter("wait", shared, None) if then else target_presenter("wait", shared)

    def announce(waits: Waiting) -> None:
        if not shared.quiet:
            say_waiting(waits, no_limit=wait == math.inf)
        if presenter.format in ("json", "jsonl"):
            presenter.add(_event(judge_report(waits.report, known, silent=True), "waiting", waits.words))

    patient = wait_policy(wait, announce, shared=shared)
    taken: dict[str, str] = {}

    def gave_up(found: Result) -> Result:
        """``found``, whose first line says that the time is over, if there was a limit."""
        if wait == math.inf:
            return found
        words = f"gave up after {seconds_in_words(wait)}"
        if presenter.format == "tsv" and not shared.quiet:
            complain(f"{found.target}: {words}")
        screen = found.screen
        if screen is None:
            return found
        late = replace(screen, headline=(f"{words.capitalize()}: ", *screen.headline))
        return replace(found, make_screen=lambda: late)

    with open_ledger(shared) as ledger:

        def lock(send: Send, url: str) -> tuple[Result, ExitStatus]:
            waited = waiting.acquire(send, url, wish, patient, ledger=ledger, profiles=known.profiles)
            token = granted_token(waited.report.evidence) if waited.ending is WaitEnding.DONE else None
            if token is not None:
                taken[token.uri] = url
            report = waited.report
            if report.achieved is Achieved.NO:
                report = refused_by_own(report, own_locks(ledger, url))
            say_not_tried(report, presenter)
            found = judge_report(report, known)
            late = waited.ending is WaitEnding.LATE
            code = for_late(waits=True) if late else for_doer(report, found.findings)
            return _event(gave_up(found) if late else found, EVENTS.get(waited.ending, "acquired")), code

        def look(send: Send, url: str) -> tuple[Result, ExitStatus]:
            waited = waiting.free(
                send, url, patient, own=lambda: own_locks(ledger, url), method=for_method, profiles=known.profiles
            )
            found = judge_report(waited.report, known)
            evidence, stopped = waited.report.evidence, waited.ending is WaitEnding.STOPPED
            failure, missing = read_failure(evidence), is_not_there(evidence)
            if stopped and failure is None and not missing:
                complain(f"davlock cannot see if {waited.report.target} is locked; --then lock tries to lock it")
            unsure = stopped and failure is None and missing
            own = waited.ending is WaitEnding.DONE and is_locked_by_you(evidence)
            if (unsure or own) and presenter.format != "table" and found.screen is not None:
                complain(line_words(found.screen.headline, datetime.now()))
            late = waited.ending is WaitEnding.LATE
            code = for_wait(late=late, stopped=stopped, failure=failure, missing=missing)
            return _event(gave_up(found) if late else found, EVENTS.get(waited.ending, "free")), code

        if then:
            with name_what_stays(ledger, taken):
                return for_each(urls, shared, presenter, lock, ledger=ledger, writes=whole_tree, waits=True)
        return for_each(urls, shared, presenter, look, ledger=ledger, waits=True)


def _event(found: Result, event: str, words: str = "") -> Result:
    said = (("message", words),) if words else ()
    return replace(found, extra=(*found.extra, ("event", event), *said))

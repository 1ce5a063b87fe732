"""``davlock cleanup``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from davlock.cli.cleaning import Cleanup
from davlock.cli.cleanup_settings import HOUR, Settings
from davlock.cli.duration import DURATION
from davlock.cli.options import Shared, refuse_unless, walk_options
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger
from davlock.cli.session import checked_url, urls_from
from davlock.errors import LocalProtocolError
from davlock.locks.renewal import SHORTEST_SILENCE
from davlock.operations.cleanup.journal import JournalRead, read

TOLD = 5
"""Damaged lines of a journal that are told one by one."""


@click.command("cleanup")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--older-than", type=DURATION, metavar="DURATION", help="Locks last renewed longer ago, where known.")
@click.option(
    "--unrenewed-for",
    type=DURATION,
    metavar="DURATION",
    help="Locks that are not renewed for this long, seen by reading them twice.",
)
@click.option("--owner", metavar="REGEX", help="Locks whose owner matches.")
@click.option("--infinite", is_flag=True, help="Locks that never expire.")
@click.option("--expires-after", type=DURATION, metavar="DURATION", help="Locks with more than this left.")
@click.option("--expires-within", type=DURATION, metavar="DURATION", help="Locks with no more than this left.")
@click.option("--mine", is_flag=True, help="Locks that davlock took here, and no davlock holds any more.")
@click.option("--scope", type=click.Choice(("exclusive", "shared")), help="Locks of this scope.")
@click.option("--under", metavar="PATH", help="Locks whose root is this path or URL, or below it.")
@click.option("--all", "everything", is_flag=True, help="Every lock.")
@click.option("--assume-old", is_flag=True, help="With --older-than: also locks whose age is not known.")
@click.option(
    "--first-look",
    metavar="FILE",
    help="With --unrenewed-for: compare with an earlier davlock locks -r --json; never wait.",
)
@click.option(
    "--wait",
    type=DURATION,
    default=HOUR,
    show_default="1h",
    help="With --unrenewed-for: wait no longer than this for the second reading.",
)
@click.option(
    "--even-if-alive",
    is_flag=True,
    help="With --yes: also release what is marked may-be-alive (more than 60 s left).",
)
@click.option("--abandoned", is_flag=True, hidden=True)
@click.option("--yes", is_flag=True, help="Release them. Without it, only the plan is shown.")
@click.option("-i", "--interactive", is_flag=True, help="Ask about each.")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="Release nothing if more than N would be.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    show_default="8 to read, 1 to release",
    help="Requests at a time. Apache always gets one UNLOCK at a time: it loses some of several.",
)
@click.option("--journal", metavar="FILE", help="Write the journal there. [default: a new file beside the ledger]")
@click.option("--resume", metavar="JOURNAL", help="Go on with a clean-up that was broken off.")
@walk_options
def command(
    urls: tuple[str, ...],
    yes: bool,
    abandoned: bool,
    journal: str | None,
    resume: str | None,
    shared: Shared,
    **typed: Any,
) -> int:
    """Find the locks at and below each URL, select some, and release them.

    Shows the plan and sends nothing that changes anything, unless --yes or --interactive is given. A lock must match
    every filter. Use --all to select every lock. A lock of unknown age is not old, and one that a davlock of this
    machine holds is left alone.

    Nobody can see whether a holder is gone. --unrenewed-for reads each lock twice and selects those that nobody renewed
    in between. It waits in between and says until when; with --first-look it never waits. Choose a DURATION longer than
    the time between two renewals of the programs here. By default that is 150 s for LibreOffice, which renews 30 s
    before the end, and 29 minutes for davfs2, which renews 60 s before it. With a shorter one, a lock in use can match.

    So a lock with more than 60 s left is marked may-be-alive, and --yes releases it only with --even-if-alive. The mark
    also applies to --older-than, on servers that show the time that is left. In its last minute, --yes waits until
    5 s are left before it reads the lock again, so that a program in use can renew it first.

    Nothing outside of the URL is read for it or released, whatever a redirect says. If the tree is larger than
    --max-requests or --deadline allow, cleanup plans what it found, says that there may be more, and exits with 7.

    Before each UNLOCK the lock is read again: if it was renewed, or is not selected any more, it stays. Afterwards it
    is read once more. Every step is in the journal before it is taken; --resume goes on from there, with the leave that
    was given. Exit status 0: what was to be released is gone, also where nothing was; 1: refused, or held back as
    may-be-alive; 7: some of it, also where the answers to --interactive end before the locks.
    Without a terminal: a line a lock, with the columns what, lockroot, owner, token, scope, depth, timeout, age
    (seconds), why.
    """
    if abandoned:
        raise LocalProtocolError(
            "--abandoned is no more: nobody can see whether a holder is gone", "use --unrenewed-for DURATION"
        )
    refuse_unless(
        resume is None, "max_requests", "--max-requests bounds a walk, and --resume makes none", "leave it away"
    )
    if resume is not None:
        _refuse_with_resume(urls, journal)
        settings, earlier = _from_journal(resume)
        if yes and settings.interactive:
            raise LocalProtocolError(
                f"--resume {resume}: --interactive was to ask about each lock, and --yes answers for all",
                "leave --yes away, or start again with --yes",
            )
        yes = True
    else:
        earlier = None
        settings = Settings(urls=tuple(checked_url(url) for url in urls_from(urls)), **typed)
        _check(settings, yes)
    if settings.interactive and shared.no_input:
        raise LocalProtocolError("--interactive asks about each lock, and --no-input forbids it", "use one of them")
    with open_ledger(shared) as ledger:
        cleanup = Cleanup(settings, shared, ledger)
        return cleanup.run(act=yes or settings.interactive, path=journal, resume=resume, earlier=earlier)


def _refuse_with_resume(urls: tuple[str, ...], journal: str | None) -> None:
    context = click.get_current_context()
    given = [
        name
        for name in Settings.__dataclass_fields__
        if name != "urls" and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    if urls or journal is not None or given:
        raise LocalProtocolError("--resume takes all of that from the journal", "leave URLs and criteria away")


def _from_journal(resume: str) -> tuple[Settings, JournalRead]:
    earlier = read(Path(resume))
    if isinstance(earlier.settings, dict) and earlier.settings.get("abandoned"):
        what = f"--resume {resume}: its locks were selected by --abandoned, which is no more"
        raise LocalProtocolError(what, "start again, with --unrenewed-for DURATION")
    try:
        settings = Settings.of(earlier.settings)
        for url in settings.urls:
            settings.selection(checked_url(url))
    except ValueError as error:
        raise LocalProtocolError(
            f"--resume {resume}: line 1 is damaged ({error}): its settings cannot be trusted", "start again"
        ) from None
    for words in earlier.damage[:TOLD]:
        complain(words)
    if len(earlier.damage) > TOLD:
        complain(f"{len(earlier.damage) - TOLD} more lines of the journal are damaged")
    return settings, earlier


def _check(settings: Settings, yes: bool) -> None:
    if not settings.urls:
        raise LocalProtocolError("no URL was given", "name the collection to clean up")
    by_time = settings.unrenewed_for is not None
    chosen = not replace(settings.selection(settings.urls[0]), assume_old=False).empty or by_time
    if not chosen and not settings.everything:
        raise LocalProtocolError(
            "no locks were selected",
            "add --older-than, --owner, --mine, --unrenewed-for or another criterion, or --all",
        )
    if settings.assume_old and settings.older_than is None:
        raise LocalProtocolError("--assume-old is about --older-than", "add --older-than DURATION")
    if settings.unrenewed_for is not None and settings.unrenewed_for < SHORTEST_SILENCE:
        least = f"{SHORTEST_SILENCE:g} s"
        raise LocalProtocolError(
            f"--unrenewed-for is shorter than {least}: rounding hides whether a lock was renewed",
            f"write {least} or longer, and longer than the programs here take to renew",
        )
    if settings.first_look is not None and not by_time:
        raise LocalProtocolError("--first-look is about --unrenewed-for", "add --unrenewed-for DURATION")
    if settings.even_if_alive and not by_time and settings.older_than is None:
        raise LocalProtocolError("--even-if-alive is about --unrenewed-for and --older-than", "leave it away")
    if yes and settings.interactive:
        raise LocalProtocolError("--yes answers what --interactive asks", "use one of them")

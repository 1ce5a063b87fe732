"""``davlock cleanup``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from davlock.cli.cleaning import Cleanup
from davlock.cli.cleanup_settings import HOUR, Settings
from davlock.cli.duration import DURATION
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, refuse_unless, walk_options
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger
from davlock.cli.profile_targets import TARGET, TARGET_OR_OTHER, typed_targets
from davlock.cli.shard_option import parse_shard, shard_option
from davlock.cli.typed_urls import checked_url, urls_from
from davlock.errors import LocalProtocolError
from davlock.locks.renewal import SHORTEST_SILENCE
from davlock.operations.cleanup.journal import JournalRead, read

TOLD = 5
"""Damaged lines of a journal that are told one by one."""


@click.command("cleanup", cls=BriefCommand)
@click.argument("urls", nargs=-1, type=TARGET, metavar="[URL]...")
@click.option("--older-than", type=DURATION, metavar="DURATION", help="Locks not renewed for this long, if known.")
@click.option(
    "--unrenewed-for",
    type=DURATION,
    metavar="DURATION",
    help="Locks that nobody renews for this long. davlock reads each lock twice.",
)
@click.option("--owner", metavar="REGEX", help="Locks whose owner matches.")
@click.option("--infinite", is_flag=True, help="Locks that never expire.")
@click.option("--expires-after", type=DURATION, metavar="DURATION", help="Locks with more than this time left.")
@click.option("--expires-within", type=DURATION, metavar="DURATION", help="Locks with at most this time left.")
@click.option("--mine", is_flag=True, help="Locks that davlock took and no longer holds.")
@click.option("--scope", type=click.Choice(("exclusive", "shared")), help="Locks of this scope.")
@click.option("--under", type=TARGET_OR_OTHER, metavar="PATH", help="Locks at or below this path or URL.")
@click.option("--all", "everything", is_flag=True, help="Every lock.")
@click.option("--assume-old", is_flag=True, help="With --older-than: also locks of unknown age.")
@click.option(
    "--first-look",
    metavar="FILE",
    help="With --unrenewed-for: an earlier listing. FILE is the output of davlock locks -r --json. davlock "
    "compares with it and does not wait.",
)
@click.option(
    "--wait",
    type=DURATION,
    default=HOUR,
    show_default="1h",
    help="With --unrenewed-for: longest wait.",
)
@click.option(
    "--even-if-alive",
    is_flag=True,
    help="With --yes: also those marked may-be-alive. A lock with more than 60 s left gets the mark.",
)
@click.option("--abandoned", is_flag=True, hidden=True)
@click.option("-n", "--dry-run", is_flag=True, help="Only show the plan. This is the default.")
@click.option("-y", "--yes", is_flag=True, help="Release them. Without --yes, davlock only shows the plan.")
@click.option("-i", "--interactive", is_flag=True, help="Ask about each lock.")
@click.option("--show-kept", is_flag=True, help="Also list the locks that stay, and why.")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="Release nothing if more than N are selected.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    show_default="8; 1 to release",
    help="Requests at a time. Apache always gets one UNLOCK at a time, because it loses some of several.",
    metavar="N",
)
@shard_option
@click.option("--journal", metavar="FILE", help="Journal to write. Default: a new file beside the ledger.")
@click.option("--resume", metavar="JOURNAL", help="Continue an interrupted cleanup.")
@walk_options
def command(
    urls: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    abandoned: bool,
    journal: str | None,
    resume: str | None,
    show_kept: bool,
    shared: Shared,
    **typed: Any,
) -> int:
    """Find stale locks at and below each URL, and release them. Without --yes or -i, davlock only shows a plan.

    A lock must match every filter. Use --all to select every lock. davlock does not call a lock of unknown age old. It
    leaves a lock that another davlock on this machine holds.

    Nobody can see if a holder is gone. --unrenewed-for reads each lock twice, and selects the locks that nobody renewed
    in between. It waits in between and says until when; with --first-look it never waits. Choose a DURATION longer than
    the time between two renewals of the programs that you use. By default that is 150 s for LibreOffice, which renews
    30 s before the end. It is 29 minutes for davfs2, which renews 60 s before the end. A shorter DURATION can select a
    lock in use.

    Therefore davlock marks a lock with more than 60 s left as may-be-alive, and --yes releases it only with
    --even-if-alive. The mark also applies to --older-than, on servers that show the time left. In the last minute of a
    lock, --yes waits until 5 s are left before it reads the lock again. So a program in use can renew it first.

    davlock reads and releases nothing outside of the URL, even if the server redirects elsewhere. If the tree is larger
    than --max-requests or --deadline allow, cleanup plans what it found. It says that there may be more, and exits with
    7.

    davlock reads each lock again before UNLOCK. It leaves a lock that was renewed, or that does not match any more. It
    reads it once more afterwards. If the UNLOCK had no effect, it sends a second one. davlock writes every step to the
    journal first; --resume continues from there, with the permissions that you gave.

    Exit status 0: all selected locks are gone, or there were none. 1: some were refused, or held back as may-be-alive.
    4: the login was refused before davlock read the locks. 7: some are gone, or the answers to -i ended before the
    locks.

    Without a terminal, davlock prints one line for each lock. The columns are what, lockroot, owner, token, scope,
    depth, timeout, age (seconds), why.
    """
    if abandoned:
        raise LocalProtocolError(
            "davlock no longer has --abandoned: nobody can see if a holder is gone", "use --unrenewed-for DURATION"
        )
    if dry_run and (yes or typed["interactive"] or resume is not None):
        other = "--yes" if yes else "--interactive" if typed["interactive"] else "--resume"
        raise LocalProtocolError(f"--dry-run only shows the plan, and {other} releases locks", "use one of them")
    refuse_unless(
        resume is None, "max_requests", "--max-requests limits a walk, and --resume makes none", "leave it out"
    )
    if resume is not None:
        _refuse_with_resume(urls, journal)
        settings, earlier = _from_journal(resume)
        if yes and settings.interactive:
            raise LocalProtocolError(
                f"--resume {resume}: the journal wants --interactive, and --yes answers every question",
                "leave --yes out, or start again with --yes",
            )
        yes = True
    else:
        earlier = None
        acts = yes or typed["interactive"]
        settings = Settings(urls=tuple(urls_from(urls, shared, writes=lambda url: acts)), **typed)
        _check(settings, yes)
    if settings.interactive and shared.no_input:
        raise LocalProtocolError("--interactive asks questions, and --no-input forbids them", "use one of them")
    with open_ledger(shared) as ledger:
        cleanup = Cleanup(settings, shared, ledger, show_kept=show_kept)
        return cleanup.run(act=yes or settings.interactive, path=journal, resume=resume, earlier=earlier)


def _refuse_with_resume(urls: tuple[str, ...], journal: str | None) -> None:
    context = click.get_current_context()
    given = [
        name
        for name in Settings.__dataclass_fields__
        if name != "urls" and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    # A profile says how to log in, and the journal where to go on.
    if (urls and typed_targets().profile is None) or journal is not None or given:
        raise LocalProtocolError("--resume takes these settings from the journal", "leave out URLs and filters")


def _from_journal(resume: str) -> tuple[Settings, JournalRead]:
    earlier = read(Path(resume))
    if isinstance(earlier.settings, dict) and earlier.settings.get("abandoned"):
        what = f"--resume {resume}: it uses --abandoned, which davlock no longer has"
        raise LocalProtocolError(what, "start again, with --unrenewed-for DURATION")
    try:
        settings = Settings.of(earlier.settings)
        parse_shard(settings.shard)
        for url in settings.urls:
            settings.selection(checked_url(url))
    except ValueError as error:
        raise LocalProtocolError(
            f"--resume {resume}: line 1 is damaged ({error}), so davlock cannot trust its settings", "start again"
        ) from None
    for words in earlier.damage[:TOLD]:
        complain(words)
    if len(earlier.damage) > TOLD:
        complain(f"{len(earlier.damage) - TOLD} more lines of the journal are damaged")
    return settings, earlier


def _check(settings: Settings, yes: bool) -> None:
    if not settings.urls:
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param=next(p for p in context.command.params if p.name == "urls"))
    by_time = settings.unrenewed_for is not None
    chosen = not replace(settings.selection(settings.urls[0]), assume_old=False).empty or by_time
    if not chosen and not settings.everything:
        raise LocalProtocolError(
            "nothing says which locks to release",
            "add --older-than, --unrenewed-for, --owner, --mine or another filter, or --all",
        )
    if settings.assume_old and settings.older_than is None:
        raise LocalProtocolError("--assume-old needs --older-than", "add --older-than DURATION")
    if settings.unrenewed_for is not None and settings.unrenewed_for < SHORTEST_SILENCE:
        least = f"{SHORTEST_SILENCE:g} s"
        raise LocalProtocolError(
            f"--unrenewed-for is shorter than {least}: rounding hides the renewal of a lock",
            f"write {least} or longer, and longer than your programs take to renew",
        )
    if settings.first_look is not None and not by_time:
        raise LocalProtocolError("--first-look needs --unrenewed-for", "add --unrenewed-for DURATION")
    if settings.even_if_alive and not by_time and settings.older_than is None:
        raise LocalProtocolError("--even-if-alive needs --unrenewed-for or --older-than", "leave it out")
    if yes and settings.interactive:
        raise LocalProtocolError("--yes answers every question of --interactive", "use one of them")

"""``davlock run``."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from davlock.cli.duration import DURATION
from davlock.cli.exit_status import ExitStatus, for_run, for_run_refused
from davlock.cli.help_page import BriefCommand
from davlock.cli.invocation import WORDS
from davlock.cli.lock_options import FOR_EVER, WAIT, lock_options
from davlock.cli.options import Shared, network_options, refuse_unless, why_option
from davlock.cli.profile_targets import TARGET
from davlock.errors import LocalProtocolError
from davlock.operations.locking import LockRequest
from davlock.posix import POSIX

if POSIX or TYPE_CHECKING:  # its modules refuse to be imported elsewhere
    from davlock.cli.run_child import RunRequest, locked_urls, run_locked

SEPARATOR = "--"


class _Run(BriefCommand):
    """Knows where its own words end: what stands behind the first ``--`` is the child's, whatever it looks like."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, child = args, []
        if SEPARATOR in args:
            at = args.index(SEPARATOR)
            own, child = args[:at], args[at + 1 :]
        ctx.meta[__name__] = child
        words = [word for number, word in enumerate(own) for word in _waited(own, number)]
        ctx.meta[WORDS] = tuple(words), tuple(child)
        return super().parse_args(ctx, words)


def _waited(own: list[str], number: int) -> tuple[str, ...]:
    """``--wait`` takes the next word only where that is a duration, and not a URL."""
    bare = own[number] in ("-w", "--wait") and not re.match(rf"\d|{FOR_EVER}$", "".join(own[number + 1 : number + 2]))
    return (f"--wait={FOR_EVER}",) if bare else (own[number],)


@click.command("run", cls=_Run)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL... -- CMD [ARG]...")
@click.option(
    "-w",
    "--wait",
    type=WAIT,
    is_flag=False,
    flag_value=FOR_EVER,
    default=FOR_EVER,
    show_default="for ever",
    help="Wait at most this long. The limit is for all locks together.",
)
@click.option("-n", "--no-wait", is_flag=True, help="Give up at once if a lock is in the way.")
@click.option(
    "-E",
    "--conflict-exit-code",
    type=click.IntRange(0, 255),
    metavar="N",
    default=int(ExitStatus.NOT_ACQUIRED),
    show_default=True,
    help="Status if a lock is in the way.",
)
@click.option(
    "--on-loss",
    type=click.Choice(("kill", "warn", "ignore")),
    default="kill",
    show_default=True,
    help="What to do if a lock is lost.",
)
@click.option(
    "--poll",
    type=DURATION,
    default=15.0,
    show_default="15s",
    help="How often to verify the locks. 0 means never.",
)
@lock_options
@why_option
@network_options
def command(
    urls: tuple[str, ...],
    wait: float,
    no_wait: bool,
    conflict_exit_code: int,
    on_loss: str,
    poll: float,
    wish: LockRequest,
    shared: Shared,
) -> int:
    """Lock each URL, run CMD, and release the locks however CMD ends.

    davlock renews the locks at half of their lifetime. It runs CMD directly, without a shell. CMD gets DAVLOCK_RUN_URL
    and DAVLOCK_RUN_TOKEN (one a line if there are several). It also gets DAVLOCK_RUN_IF, the value of an If header with
    the tokens. If a lock is lost, davlock sends SIGTERM to CMD, and SIGKILL 5 s later, unless --on-loss says otherwise.

    CMD also gets your environment unchanged. If you exported DAVLOCK_PASSWORD, a davlock inside CMD can log in, too.
    davlock hands no other password to CMD.

    Nothing can act on SIGKILL. If davlock gets one, CMD goes on, and nobody renews or releases the locks. They expire,
    or davlock ledger recover releases them.

    Without --wait, davlock waits for ever, but not for a lock of your own that never ends and that no running davlock
    holds: nobody would release it. It then says which command does.

    Exit status: that of CMD, or 128+n if signal n ended it. 75 (or -E): a lock was in the way for longer than --wait.
    76: a lock was lost, and davlock ended CMD. 125: davlock could not take a lock for another reason. 126: CMD cannot
    be executed. 127: there is no CMD. A lock that stays because nobody could release it does not change the status:
    stderr names it, and the command that releases it.
    """
    if not POSIX:
        raise LocalProtocolError(
            "davlock run works only on Linux and macOS: it must pass signals on",
            "lock, work and unlock one by one: davlock lock URL, davlock unlock URL",
        )
    refuse_unless(
        False, "output", "-o: stdout is that of CMD", "use > FILE for it, or 2> FILE with --json for the locks"
    )
    child = click.get_current_context().meta[__name__]
    if not child:
        raise LocalProtocolError("there is no command to run", "write it after --: davlock run URL -- CMD")
    wish = replace(wish, kept=False)
    request = RunRequest(
        urls=locked_urls(urls, wish, shared),
        wish=wish,
        child=child,
        wait=0 if no_wait else wait,
        on_loss=on_loss,
        poll=poll,
    )
    ended = run_locked(request, shared)
    if ended.status is None:
        return for_run_refused(late=ended.late, conflict=conflict_exit_code)
    return for_run(ended.status, lock_lost=ended.lock_lost)

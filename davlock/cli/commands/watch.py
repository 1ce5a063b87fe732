"""``davlock watch``."""

import contextlib
import random
import time
from dataclasses import replace

import click

from davlock.cli.broken_pipe import end_with_reader
from davlock.cli.duration import DURATION
from davlock.cli.exit_status import for_exception, for_watch
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, network_options, refuse_unless
from davlock.cli.profile_targets import TARGET
from davlock.cli.typed_urls import only_reads, urls_from
from davlock.cli.watcher import Watcher
from davlock.errors import LocalProtocolError
from davlock.locks.renewal import SHORTEST_SILENCE
from davlock.operations.poll import Rhythm, WatchEnding, watch
from davlock.protocol.lock import Depth
from davlock.protocol.url import without_credentials

SHORTEST = 0.1
"""Seconds between two looks, at least: a server has other work to do."""

JITTER = 0.1
"""The part of the interval by which it varies."""


@click.command("watch", cls=BriefCommand)
@click.argument("urls", nargs=-1, required=True, type=TARGET, metavar="URL...")
@click.option(
    "--depth",
    type=click.Choice([depth.value for depth in Depth]),
    default="0",
    show_default=True,
    help="How deep to look.",
)
@click.option("--interval", type=DURATION, default=5.0, show_default="5s", help="Time between two readings.")
@click.option(
    "--unrenewed-for",
    type=DURATION,
    default=60.0,
    show_default="60s",
    metavar="DURATION",
    help="Longest time without renewal. davlock reports a lock that nobody renews for this long.",
)
@click.option("--until-free", is_flag=True, help="End if no URL has a lock any more.")
@click.option("--for", "lasting", type=DURATION, metavar="DURATION", help="End after this time.")
@click.option("--exec", "on_change", metavar="COMMAND", help="Run a shell command for each event.")
@click.option("--tokens", is_flag=True, help="Also show lock tokens.")
@network_options
def command(
    urls: tuple[str, ...],
    depth: str,
    interval: float,
    unrenewed_for: float,
    until_free: bool,
    lasting: float | None,
    on_change: str | None,
    tokens: bool,
    shared: Shared,
) -> int:
    """Read the locks of each URL again and again, and report each change. Only reads.

    davlock reports a lock that is taken, renewed, not renewed for some time, or ended. It sees a renewal if the server
    shows the time left: the time goes up, or falls by less than the time that passed. Nobody can see if a holder is
    gone, so davlock does not say so.

    Without a terminal, davlock prints one line for each event. The columns are at, event, url, owner, token,
    seconds_left, renewal, words. The events are seen, taken, refreshed (renewed), not-renewed, changed, ended, free and
    trouble. The column renewal is renewed, not-renewed or unsure.

    --exec runs COMMAND with /bin/sh for each event except seen. COMMAND finds the event in DAVLOCK_EVENT, DAVLOCK_URL,
    DAVLOCK_OWNER, DAVLOCK_TOKEN, DAVLOCK_RENEWAL and DAVLOCK_SECONDS.

    Exit status 0: with --until-free, no lock is left; with --for, the time is over. 75: both are given, and the time is
    over while a lock is left. 3: this server does not show its locks. A failure ends watch only at the first reading.
    """
    refuse_unless(False, "deadline", "--deadline does not end a watch", "use --for")
    refuse_unless(False, "save", "--save keeps one screen, and a watch goes on", "use davlock locks --save, or --json")
    shared = replace(shared, budget=None)
    if interval < SHORTEST:
        raise LocalProtocolError(f"--interval is less than {SHORTEST:g} s", "write a longer one")
    if unrenewed_for < SHORTEST_SILENCE:
        least = f"{SHORTEST_SILENCE:g} s"
        raise LocalProtocolError(f"--unrenewed-for is shorter than {least}", f"write {least} or longer")
    checked = {without_credentials(url): url for url in urls_from(urls, shared, writes=only_reads)}
    rhythm = Rhythm(
        interval=interval,
        jitter=lambda: random.uniform(1 - JITTER, 1 + JITTER),  # noqa: S311 -- nobody gains by guessing it
        lasting=lasting,
        until_free=until_free,
        enough=unrenewed_for,
    )
    end_with_reader()
    try:
        with contextlib.ExitStack() as stack:
            watcher = Watcher(stack, shared, tuple(checked.values()), Depth(depth), interval, on_change, tokens=tokens)
            ending = watch(
                tuple(checked),
                watcher.observe,
                rhythm=rhythm,
                tell=watcher.tell,
                clock=time.monotonic,
                sleep=watcher.sleep,
            )
    except KeyboardInterrupt as stop:
        # All that was known is written by now, and nothing is left behind: there is no more to say.
        return for_exception(stop, "watch")
    return for_watch(watcher.codes(), late=ending is WatchEnding.OVER and until_free)

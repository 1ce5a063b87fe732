"""The options that say which lock is wanted, and how long to wait for it: one for every command that takes one."""

import functools
import getpass
import math
import random
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from davlock.cli.duration import DURATION, Duration
from davlock.cli.options import Shared
from davlock.cli.progress import progress_of
from davlock.cli.server_clock import describe_clock
from davlock.diagnosis.wording import seconds_in_words
from davlock.errors import LocalProtocolError
from davlock.operations.locking import LockRequest
from davlock.operations.wait import Waiting, WaitPolicy
from davlock.protocol.lock import LONGEST_TIMEOUT, Depth, LockScope
from davlock.protocol.requests import fits_owner
from davlock.protocol.visible import visible

Function = Callable[..., Any]

FOR_EVER = "ever"


class Wait(Duration):
    """A duration, or ``ever``: infinity."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        return math.inf if value == FOR_EVER else super().convert(value, param, ctx)


WAIT = Wait()

_OPTIONS = (
    click.option(
        "--scope",
        type=click.Choice([scope.value for scope in LockScope]),
        default="exclusive",
        show_default=True,
        help="Scope of the lock.",
    ),
    click.option(
        "--depth",
        type=click.Choice(("0", "infinity")),
        default="0",
        show_default=True,
        help="infinity locks all below, too.",
    ),
    click.option("--timeout", type=DURATION, default=600.0, show_default="10m", help="Lifetime to ask for."),
    click.option("--owner", metavar="TEXT", help="Your name for others to see. Default: login@host, davlock."),
    click.option("--create", is_flag=True, help="Allow LOCK to create a missing file."),
)


def lock_options(function: Function) -> Function:
    """Which lock is wanted, handed over as ``wish``."""

    @functools.wraps(function)  # with the options that click keeps on it
    def command(*args: Any, **kwargs: Any) -> Any:
        typed = {name: kwargs.pop(name) for name in ("scope", "depth", "timeout", "owner", "create")}
        return function(*args, wish=_wish(**typed), **kwargs)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _wish(*, scope: str, depth: str, timeout: float, owner: str | None, create: bool) -> LockRequest:
    return LockRequest(
        scope=LockScope(scope),
        depth=Depth(depth),
        seconds=checked_timeout(timeout),
        owner=_owner() if owner is None else _checked(owner),
        create=create,
    )


def checked_timeout(seconds: float) -> int:
    """What ``--timeout`` asks for."""
    if not 1 <= seconds <= LONGEST_TIMEOUT:
        raise LocalProtocolError(
            f"davlock cannot ask for a timeout of {seconds:g} seconds", f"choose 1 to {LONGEST_TIMEOUT}"
        )
    return int(seconds)


def wait_policy(
    seconds: float,
    announce: Callable[[Waiting], None],
    *,
    shared: Shared,
    now: Callable[[], float] = time.monotonic,
) -> WaitPolicy:
    """To wait for ``seconds`` from now on, and not longer than the whole command may take."""
    left = shared.budget.seconds_left() if shared.budget is not None else None
    begun = now()
    deadline = begun + (seconds if left is None else min(seconds, left))

    def sleep(pause: float) -> None:
        until = now() + pause

        def words() -> str:
            time_now = now()
            parts = [f"waiting for {seconds_in_words(time_now - begun)}"]
            if until > time_now:
                parts.append(f"asks again in {seconds_in_words(max(until - time_now, 1.0))}")
            if deadline < math.inf:
                parts.append(f"gives up in {seconds_in_words(max(deadline - time_now, 1.0))}")
            return ", ".join(parts)

        progress_of(shared).tell(words)  # also while it asks
        time.sleep(pause)

    return WaitPolicy(
        deadline=deadline,
        once=seconds <= 0,
        sleep=sleep,
        now=now,
        jitter=random.random,
        announce=lambda waits: announce(replace(waits, words=waits.words + _whose_clock(waits))),
    )


def _whose_clock(waits: Waiting) -> str:
    """By which clock a lock lasts until a moment, where the server's differs from ours."""
    clock = describe_clock(waits.report.target) if " until " in waits.words else ""
    return f"; that is by {clock}" if clock else ""


def _owner() -> str:
    try:
        login = getpass.getuser()
    except (ImportError, OSError, KeyError):  # Windows without USERNAME has no accounts to ask
        login = "someone"
    return visible(f"{login}@{socket.gethostname()}, davlock")


def _checked(owner: str) -> str:
    try:  # a locale that is not UTF-8 leaves surrogates (PEP 383)
        text = owner.encode("utf-8", "surrogateescape").decode()
    except UnicodeDecodeError:
        raise LocalProtocolError("--owner is not valid UTF-8", "use plain text") from None
    if not fits_owner(text):
        raise LocalProtocolError("--owner has a control character in it", "use plain text")
    return text

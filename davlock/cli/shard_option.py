"""``--shard I/N``: one part of each tree, so that several davlocks share the requests."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from davlock.errors import LocalProtocolError

if TYPE_CHECKING:
    from davlock.operations.walk.shard import Shard

MOST = 10_000
"""Shards of one tree: with more, the collections that all of them read would be most of the work."""


def shard_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--shard``, for commands that read trees. Its value is the text, as a journal keeps it."""
    option = click.option(
        "--shard",
        metavar="I/N",
        callback=lambda context, parameter, text: None if text is None else _checked(text),
        help="Only part I of N of the tree, such as 1/4. Run all N for the whole: each lock is in one part.",
    )
    return option(function)


def parse_shard(text: str | None) -> "Shard | None":
    """The shard that ``I/N`` names. Raises LocalProtocolError if there is none."""
    if text is None:
        return None
    match = re.fullmatch(r"0*(\d{1,6})/0*(\d{1,6})", text, re.ASCII)
    number, count = (int(match[1]), int(match[2])) if match is not None else (0, 0)
    if not 1 <= number <= count <= MOST:
        raise LocalProtocolError(
            f"--shard {text}: this is no part",
            f"write I/N, as in 1/4: I from 1 to N, and N up to {MOST:,}",
        )
    from davlock.operations.walk.shard import Shard  # with the walk, which locks without -r does not need

    return Shard(number, count)


def _checked(text: str) -> str:
    parse_shard(text)
    return text

"""By whose clock a lock lasts until a moment: servers count by their own, and theirs may differ from ours."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from davlock.protocol.message import Exchange, Request
from davlock.protocol.retry_after import http_date
from davlock.protocol.url import origin
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.render.result import Result

SAME_CLOCK = 30.0
"""Seconds by which a server's clock may differ from ours and count as the same."""


def record_clock(send: Send) -> Send:
    """``send``, and the Date of each answer is compared with our clock as it arrives."""
    clocks = _clocks()

    def noting(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        exchange = send(request, feed=feed)
        date = exchange.response.headers.get("Date") if exchange.response is not None else None
        moment = http_date(date) if date is not None else None
        if moment is not None:
            clocks[origin(request.url)] = (moment - datetime.now(UTC)).total_seconds()
        return exchange

    return noting


def seconds_ahead(url: str) -> float:
    """Returns by how many seconds the server's clock is ahead of ours; 0 where it is much the same, or not known."""
    ahead = _clocks().get(origin(url), 0.0)
    return ahead if abs(ahead) > SAME_CLOCK else 0.0


def describe_clock(url: str) -> str:
    """``the server's clock, 3 h ahead of yours``; empty where it is much the same, or not known."""
    difference = _difference(url)
    return f"the server's clock, {difference}" if difference else ""


def _difference(url: str) -> str:
    ahead = seconds_ahead(url)
    if not ahead:
        return ""
    from davlock.diagnosis.wording import seconds_in_words  # most servers' clocks agree with ours

    return f"{seconds_in_words(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} yours"


def note_for(result: "Result", *, for_people: bool) -> str:
    """What is to be said of the ends of the locks in ``result``, once for each server; empty where nothing is.

    ``for_people``: they are shown by our clock.
    """
    if result.target is None or not any(view.ends_at is not None for view in result.locks or ()):
        return ""
    difference, server = _difference(result.target), origin(result.target)
    named = _noted_servers()
    if not difference or server in named:
        return ""
    named.add(server)
    if for_people:
        return f"{server}: the server's clock is {difference}; the ends of locks are by yours"
    return f"{server}: the ends of locks are by the server's clock, {difference}"


def _clocks() -> dict[str, float]:
    """Seconds by which each server is ahead of us, as last seen."""
    context = click.get_current_context(silent=True)
    clocks: dict[str, float] = context.meta.setdefault(f"{__name__}.clocks", {}) if context is not None else {}
    return clocks


def _noted_servers() -> set[str]:
    context = click.get_current_context(silent=True)
    named: set[str] = context.meta.setdefault(f"{__name__}.said", set()) if context is not None else set()
    return named

"""By whose clock a lock lasts until a moment: servers count by their own, and theirs may differ from ours."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from davlock.operations.server_clocks import ServerClocks
from davlock.protocol.url import origin
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.render.result import Result


def record_clock(send: Send) -> Send:
    """``send``, and the Date of each answer is compared with our clock as it arrives."""
    return _clocks().recording(send)


def seconds_ahead(url: str) -> float:
    """Returns by how many seconds the server's clock is ahead of ours; 0 where it is much the same, or not known."""
    return _clocks().seconds_ahead(url)


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


def _clocks() -> ServerClocks:
    """The clocks of the servers that this command has asked."""
    clocks = ServerClocks(lambda: datetime.now(UTC))
    context = click.get_current_context(silent=True)
    kept: ServerClocks = context.meta.setdefault(f"{__name__}.clocks", clocks) if context is not None else clocks
    return kept


def _noted_servers() -> set[str]:
    context = click.get_current_context(silent=True)
    named: set[str] = context.meta.setdefault(f"{__name__}.said", set()) if context is not None else set()
    return named

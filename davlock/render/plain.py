"""Tab-separated output for pipes: a fixed order of columns, no header, no colour, nothing cut.

A field never holds a tab, a line break or any other control: they become visible escapes. A text that a spreadsheet
would compute begins with an apostrophe. An unknown value is empty.
"""

import math
from collections.abc import Callable, Iterator

from davlock.diagnosis.remedies import safest_command
from davlock.locks.server_record import holder_name
from davlock.protocol.url import origin
from davlock.render.commands import shell_line
from davlock.render.json_v1 import iso
from davlock.render.result import LockView, Result
from davlock.render.sinks import exact
from davlock.render.tsv import row as row

LOCK_COLUMNS = (
    *("url", "scope", "depth", "owner", "token", "timeout", "expires_at", "lockroot", "mine"),
    *("age", "age_source", "command"),
)
"""New columns are added at the end, whatever their names."""
FINDING_COLUMNS = ("target", "verdict", "severity", "id", "certainty", "retry", "headline", "command")
PROPERTY_COLUMNS = ("url", "status", "name", "value")


CommandFor = Callable[[tuple[str, ...], str], tuple[str, ...]]
"""Returns the beginning of a command about a target, with the options that reached it."""


WordsFor = Callable[[str, str], tuple[str, ...]]
"""Returns the words by which a command names a URL; behind it stands the target that the command is about."""


def _by_url(url: str, target: str) -> tuple[str, ...]:
    return (url,)


def lock_rows(result: Result, *, command: CommandFor | None = None, named: WordsFor = _by_url) -> Iterator[str]:
    """LOCK_COLUMNS, a line a lock.

    ``command`` begins the safest step: to wait for its end, else to look at it. Without it that column is left out.
    ``named`` ends it.
    """
    waits, looks = (
        shell_line(command(("davlock", verb), result.target)) if command is not None and result.target else ""
        for verb in ("wait", "diagnose")
    )
    here = f"{origin(result.target or '')}/"
    for view in result.locks or ():
        active = view.lock
        step = None
        if looks and view.url.startswith(here):
            minutes = wait_minutes(view)
            verb = looks if minutes is None else f"{waits} -w {minutes}m"
            step = f"{verb} {shell_line(named(view.url, result.target or ''))}"
        yield row(
            (
                exact(view.url),
                active.scope.value if active.scope else None,
                active.depth.value if active.depth else None,
                holder_name(active) or None,
                exact(active.token.uri) if active.token else None,
                "infinite" if view.endless else active.timeout.as_sent if active.timeout else None,
                iso(view.ends_at) if view.ends_at else None,
                exact(view.root),
                "mine" if view.mine else None,
                view.age.seconds if view.age else None,
                view.age.source.value if view.age else None,
                *((exact(step),) if command is not None else ()),
            )
        )


def wait_minutes(view: LockView) -> int | None:
    """Returns for how many minutes to wait for the end of a lock, one more than it has left; ``None``: not known."""
    left = view.time.left if view.time is not None and not view.mine else None
    return None if left is None else math.ceil(left / 60) + 1


def finding_rows(result: Result) -> Iterator[str]:
    """FINDING_COLUMNS, a line a finding, most severe first; one line with the verdict alone where there is none."""
    for finding in result.findings:
        retry = finding.retry.verdict.value
        if finding.retry.after_seconds is not None:
            retry += f":{finding.retry.after_seconds:.15g}"
        command = safest_command(finding.remedies)  # a script may run what stands there
        yield row(
            (
                exact(result.target),
                result.verdict.value,
                finding.severity.word,
                finding.id,
                finding.certainty.word,
                retry,
                finding.headline,
                exact(shell_line(command)) if command else None,
            )
        )
    if not result.findings:
        yield row((exact(result.target), result.verdict.value, *[None] * (len(FINDING_COLUMNS) - 2)))


def property_rows(result: Result) -> Iterator[str]:
    """PROPERTY_COLUMNS, a line a property of a resource."""
    for entry in result.properties or ():
        yield row((exact(entry.url), entry.status, entry.property.name, entry.property.xml or entry.property.text))

"""Tab-separated output for pipes: a fixed order of columns, no header, no colour, nothing cut.

A field never holds a tab, a line break or any other control: they become visible escapes. A text that a spreadsheet
would compute begins with an apostrophe. An unknown value is empty.
"""

from collections.abc import Iterator

from davlock.diagnosis.finding import Risk
from davlock.locks.server_record import holder_name
from davlock.render.commands import shell_line
from davlock.render.json_v1 import iso
from davlock.render.result import Result
from davlock.render.sinks import exact
from davlock.render.tsv import row as row

LOCK_COLUMNS = (
    *("url", "scope", "depth", "owner", "token", "timeout", "expires_at", "lockroot", "mine"),
    *("age", "age_source"),
)
FINDING_COLUMNS = ("target", "verdict", "severity", "id", "certainty", "retry", "headline", "command")
PROPERTY_COLUMNS = ("url", "status", "name", "value")


def lock_rows(result: Result) -> Iterator[str]:
    """LOCK_COLUMNS, a line a lock."""
    for view in result.locks or ():
        active = view.lock
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
            )
        )


def finding_rows(result: Result) -> Iterator[str]:
    """FINDING_COLUMNS, a line a finding, most severe first; one line with the verdict alone where there is none."""
    for finding in result.findings:
        retry = finding.retry.verdict.value
        if finding.retry.after_seconds is not None:
            retry += f":{finding.retry.after_seconds:.15g}"
        # A script may run what stands there: nothing that can break what others do.
        harmless = (remedy.command for remedy in finding.remedies if remedy.risk is not Risk.DESTRUCTIVE)
        command = next((command for command in harmless if command is not None), None)
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

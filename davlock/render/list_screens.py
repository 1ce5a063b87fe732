"""Whole screens around lists: the locks of a target, and the plans and outcomes of a clean-up."""

from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from davlock.diagnosis.finding import Finding, Severity
from davlock.diagnosis.steps import choose_steps
from davlock.render.draw_rows import show_rows
from davlock.render.plan import nothing_planned, plan_lists
from davlock.render.plural import count
from davlock.render.result import Filtered, Result
from davlock.render.row_list import RowList
from davlock.render.screens import show_result, show_steps
from davlock.render.tables import hang, plain_text, show_skipped
from davlock.render.theme import SEVERITY_MARK, SEVERITY_STYLE


def show_listing(console: Console, result: Result, locks: RowList) -> None:
    """The ``locks`` of one target, and no more words than it takes."""
    if result.locks:
        show_rows(console, locks)
    elif result.locks is not None:
        console.print(plain_text(_no_locks(result)), soft_wrap=True)
        show_skipped(console, result)
    else:
        lead = result.screen.lead if result.screen is not None else None
        says_why = lead is not None and lead.severity >= Severity.WARNING
        show_result(console, replace(result, skipped=()) if says_why else result)


def _no_locks(result: Result) -> str:
    walk = dict(result.extra).get("walk")
    if isinstance(walk, dict) and walk.get("unread"):
        return f"No locks found in {count(walk['collections'], 'collection')}; others were not read."
    if any(entry.what == "resources" for entry in result.skipped):
        return f"No locks found on {result.target}, but not all of them were kept."
    if any(entry.what == "members" for entry in result.skipped):
        return f"No locks found on {result.target}, but not all of its members were read."
    where = f"{'on' if walk is None else 'below'} {result.target}"
    kept_back = result.filtered or Filtered(0, 0)
    if kept_back.unknown:
        each = "" if kept_back.unknown == 1 else "each because "
        may = f"{count(kept_back.unknown, 'lock')} {where} may be one: {each}{kept_back.why_unknown}"
        return f"No lock surely meets the filter. {may}"
    if kept_back.left_out:
        return f"No such lock {where} ({count(kept_back.left_out, 'other lock')})"
    return f"No locks {where}"


def show_plans(
    console: Console, results: Sequence[Result], *, kept: bool, foot: str, commands: Sequence[tuple[str, ...]]
) -> None:
    """The plans of a clean-up and what came of them, then the findings, the count, and how to go on."""
    for result in results:
        if len(results) > 1:
            console.print(plain_text(result.target or "", "bold"), soft_wrap=True)
        if words := nothing_planned(result):
            console.print(words)
        for listed in plan_lists(result, kept=kept):
            show_rows(console, listed)
        _show_findings(console, result.findings)
        show_skipped(console, result)
    show_rows(console, RowList(foot=(foot,) if foot else (), commands=tuple(commands)))


def _show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """What kept locks from going, and what to do about it."""
    for finding in findings:
        hang(console, Text(SEVERITY_MARK[finding.severity], style=SEVERITY_STYLE[finding.severity]), finding.headline)
        reading = f"{finding.id}, {finding.certainty.word} · davlock explain {finding.id}"
        console.print(Text(f"  {reading}", style="dim"), soft_wrap=True)
    show_steps(console, choose_steps(findings, None, tried=True).shown)

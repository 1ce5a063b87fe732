"""TAP version 14 (testanything.org), one flat plan.

    TestPoint := ("not ")? "ok" (" " Number)? ((" -")? (" " Description))? (" " Directive)? "\\n" (YAMLBlock)?
    Directive := " # " ("todo" | "skip") (" " Reason)?

A ``not ok`` with TODO does not fail the run: failures that do not count are written this way.
"""

from collections.abc import Iterator, Sequence

from davlock.checks.results import Checked, CheckOutcome, Level, Mark, Run, mark, ran_nothing
from davlock.render.check_words import asked, name, reason, remarks, target
from davlock.render.sinks import one_line, tap_text, yaml_text

_DIRECTIVES = {
    Mark.BELOW: "TODO",
    Mark.EXPECTED: "TODO",
    Mark.FIXED: "TODO",  # parsers report an ok with TODO as a surprise
    Mark.UNKNOWN: "SKIP",
    Mark.SKIPPED: "SKIP",
}


def document(runs: Sequence[Run], *, fail_level: Level) -> str:
    """Returns the report. With several targets, each description begins with its target."""
    several = len(runs) > 1
    body: list[str] = []
    number = 0
    for run in runs:
        where = f"{target(run)}: " if several else ""
        for checked in run.checked:
            number += 1
            body += _point(number, run, checked, fail_level, where)
        if run.stopped:  # parsers ignore a Bail out after an empty plan
            number += 1
            body.append(f"not ok {number} - {tap_text(f'{where}the checks are run')}")
            body += _yaml({"why": one_line(run.stopped)})
        body += [f"# {where}{remark}" for remark in remarks(run)]
    if runs and all(map(ran_nothing, runs)):
        body.append(f"Bail out! {tap_text('; '.join(one_line(run.stopped) for run in runs))}")
    plan = f"1..{number}" if number else "1..0 # SKIP nothing to check"
    return "\n".join(["TAP version 14", plan, *body, ""])


def _point(number: int, run: Run, checked: Checked, fail_level: Level, where: str) -> Iterator[str]:
    what, why = mark(checked, fail_level), reason(checked, fail_level)
    directive = f" # {_DIRECTIVES[what]} {tap_text(why)}".rstrip() if what in _DIRECTIVES else ""
    status = "not ok" if checked.outcome is CheckOutcome.FAIL else "ok"
    yield f"{status} {number} - {tap_text(where + name(checked))}{directive}"
    if what in (Mark.PASSED, Mark.SKIPPED):
        return
    about = checked.about
    yield from _yaml(
        {
            "level": about.level.value,
            "outcome": checked.outcome.value,
            "why": one_line(checked.why),
            "reference": one_line(about.reference),
            "litmus": one_line(about.litmus) if about.litmus else None,
            "findings": [one_line(finding) for finding in checked.findings],
            "exchanges": asked(run, checked),
        }
    )


def _yaml(entries: dict[str, str | list[str] | None]) -> Iterator[str]:
    """Yields a block of YAML."""
    yield "  ---"
    for key, value in entries.items():
        if isinstance(value, list) and value:
            yield f"  {key}:"
            yield from (f"    - {yaml_text(entry)}" for entry in value)
        else:
            yield f"  {key}: {yaml_text(value)}"
    yield "  ..."

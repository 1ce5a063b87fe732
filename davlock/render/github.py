"""For GitHub Actions: annotations as workflow commands, and the Markdown of a job summary.

A workflow command is one line, ``::error title=…::message``. GitHub shows the first ten annotations of a kind that a
step makes, so the gravest come first. It does not show a summary of more than 1 MiB at all.
"""

from collections.abc import Iterator, Sequence

from davlock.checks.results import OUTCOMES, Checked, Level, Mark, Run, mark, ran_nothing, succeeded
from davlock.render.check_words import details, name, reason, remarks, target
from davlock.render.sinks import command_data, command_property, markdown_code, markdown_text, one_line

MOST_BYTES = 1_000_000
"""The longest summary."""

MOST_WORDS = 300
"""The most characters of one text in a summary."""

_COUNTED = {
    Mark.FAILED: "failed",
    Mark.BELOW: "failed below {level}",
    Mark.EXPECTED: "failed as expected",
    Mark.UNKNOWN: "undecided",
    Mark.WARNED: "passed with a warning",
    Mark.FIXED: "passed although expected to fail",
    Mark.SKIPPED: "skipped",
    Mark.PASSED: "passed",
}

_NAMED = (Mark.BELOW, Mark.UNKNOWN, Mark.WARNED, Mark.FIXED)
"""Marks whose checks the log names: they need no annotation, but somebody should see them."""

_ASIDE = (Mark.SKIPPED, Mark.PASSED)


# -- annotations


def annotations(runs: Sequence[Run], *, fail_level: Level) -> str:
    """Returns a command for each failure that counts, the gravest first, then a plain line with the counts of each run.

    Nothing else gets an annotation: GitHub shows ten, and they would hide the one that matters.
    """
    annotated = [entry for run in runs for entry in _annotated(run, fail_level)]
    annotated.sort(key=lambda entry: (("error", "warning").index(entry[0]), -entry[1]))
    commands = [
        f"::{kind} title={command_property(title)}::{command_data(message)}" for kind, _, title, message in annotated
    ]
    lines = [_log_line(run, fail_level) for run in runs if not ran_nothing(run)]
    return "".join(f"{line}\n" for line in (*commands, *lines))


def _annotated(run: Run, fail_level: Level) -> Iterator[tuple[str, int, str, str]]:
    """Yields kind, weight, title and message."""
    where = target(run)
    if run.stopped:
        yield "error", Level.MUST.weight + 1, "davlock check was stopped", f"{one_line(run.stopped)}\n{where}"
    if run.left:
        yield "warning", Level.MUST.weight + 1, "davlock check left something behind", f"{one_line(run.left)}\n{where}"
    for checked in run.checked:
        if mark(checked, fail_level) is Mark.FAILED:
            why = reason(checked, fail_level) or checked.outcome.value
            message = "\n".join([why, where, *details(run, checked)])
            yield "error", checked.about.level.weight, name(checked), message


def _log_line(run: Run, fail_level: Level) -> str:
    """Returns how many checks had each outcome, and the names of those that somebody should see."""
    counted = []
    for mark_ in Mark:
        ids = [one_line(checked.about.id) for checked in run.checked if mark(checked, fail_level) is mark_]
        if ids:
            named = f" ({', '.join(ids)})" if mark_ in _NAMED else ""
            counted.append(f"{len(ids)} {_COUNTED[mark_].format(level=fail_level.value)}{named}")
    return f"davlock check {target(run)}: {', '.join(counted) or 'no check was run'} in {_seconds(run)}"


def _seconds(run: Run) -> str:
    return f"{run.elapsed_ms / 1000:.1f} s"


# -- summary


def summary(runs: Sequence[Run], *, fail_level: Level) -> str:
    """Returns a headline, and for each target a table of what did not pass, with the rest folded below."""
    passed = all(succeeded(run, fail_level) for run in runs)
    counted = _counts([checked for run in runs for checked in run.checked], fail_level)
    text = f"## {'✅' if passed else '❌'} davlock check: {counted}\n"
    size = len(text.encode())
    for number, run in enumerate(runs):
        section = f"\n### {_code(target(run))}\n" + "".join(_section(run, fail_level))
        size += len(section.encode())
        if size > MOST_BYTES:
            return f"{text}\n{len(runs) - number} more targets do not fit here.\n"
        text += section
    return text


def _counts(some: Sequence[Checked], fail_level: Level) -> str:
    marks = [mark(checked, fail_level) for checked in some]
    phrases = [f"{marks.count(kind)} {_COUNTED[kind].format(level=fail_level.value)}" for kind in Mark if kind in marks]
    return ", ".join(phrases) or "no check was run"


def _section(run: Run, fail_level: Level) -> Iterator[str]:
    yield f"\n{_counts(run.checked, fail_level)} in {_seconds(run)}\n"
    for remark in remarks(run):
        yield f"\n{_text(remark)}\n"
    worst_first = sorted(
        run.checked, key=lambda checked: (OUTCOMES.index(checked.outcome), -checked.about.level.weight)
    )
    shown = [checked for checked in worst_first if mark(checked, fail_level) not in _ASIDE]
    aside = [checked for checked in worst_first if mark(checked, fail_level) in _ASIDE]
    if shown:
        yield "\n"
        yield from _table(shown, fail_level)
    if aside:
        yield f"\n<details><summary>{_counts(aside, fail_level)}</summary>\n\n"
        yield from _table(aside, fail_level)
        yield "\n</details>\n"


def _table(some: Sequence[Checked], fail_level: Level) -> Iterator[str]:
    yield "| Check | Level | Outcome | Why | Clause |\n|---|---|---|---|---|\n"
    for checked in some:
        about = checked.about
        cells = (
            f"{_code(about.id)}<br>{_text(about.title)}",
            about.level.value,
            checked.outcome.value,
            _text(reason(checked, fail_level)),
            _text(about.reference),
        )
        yield f"| {' | '.join(cells)} |\n"


def _text(text: str) -> str:
    return markdown_text(text, MOST_WORDS)


def _code(text: str) -> str:
    return f"<code>{markdown_code(text, MOST_WORDS)}</code>"

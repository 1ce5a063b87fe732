"""Output for Nagios, Icinga, Naemon and others, as the Monitoring Plugins Development Guidelines describe it.

    DAVLOCK OK - words | label=value;warn;crit;min;max ...
    [OK] longer text

Nagios shows the first line, and cuts what is longer than 4 KB. A ``|`` begins the numbers, so no text has one.
"""

from collections.abc import Iterator, Sequence

from davlock.checks.results import CheckOutcome, Level, Mark, Run, mark
from davlock.render.check_words import target
from davlock.render.sinks import one_line

MOST_BYTES = 4000
"""The most bytes of the whole output: Nagios's own limit is 4 KiB in older versions, with a byte at the end."""

MOST_WORDS = 300
"""The most characters of one text."""

_RAN = (CheckOutcome.PASS, CheckOutcome.WARN, CheckOutcome.FAIL)


def document(runs: Sequence[Run], states: Sequence[str], *, state: str, fail_level: Level) -> str:
    """Returns the output. ``states`` has the state of each run, and ``state`` is that of all."""
    summaries = [_summary(run, fail_level) for run in runs]
    bad = [words for words, own in zip(summaries, states, strict=True) if own == state]
    if len(runs) == 1:
        words = summaries[0]
    elif not runs:
        words = "nothing was checked"
    elif len(bad) == len(runs):
        words = f"{len(runs)} URLs: {bad[0]}"
    else:
        words = f"{len(bad)} of {len(runs)} URLs: {bad[0]}" if bad else "not every URL was checked"
    first = f"{first_line(state, words)} | {_numbers(runs, fail_level)}"
    return "\n".join(_fitting([first, *_details(runs, states, summaries, fail_level)])) + "\n"


def first_line(state: str, words: str) -> str:
    """Returns the first line, without numbers."""
    return f"DAVLOCK {state} - {_text(words)}"


def _summary(run: Run, fail_level: Level) -> str:
    failed = [checked.about.id for checked in run.checked if mark(checked, fail_level) is Mark.FAILED]
    ran = sum(checked.outcome in _RAN for checked in run.checked)
    if run.stopped and not failed:
        return f"{target(run)}: {run.stopped}"
    if failed:
        return f"{target(run)}: {len(failed)} of {ran} checks failed: {', '.join(failed)}"
    below = sum(mark(checked, fail_level) is Mark.BELOW for checked in run.checked)
    lesser = f", {below} below {fail_level.value} failed" if below else ""
    left = "; something was left behind" if run.left else ""
    passed = sum(checked.outcome in (CheckOutcome.PASS, CheckOutcome.WARN) for checked in run.checked)
    return f"{target(run)}: {passed} of {ran} checks passed{lesser}{left}"


def _numbers(runs: Sequence[Run], fail_level: Level) -> str:
    """Returns the performance data of all runs together: labels that never change."""
    every = [checked for run in runs for checked in run.checked]
    ran = sum(checked.outcome in _RAN for checked in every)
    failed = sum(mark(checked, fail_level) is Mark.FAILED for checked in every)
    below = sum(mark(checked, fail_level) is Mark.BELOW for checked in every)
    passed = sum(checked.outcome is CheckOutcome.PASS for checked in every)
    warned = sum(checked.outcome is CheckOutcome.WARN for checked in every)
    seconds = sum(run.elapsed_ms for run in runs) / 1000
    return (
        f"checks={ran};;;0; passed={passed};;;0;{ran} failed={failed};;0;0;{ran} failed_below={below};0;;0;{ran}"
        f" warned={warned};;;0;{ran} seconds={seconds:.3f}s;;;0;"
    )


def _details(runs: Sequence[Run], states: Sequence[str], summaries: Sequence[str], fail_level: Level) -> Iterator[str]:
    """Yields the long text: each URL if there are several, then what is wrong."""
    several = len(runs) > 1
    if several:
        yield from (f"[{own}] {_text(words)}" for own, words in zip(states, summaries, strict=True))
    for wanted, state in ((Mark.FAILED, "CRITICAL"), (Mark.BELOW, "WARNING"), (Mark.UNKNOWN, "UNKNOWN")):
        for run in runs:
            where = f"{target(run)}: " if several else ""
            for checked in run.checked:
                if mark(checked, fail_level) is wanted:
                    level = checked.about.level.value
                    yield f"[{state}] {_text(f'{where}{checked.about.id} ({level}): {checked.why}')}"
    for run, words in zip(runs, summaries, strict=True):
        if run.stopped not in words:
            yield _text(f"{target(run)}: {run.stopped}")
        if run.left:
            yield f"[WARNING] {_text(run.left)}"


def _fitting(lines: Sequence[str]) -> Iterator[str]:
    """Yields as many lines as fit, and how many are left out."""
    room = MOST_BYTES - len(f"{len(lines)} more lines\n")
    for number, line in enumerate(lines):
        room -= len(line.encode(errors="replace")) + 1
        if room < 0:
            yield f"{len(lines) - number} more lines"
            return
        yield line


def _text(words: str) -> str:
    return one_line(words, MOST_WORDS).replace("|", "/")

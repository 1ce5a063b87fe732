"""For GitHub Actions: annotations as workflow commands, and the Markdown of a job summary.

A workflow command is one line, ``::error title=…::message``. The runner undoes the escapes of
github.com/actions/toolkit, ``%25 %0D %0A`` in a message, ``%3A %2C`` besides in a property. GitHub shows the first ten
annotations of a kind that a step makes, so the gravest come first. A summary of more than 1 MiB is not shown at all.
"""

import re
from collections.abc import Iterator, Sequence

from davlock.checks.results import OUTCOMES, Checked, Level, Run
from davlock.render.judged import Mark, clean, details, mark, name, reason, remarks, succeeded, target

MOST_BYTES = 1_000_000
"""Of a summary."""

MOST_WORDS = 300
"""Characters of a text in a summary."""

_KINDS = {
    Mark.FAILED: "error",
    Mark.BELOW: "warning",
    Mark.UNKNOWN: "notice",
    Mark.WARNED: "notice",
    Mark.FIXED: "notice",
}

_COUNTED = {
    Mark.FAILED: "failed",
    Mark.BELOW: "failed below {level}",
    Mark.EXPECTED: "failed as expected",
    Mark.UNKNOWN: "could not be told",
    Mark.WARNED: "passed with a warning",
    Mark.FIXED: "passed although expected to fail",
    Mark.SKIPPED: "skipped",
    Mark.PASSED: "passed",
}

_ASIDE = (Mark.SKIPPED, Mark.PASSED)


# -- annotations


def annotations(runs: Sequence[Run], *, fail_level: Level) -> str:
    """A line each, errors first; nothing for what passed, was skipped or failed as the baseline says."""
    found = [entry for run in runs for entry in _annotated(run, fail_level)]
    found.sort(key=lambda entry: (("error", "warning", "notice").index(entry[0]), -entry[1]))
    return "".join(f"::{kind} title={_property(title)}::{_data(message)}\n" for kind, _, title, message in found)


def _annotated(run: Run, fail_level: Level) -> Iterator[tuple[str, int, str, str]]:
    """Kind, weight, title and message."""
    where = target(run)
    if run.stopped:
        yield "error", Level.MUST.weight + 1, "davlock check was stopped", f"{clean(run.stopped)}\n{where}"
    if run.left:
        yield "warning", Level.MUST.weight + 1, "davlock check left something behind", f"{clean(run.left)}\n{where}"
    for checked in run.checked:
        what = mark(checked, fail_level)
        if what in _KINDS:
            why = reason(checked, fail_level) or checked.outcome.value
            yield (
                _KINDS[what],
                checked.about.level.weight,
                name(checked),
                "\n".join([why, where, *details(run, checked)]),
            )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# -- summary


def summary(runs: Sequence[Run], *, fail_level: Level) -> str:
    """Headline, and for each target a table of what did not pass, with the rest folded below it."""
    well = all(succeeded(run, fail_level) for run in runs)
    counted = _counts([checked for run in runs for checked in run.checked], fail_level)
    text = f"## {'✅' if well else '❌'} davlock check: {counted}\n"
    size = len(text.encode())
    for number, run in enumerate(runs):
        section = f"\n### {_code(target(run))}\n" + "".join(_section(run, fail_level))
        size += len(section.encode())
        if size > MOST_BYTES:
            return f"{text}\n{len(runs) - number} more did not fit in here.\n"
        text += section
    return text


def _counts(some: Sequence[Checked], fail_level: Level) -> str:
    marks = [mark(checked, fail_level) for checked in some]
    told = [f"{marks.count(each)} {_COUNTED[each].format(level=fail_level.value)}" for each in Mark if each in marks]
    return ", ".join(told) or "no check was run"


def _section(run: Run, fail_level: Level) -> Iterator[str]:
    yield f"\n{_counts(run.checked, fail_level)} in {run.elapsed_ms / 1000:.1f} s\n"
    for remark in remarks(run):
        yield f"\n{_text(remark)}\n"
    worst_first = sorted(run.checked, key=lambda one: (OUTCOMES.index(one.outcome), -one.about.level.weight))
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


_PUNCTUATION = re.compile(r"[!-+.:-@\[-`{-~]")


def _escaped(text: str) -> str:
    """Whatever has a meaning in Markdown, HTML or a table as a reference: ``|`` and the ``.`` of ``www.`` too."""
    return _PUNCTUATION.sub(lambda sign: f"&#{ord(sign[0])};", clean(text, MOST_WORDS))


def _text(text: str) -> str:
    # GitHub finds @names and #numbers in the finished page, where references are undone: an empty space parts them.
    return re.sub(r"&#(?:64|35);", r"\g<0>&#8203;", _escaped(text))


def _code(text: str) -> str:
    """In code it looks for neither."""
    return f"<code>{_escaped(text)}</code>"

"""The screen of ``davlock check``: what to fix comes first, the counts come last."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from davlock.checks.results import OUTCOMES, Checked, CheckOutcome, Level, Mark, Omission, Run, mark, ran_nothing
from davlock.diagnosis.finding import Finding, Who
from davlock.render.check_table import ordered
from davlock.render.result import Result
from davlock.values import dataclass

if TYPE_CHECKING:
    from davlock.render.tables import Console

MARKS = {
    CheckOutcome.PASS: ("✓", "bold green"),
    CheckOutcome.FAIL: ("✗", "bold red"),
    CheckOutcome.WARN: ("!", "bold yellow"),
    CheckOutcome.SKIP: ("-", "dim"),
    CheckOutcome.UNKNOWN: ("?", "bold yellow"),
}

BELOW_LEVEL = ("~", "dim")
"""The mark of a failure that does not count, because its level is below ``--fail-level``."""

FULL = 4
"""Failed or undecided checks that are shown with their sentences; the ids of the others follow."""

FEW = 8
"""Checks that were skipped for one reason and are named; of more, the screen shows the number."""

WORDS = {
    CheckOutcome.FAIL: "failed",
    CheckOutcome.UNKNOWN: "undecided",
    CheckOutcome.WARN: "warned",
    CheckOutcome.SKIP: "not run",
    CheckOutcome.PASS: "passed",
}

_COUNTED = {
    Mark.FAILED: "failed",
    Mark.BELOW: "failed below {level}",
    Mark.EXPECTED: "failed as expected",
    Mark.UNKNOWN: "undecided",
    Mark.WARNED: "warned",
    Mark.SKIPPED: "not run",
    Mark.PASSED: "passed",
}

_PROPERTIES = ("lockdiscovery", "supportedlock", "getetag")
"""Names that are written so at the beginning of a sentence, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckScreen:
    """What the person wants to see. ``why``: everything; ``several``: runs at more than one target are shown."""

    fail_level: Level
    why: bool = False
    list_warnings: bool = False
    several: bool = False

    def show(self, console: "Console", run: Run, result: Result) -> None:
        """The failures with their causes, the first step for each cause, and a summary in the last line."""
        from rich.text import Text

        from davlock.render import details, tables

        if ran_nothing(run):
            tables.hang(console, Text("✗", style="bold red"), not_run(run), "bold")
            _show_command(console, run.command)
            _show_steps(console, result.findings)
            return
        if self.several:
            console.print(Text(_visible(run.target), style="bold"), soft_wrap=True)
        self._show_failures(console, run, result)
        if self.why or self.list_warnings:
            self._show_warnings(console, run)
        if fixed := [checked.about.id for checked in run.checked if checked.fixed]:
            tables.hang(
                console, Text("✓", style="bold green"), f"passed, although --expect names it: {', '.join(fixed)}"
            )
        if self.why:
            _show_skipped(console, run)
            console.print()
            for finding in result.findings:
                details.show_finding(console, finding)
            details.show_remedies(console, result.findings)
            _show_groups(console, run)
        if run.stopped:
            tables.hang(console, Text("!", style="bold yellow"), ended_early(run))
            _show_command(console, run.command)
        self._show_summary(console, run, result)

    def _show_failures(self, console: "Console", run: Run, result: Result) -> None:
        """Failed checks and those that ran and could not tell; then the first step for each cause that was named."""
        from rich.text import Text

        from davlock.render import tables

        bad = [
            checked
            for checked in ordered(run.checked)
            if checked.counts or (checked.outcome is CheckOutcome.UNKNOWN and checked.omission is None)
        ]
        below = [checked for checked in bad if mark(checked, self.fail_level) is Mark.BELOW]
        bad = [checked for checked in bad if checked not in below]
        if below and not bad and not run.stopped:
            words = f"Nothing to fix at --fail-level {self.fail_level.value}. These checks failed, but do not count:"
            tables.hang(console, Text("✓", style="bold green"), words)
        if self.why or not bad:
            bad, below = [*bad, *below], []
        shown = bad if self.why else bad[:FULL]
        causes: dict[str, Finding] = {}
        for checked in shown:
            named = [finding for finding in result.findings if finding.id in checked.findings]
            self._show_one(console, checked, [finding for finding in named if finding.id not in causes])
            causes |= {finding.id: finding for finding in named}
        if rest := bad[len(shown) :]:
            levels = (
                f"{level.value} {', '.join(names)}"
                for level in Level
                if (names := [_with_causes(checked) for checked in rest if checked.about.level is level])
            )
            how = "failed" if all(checked.counts for checked in rest) else "failed or undecided"
            sign, color = self._sign(rest[0])
            tables.hang(console, Text(sign, style=color), f"Also {how}: {'; '.join(levels)}")
        if below:
            words = f"Failed below {self.fail_level.value}, so it does not count: {', '.join(map(_with_causes, below))}"
            tables.hang(console, Text(BELOW_LEVEL[0], style=BELOW_LEVEL[1]), words)
        if not self.why:
            explained = {id for checked in run.checked for id in checked.findings}
            beside = [finding for finding in result.findings if finding.id not in explained]
            for finding in beside:
                tables.hang(console, Text("!", style="bold yellow"), f"{sentence(finding.headline)} {finding.id}")
            _show_steps(console, [*causes.values(), *beside])

    def _show_warnings(self, console: "Console", run: Run) -> None:
        """Each warning once, with the checks that gave it."""
        warned = [checked for checked in run.checked if checked.outcome is CheckOutcome.WARN]
        for why in dict.fromkeys(checked.why for checked in warned):
            same = [checked for checked in warned if checked.why == why]
            if len(same) == 1 or self.why:
                for checked in same:
                    self._show_one(console, checked, ())
            else:
                ids = ", ".join(one.about.id for one in same)
                _show_paragraphs(console, MARKS[CheckOutcome.WARN], sentence(why), [ids])

    def _show_one(self, console: "Console", checked: Checked, causes: Sequence[Finding]) -> None:
        """What the server did with what explains it, which check says so, and with --why what the check is about."""
        about = checked.about
        words = " ".join(sentence(words) for words in (checked.why, *(finding.headline for finding in causes)))
        parts = [about.id, about.level.value, about.reference, *checked.findings]
        if self.why and about.litmus:
            parts.append(f"litmus {about.litmus}")
        below = [" · ".join(parts), *([f"{about.title}. {about.story}"] if self.why else [])]
        bold = mark(checked, self.fail_level) is Mark.FAILED
        _show_paragraphs(console, self._sign(checked), words, below, style="bold" if bold else "")

    def _sign(self, checked: Checked) -> tuple[str, str]:
        """Returns the sign of an outcome, and its style."""
        return BELOW_LEVEL if mark(checked, self.fail_level) is Mark.BELOW else MARKS[checked.outcome]

    def _show_summary(self, console: "Console", run: Run, result: Result) -> None:
        """The counts; behind them, or below where there is no room, the options that show more."""
        from rich.text import Text

        warned = any(checked.outcome is CheckOutcome.WARN for checked in run.checked)
        more = [] if self.why else ["--why"] if self.list_warnings or not warned else ["--list-warnings", "--why"]
        causes = [id for checked in ordered(run.checked) if checked.counts for id in checked.findings]
        more += [f"davlock explain {id}" for id in causes[:1]]
        lines = Text(summary(run, result, self.fail_level), style="bold").wrap(console, console.width)
        for line in lines:
            line.rstrip()
        for number, hint in enumerate(more):  # a command is never wrapped
            lead = "   " if number == 0 else " · "
            if lines[-1].cell_len + len(lead) + len(hint) > console.width:
                lines.append(Text(hint, style="dim"))
            else:
                lines[-1].append(lead + hint, style="not bold dim")
        for line in lines:
            console.print(line, soft_wrap=True)


def _show_paragraphs(
    console: "Console", signed: tuple[str, str], words: str, below: Iterable[str], *, style: str = ""
) -> None:
    """``words`` behind the sign of an outcome, and dim paragraphs below."""
    from rich.text import Text

    from davlock.render import tables

    sign, color = signed
    tables.hang(console, Text(sign, style=color), words, style)
    for paragraph in below:
        tables.hang(console, Text(" "), paragraph, "dim")


def _with_causes(checked: Checked) -> str:
    """Returns the id of a check, with the ids of the findings that explain it."""
    return f"{checked.about.id} ({', '.join(checked.findings)})" if checked.findings else checked.about.id


def _show_steps(console: "Console", findings: Iterable[Finding]) -> None:
    """The first step for each of ``findings``, once; its command below it."""
    from rich.text import Text

    from davlock.render import details, tables
    from davlock.render.commands import shell_line

    steps = dict.fromkeys(finding.remedies[0] for finding in findings if finding.remedies)
    for step in steps:
        who = f" ({details.WHO_WORDS[step.who]})" if step.who is not Who.YOU else ""
        tables.hang(console, Text("→"), step.title + who)
        if step.command is not None:
            console.print(Text("  " + shell_line(step.command), style="bold"), soft_wrap=True)


def _show_command(console: "Console", command: tuple[str, ...]) -> None:
    """``command`` on a line of its own, never wrapped; nothing if it is empty."""
    from rich.text import Text

    from davlock.render.commands import shell_line

    if command:
        console.print(Text.assemble("→ ", (shell_line(command), "bold")), soft_wrap=True)


def _show_skipped(console: "Console", run: Run) -> None:
    """Which checks were not run, by the reason; and which failed as the baseline says."""
    from rich.text import Text

    from davlock.render import tables

    dash = Text("-", style="dim")
    if known := [checked.about.id for checked in run.checked if mark(checked, Level.MAY) is Mark.EXPECTED]:
        tables.hang(console, dash, f"failed as expected: {', '.join(known)}", "dim")
    left_out = [checked for checked in run.checked if _was_left_out(checked)]
    for why in dict.fromkeys(checked.why for checked in left_out):
        same = [checked.about.id for checked in left_out if checked.why == why]
        which = ", ".join(same) if len(same) <= FEW else f"{len(same)} checks"
        tables.hang(console, dash, f"not run: {which} ({why})", "dim")


def _was_left_out(checked: Checked) -> bool:
    return checked.outcome is CheckOutcome.SKIP or checked.omission is not None


def _show_groups(console: "Console", run: Run) -> None:
    """How each group went."""
    from davlock.render import tables

    kept = [outcome for outcome in reversed(OUTCOMES) if any(checked.outcome is outcome for checked in run.checked)]
    rows = []
    for group in dict.fromkeys(checked.about.group for checked in run.checked):
        inside = [checked for checked in run.checked if checked.about.group == group]
        numbers = [sum(checked.outcome is outcome for checked in inside) for outcome in kept]
        took = sum(checked.elapsed_ms for checked in inside) / 1000
        rows.append([group, *(str(number) if number else "" for number in numbers), f"{took:.1f} s"])
    tables.show_table(console, ("Group", *(WORDS[outcome] for outcome in kept), "Time"), rows)


def sentence(words: str) -> str:
    """Returns ``words`` with a capital letter and a full stop."""
    first = words.partition(" ")[0]
    if first not in _PROPERTIES and first.isalpha():
        words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def not_run(run: Run) -> str:
    """Returns the line for a run that was stopped before any check."""
    return f"no check was run at {run.target}: {run.stopped}"


def ended_early(run: Run) -> str:
    """Returns the line for a run that reached some checks."""
    return f"ended early at {run.target}: {run.stopped}; {run.missed} checks did not run"


def summary(run: Run, result: Result, fail_level: Level) -> str:
    """Returns how many checks had each outcome, in one line."""
    counted = Counter(mark(checked, fail_level) for checked in run.checked)
    counted[Mark.PASSED] += counted.pop(Mark.FIXED, 0)
    parts = []
    for kind, words in _COUNTED.items():
        if number := counted[kind]:
            because = f" ({_why_not_run(run)})" if kind is Mark.SKIPPED else ""
            parts.append(f"{number} {words.format(level=fail_level.value)}{because}")
    lead = "" if counted[Mark.FAILED] else "stopped: " if run.stopped else "OK: "
    server = f" on {result.product_title}" if result.product_title else ""
    return _visible(f"{lead}{', '.join(parts)} in {_duration(run.elapsed_ms / 1000)}{server}.")


def _why_not_run(run: Run) -> str:
    """Returns why checks were skipped, with the number for each reason if there are several."""
    failed = sum(checked.outcome is CheckOutcome.FAIL for checked in run.checked)
    by_id = {checked.about.id: checked for checked in run.checked}
    reasons: Counter[tuple[str, str]] = Counter()
    for checked in run.checked:
        if checked.outcome is CheckOutcome.SKIP:
            root = checked
            while root.ground in by_id:
                root = by_id[root.ground]
            reasons[_reason(root, failed)] += 1
    if len(reasons) == 1:
        ((one, many), number) = next(iter(reasons.items()))
        return f"it {one}" if number == 1 else f"they {many}"
    return ", ".join(f"{number} {one if number == 1 else many}" for (one, many), number in reasons.items())


def _reason(root: Checked, failed: int) -> tuple[str, str]:
    """Returns why a check was skipped, in words for one and for several. ``root`` is the check, or the one it needs."""
    if root.outcome is CheckOutcome.FAIL:
        which = "the one that failed" if failed == 1 else "one that failed"
        return f"needs {which}", f"need {which}"
    need = {
        Omission.HOSTILE: "--hostile",
        Omission.SECOND_USER: "--user2",
        Omission.ONE_USER: "a server that tells users apart",
    }
    if root.omission in need:
        return f"needs {need[root.omission]}", f"need {need[root.omission]}"
    return "does not apply here", "do not apply here"


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _visible(words: str) -> str:
    from davlock.protocol.visible import visible

    return visible(words)

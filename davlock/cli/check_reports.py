"""Where the outcome of ``davlock check`` goes: one format on stdout, and reports in files."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

import click

from davlock.checks.check import Check
from davlock.checks.judge_run import judge_run
from davlock.checks.results import Checked, CheckOutcome, Level, Mark, Run, mark
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus
from davlock.cli.monitoring_state import MonitoringState, for_monitored, for_monitoring
from davlock.cli.options import NAGIOS, Shared
from davlock.cli.output import chosen_format, clear_of_progress, complain, console, wants_color
from davlock.cli.report_file import write_report
from davlock.errors import LocalProtocolError, OutputFailed
from davlock.render import check_screen, check_table, github, json_v1, junit, nagios, openmetrics, tap
from davlock.render.result import Result
from davlock.values import dataclass

KINDS = ("json", "jsonl", "tsv", "junit", "tap", "github", "openmetrics", "expect")


@dataclass(frozen=True, slots=True)
class ReportTarget:
    """A report that the person wants; ``path`` is ``-`` for stdout."""

    kind: str
    path: str


def report_target(text: str) -> ReportTarget:
    """Parses ``KIND=FILE``. Raises LocalProtocolError."""
    kind, equals, path = text.partition("=")
    if kind not in KINDS or not equals or not path:
        raise LocalProtocolError(f"{text!r} is not a report", f"write KIND=FILE; KIND is one of {', '.join(KINDS)}")
    return ReportTarget(kind, path)


class CheckReports:
    """A context manager that writes everything at its end."""

    def __init__(
        self,
        shared: Shared,
        reports: tuple[ReportTarget, ...],
        level: Level,
        *,
        listing: bool,
        why: bool = False,
        list_warnings: bool = False,
        several: bool = False,
    ) -> None:
        self._format = chosen_format(shared)
        on_stdout = [report for report in reports if report.path == "-"]
        if len(on_stdout) > 1:
            raise LocalProtocolError("two reports cannot both go to stdout", "name a file for one of them")
        typed = click.get_current_context().get_parameter_source("format")
        if on_stdout and typed is click.core.ParameterSource.COMMANDLINE and self._format != on_stdout[0].kind:
            raise LocalProtocolError("--format and a report cannot both go to stdout", "name a file for the report")
        self._reports = reports
        self._on_stdout = bool(on_stdout)
        self._level = level
        self._color = wants_color(shared, sys.stdout.isatty())
        self._quiet = shared.quiet
        self._screen = check_screen.CheckScreen(fail_level=level, why=why, list_warnings=list_warnings, several=several)
        self._told = False
        self._runs: list[Run] = []
        self._recorder = shared.recorder
        self._screen_file = shared.screen_file
        self._results: list[Result] = []
        self._states: list[MonitoringState] = []
        self.state = MonitoringState.UNKNOWN
        """Of all targets, for a monitoring system."""
        self.failed = False
        """Whether writing a report to its file failed."""
        if not listing:
            for report in reports:
                _refuse_unwritable(report)

    def __enter__(self) -> "CheckReports":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        if exc is None or (self._runs and not self.for_monitoring):  # its first line is about the exception
            self._finish()

    @property
    def for_people(self) -> bool:
        """Whether the screen for people is shown."""
        return self._format == "table" and not self._on_stdout

    @property
    def for_monitoring(self) -> bool:
        """Whether a monitoring system reads the output and the exit status."""
        return self._format == NAGIOS

    def add_state(self, run: Run, code: ExitStatus) -> None:
        """What ``code`` of a run means to a monitoring system."""
        marks = {mark(checked, self._level) for checked in run.checked}
        minor = Mark.BELOW in marks or bool(run.left)
        self._states.append(for_monitoring(code, failed=Mark.FAILED in marks, minor=minor))

    def conclude(self, *, unfinished: bool) -> None:
        """No target follows; ``unfinished``: some were not reached."""
        self.state = for_monitored(self._states, unfinished=unfinished)

    def announce(self, words: str) -> None:
        """Says what davlock will write on the server."""
        if not self._quiet:
            complain(words)

    def add(self, run: Run, known: CommandKnowledge) -> tuple[Run, Result]:
        """Adds the run at one target. Returns it with its failures explained, and its result."""
        run, diagnosis = judge_run(run, known.judge, profiles=known.profiles)
        result = check_table.check_result(run, diagnosis)
        self._runs.append(run)
        self._results.append(result)
        if self._recorder is not None:
            self._recorder.add(result)
        if self._screen_file is not None:
            self._screen.show(self._screen_file.console, run, result)
        return run, result

    def show(self, run: Run, result: Result) -> None:
        """Prints a run, unless a report goes to stdout at the end."""
        if self._on_stdout:
            return
        with self._telling_the_outcome():
            if self._format in ("jsonl", "tsv"):
                click.echo(self._text(self._format, [run], [result]), nl=False)
            elif self._format == "table":
                self._screen.show(console(self._color), run, result)

    def show_list(self, checks: Sequence[Check]) -> None:
        """Lists the checks, without running them."""
        abouts = [check.about for check in checks]
        if self._format == "table":
            check_table.show_list(console(self._color), abouts)
        elif self._format in ("json", "jsonl"):
            listed = [Checked(about=about, outcome=CheckOutcome.SKIP, why="only listed") for about in abouts]
            run = Run(target="", scratch=None, checked=tuple(listed))
            result = Result(target=None, extra=(("checks", check_table.as_list(run)),))
            made = json_v1.document if self._format == "json" else None
            click.echo(made("check", [result]) if made else json_v1.line("check", result))
        else:
            for about in abouts:
                click.echo(check_table.list_row(about))

    def _finish(self) -> None:
        if self._format == "github" or any(report.kind == "github" for report in self._reports):
            self._summarise()
        reports = [report for report in self._reports if not self._says_too_little(report)]
        for report in reports:
            if report.path != "-":
                try:
                    text = self._text(report.kind, self._runs, self._results)
                    write_report(report.path, text, option=f"--report {report.kind}={report.path}")
                except OutputFailed as error:  # the others may be written
                    complain(str(error))
                    self.failed = True
        with self._telling_the_outcome():
            on_stdout = [report.kind for report in reports if report.path == "-"]
            for kind in on_stdout if self._on_stdout else [self._format]:
                if self._on_stdout or kind not in ("table", "tsv", "jsonl"):
                    click.echo(self._text(kind, self._runs, self._results), nl=False)

    def _says_too_little(self, report: ReportTarget) -> bool:
        """Whether it would list failures that are known, and checks did not run: a later run would miss them."""
        too_little = report.kind == "expect" and (not self._runs or any(run.stopped for run in self._runs))
        if too_little:
            complain(f"--report expect={report.path} is not written, because not every check ran")
        return too_little

    @contextmanager
    def _telling_the_outcome(self) -> Iterator[None]:
        """If stdout fails, says the counts of each run on stderr, once."""
        try:
            with clear_of_progress():
                yield
        except OutputFailed:
            if not self._told:
                for run, result in zip(self._runs, self._results, strict=True):
                    complain(f"{run.target}: {check_screen.summary(run, result, self._level)}")
            self._told = True
            raise

    def _summarise(self) -> None:
        """Writes the job summary, if a runner wants one."""
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if not path:
            return
        try:
            with open(path, "a", encoding="utf-8") as file:
                file.write(github.summary(self._runs, fail_level=self._level))
        except OSError as error:
            complain(f"cannot write GITHUB_STEP_SUMMARY {path}: {error.strerror}")

    def _text(self, kind: str, runs: list[Run], results: list[Result]) -> str:
        if kind == NAGIOS:
            states = [state.name for state in self._states]
            return nagios.document(runs, states, state=self.state.name, fail_level=self._level)
        text = _WRITERS[kind](runs, results, self._level)
        return text if not text or text.endswith("\n") else f"{text}\n"


def _json(runs: list[Run], results: list[Result], level: Level) -> str:
    return json_v1.document("check", results)


def _jsonl(runs: list[Run], results: list[Result], level: Level) -> str:
    return "\n".join(json_v1.line("check", result) for result in results)


def _tsv(runs: list[Run], results: list[Result], level: Level) -> str:
    return "\n".join(line for run in runs for line in check_table.rows(run, several=len(runs) > 1))


def _junit(runs: list[Run], results: list[Result], level: Level) -> str:
    return junit.document(runs, fail_level=level)


def _tap(runs: list[Run], results: list[Result], level: Level) -> str:
    return tap.document(runs, fail_level=level)


def _github(runs: list[Run], results: list[Result], level: Level) -> str:
    return github.annotations(runs, fail_level=level)


def _openmetrics(runs: list[Run], results: list[Result], level: Level) -> str:
    return openmetrics.document(runs, fail_level=level)


def _expect(runs: list[Run], results: list[Result], level: Level) -> str:
    return check_table.baseline(runs)


_WRITERS: dict[str, Callable[[list[Run], list[Result], Level], str]] = {
    "json": _json,
    "jsonl": _jsonl,
    "tsv": _tsv,
    "junit": _junit,
    "tap": _tap,
    "github": _github,
    "openmetrics": _openmetrics,
    "expect": _expect,
}


def _refuse_unwritable(report: ReportTarget) -> None:
    """Refuses a report file before anything is sent: an outcome that cannot be written is lost."""
    folder = os.path.dirname(report.path) or "."
    if report.path != "-" and (not os.path.isdir(folder) or os.path.isdir(report.path)):
        raise LocalProtocolError(
            f"cannot write --report {report.kind}={report.path}", "name a file in a folder that exists"
        )

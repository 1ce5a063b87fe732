"""Every choice of an exit status, in one table; and that nothing else chooses one."""

import ast
import inspect
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import davlock
from davlock.checks.results import Stop
from davlock.cli import exit_status, monitoring_state
from davlock.cli.exit_status import (
    ExitStatus,
    combine,
    for_check,
    for_cleanup_walk,
    for_cut,
    for_demo,
    for_diagnosis,
    for_effect,
    for_error,
    for_exception,
    for_failed_recovery,
    for_failure,
    for_kept_lock,
    for_late,
    for_ledger_check,
    for_listing,
    for_lost_report,
    for_reading,
    for_recovery,
    for_refused_release,
    for_refusing_system,
    for_run,
    for_run_refused,
    for_scratch_removal,
    for_signal,
    for_success,
    for_targets,
    for_unfinished_cleanup,
    for_unlock,
    for_unread,
    for_wait,
    for_walk,
    for_watch,
    for_watched,
)
from davlock.cli.monitoring_state import MonitoringState, for_monitored, for_monitored_error, for_monitoring
from davlock.diagnosis.finding import Severity, Verdict
from davlock.errors import (
    Cancelled,
    DavlockError,
    LimitExceeded,
    LocalProtocolError,
    NoResponse,
    NoResponseKind,
    OutputFailed,
    ReadFailure,
    RemoteProtocolError,
    Terminated,
)
from davlock.operations.results import Achieved

OK, FOUND, USAGE, UNKNOWN = ExitStatus.OK, ExitStatus.FOUND, ExitStatus.USAGE, ExitStatus.UNKNOWN
AUTH, NO_RESPONSE, BAD_RESPONSE = ExitStatus.AUTH, ExitStatus.NO_RESPONSE, ExitStatus.BAD_RESPONSE
PARTIAL, THROTTLED, NOT_ACQUIRED = ExitStatus.PARTIAL, ExitStatus.THROTTLED, ExitStatus.NOT_ACQUIRED

LOGIN, BUSY, NOT_DAV = ReadFailure.LOGIN, ReadFailure.THROTTLED, ReadFailure.NOT_DAV


def no_response(kind: NoResponseKind) -> NoResponse:
    return NoResponse(kind, "http://h/", "why")


RESET, TOO_LARGE = no_response(NoResponseKind.RESET), no_response(NoResponseKind.TOO_LARGE)
PROXY_LOGIN = no_response(NoResponseKind.PROXY_LOGIN)

Choice = tuple[Callable[..., int | None], tuple[object, ...], dict[str, object], int | None]


def row(choose: Callable[..., int | None], status: int | None, *facts: object, **named: object) -> Choice:
    return choose, facts, named, status


YES, NO, UNSURE = Achieved.YES, Achieved.NO, Achieved.UNKNOWN

CHOICES: tuple[Choice, ...] = (
    row(for_error, USAGE, LocalProtocolError("what")),
    row(for_error, BAD_RESPONSE, RemoteProtocolError("body", "why")),
    row(for_error, BAD_RESPONSE, LimitExceeded("body", "why")),
    *(row(for_error, NO_RESPONSE, no_response(kind)) for kind in NoResponseKind if kind.value not in
      ("too-large", "not-http", "proxy-login")),
    row(for_error, BAD_RESPONSE, TOO_LARGE),
    row(for_error, BAD_RESPONSE, no_response(NoResponseKind.NOT_HTTP)),
    row(for_error, AUTH, PROXY_LOGIN),
    row(for_error, 74, OutputFailed("stdout", "why")),
    row(for_error, 70, DavlockError("another")),
    row(for_exception, 130, KeyboardInterrupt(), "locks"),
    row(for_exception, 143, Terminated(signal.SIGTERM), "locks"),
    row(for_exception, 143, Terminated(signal.SIGHUP), "run"),
    row(for_exception, 130, Cancelled(signal.SIGINT), "lock"),
    row(for_exception, 128 + signal.SIGUSR1, Cancelled(signal.SIGUSR1), "run"),
    row(for_exception, USAGE, LocalProtocolError("what"), "run"),
    row(for_exception, 70, ValueError(), "locks"),
    row(for_exception, 125, ValueError(), "run"),
    row(for_refusing_system, USAGE, "locks"),
    row(for_refusing_system, 125, "run"),
    row(for_signal, 130, signal.SIGINT),
    row(for_signal, 143, signal.SIGTERM),
    row(for_signal, 143, signal.SIGHUP),
    row(for_signal, 131, signal.SIGQUIT),
    row(for_lost_report, FOUND, FOUND, failed=False),
    row(for_lost_report, 74, FOUND, failed=True),
    row(for_lost_report, 74, OK, failed=True, child=True),
    row(for_lost_report, 9, 9, failed=True, child=True),
    # several targets
    row(combine, OK, []),
    row(combine, UNKNOWN, [UNKNOWN, UNKNOWN]),
    row(combine, PARTIAL, [OK, FOUND]),
    row(combine, PARTIAL, [PARTIAL, AUTH]),
    row(combine, AUTH, [FOUND, AUTH]),
    row(combine, NO_RESPONSE, [BAD_RESPONSE, NO_RESPONSE]),
    row(combine, FOUND, [UNKNOWN, FOUND]),
    row(combine, 74, [OK, ExitStatus.OUTPUT_FAILED]),
    row(for_late, NO_RESPONSE, waits=False),
    row(for_late, NOT_ACQUIRED, waits=True),
    row(for_cut, PARTIAL, OK, waits=False),
    row(for_cut, PARTIAL, FOUND, waits=False),
    row(for_cut, NO_RESPONSE, NO_RESPONSE, waits=False),
    row(for_cut, NOT_ACQUIRED, OK, waits=True),
    row(for_cut, NOT_ACQUIRED, NO_RESPONSE, waits=True),
    row(for_targets, PARTIAL, [OK, NO_RESPONSE], not_begun=True, waits=False),
    row(for_targets, PARTIAL, [FOUND, NO_RESPONSE], not_begun=True, waits=False),
    row(for_targets, NO_RESPONSE, [NO_RESPONSE, NO_RESPONSE], not_begun=True, waits=False),
    row(for_targets, NO_RESPONSE, [FOUND, NO_RESPONSE], not_begun=False, waits=False),
    row(for_targets, FOUND, [NOT_ACQUIRED, FOUND], not_begun=True, waits=True),
    # one target
    row(for_success, OK, True),
    row(for_success, FOUND, False),
    row(for_failure, AUTH, LOGIN),
    row(for_failure, THROTTLED, BUSY),
    row(for_failure, BAD_RESPONSE, NOT_DAV),
    row(for_failure, NO_RESPONSE, RESET),
    row(for_failure, BAD_RESPONSE, TOO_LARGE),
    row(for_reading, OK, None),
    row(for_reading, AUTH, LOGIN),
    row(for_unread, UNKNOWN, None),
    row(for_unread, FOUND, None, missing=True),
    row(for_unread, AUTH, LOGIN, missing=True),
    row(for_listing, OK),
    row(for_listing, UNKNOWN, undisclosed=True, left_out=True),
    row(for_listing, PARTIAL, left_out=True, undecided=True),
    row(for_listing, UNKNOWN, undecided=True),
    row(for_listing, FOUND, undisclosed=True, left_out=True, alarm=True, undecided=True),
    row(for_listing, FOUND, alarm=True),
    row(for_walk, OK, bounded=False, undisclosed=False, unread=False, alarm=False),
    row(for_walk, UNKNOWN, bounded=False, undisclosed=True, unread=True),
    row(for_walk, UNKNOWN, bounded=False, undisclosed=False, unread=False, undecided=True),
    row(for_walk, PARTIAL, bounded=False, undisclosed=False, unread=True, undecided=True),
    row(for_walk, PARTIAL, bounded=True, undisclosed=True, unread=False, alarm=False),
    row(for_walk, PARTIAL, bounded=False, undisclosed=False, unread=True, alarm=False),
    row(for_walk, FOUND, bounded=False, undisclosed=False, unread=True, alarm=True),
    row(for_walk, FOUND, bounded=True, undisclosed=False, unread=False, alarm=True),
    row(for_diagnosis, OK, None, Verdict.CLEAR, None, fail_on="warning"),
    row(for_diagnosis, FOUND, None, Verdict.BLOCKED, None, fail_on="error"),
    row(for_diagnosis, FOUND, None, Verdict.UNKNOWN, Severity.ERROR, fail_on="error"),
    row(for_diagnosis, UNKNOWN, None, Verdict.UNKNOWN, Severity.WARNING, fail_on="warning"),
    row(for_diagnosis, OK, None, Verdict.CLEAR, Severity.WARNING, fail_on="error"),
    row(for_diagnosis, FOUND, None, Verdict.CLEAR, Severity.WARNING, fail_on="warning"),
    row(for_diagnosis, OK, None, Verdict.CLEAR, Severity.NOTICE, fail_on="warning"),
    row(for_diagnosis, AUTH, LOGIN, Verdict.BLOCKED, Severity.ERROR, fail_on="error"),
    row(for_effect, OK, YES, NOT_DAV, about_login=False),
    row(for_effect, FOUND, NO, None, about_login=False),
    row(for_effect, UNKNOWN, UNSURE, None, about_login=False),
    row(for_effect, AUTH, NO, LOGIN, about_login=True),
    row(for_effect, FOUND, NO, LOGIN, about_login=False),
    row(for_effect, FOUND, NO, PROXY_LOGIN, about_login=False),
    row(for_effect, THROTTLED, UNSURE, BUSY, about_login=False),
    row(for_unlock, FOUND, OK, wrong_token=True),
    row(for_unlock, UNKNOWN, UNKNOWN, wrong_token=True),
    row(for_unlock, OK, OK, wrong_token=False),
    row(for_wait, OK, late=False, stopped=False, failure=LOGIN),
    row(for_wait, NOT_ACQUIRED, late=True, stopped=False, failure=LOGIN),
    row(for_wait, UNKNOWN, late=False, stopped=True),
    row(for_wait, FOUND, late=False, stopped=True, missing=True),
    row(for_wait, AUTH, late=False, stopped=True, failure=LOGIN, missing=True),
    row(for_recovery, OK, ended=True, code=UNKNOWN),
    row(for_recovery, UNKNOWN, ended=False, code=OK),
    row(for_recovery, AUTH, ended=False, code=AUTH),
    row(for_failed_recovery, BAD_RESPONSE, RemoteProtocolError("body", "why")),
    row(for_failed_recovery, UNKNOWN, RESET),
    row(for_ledger_check, OK, repaired=False, clean=True, lost=False, left=False),
    row(for_ledger_check, FOUND, repaired=False, clean=False, lost=True, left=True),
    row(for_ledger_check, PARTIAL, repaired=True, clean=False, lost=True, left=True),
    row(for_ledger_check, FOUND, repaired=True, clean=False, lost=False, left=True),
    row(for_ledger_check, OK, repaired=True, clean=False, lost=False, left=False),
    # cleanup
    row(for_cleanup_walk, None, None, bounded=False, missing=False, readable=True, undisclosed=False, unread=False),
    row(for_cleanup_walk, PARTIAL, LOGIN, bounded=True, missing=True, readable=False, undisclosed=True, unread=True),
    row(for_cleanup_walk, AUTH, LOGIN, bounded=False, missing=True, readable=False, undisclosed=True, unread=True),
    row(for_cleanup_walk, FOUND, None, bounded=False, missing=True, readable=False, undisclosed=True, unread=True),
    row(for_cleanup_walk, UNKNOWN, None, bounded=False, missing=False, readable=False, undisclosed=True, unread=True),
    row(for_cleanup_walk, UNKNOWN, None, bounded=False, missing=False, readable=True, undisclosed=True, unread=True),
    row(for_cleanup_walk, PARTIAL, None, bounded=False, missing=False, readable=True, undisclosed=False, unread=True),
    row(for_kept_lock, UNKNOWN, withheld=True),
    row(for_kept_lock, FOUND, withheld=False),
    row(for_refused_release, FOUND, OK),
    row(for_refused_release, FOUND, UNKNOWN),
    row(for_refused_release, AUTH, AUTH),
    row(for_unfinished_cleanup, PARTIAL, None),
    row(for_unfinished_cleanup, PARTIAL, LocalProtocolError("the journal is damaged", "look at it")),
    row(for_unfinished_cleanup, 74, OutputFailed("stdout", "No space left on device")),
    # watch, check, run, demo
    row(for_watched, OK, NOT_DAV, read=True, refused=False, missing=True),
    row(for_watched, AUTH, None, read=True, refused=True, missing=False),
    row(for_watched, BAD_RESPONSE, NOT_DAV, read=False, refused=False, missing=True),
    row(for_watched, FOUND, None, read=False, refused=False, missing=True),
    row(for_watched, UNKNOWN, None, read=False, refused=False, missing=False),
    row(for_watch, NOT_ACQUIRED, [OK], late=True),
    row(for_watch, PARTIAL, [OK, AUTH], late=False),
    row(for_check, OK, None, ran=True, failed=False, refused=False, unsure=False),
    row(for_check, UNKNOWN, None, ran=True, failed=False, refused=False, unsure=True),
    row(for_check, UNKNOWN, None, ran=False, failed=False, refused=False, unsure=False),
    row(for_check, FOUND, None, ran=True, failed=True, refused=False, unsure=True),
    row(for_check, AUTH, None, ran=True, failed=True, refused=True, unsure=False),
    row(for_check, PARTIAL, Stop.DEADLINE, ran=True, failed=True, refused=False, unsure=False),
    row(for_check, NO_RESPONSE, Stop.DEADLINE, ran=False, failed=False, refused=False, unsure=False),
    row(for_check, THROTTLED, Stop.THROTTLED, ran=True, failed=True, refused=False, unsure=False),
    row(for_check, NO_RESPONSE, Stop.NO_ANSWER, ran=True, failed=True, refused=False, unsure=False),
    row(for_check, AUTH, Stop.LOGIN, ran=True, failed=False, refused=False, unsure=False),
    row(for_check, BAD_RESPONSE, Stop.NOT_HTTP, ran=True, failed=False, refused=False, unsure=False),
    row(for_check, BAD_RESPONSE, Stop.NOT_DAV, ran=True, failed=False, refused=False, unsure=False),
    row(for_check, FOUND, Stop.INTERRUPTED, ran=True, failed=True, refused=False, unsure=False),
    *(row(for_monitoring, MonitoringState.CRITICAL, code, failed=True, minor=True) for code in ExitStatus),
    row(for_monitoring, MonitoringState.OK, OK, failed=False, minor=False),
    row(for_monitoring, MonitoringState.WARNING, OK, failed=False, minor=True),
    *(
        row(for_monitoring, MonitoringState.CRITICAL, code, failed=False, minor=True)
        for code in (FOUND, AUTH, NO_RESPONSE, BAD_RESPONSE, THROTTLED)
    ),
    *(
        row(for_monitoring, MonitoringState.UNKNOWN, code, failed=False, minor=False)
        for code in (UNKNOWN, PARTIAL, USAGE, ExitStatus.INTERRUPTED)
    ),
    row(for_monitored, MonitoringState.UNKNOWN, [], unfinished=False),
    row(for_monitored, MonitoringState.UNKNOWN, [MonitoringState.OK], unfinished=True),
    row(for_monitored, MonitoringState.UNKNOWN, [MonitoringState.UNKNOWN, MonitoringState.WARNING], unfinished=False),
    row(for_monitored, MonitoringState.CRITICAL, [MonitoringState.CRITICAL, MonitoringState.UNKNOWN], unfinished=True),
    row(for_monitored_error, MonitoringState.CRITICAL, RESET),
    row(for_monitored_error, MonitoringState.CRITICAL, RemoteProtocolError("body", "why")),
    *(
        row(for_monitored_error, MonitoringState.UNKNOWN, error)
        for error in (LocalProtocolError("what"), OutputFailed("stdout", "why"), KeyboardInterrupt(), ValueError())
    ),
    row(for_scratch_removal, PARTIAL, removed=1),
    row(for_scratch_removal, NO_RESPONSE, removed=0),
    row(for_run_refused, 9, late=True, conflict=9),
    row(for_run_refused, 125, late=False, conflict=9),
    row(for_run, 5, 5, lock_lost=False),
    row(for_run, 76, 143, lock_lost=True),
    row(for_demo, OK, refused=FOUND, diagnosed=FOUND),
    row(for_demo, 70, refused=FOUND, diagnosed=OK),
    row(for_demo, 70, refused=OK, diagnosed=FOUND),
)  # fmt: skip


@pytest.mark.parametrize(("choose", "facts", "named", "status"), CHOICES)
def test_choice(
    choose: Callable[..., int | None], facts: tuple[object, ...], named: dict[str, object], status: int | None
) -> None:
    assert choose(*facts, **named) == status


def test_every_status_keeps_its_number() -> None:
    """Scripts rely on them: a number is never given to another status."""
    assert {name: status.value for name, status in ExitStatus.__members__.items()} == {
        "OK": 0,
        "FOUND": 1,
        "USAGE": 2,
        "UNKNOWN": 3,
        "AUTH": 4,
        "NO_RESPONSE": 5,
        "BAD_RESPONSE": 6,
        "PARTIAL": 7,
        "THROTTLED": 8,
        "BUG": 70,
        "OUTPUT_FAILED": 74,
        "NOT_ACQUIRED": 75,
        "LOCK_LOST": 76,
        "RUN_FAILED": 125,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


def test_the_table_has_every_choice() -> None:
    modules = (exit_status, monitoring_state)
    members = [member for module in modules for member in inspect.getmembers(module, inspect.isfunction)]
    functions = {name for name, function in members if function.__module__ in {module.__name__ for module in modules}}
    assert {choose.__name__ for choose, *_ in CHOICES} == functions


PLAIN = {"OK", "USAGE"}
"""Where a command ends well or was misused, there is nothing to choose."""

DEFAULTS = {"run.py": {"NOT_ACQUIRED"}}
"""A default that --help shows."""


def test_nothing_else_chooses_an_exit_status() -> None:
    for path in sorted(Path(davlock.__file__).parent.rglob("*.py")):
        if path.name in ("exit_status.py", "monitoring_state.py"):  # which translates statuses
            continue
        assert named(ast.parse(path.read_text("utf-8"))) <= PLAIN | DEFAULTS.get(path.name, set()), path.name


def named(node: ast.AST) -> set[str]:
    """``X`` of each ``ExitStatus.X`` in the code, but not where a status is only compared with it."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == ExitStatus.__name__:
        return {node.attr}
    children = (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.Compare))
    return set[str]().union(*map(named, children))

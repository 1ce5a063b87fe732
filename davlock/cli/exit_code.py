"""Every exit status, and every choice of one: the code and EXIT STATUS in the man pages come from here.

A command collects facts and calls one of these functions. None of them prints, sends or reads anything.
"""

import signal
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from davlock.diagnosis.whole import Verdict
from davlock.errors import (
    Cancelled,
    DavlockError,
    LocalProtocolError,
    NoResponse,
    NoResponseKind,
    OutputFailed,
    ReadFailure,
    RemoteProtocolError,
    Terminated,
)

if TYPE_CHECKING:  # each command that needs these enums has imported them; a page of the manual does without
    from davlock.checks.results import Stop
    from davlock.diagnosis.finding import Severity
    from davlock.operations.results import Achieved


class ExitCode(IntEnum):
    """What the process tells its caller."""

    OK = 0
    FOUND = 1
    USAGE = 2
    UNKNOWN = 3
    AUTH = 4
    NO_RESPONSE = 5
    BAD_RESPONSE = 6
    PARTIAL = 7
    THROTTLED = 8
    BUG = 70
    OUTPUT_FAILED = 74
    NOT_ACQUIRED = 75
    LOCK_LOST = 76
    RUN_FAILED = 125
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "the effect was achieved, the answer is good, or a report could be made",
    ExitCode.FOUND: "the answer is bad news: blocked, refused, a failed check",
    ExitCode.USAGE: "bad arguments",
    ExitCode.UNKNOWN: "could not tell: the needed evidence was refused or withheld",
    ExitCode.AUTH: "401, 403 or 407 stopped us",
    ExitCode.NO_RESPONSE: "DNS, connect, TLS, timeout, reset",
    ExitCode.BAD_RESPONSE: "the answer is not usable DAV",
    ExitCode.PARTIAL: "some of a batch succeeded",
    ExitCode.THROTTLED: "429 or 503 beyond --retry-budget",
    ExitCode.BUG: "an unexpected exception; the message says how to report it",
    ExitCode.OUTPUT_FAILED: ("stdout or a file could not be written; what was done, and the token, are on stderr"),
    ExitCode.NOT_ACQUIRED: "not free within the time given",
    ExitCode.LOCK_LOST: "the lock was lost while the child ran",
    ExitCode.RUN_FAILED: "davlock itself failed before the child ran",
    ExitCode.INTERRUPTED: "SIGINT, after our own locks were released or named",
    ExitCode.TERMINATED: "SIGTERM, after our own locks were released or named",
}

CANNOT_EXECUTE, NO_SUCH_COMMAND = 126, 127
"""What a shell returns for a command that it cannot start; ``davlock run`` does the same."""

Failure = ReadFailure | NoResponse | None
"""Why a target could not be read; ``None`` if it could."""


# -- errors and signals


def for_error(error: DavlockError) -> ExitCode:
    """The status for an error that ended a target or the command, by whose fault it is."""
    if isinstance(error, LocalProtocolError):
        return ExitCode.USAGE
    if isinstance(error, RemoteProtocolError):
        return ExitCode.BAD_RESPONSE
    if isinstance(error, NoResponse):
        if error.kind is NoResponseKind.TOO_LARGE:
            return ExitCode.BAD_RESPONSE
        return ExitCode.AUTH if error.kind is NoResponseKind.PROXY_LOGIN else ExitCode.NO_RESPONSE
    return ExitCode.OUTPUT_FAILED if isinstance(error, OutputFailed) else ExitCode.BUG


def for_exception(error: BaseException, command: str) -> int:
    """The status for whatever ended ``command``. A bug in ``run`` is RUN_FAILED: all others can be its child's."""
    if isinstance(error, Cancelled | Terminated):
        return for_signal(error.signum)
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, DavlockError):
        return for_error(error)
    return ExitCode.RUN_FAILED if command == "run" else ExitCode.BUG


def for_signal(number: int) -> int:
    """128 plus the number of the signal. SIGHUP counts as SIGTERM."""
    return 128 + (signal.SIGTERM if number == signal.SIGHUP else number)


def for_lost_report(status: int, *, failed: bool, child: bool = False) -> int:
    """``status``, unless a report or bundle could not be written. A ``child`` that failed keeps its own status."""
    return ExitCode.OUTPUT_FAILED if failed and not (child and status) else status


# -- several targets

_ABOVE_ALL = (ExitCode.BUG, ExitCode.OUTPUT_FAILED)
"""These are no answer of any target: no success elsewhere makes them less."""

_PRECEDENCE = (
    *_ABOVE_ALL,
    ExitCode.AUTH,
    ExitCode.NO_RESPONSE,
    ExitCode.BAD_RESPONSE,
    ExitCode.THROTTLED,
    ExitCode.FOUND,
    ExitCode.UNKNOWN,
)


def combine(codes: Iterable[ExitCode]) -> ExitCode:
    """One status for several targets: their own if all are alike, PARTIAL if some part succeeded, else the gravest.

    A bug and an output that could not be written outrank a part that succeeded.
    """
    distinct = set(codes)
    if not distinct:
        return ExitCode.OK
    if len(distinct) == 1:
        return distinct.pop()
    if not distinct.isdisjoint((ExitCode.OK, ExitCode.PARTIAL)) and distinct.isdisjoint(_ABOVE_ALL):
        return ExitCode.PARTIAL
    return next((code for code in _PRECEDENCE if code in distinct), max(distinct))


def for_late(*, waits: bool) -> ExitCode:
    """The status of a target that was not reached in time; ``waits``: the command waits for locks."""
    return ExitCode.NOT_ACQUIRED if waits else ExitCode.NO_RESPONSE


def for_cut(code: ExitCode, *, waits: bool) -> ExitCode:
    """The status of a target at which the deadline came; ``code`` is that of what was done by then."""
    late = for_late(waits=waits)
    return late if waits or code is late else ExitCode.PARTIAL


def for_targets(codes: list[ExitCode], *, not_begun: bool, waits: bool) -> ExitCode:
    """One status for all targets; ``not_begun``: the time was over before the last of them."""
    if not_begun and not waits and any(code is not ExitCode.NO_RESPONSE for code in codes):
        return ExitCode.PARTIAL
    return combine(codes)


# -- what a command was asked to do


def for_success(succeeded: bool) -> ExitCode:
    """OK for good news, FOUND for bad."""
    return ExitCode.OK if succeeded else ExitCode.FOUND


def for_failure(failure: ReadFailure | NoResponse) -> ExitCode:
    """The status for a target that could not be read."""
    if isinstance(failure, NoResponse):
        return for_error(failure)
    return {
        ReadFailure.LOGIN: ExitCode.AUTH,
        ReadFailure.THROTTLED: ExitCode.THROTTLED,
        ReadFailure.NOT_DAV: ExitCode.BAD_RESPONSE,
    }[failure]


def for_reading(failure: Failure) -> ExitCode:
    """The status of a report on a target: OK if the target could be read, whatever the report says."""
    return ExitCode.OK if failure is None else for_failure(failure)


def for_unread(failure: Failure, *, missing: bool = False) -> ExitCode:
    """The status for a PROPFIND without a listing; ``missing``: nothing is at the URL."""
    if failure is not None:
        return for_failure(failure)
    return ExitCode.FOUND if missing else ExitCode.UNKNOWN


def for_listing(*, undisclosed: bool = False, left_out: bool = False, alarm: bool = False) -> ExitCode:
    """The status of a listing.

    ``undisclosed``: the server hides locks; ``left_out``: not all rows are shown; ``alarm``: ``--fail-if-any`` is met.
    """
    if undisclosed:
        return ExitCode.UNKNOWN
    if left_out:
        return ExitCode.PARTIAL
    return for_success(not alarm)


def for_walk(*, bounded: bool, undisclosed: bool, unread: bool, alarm: bool) -> ExitCode:
    """The status of a walk. ``bounded``: it ended before its time; ``unread``: some collections were not read."""
    if undisclosed and not bounded:
        return ExitCode.UNKNOWN
    if alarm:
        return ExitCode.FOUND
    return ExitCode.PARTIAL if bounded or unread else ExitCode.OK


def for_diagnosis(failure: Failure, verdict: Verdict, worst: "Severity | None", *, fail_on: str) -> ExitCode:
    """The status of ``diagnose``; ``worst`` is the gravest severity of the findings."""
    from davlock.diagnosis.finding import Severity

    if failure is not None:
        return for_failure(failure)
    if verdict is Verdict.BLOCKED or worst is Severity.ERROR:
        return ExitCode.FOUND
    if verdict is Verdict.UNKNOWN:
        return ExitCode.UNKNOWN
    return for_success(not (fail_on == "warning" and worst is not None and worst >= Severity.WARNING))


def for_effect(achieved: "Achieved", failure: Failure, *, about_login: bool) -> ExitCode:
    """The status of a command that changes something: OK only if the effect was achieved, as read back.

    ``about_login``: the first finding is about the login, or there is none. lighttpd answers 403 where a parent is
    missing, and no other login helps there.
    """
    from davlock.operations.results import Achieved

    if achieved is Achieved.YES:
        return ExitCode.OK
    code = for_reading(failure)
    if failure is not None and (code is not ExitCode.AUTH or about_login):
        return code
    return ExitCode.FOUND if achieved is Achieved.NO else ExitCode.UNKNOWN


def for_unlock(code: ExitCode, *, wrong_token: bool) -> ExitCode:
    """``code``, but FOUND for a wrong token: that no lock is shown does not say that the lock meant is gone."""
    return ExitCode.FOUND if wrong_token and code is ExitCode.OK else code


def for_wait(*, late: bool, stopped: bool, failure: Failure = None, missing: bool = False) -> ExitCode:
    """The status of waiting until a target is free; ``missing``: the collection of the URL does not exist."""
    if late:
        return ExitCode.NOT_ACQUIRED
    return for_unread(failure, missing=missing) if stopped else ExitCode.OK


def for_recovery(*, ended: bool, code: ExitCode) -> ExitCode:
    """The status of a lock that was to be recovered. ``code`` is that of the attempt: never OK while the lock stays."""
    if ended:
        return ExitCode.OK
    return ExitCode.UNKNOWN if code is ExitCode.OK else code


def for_failed_recovery(error: DavlockError) -> ExitCode:
    """The status of a recovery that ``error`` ended: whether the lock is there is not known."""
    return for_error(error) if isinstance(error, RemoteProtocolError) else ExitCode.UNKNOWN


def for_ledger_check(*, repaired: bool, clean: bool, lost: bool, left: bool) -> ExitCode:
    """The status of ``ledger check``. ``lost``: rows are lost; ``left``: files could not be removed."""
    if not repaired:
        return for_success(clean)
    return ExitCode.PARTIAL if lost else for_success(not left)


# -- watch, check, run, demo


def for_watched(failure: Failure, *, read: bool, refused: bool, missing: bool) -> ExitCode:
    """The status of one watched URL.

    ``read``: its locks were read at some time; ``refused``: the last look met a refused login; ``missing``: nothing is
    there.
    """
    if refused:
        return ExitCode.AUTH
    return ExitCode.OK if read else for_unread(failure, missing=missing)


def for_watch(codes: Iterable[ExitCode], *, late: bool) -> ExitCode:
    """The status of ``watch``; ``late``: the time was over, and not all URLs were free."""
    return ExitCode.NOT_ACQUIRED if late else combine(codes)


def for_check(stop: "Stop | None", *, ran: bool, failed: bool, refused: bool, unsure: bool) -> ExitCode:
    """The status of a run of checks, which ``stop`` ended before its time.

    ``ran``: at least one check was carried out; ``failed``: one at or above --fail-level failed; ``refused``: the
    scratch collection was refused to this login; ``unsure``: a check at or above that level could not tell.
    """
    from davlock.checks.results import Stop

    if stop is Stop.DEADLINE and ran:
        return ExitCode.PARTIAL
    stops = {
        Stop.THROTTLED: ExitCode.THROTTLED,
        Stop.NO_ANSWER: ExitCode.NO_RESPONSE,
        Stop.LOGIN: ExitCode.AUTH,
        Stop.DEADLINE: ExitCode.NO_RESPONSE,
        Stop.NOT_HTTP: ExitCode.BAD_RESPONSE,
        Stop.NOT_DAV: ExitCode.BAD_RESPONSE,
        Stop.NO_COLLECTION: ExitCode.FOUND,
    }
    if stop in stops:
        return stops[stop]
    if failed:
        return ExitCode.AUTH if refused else ExitCode.FOUND
    return ExitCode.OK if ran and not unsure else ExitCode.UNKNOWN


def for_scratch_removal(*, removed: int) -> ExitCode:
    """The status of ``check --clean-up`` when its time is over, after ``removed`` collections."""
    return ExitCode.PARTIAL if removed else ExitCode.NO_RESPONSE


def for_run_refused(*, late: bool, conflict: int) -> int:
    """The status of ``run`` without its locks: ``conflict`` (-E) if a lock was in the way for too long."""
    return conflict if late else ExitCode.RUN_FAILED


def for_run(child: int, *, lock_lost: bool) -> int:
    """The status of ``run``: that of its ``child``, unless davlock ended it because a lock was lost."""
    return ExitCode.LOCK_LOST if lock_lost else child


def for_demo(*, refused: int, diagnosed: int) -> ExitCode:
    """The status of ``demo``: its upload is refused, and its diagnosis finds the lock, or davlock has a bug."""
    return ExitCode.OK if (refused, diagnosed) == (ExitCode.FOUND, ExitCode.FOUND) else ExitCode.BUG

"""Every exit status, and every choice of one: the code and EXIT STATUS in the man pages come from here.

A command collects facts and calls one of these functions. None of them prints, sends or reads anything.
"""

import signal
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from davlock.diagnosis.verdict import Verdict
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
from davlock.posix import signals_named

if TYPE_CHECKING:  # each command that needs these enums has imported them; a page of the manual does without
    from davlock.checks.results import Stop
    from davlock.diagnosis.finding import Severity
    from davlock.operations.results import Achieved


class ExitStatus(IntEnum):
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


MEANINGS: dict[ExitStatus, str] = {
    ExitStatus.OK: "the effect was achieved, the answer is good, or davlock printed its report",
    ExitStatus.FOUND: "bad news: a lock is in the way, the server refused, or a check failed",
    ExitStatus.USAGE: "wrong arguments",
    ExitStatus.UNKNOWN: "davlock could not tell: the server refused or hides what it must know",
    ExitStatus.AUTH: "401, 403 or 407 stopped davlock",
    ExitStatus.NO_RESPONSE: "no answer: DNS, connect, TLS, timeout or reset",
    ExitStatus.BAD_RESPONSE: "the answer is not usable WebDAV",
    ExitStatus.PARTIAL: "one part succeeded, and another did not",
    ExitStatus.THROTTLED: "429 or 503, for longer than --retry-budget",
    ExitStatus.BUG: "a bug in davlock; the message says how to report it",
    ExitStatus.OUTPUT_FAILED: "davlock could not write stdout or a file; stderr says what it did, with the token",
    ExitStatus.NOT_ACQUIRED: "not free within the time given",
    ExitStatus.LOCK_LOST: "the lock was lost while CMD ran",
    ExitStatus.RUN_FAILED: "davlock itself failed before CMD ran",
    ExitStatus.INTERRUPTED: "SIGINT; davlock first released or named its own locks",
    ExitStatus.TERMINATED: "SIGTERM; davlock first released or named its own locks",
}

CANNOT_EXECUTE, NO_SUCH_COMMAND = 126, 127
"""What a shell returns for a command that it cannot start; ``davlock run`` does the same."""

Failure = ReadFailure | NoResponse | None
"""Why a target could not be read; ``None`` if it could."""


# -- errors and signals


def for_error(error: DavlockError) -> ExitStatus:
    """The status for an error that ended a target or the command, by whose fault it is."""
    if isinstance(error, LocalProtocolError):
        return ExitStatus.USAGE
    if isinstance(error, RemoteProtocolError):
        return ExitStatus.BAD_RESPONSE
    if isinstance(error, NoResponse):
        if error.kind in (NoResponseKind.TOO_LARGE, NoResponseKind.NOT_HTTP):
            return ExitStatus.BAD_RESPONSE
        return ExitStatus.AUTH if error.kind is NoResponseKind.PROXY_LOGIN else ExitStatus.NO_RESPONSE
    return ExitStatus.OUTPUT_FAILED if isinstance(error, OutputFailed) else ExitStatus.BUG


def for_exception(error: BaseException, command: str) -> int:
    """The status for whatever ended ``command``. A bug in ``run`` is RUN_FAILED: all others can be its child's."""
    if isinstance(error, Cancelled | Terminated):
        return for_signal(error.signum)
    if isinstance(error, KeyboardInterrupt):
        return ExitStatus.INTERRUPTED
    if isinstance(error, DavlockError):
        return for_error(error)
    return ExitStatus.RUN_FAILED if command == "run" else ExitStatus.BUG


def for_refusing_system(command: str) -> ExitStatus:
    """The status if the system has no memory, file or thread left, or a clock that nobody can read."""
    return ExitStatus.RUN_FAILED if command == "run" else ExitStatus.USAGE


def for_signal(number: int) -> int:
    """128 plus the number of the signal. SIGHUP counts as SIGTERM."""
    return 128 + (signal.SIGTERM if number in signals_named("SIGHUP") else number)


def for_lost_report(status: int, *, failed: bool, child: bool = False) -> int:
    """``status``, unless a report or bundle could not be written. A ``child`` that failed keeps its own status."""
    return ExitStatus.OUTPUT_FAILED if failed and not (child and status) else status


# -- several targets

_ABOVE_ALL = (ExitStatus.BUG, ExitStatus.OUTPUT_FAILED)
"""These are no answer of any target: no success elsewhere makes them less."""

_PRECEDENCE = (
    *_ABOVE_ALL,
    ExitStatus.AUTH,
    ExitStatus.NO_RESPONSE,
    ExitStatus.BAD_RESPONSE,
    ExitStatus.THROTTLED,
    ExitStatus.FOUND,
    ExitStatus.UNKNOWN,
)


def combine(codes: Iterable[ExitStatus]) -> ExitStatus:
    """One status for several targets: their own if all are alike, PARTIAL if some part succeeded, else the gravest.

    A bug and an output that could not be written outrank a part that succeeded.
    """
    distinct = set(codes)
    if not distinct:
        return ExitStatus.OK
    if len(distinct) == 1:
        return distinct.pop()
    if not distinct.isdisjoint((ExitStatus.OK, ExitStatus.PARTIAL)) and distinct.isdisjoint(_ABOVE_ALL):
        return ExitStatus.PARTIAL
    return next((code for code in _PRECEDENCE if code in distinct), max(distinct))


def for_late(*, waits: bool) -> ExitStatus:
    """The status of a target that was not reached in time; ``waits``: the command waits for locks."""
    return ExitStatus.NOT_ACQUIRED if waits else ExitStatus.NO_RESPONSE


def for_cut(code: ExitStatus, *, waits: bool) -> ExitStatus:
    """The status of a target at which the deadline came; ``code`` is that of what was done by then."""
    late = for_late(waits=waits)
    return late if waits or code is late else ExitStatus.PARTIAL


def for_targets(codes: list[ExitStatus], *, not_begun: bool, waits: bool) -> ExitStatus:
    """One status for all targets; ``not_begun``: the time was over before the last of them."""
    if not_begun and not waits and any(code is not ExitStatus.NO_RESPONSE for code in codes):
        return ExitStatus.PARTIAL
    return combine(codes)


# -- what a command was asked to do


def for_success(succeeded: bool) -> ExitStatus:
    """OK for good news, FOUND for bad."""
    return ExitStatus.OK if succeeded else ExitStatus.FOUND


def for_failure(failure: ReadFailure | NoResponse) -> ExitStatus:
    """The status for a target that could not be read."""
    if isinstance(failure, NoResponse):
        return for_error(failure)
    return {
        ReadFailure.LOGIN: ExitStatus.AUTH,
        ReadFailure.THROTTLED: ExitStatus.THROTTLED,
        ReadFailure.NOT_DAV: ExitStatus.BAD_RESPONSE,
    }[failure]


def for_reading(failure: Failure) -> ExitStatus:
    """The status of a report on a target: OK if the target could be read, whatever the report says."""
    return ExitStatus.OK if failure is None else for_failure(failure)


def for_unread(failure: Failure, *, missing: bool = False) -> ExitStatus:
    """The status for a PROPFIND without a listing; ``missing``: nothing is at the URL."""
    if failure is not None:
        return for_failure(failure)
    return ExitStatus.FOUND if missing else ExitStatus.UNKNOWN


def for_listing(
    *, undisclosed: bool = False, left_out: bool = False, alarm: bool = False, undecided: bool = False
) -> ExitStatus:
    """The status of a listing.

    ``undisclosed``: the server hides locks; ``left_out``: not all rows are shown; ``alarm``: ``--fail-if-any`` is met;
    ``undecided``: nobody can say if a lock meets the criteria.
    """
    if alarm:
        return ExitStatus.FOUND
    if undisclosed:
        return ExitStatus.UNKNOWN
    if left_out:
        return ExitStatus.PARTIAL
    return ExitStatus.UNKNOWN if undecided else ExitStatus.OK


def for_walk(
    *, bounded: bool, undisclosed: bool, unread: bool, alarm: bool = False, undecided: bool = False
) -> ExitStatus:
    """The status of a walk. ``bounded``: it ended before its time; ``unread``: some collections were not read.

    The rest is as in :func:`for_listing`.
    """
    return for_listing(
        undisclosed=undisclosed and not bounded, left_out=bounded or unread, alarm=alarm, undecided=undecided
    )


def for_diagnosis(failure: Failure, verdict: Verdict, worst: "Severity | None", *, fail_on: str) -> ExitStatus:
    """The status of ``diagnose``; ``worst`` is the gravest severity of the findings."""
    from davlock.diagnosis.finding import Severity

    if failure is not None:
        return for_failure(failure)
    if verdict is Verdict.BLOCKED or worst is Severity.ERROR:
        return ExitStatus.FOUND
    if verdict is Verdict.UNKNOWN:
        return ExitStatus.UNKNOWN
    return for_success(not (fail_on == "warning" and worst is not None and worst >= Severity.WARNING))


def for_effect(achieved: "Achieved", failure: Failure, *, about_login: bool) -> ExitStatus:
    """The status of a command that changes something: OK only if the effect was achieved, as read back.

    ``about_login``: the first finding is about the login, or there is none. lighttpd answers 403 where a parent is
    missing, and no other login helps there.
    """
    from davlock.operations.results import Achieved

    if achieved is Achieved.YES:
        return ExitStatus.OK
    code = for_reading(failure)
    if failure is not None and (code is not ExitStatus.AUTH or about_login):
        return code
    return ExitStatus.FOUND if achieved is Achieved.NO else ExitStatus.UNKNOWN


def for_unlock(code: ExitStatus, *, wrong_token: bool) -> ExitStatus:
    """``code``, but FOUND for a wrong token: that no lock is shown does not say that the lock meant is gone."""
    return ExitStatus.FOUND if wrong_token and code is ExitStatus.OK else code


def for_wait(*, late: bool, stopped: bool, failure: Failure = None, missing: bool = False) -> ExitStatus:
    """The status of waiting until a target is free; ``missing``: the collection of the URL does not exist."""
    if late:
        return ExitStatus.NOT_ACQUIRED
    return for_unread(failure, missing=missing) if stopped else ExitStatus.OK


def for_recovery(*, ended: bool, code: ExitStatus) -> ExitStatus:
    """The status of a lock that was to be recovered. ``code`` is that of the attempt: never OK while the lock stays."""
    if ended:
        return ExitStatus.OK
    return ExitStatus.UNKNOWN if code is ExitStatus.OK else code


def for_failed_recovery(error: DavlockError) -> ExitStatus:
    """The status of a recovery that ``error`` ended: whether the lock is there is not known."""
    return for_error(error) if isinstance(error, RemoteProtocolError) else ExitStatus.UNKNOWN


def for_ledger_check(*, repaired: bool, clean: bool, lost: bool, left: bool) -> ExitStatus:
    """The status of ``ledger check``. ``lost``: rows are lost; ``left``: files could not be removed."""
    if not repaired:
        return for_success(clean)
    return ExitStatus.PARTIAL if lost else for_success(not left)


# -- cleanup


def for_cleanup_walk(
    failure: Failure, *, bounded: bool, missing: bool, readable: bool, undisclosed: bool, unread: bool
) -> ExitStatus | None:
    """The status of what a clean-up could not read of a target; ``None`` if it read all.

    ``bounded``: the walk ended before its time; ``readable``: the target itself could be read; ``unread``: some
    collections were not.
    """
    if bounded:
        return ExitStatus.PARTIAL
    if isinstance(failure, NoResponse) or not readable:
        return for_unread(failure, missing=missing)
    if undisclosed:
        return ExitStatus.UNKNOWN
    return ExitStatus.PARTIAL if unread else None


def for_kept_lock(*, withheld: bool) -> ExitStatus:
    """The status of a selected lock that stays: its token is ``withheld``, or its holder may be alive."""
    return ExitStatus.UNKNOWN if withheld else ExitStatus.FOUND


def for_refused_release(status: ExitStatus) -> ExitStatus:
    """The status of a lock whose UNLOCK was refused: ``status``, but FOUND where that names no reason."""
    return ExitStatus.FOUND if status in (ExitStatus.OK, ExitStatus.UNKNOWN) else status


def for_unfinished_cleanup(error: DavlockError | None) -> ExitStatus:
    """The status of a clean-up that ended before its plan: its journal met ``error``, or the time was over."""
    return for_error(error) if isinstance(error, OutputFailed) else ExitStatus.PARTIAL


# -- watch, check, run, demo


def for_watched(failure: Failure, *, read: bool, refused: bool, missing: bool) -> ExitStatus:
    """The status of one watched URL.

    ``read``: its locks were read at some time; ``refused``: the last look met a refused login; ``missing``: nothing is
    there.
    """
    if refused:
        return ExitStatus.AUTH
    return ExitStatus.OK if read else for_unread(failure, missing=missing)


def for_watch(codes: Iterable[ExitStatus], *, late: bool) -> ExitStatus:
    """The status of ``watch``; ``late``: the time was over, and not all URLs were free."""
    return ExitStatus.NOT_ACQUIRED if late else combine(codes)


def for_check(stop: "Stop | None", *, ran: bool, failed: bool, refused: bool, unsure: bool) -> ExitStatus:
    """The status of a run of checks, which ``stop`` ended before its time.

    ``ran``: at least one check was carried out; ``failed``: one at or above --fail-level failed; ``refused``: the
    scratch collection was refused to this login; ``unsure``: a check at or above that level could not tell.
    """
    from davlock.checks.results import Stop

    if stop is Stop.DEADLINE and ran:
        return ExitStatus.PARTIAL
    stops = {
        Stop.THROTTLED: ExitStatus.THROTTLED,
        Stop.NO_ANSWER: ExitStatus.NO_RESPONSE,
        Stop.LOGIN: ExitStatus.AUTH,
        Stop.DEADLINE: ExitStatus.NO_RESPONSE,
        Stop.NOT_HTTP: ExitStatus.BAD_RESPONSE,
        Stop.NOT_DAV: ExitStatus.BAD_RESPONSE,
        Stop.NO_COLLECTION: ExitStatus.FOUND,
    }
    if stop in stops:
        return stops[stop]
    if failed:
        return ExitStatus.AUTH if refused else ExitStatus.FOUND
    return ExitStatus.OK if ran and not unsure else ExitStatus.UNKNOWN


def for_scratch_removal(*, removed: int) -> ExitStatus:
    """The status of ``check --clean-up`` when its time is over, after ``removed`` collections."""
    return ExitStatus.PARTIAL if removed else ExitStatus.NO_RESPONSE


def for_run_refused(*, late: bool, conflict: int) -> int:
    """The status of ``run`` without its locks: ``conflict`` (-E) if a lock was in the way for too long."""
    return conflict if late else ExitStatus.RUN_FAILED


def for_run(child: int, *, lock_lost: bool) -> int:
    """The status of ``run``: that of its ``child``, unless davlock ended it because a lock was lost."""
    return ExitStatus.LOCK_LOST if lock_lost else child


def for_demo(*, refused: int, diagnosed: int) -> ExitStatus:
    """The status of ``demo``: its upload is refused, and its diagnosis finds the lock, or davlock has a bug."""
    return ExitStatus.OK if (refused, diagnosed) == (ExitStatus.FOUND, ExitStatus.FOUND) else ExitStatus.BUG

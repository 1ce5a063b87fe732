"""Every exit status, in one table: the code and EXIT STATUS in the man pages come from here."""

import signal
from collections.abc import Iterable
from enum import IntEnum

from davlock.errors import (
    Cancelled,
    DavlockError,
    LocalProtocolError,
    NoResponse,
    NoResponseKind,
    OutputFailed,
    RemoteProtocolError,
)


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
    """One code for several targets: their own where all are alike, PARTIAL where some part succeeded, else the gravest.

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


def for_error(error: DavlockError) -> ExitCode:
    """The code for an error that ended a target or the command, by whose fault it is."""
    if isinstance(error, LocalProtocolError):
        return ExitCode.USAGE
    if isinstance(error, RemoteProtocolError):
        return ExitCode.BAD_RESPONSE
    if isinstance(error, NoResponse):
        if error.kind is NoResponseKind.TOO_LARGE:
            return ExitCode.BAD_RESPONSE
        return ExitCode.AUTH if error.kind is NoResponseKind.PROXY_LOGIN else ExitCode.NO_RESPONSE
    if isinstance(error, OutputFailed):
        return ExitCode.OUTPUT_FAILED
    if isinstance(error, Cancelled):
        return ExitCode.INTERRUPTED if error.signum == signal.SIGINT else ExitCode.TERMINATED
    return ExitCode.BUG

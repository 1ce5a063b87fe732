"""The exit statuses of ``check --format nagios``, the states of a monitoring plug-in, and how ours become them.

https://www.monitoring-plugins.org/doc/guidelines.html
"""

from collections.abc import Iterable
from enum import IntEnum

from davlock.cli.exit_status import ExitStatus, for_error
from davlock.errors import NoResponse, RemoteProtocolError


class MonitoringState(IntEnum):
    """The exit statuses of ``check --format nagios``: those of the Monitoring Plugins."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


MONITORING_MEANINGS: dict[MonitoringState, str] = {
    MonitoringState.OK: "no check failed, or only those that --expect names",
    MonitoringState.WARNING: "a check below --fail-level failed, or davlock could not remove what it created",
    MonitoringState.CRITICAL: "a check at or above --fail-level failed, or nobody can lock there: no answer, a refused "
    "login, no WebDAV, throttling",
    MonitoringState.UNKNOWN: "wrong arguments, the deadline, an interruption, an undecided check, or a bug in davlock",
}

_MONITORING = {
    ExitStatus.OK: MonitoringState.OK,
    ExitStatus.FOUND: MonitoringState.CRITICAL,
    ExitStatus.AUTH: MonitoringState.CRITICAL,
    ExitStatus.NO_RESPONSE: MonitoringState.CRITICAL,
    ExitStatus.BAD_RESPONSE: MonitoringState.CRITICAL,
    ExitStatus.THROTTLED: MonitoringState.CRITICAL,
}
"""The others are UNKNOWN. No answer is CRITICAL, as check_http has it."""


def for_monitoring(code: ExitStatus, *, failed: bool, minor: bool) -> MonitoringState:
    """The state of one target whose run ended with ``code``.

    ``failed``: a check at or above --fail-level failed; ``minor``: one below it did, or something was left behind.
    """
    if failed:
        return MonitoringState.CRITICAL
    state = _MONITORING.get(code, MonitoringState.UNKNOWN)
    return MonitoringState.WARNING if minor and state is MonitoringState.OK else state


def for_monitored(states: Iterable[MonitoringState], *, unfinished: bool) -> MonitoringState:
    """The gravest of the states of all targets; ``unfinished``: a target was not reached, or a report not written."""
    order = (MonitoringState.OK, MonitoringState.WARNING, MonitoringState.UNKNOWN, MonitoringState.CRITICAL)
    known = [*states, *([MonitoringState.UNKNOWN] if unfinished else [])]
    return max(known, key=order.index, default=MonitoringState.UNKNOWN)


def for_monitored_error(error: BaseException) -> MonitoringState:
    """The state for what ended the command: a server that does not answer is CRITICAL, all else UNKNOWN."""
    code = for_error(error) if isinstance(error, NoResponse | RemoteProtocolError) else ExitStatus.BUG
    return _MONITORING.get(code, MonitoringState.UNKNOWN)

"""How long locks last."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.outcomes import CheckFailed, CheckUnknown
from davlock.checks.requester import SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.operations.scratch_locks import ScratchLock

GROUP = CheckGroup("timeouts", needs=("scratch", PUT, LOCK))
check = GROUP.check

SHORT = 2
"""The requested seconds of a lock whose end davlock waits for."""

LONGEST_WAIT = 12
"""The longest wait for that end, in seconds."""


def _seconds(taken: ScratchLock) -> float | None:
    """Returns the granted seconds; infinity if the lock never expires, ``None`` if the answer does not say."""
    timeout = taken.lock.timeout if taken.lock is not None else None
    if timeout is None:
        return None
    return float("inf") if timeout.seconds is None else timeout.seconds


@check("timeout-told", "The answer to LOCK gives a timeout", Level.MUST, "RFC 4918 §14.29")
def timeout_told(context: CheckContext) -> None:
    """Sends LOCK of a file. Without a timeout the client does not know when to renew its lock."""
    taken = context.lock(context.file())
    seconds = _seconds(taken)
    if seconds is None:
        raise CheckFailed("the answer to LOCK gives no timeout: a client does not know when to renew", taken.subject)
    if seconds == 0:
        context.warn("the timeout is Second-0, which can mean ended or endless", taken.subject)


@check("timeout-granted", "The server grants the requested timeout", Level.MAY, "RFC 4918 §10.7")
def timeout_granted(context: CheckContext) -> None:
    """Sends LOCK for 120 seconds. A server may grant another time. If it grants more, the locks of crashed clients stay
    longer.
    """
    taken = context.lock(context.file())
    seconds = _seconds(taken)
    if seconds is None:
        raise CheckUnknown("the answer to LOCK gives no timeout: a client does not know when to renew", taken.subject)
    if abs(seconds - SECONDS) > 5:
        timeout = taken.lock.timeout.as_sent if taken.lock is not None and taken.lock.timeout is not None else ""
        raise CheckFailed(f"the server granted {timeout} for {SECONDS} s", taken.subject)


@check("timeout-ends", "A lock ends after its timeout", Level.SHOULD, "RFC 4918 §6.6", needs=(PROTECTS,))
def timeout_ends(context: CheckContext) -> None:
    """Sends LOCK for two seconds, then PUT after the end. Locks that outlive their timeout must be removed by hand."""
    url = context.file()
    taken = context.lock(url, seconds=SHORT)
    seconds = _seconds(taken)
    if seconds is None or seconds > LONGEST_WAIT:
        timeout = taken.lock.timeout.as_sent if taken.lock is not None and taken.lock.timeout is not None else "nothing"
        raise CheckUnknown(
            f"the server granted {timeout} for {SHORT} s; davlock does not wait that long", taken.subject
        )
    context.pause(max(seconds, SHORT) + 2)
    written = context.put(url)
    if not went_well(written):
        raise CheckFailed(
            f"the file is still locked after {max(seconds, SHORT) + 2:g} s: {refusal(written)}", context.last
        )


@check(
    "timeout-counts-down",
    "lockdiscovery shows the remaining time",
    Level.SHOULD,
    "RFC 4918 §15.8",
    needs=("lock-discovered",),
)
def timeout_counts_down(context: CheckContext) -> None:
    """Sends LOCK, waits two seconds, sends PROPFIND. If the server always shows the granted time, a dying lock looks
    like a renewed one.
    """
    url = context.file()
    taken = context.lock(url)
    granted = _seconds(taken)
    context.pause(2.2)
    shown = taken.among(context.locks(url) or ())
    timeout = shown.timeout if shown is not None else None
    if granted is None or timeout is None:
        raise CheckUnknown("the server does not show the timeout", context.last)
    if granted == float("inf") or timeout.seconds is None:
        raise CheckUnknown("the lock never expires", context.last)
    if timeout.seconds > granted - 1:
        raise CheckFailed(
            f"the server granted {granted:g} s, and still shows {timeout.as_sent} two seconds later", context.last
        )

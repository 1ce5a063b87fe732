"""Release a lock of davlock's own that nobody else would know of, and say in words what became of it."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.wording import seconds_in_words
from davlock.errors import LocalProtocolError
from davlock.operations.probe import Probe
from davlock.operations.release import release
from davlock.operations.results import Achieved
from davlock.protocol.lock import LockToken, same_token


def give_back(probe: Probe, token: LockToken | None, before: Evidence, *, hurry: bool = False) -> tuple[str, bool]:
    """Release the lock that a LOCK took; in words, what is left, and whether it was released.

    ``before`` is what is known of the locks. In a ``hurry`` they are not read back. No UNLOCK is sent where one of
    this probe went well already.
    """
    if token is None:
        look = f"to check: davlock locks {probe.target}"
        return f"a lock was taken on {probe.target}, but its token is not known; {look}", False
    left = f"the lock {token} was taken on {probe.target}"
    way = f"to release it: davlock unlock {probe.target} --token '{token}'"
    if unlocked(probe, token):
        return f"{left}; davlock released it", True
    try:
        ending = release(probe, token, before=before, read_back=not hurry)
    except LocalProtocolError as error:
        return f"{left}; it stays until its time is over: {error.what}; {_end(before, token)}", False
    except KeyboardInterrupt:
        return f"{left}; its UNLOCK was on its way; to check: davlock locks {probe.target}; {way}", False
    if ending.achieved is Achieved.YES:
        return f"{left}; davlock released it", True
    return f"{left}, but davlock could not release it: {ending.why}; {way}", False


def _end(before: Evidence, token: LockToken) -> str:
    """When a lock ends that no request can release, as a clause."""
    granted = (before.granted, *(entry.lock for entry in before.covering))
    timeout = next((lock.timeout for lock in granted if lock is not None and lock.token == token), None)
    if timeout is None or not timeout.seconds:
        return "nobody can release it, and only its timeout ends it"
    return f"nobody can release it, and it ends after {seconds_in_words(timeout.seconds)}"


def unlocked(probe: Probe, token: LockToken, since: int = 0) -> bool:
    """Returns true if an UNLOCK of this token succeeded, from the exchange ``since`` on."""
    return any(
        entry.request.method == "UNLOCK"
        and same_token(entry.request.headers.get("Lock-Token"), token.coded)
        and entry.response is not None
        and entry.response.ok
        for entry in probe.exchanges[since:]
    )

"""ownCloud/Nextcloud internal lock: no token exists, UNLOCK cannot help.

What happened: The server's own short-lived file lock is in the way, not a WebDAV lock. ownCloud and Nextcloud lock a
file internally while any request reads or writes it, and answered 423 with the exception FileLocked. Such a lock has
no token, no owner and no lockdiscovery. It ends when the other request ends.

How sure we are: certain. The exception class in the body is the server's own word for it.

What to do: wait a few seconds and send the same request again. UNLOCK cannot help, and breaking DAV locks cannot
either. If it lasts for longer than an upload can, an administrator looks at the table oc_file_locks or at Redis.

How to confirm: `davlock locks URL` shows no lock; the same write goes through a little later.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Alternative, Certainty, Reference, RetryVerdict, Severity, after_wait
from davlock.diagnosis.predicates.file_locks import is_transactional
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rule
from davlock.diagnosis.wording import retry_as_told
from davlock.servers.phrases import Said

FIRST_WAIT = 5.0
"""Seconds: most such locks were reported to vanish within seconds."""


@rule(
    id="423-transactional",
    severity=Severity.WARNING,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(Reference("owncloud/core: FileLocked on a second PUT", "https://github.com/owncloud/core/issues/20502"),),
)
def check(evidence: Evidence) -> Match | None:
    """sabre's exception class in the body."""
    error = evidence.error
    if error is None or not is_transactional(evidence):
        return None
    blocked = error.message or evidence.target
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"Another request is using this file on the server right now: {blocked}",
        explanation="This is ownCloud's or Nextcloud's internal transactional lock. It has no token and no"
        " owner, so UNLOCK"
        " cannot remove it; it ends with the request that holds it.",
        retry=retry_as_told(evidence, after_wait(FIRST_WAIT)),
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Retry-After")),
        facts=(("exception", error.exception), ("message", error.message)),
        alternatives=(_STUCK,) if Said.FILE_LOCK_KNOWN in evidence.said else (),
        remedies=(
            safe("Wait a few seconds and send the same request again"),
            safe("Send fewer uploads to the same folder at once"),
            for_admin(
                intrusive(
                    "If it lasts for hours: run cron as a system job, then look for rows with lock <> 0 in"
                    " oc_file_locks, or at Redis where memcache.locking names it",
                )
            ),
        ),
    )


_STUCK = Alternative("423-transactional-stuck", "the same request in an hour: a lock that still stands was left behind")
"""Where the words tell which lock exists, a request that is alive and one that died look the same."""

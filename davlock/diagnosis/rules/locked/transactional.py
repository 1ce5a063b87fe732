"""another request is using the file (the server's own short lock).

What happened: another request is reading or writing the file on the server right now. ownCloud and Nextcloud lock the
file internally for that time, and answer 423 with the exception FileLocked. The lock ends with that request. It has no
token and no holder, and the server does not list it.

How sure we are: certain, because the answer names that exception.

What to do: wait some seconds and send the request again. UNLOCK cannot help. Send fewer uploads to one folder at the
same time. If it lasts for hours, an administrator runs cron.php as a system job, and checks the table oc_file_locks
for rows with lock <> 0, or Redis if memcache.locking names it.

How to confirm: `davlock locks URL` shows no lock, and the same write works a little later.
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
    """Matches the exception of the internal lock in the body."""
    error = evidence.error
    if error is None or not is_transactional(evidence):
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Another request is using the file on the server right now",
        explanation=(f"The server says: “{error.message.rstrip('.')}”. " if error.message else "")
        + "ownCloud and Nextcloud lock a file while a request uses it. UNLOCK cannot remove that lock.",
        retry=retry_as_told(evidence, after_wait(FIRST_WAIT)),
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Retry-After")),
        facts=(("exception", error.exception), ("message", error.message)),
        alternatives=(_STUCK,) if Said.FILE_LOCK_KNOWN in evidence.said else (),
        remedies=(
            safe("Wait some seconds and send it again"),
            safe("Send fewer uploads to one folder at once"),
            for_admin(intrusive("If it lasts for hours, run cron.php by cron")),
        ),
    )


_STUCK = Alternative("423-transactional-stuck", "the same request in an hour: a lock that still exists is left over")
"""If the words name the existing lock, a running request and a dead one look the same."""

"""the server's own file lock was left behind.

What happened: ownCloud and Nextcloud lock a file internally while a request uses it. This lock has lasted longer than
any request: a PHP process died, a scan or another background job was interrupted, or the clean-up never runs.

How sure we are: likely if the server refused the same URL for over an hour, or names a virus scan as the holder.
Possible if that lasted for minutes. One answer alone does not show how long the lock lasts.

What to do: wait for about an hour. Then the lock expires, if cron.php runs as a system job. UNLOCK cannot remove it.
An administrator can clear the right one of three stores, in maintenance mode and with PHP stopped. If memcache.locking
in config.php names Redis, it is that Redis database and no other. If not, it is the table oc_file_locks, in which rows
with lock = 0 are no locks. A padlock on the web page is another lock: occ files:lock --unlock opens it.

How to confirm: SELECT * FROM oc_file_locks WHERE `lock` <> 0 finds the file's row, or Redis has its key.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Reference, RetryVerdict, Severity
from davlock.diagnosis.predicates.file_locks import LIFE, file_locked_since, is_transactional
from davlock.diagnosis.predicates.sequence import seconds_between
from davlock.diagnosis.remedies import destructive, for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rule
from davlock.diagnosis.wording import seconds_in_words
from davlock.servers.phrases import Said

LONG = 300.0
"""Seconds after which a short wait no longer helps. An upload can last this long."""


@rule(
    id="423-transactional-stuck",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(Reference("owncloud/core: stuck file locks", "https://github.com/owncloud/core/issues/20380"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches FileLocked over minutes, or one that a scan holds. One answer alone proves no duration."""
    error = evidence.error
    if error is None or not is_transactional(evidence):
        return None
    first = file_locked_since(evidence)
    lasted = None
    if first is not None and evidence.subject is not None:
        lasted = seconds_between(evidence, first, evidence.subject)
    long = lasted is not None and lasted >= LONG
    scan = Said.FILE_SCAN in evidence.said
    # Only locking in a memory cache says which lock exists; locking in the database has no such words.
    cached = Said.FILE_LOCK_KNOWN in evidence.said
    if not (long or scan):
        return None
    likely = scan or (lasted is not None and lasted >= LIFE)
    seen: tuple[Quote, ...] = ()
    if long and first is not None and first != evidence.subject:
        seen = (Quote("the same refusal before", f"{seconds_in_words(lasted or 0)} earlier", first),)
    return Match(
        certainty=Certainty.LIKELY if likely else Certainty.POSSIBLE,
        headline="A background job on the server holds the file, or left its lock behind"
        if scan
        else f"The server's own lock on the file has lasted for {seconds_in_words(lasted or 0)}",
        explanation=(f"The server says: “{error.message.rstrip('.')}”. " if error.message else "")
        + f"It is an internal lock of ownCloud or Nextcloud{', in a memory cache such as Redis' if cached else ''}."
        + " UNLOCK cannot remove it.",
        retry=AFTER_CHANGE,
        evidence=(*seen, *quotes.answer(evidence)),
        facts=(("message", error.message), ("seconds", lasted), ("store", "memory cache" if cached else None)),
        alternatives=()
        if likely
        else (
            Alternative(
                "423-transactional", "the same request some minutes later: it works if the other one has ended"
            ),
        ),
        remedies=(*((_STOP_SCAN,) if scan else ()), _WAIT, _CRON, *((_REDIS,) if cached else (_TABLE, _REDIS)), _APP),
    )


_STOP_SCAN = for_admin(intrusive("Let the scan end, or stop it"))
_WAIT = safe("Wait up to an hour: then it expires")
_CRON = for_admin(intrusive("Run cron.php as a system job, not by AJAX"))
_TABLE = for_admin(destructive("Without memcache.locking: in maintenance mode, empty the table oc_file_locks"))
_REDIS = for_admin(
    destructive(
        "With memcache.locking: in maintenance mode, empty its Redis database",
        ("redis-cli", "-n", "DB", "flushdb"),
    )
)
_APP = for_admin(
    destructive(
        "Only if the web page shows a padlock",
        ("occ", "files:lock", "--unlock", "FILE-ID"),
    )
)

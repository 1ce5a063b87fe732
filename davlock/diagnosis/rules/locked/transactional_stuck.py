"""ownCloud/Nextcloud internal lock that outlives any request: names the right store.

What happened: The server's own file lock outlives any request: it was left behind. ownCloud and Nextcloud lock a file
internally while a request uses it. This lock stays although no request lasts for so long: a PHP process died, a scan
or another background job was interrupted, or the clean-up never runs. It has no token; WebDAV's UNLOCK does not reach
it.

How sure we are: likely where the same URL was refused over an hour, or a scan is named as its holder. Possible where
it lasted for minutes. One answer alone proves no duration, whatever it says of an existing lock: see
423-transactional.

What to do: it goes by itself after about an hour (its TTL), if cron runs as a system job. There are three stores,
and clearing the wrong one changes nothing. With memcache.locking in config.php it is that Redis database; without
it, the table oc_file_locks, where a row with lock = 0 is no lock and may stay. The padlock of the files_lock app is in
oc_files_lock, has nothing to do with this, and is opened with occ files:lock --unlock.

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
"""Seconds beyond which waiting a little is no longer the answer; uploads do last for so long."""


@rule(
    id="423-transactional-stuck",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(Reference("owncloud/core: stuck file locks", "https://github.com/owncloud/core/issues/20380"),),
)
def check(evidence: Evidence) -> Match | None:
    """FileLocked over minutes, or held by a scan: one answer proves no duration."""
    error = evidence.error
    if error is None or not is_transactional(evidence):
        return None
    first = file_locked_since(evidence)
    lasted = None
    if first is not None and evidence.subject is not None:
        lasted = seconds_between(evidence, first, evidence.subject)
    long = lasted is not None and lasted >= LONG
    scan = Said.FILE_SCAN in evidence.said
    # Only the locking in a memory cache tells which lock there is; the one in the database has no such words.
    cached = Said.FILE_LOCK_KNOWN in evidence.said
    if not (long or scan):
        return None
    likely = scan or (lasted is not None and lasted >= LIFE)
    seen: tuple[Quote, ...] = ()
    if long and first is not None and first != evidence.subject:
        seen = (Quote("the same refusal before", f"{seconds_in_words(lasted or 0)} earlier", first),)
    return Match(
        certainty=Certainty.LIKELY if likely else Certainty.POSSIBLE,
        headline=_headline(lasted if long else None, scan=scan, likely=likely),
        explanation=(f"The server says: {error.message}. " if error.message else "")
        + "This is ownCloud's or Nextcloud's internal lock. It has no token, so UNLOCK cannot remove it."
        + (" Its words are those of locking in a memory cache such as Redis." if cached else ""),
        retry=AFTER_CHANGE,
        evidence=(*seen, *quotes.answer(evidence)),
        facts=(("message", error.message), ("seconds", lasted), ("store", "memory cache" if cached else None)),
        alternatives=()
        if likely
        else (
            Alternative("423-transactional", "the same request a few minutes later: it goes through if one was alive"),
        ),
        remedies=(*((_STOP_SCAN,) if scan else ()), _WAIT, _CRON, *((_REDIS,) if cached else (_TABLE, _REDIS)), _APP),
    )


def _headline(lasted: float | None, *, scan: bool, likely: bool) -> str:
    if scan:
        return "A scan or another background job on the server holds the file, or left its lock behind"
    if lasted is not None:
        state = "it is probably stuck" if likely else "it may be stuck"
        return f"The server's internal lock on this file has lasted for {seconds_in_words(lasted)}: {state}"
    return "The server's internal lock on this file may be stuck"


_STOP_SCAN = for_admin(intrusive("Let the scan or the background job end, or stop it, and run it again later"))
_WAIT = safe("Wait for up to an hour: then the server drops such a lock by itself")
_CRON = for_admin(intrusive("Run cron.php as a system job, not by AJAX: it clears what was left behind"))
_TABLE = for_admin(
    destructive(
        "If config.php has no memcache.locking: in maintenance mode and with PHP stopped, DELETE FROM oc_file_locks"
        " (rows with lock = 0 are no locks)",
    )
)
_REDIS = for_admin(
    destructive(
        "If memcache.locking in config.php is Redis: in maintenance mode, empty the database that locking uses, and no"
        " other",
        ("redis-cli", "-n", "DB", "flushdb"),
    )
)
_APP = for_admin(
    destructive(
        "Only if the web interface shows a padlock, which is a lock of the files_lock app",
        ("occ", "files:lock", "--unlock", "FILE-ID"),
    )
)

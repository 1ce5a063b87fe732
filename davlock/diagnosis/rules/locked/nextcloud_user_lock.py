"""someone locked the file in Nextcloud, with the files_lock app.

What happened: a user locked the file in Nextcloud, an editor such as Collabora opened it, or a client such as
LibreOffice locked it. Nextcloud records in properties of its own who holds the lock and since when.

How sure we are: certain, because the answer contains Nextcloud's lock properties (nc:lock…).

What to do: ask the user. If an editor has the file open, join the session, or ask everybody to close the file. If a
client took the lock, close the file there. The user who locked the file and the owner of the file can unlock it on the
web page, but UNLOCK does not end an editor's session. An administrator uses occ files:lock. Its table is
oc_files_lock; oc_file_locks is about other locks. If Nextcloud refuses users because of their own locks, update
files_lock.

How to confirm: Nextcloud's web page shows a padlock beside the file.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.files_lock import record_of, told
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, RetryVerdict, Severity, Who, after_wait
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.remedies import destructive, for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import wait_or_ask

_THROUGH = {"1": "an app", "2": "a client"}
"""What took the lock on a person's behalf, by nc:lock-owner-type; 0 is the person."""


@rule(
    id="423-nextcloud-user-lock",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches nc:lock properties in the body of the refusal, or beside a covering lock."""
    properties = told(evidence)
    if properties is None or properties.get("lock") in ("", "0", "false"):
        return None
    if not refused_as_locked(evidence) and not is_inquiry(evidence):
        return None
    holder = properties.get("lock-owner-displayname") or properties.get("lock-owner")
    kind = properties.get("lock-owner-type", "")
    through = properties.get("lock-owner-editor") or _THROUGH.get(kind)
    timeout = properties.get("lock-timeout", "")
    finite = timeout.isdigit() and int(timeout) > 0
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"{f'“{holder}”' if holder else 'Someone'} has locked the file in Nextcloud"
        + (f", through {through}" if through else ""),
        explanation="An editor has the file open, and UNLOCK does not end its session."
        if kind == "1"
        else "Whoever locked it, or owns the file, can unlock it on Nextcloud's web page.",
        retry=after_wait(_left(evidence, properties, float(timeout))) if finite else AFTER_CHANGE,
        evidence=(
            *(quotes.answer(evidence) if evidence.cause else ()),
            *(Quote(f"nc:{name}", value or "(empty)", evidence.subject) for name, value in properties.items()),
        ),
        facts=tuple((f"nc:{name}", value) for name, value in properties.items()),
        remedies=(
            *(way for lock in foreign_locks(evidence)[:1] for way in wait_or_ask(lock, evidence)),
            *_ways(properties.get("lock-owner-type"), evidence.target),
            _ADMIN,
        ),
    )


def _left(evidence: Evidence, properties: dict[str, str], timeout: float) -> float:
    """Returns the seconds until the lock ends, by the server's clock. They count from nc:lock-time (files_lock)."""
    dates = [evidence.answered_at(index) for index in range(len(evidence.exchanges))]
    now = max((date for date in dates if date is not None), default=None)
    ends = record_of(properties).ends
    if now is None or ends is None:
        return timeout
    return min(timeout, max(0.0, (ends - now).total_seconds()))


_ADMIN = for_admin(
    destructive(
        "Release it on the server",
        ("occ", "files:lock", "--unlock", "FILE-ID"),
    )
)


def _ways(kind: str | None, url: str) -> tuple[Remedy, ...]:
    """Returns the ways out by the kind of the holder: a user, an app, or a client with a token."""
    menu = safe("Choose Unlock file in the file's menu", who=Who.LOCK_OWNER)
    if kind == "1":
        return (safe("Join the session, or ask everybody to close the file"),)
    unlock = destructive(
        "Unlock it, if the lock or file is yours",
        ("curl", "-X", "UNLOCK", "-H", "X-User-Lock: 1", url),
    )
    if kind == "2":
        return (menu, safe("If your own client took it, close the file there"), unlock)
    update = for_admin(intrusive("If users meet their own locks, update files_lock"))
    return (menu, unlock, update)

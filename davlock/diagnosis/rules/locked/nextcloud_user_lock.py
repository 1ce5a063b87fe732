"""files_lock: owner, type (user, app, token) and since when come from nc:lock*.

What happened: Someone locked the file in Nextcloud, with the files_lock app. A user (type 0), an app such as an office
editor (type 1) or a client with a token (type 2) holds the lock. Nextcloud tells who and since when in properties of
its own.

How sure we are: certain. The properties nc:lock… are in the answer.

What to do: type 0: ask that user. Type 1: join or end the session of that editor. Type 2: the client that took it has
the token. The file's owner can release it in the web interface; an administrator with occ.

How to confirm: the padlock beside the file in Nextcloud's web interface.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.files_lock import record_of, told
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, RetryVerdict, Severity, Who, after_wait
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.remedies import destructive, for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule

KINDS = {"0": "a user", "1": "an app", "2": "a client with a token"}


@rule(
    id="423-nextcloud-user-lock",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """nc:lock properties in the body of the refusal, or beside a covering lock."""
    said = told(evidence)
    if said is None or said.get("lock") in ("", "0", "false"):
        return None
    if not refused_as_locked(evidence) and not is_inquiry(evidence):
        return None
    who = said.get("lock-owner-displayname") or said.get("lock-owner") or "someone"
    kind = KINDS.get(said.get("lock-owner-type", ""), "someone")
    editor = said.get("lock-owner-editor")
    timeout = said.get("lock-timeout", "")
    finite = timeout.isdigit() and int(timeout) > 0
    through = f" through {editor}" if editor else ""
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"“{who}” has locked the file in Nextcloud ({kind}{through})",
        explanation="This is a lock of the files_lock app. "
        + (
            "It is an editing session: UNLOCK from here would not end it."
            if said.get("lock-owner-type") == "1"
            else "Its owner, and the owner of the file, can release it in the web interface."
        ),
        retry=after_wait(_left(evidence, said, float(timeout))) if finite else AFTER_CHANGE,
        evidence=(
            *(quotes.answer(evidence) if evidence.cause else ()),
            *(Quote(f"nc:{name}", value or "(empty)", evidence.subject) for name, value in said.items()),
        ),
        facts=tuple((f"nc:{name}", value) for name, value in said.items()),
        remedies=(*_ways(said.get("lock-owner-type"), evidence.target), _ADMIN),
    )


def _left(evidence: Evidence, said: dict[str, str], timeout: float) -> float:
    """Seconds until the lock ends: its time counts from nc:lock-time (files_lock, README), by the server's clock."""
    dates = [evidence.answered_at(index) for index in range(len(evidence.exchanges))]
    now = max((date for date in dates if date is not None), default=None)
    ends = record_of(said).ends
    if now is None or ends is None:
        return timeout
    return min(timeout, max(0.0, (ends - now).total_seconds()))


_ADMIN = for_admin(
    destructive(
        "Release it on the server (the table is oc_files_lock, not oc_file_locks)",
        ("occ", "files:lock", "--unlock", "FILE-ID"),
    )
)


def _ways(kind: str | None, url: str) -> tuple[Remedy, ...]:
    """By who holds it: a user, an app, a client with a token."""
    menu = safe("Release it: the file's menu in Nextcloud, Unlock file", who=Who.LOCK_OWNER)
    if kind == "1":
        join = safe("Join the editing session, or ask everybody to close the document")
        return (join,)
    over = destructive(
        "If you are the user who locked it, or the file is yours (not in group folders or external storage)",
        ("curl", "-X", "UNLOCK", "-H", "X-User-Lock: 1", url),
    )
    if kind == "2":
        token = safe("If your own client took the lock, let that client submit its token")
        return (menu, token, over)
    update = for_admin(
        intrusive("If users are refused over their own locks, update files_lock: it lets them through since")
    )
    return (menu, over, update)

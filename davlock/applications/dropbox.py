"""Dropbox: somebody locked the file with Dropbox's own file locking."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the tag ``lock_conflict`` beside a lock, or with Dropbox's host or fields."""
    if refused.status != 409 or "lock_conflict" not in refused.code.split():
        return None
    known = refused.host.endswith("dropboxapi.com") or "X-Dropbox-Request-Id" in refused.headers
    return Sign.CERTAIN if known or refused.value("lock_holder_account_id") else Sign.LIKELY


APPLICATION = Application(
    name="dropbox",
    title="Dropbox",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The file",
    explanation="Dropbox itself keeps this lock. Only its holder, or an administrator of the team, can end it.",
    holder=("lock_holder_name", "lock_holder_account_id"),
    since=("created",),
    ways=(
        WayOut(title="Unlock the file in Dropbox", actor=Actor.HOLDER, harm=Harm.INTRUSIVE),
        WayOut(title="Unlock the file in Dropbox", actor=Actor.ADMIN, harm=Harm.DESTRUCTIVE),
    ),
    source="dropbox.com/developers/documentation/http: files/lock_file_batch, LockConflictError",
)

"""Nextcloud's apps with locks of their own: end-to-end encryption, and everything below ``/ocs/``."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the words of the encryption app, or a lock that an OCS address refuses with."""
    if refused.status not in (403, 423):
        return None
    if refused.says(r"\bend-to-end encrypted folder requires token\b"):
        return Sign.CERTAIN
    path = refused.path.lower()
    if refused.status == 423 and "/ocs/" in path and "/end_to_end_encryption/" in path:
        return Sign.CERTAIN
    return Sign.LIKELY if refused.status == 423 and ("/ocs/v1.php/" in path or "/ocs/v2.php/" in path) else None


APPLICATION = Application(
    name="nextcloud-app",
    title="a Nextcloud app",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    explanation="The app has its own lock, for example on an encrypted folder during an upload."
    " A WebDAV token does not open it.",
    waits=True,
    ways=(
        WayOut(title="Let the uploading client finish, or close it"),
        WayOut(
            title="If its client is gone, remove the app's lock",
            actor=Actor.ADMIN,
            harm=Harm.DESTRUCTIVE,
        ),
    ),
    otherwise=(("423-nextcloud-user-lock", "the app in the URL: files_lock, or another one"),),
    source="github.com/nextcloud/end_to_end_encryption doc/api.md",
)

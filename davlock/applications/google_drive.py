"""Google Drive: the owner, or an approval, locked a file; the answer is a 403 with a reason of its own."""

import re

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest

_REASON = re.compile(r"['\"](?:fileLocked|cannotModifyLockedFile|contentRestrict\w{1,20})['\"]")


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the reason in the answer, or Google's host and words on a locked file."""
    if refused.status != 403:
        return None
    if _REASON.search(refused.text) is not None:  # compared with case: FileLocked is Nextcloud's
        return Sign.CERTAIN
    google = refused.host.endswith("googleapis.com")
    return Sign.LIKELY if google and refused.says(r"\bfile is locked\b") else None


APPLICATION = Application(
    name="google-drive",
    title="Google Drive",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The file",
    explanation="Google Drive itself keeps this lock, as a content restriction. It is neither a permission nor a WebDAV"
    " lock.",
    ways=(
        WayOut(title="Unlock it in Drive's menu, under File information", harm=Harm.INTRUSIVE),
        WayOut(title="Unlock the file, or end its approval", actor=Actor.HOLDER, harm=Harm.INTRUSIVE),
    ),
    otherwise=(("403-no-permission", "the reason in the body of the answer"),),
    source="developers.google.com/workspace/drive/api/guides/content-restrictions",
)

"""Git LFS locks API: a lock exists, with its id and holder.

What happened: A user of the Git host holds a Git LFS lock on the file. The locks API of Git LFS answers 409 to a new
lock if one exists, with that lock in JSON. Its path ends in /locks. WebDAV is not involved.

How sure we are: certain if the answer shows the lock, or the path and media type are those of Git LFS.

What to do: git lfs locks shows the holder. Ask the holder, or use git lfs unlock --force --id if the holder is gone.

How to confirm: git lfs locks no longer lists the file.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Reference, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rule


@rule(
    id="409-git-lfs-lock",
    severity=Severity.ERROR,
    statuses=(409,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(Reference("Git LFS: locking API", "https://github.com/git-lfs/git-lfs/blob/main/docs/api/locking.md"),),
)
def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, RefusalKind.GIT_LFS_LOCK)

"""someone holds a Git LFS lock on the file.

What happened: a user of the Git host locked the file with Git LFS. The server answers 409 to a second lock and shows
the first one in JSON. WebDAV is not involved.

How sure we are: certain if the answer shows the lock, or if its path (…/locks) and media type are those of Git LFS.

What to do: see the holder with git lfs locks, and ask them to unlock the file. If they are gone, an administrator of
the repository can break the lock with git lfs unlock --force --id.

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

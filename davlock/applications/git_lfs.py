"""Git LFS: the locks API of a Git host."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by the lock in the answer, the media type of LFS, or the path of its locks API."""
    if refused.status not in (403, 409, 423):
        return None
    if refused.says(r'"lock"\s*:\s*\{') and refused.says(r'"locked_at"\s*:'):
        return Sign.CERTAIN
    fields = (refused.headers.get("Content-Type"), refused.request_headers.get("Accept"))
    path = refused.path.partition("?")[0].rstrip("/")
    at_locks = path.endswith(("/locks", "/unlock", "/locks/verify"))
    if at_locks and any("git-lfs+json" in (value or "") for value in fields):
        return Sign.CERTAIN if refused.status != 403 else None
    if "/info/lfs/locks" in path and refused.status != 403:
        return Sign.CERTAIN
    return Sign.LIKELY if at_locks and refused.says(r"\block (?:already )?exists|already (?:created|locked)") else None


def _holder(refused: RefusedRequest) -> str:
    """Returns the name of the lock's owner, which the server may leave out."""
    lock = refused.json.get("lock") if isinstance(refused.json, dict) else None
    owner = lock.get("owner") if isinstance(lock, dict) else None
    name = owner.get("name") if isinstance(owner, dict) else owner
    return name if isinstance(name, str) else ""


APPLICATION = Application(
    name="git-lfs",
    title="Git LFS",
    kind=RefusalKind.GIT_LFS_LOCK,
    recognise=recognise,
    subject="The file",
    explanation="It is a Git LFS lock: a user of the Git host holds it until they release it. WebDAV is not involved.",
    find_holder=_holder,
    since=("locked_at",),
    id=("id",),
    ways=(
        WayOut(title="See who holds which lock", command=("git", "lfs", "locks")),
        WayOut(
            title="Ask the holder to unlock it",
            actor=Actor.HOLDER,
        ),
        WayOut(
            title="If the holder is gone, break the lock",
            command=("git", "lfs", "unlock", "--force", "--id", "ID"),
            harm=Harm.DESTRUCTIVE,
        ),
    ),
    otherwise=(("409-application-conflict", "the body of the answer: an LFS server shows the lock in it"),),
    source="github.com/git-lfs/git-lfs docs/api/locking.md",
)

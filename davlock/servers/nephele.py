"""Nephele, the npm package.

Measured on 1.0.0-alpha. Timeouts have a fraction; failures of UNLOCK, MOVE and COPY stand inside a 207. Where locks are
kept is the adapter's matter.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Traits

_TIMEOUT = late_pattern(r"<timeout>second-\d+\.\d+</timeout>\s*<locktoken>\s*<href>urn:uuid:")


def recognise(traits: Traits) -> bool:
    """Whether its Server header, the paths in its JSON errors, or a timeout with a fraction show."""
    return (
        "nephele/" in traits.server
        or "/node_modules/nephele/dist/" in traits.errors
        or _TIMEOUT.search(traits.locks) is not None
    )


PROFILE = Profile(
    name="nephele",
    title="Nephele",
    recognise=recognise,
    lock_store="Nephele's adapter keeps locks, for the file system in its metadata files (.nephelemeta)",
    shows_locks=True,
    removes_locked_members=False,
    shows_inherited=True,
    counts_down=True,
    shared_token_suffices=True,
    unlock_answer_proves=True,
    foreign_token_works=False,
    honours_if_match=True,
    source="measured on 1.0.0-alpha.67; @nephele/adapter-file-system Lock.js",
)

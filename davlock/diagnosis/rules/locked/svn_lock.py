"""The path is locked in Subversion.

What happened: someone took a lock with svn lock, or through mod_dav_svn. It belongs to a user and to the working copy
that has its token: even its owner is refused from elsewhere. What DAV shows as owner is the lock's comment.

How sure we are: certain where the answer has Subversion's own number for it. Likely otherwise: it comes from
mod_dav_svn, which refuses so for its own locks.

What to do: ask the user; or take the lock over with svn. A plain UNLOCK by somebody else is answered 403.

How to confirm: `svn info URL` shows Lock Token, Owner, Created and Comment.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Reference, Severity
from davlock.diagnosis.rule import Family, Match, Rule
from davlock.diagnosis.situation import foreign_locks, is_inquiry, refused_as_locked
from davlock.diagnosis.wording import admin_unlock, lock_facts, ways_past_svn

_LOCKED = frozenset({"160035", "160037", "160038", "160039"})
"""Already locked, bad token, no token, another's lock (subversion/include/svn_error_codes.h, SVN_ERR_FS_…)."""


def check(evidence: Evidence) -> Match | None:
    """Refused as locked, or a lock that is not ours, on Subversion."""
    if evidence.server is None or not evidence.server.working_copy_locks or evidence.submitted:
        return None
    locks = foreign_locks(evidence)
    refused = refused_as_locked(evidence)
    if not refused and not (is_inquiry(evidence) and locks):
        return None
    error = evidence.error if refused else None
    words = f"The server says: {error.message.rstrip('.')}. " if error is not None and error.message else ""
    return Match(
        certainty=Certainty.CERTAIN if error is not None and error.errcode in _LOCKED else Certainty.LIKELY,
        headline="The path is locked in Subversion",
        explanation=f"{words}Such a lock belongs to a user and to one working copy; what is shown as its owner is its"
        " comment.",
        retry=AFTER_CHANGE,
        evidence=(*(quotes.answer(evidence) if refused else ()), *quotes.locks(evidence)),
        facts=lock_facts(locks[0]) if locks else (),
        remedies=(
            *ways_past_svn(evidence.target),
            *admin_unlock(evidence),
        ),
    )


RULE = Rule(
    id="423-svn-lock",
    family=Family.LOCKED,
    severity=Severity.ERROR,
    title="Subversion lock: svn unlock --force, svnadmin rmlocks",
    page=__doc__,
    check=check,
    references=(
        Reference("Subversion book, Locking", "https://svnbook.red-bean.com/en/1.7/svn.advanced.locking.html"),
    ),
)

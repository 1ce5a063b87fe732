"""someone holds a Subversion lock on the file.

What happened: someone locked the file with svn lock or through WebDAV. Only that user can write to it, and only from
the working copy or program that has the lock's token. What WebDAV shows as the owner is the comment of the lock.

How sure we are: certain if the answer has Subversion's own error number, or a header that names the user. Likely
otherwise, because this server uses these words for its own locks.

What to do: ask the user to release the lock. If they are gone, break the lock with svn unlock --force. An
administrator can use svnadmin rmlocks. An UNLOCK by another user gets 403.

How to confirm: `svn info URL` shows Lock Token, Owner, Created and Comment.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Reference, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import blamed, is_inquiry, refused_as_locked
from davlock.diagnosis.predicates.resource import at_destination, spares_the_target
from davlock.diagnosis.rule import Match, rule
from davlock.diagnosis.wording import admin_unlock, at_the_same_host, lock_facts, retry_for, wait_or_ask, ways_past_svn
from davlock.late_pattern import late_pattern
from davlock.locks.server_record import SVN_DATE, SVN_USER
from davlock.protocol.precondition import BodyKind
from davlock.protocol.url import same_path
from davlock.values import dataclass

_LOCKED = frozenset({"160035", "160037", "160038", "160039"})
"""Already locked, bad token, no token, another's lock (subversion/include/svn_error_codes.h, SVN_ERR_FS_…)."""


_ERROR_LINE = late_pattern(
    r"svn: E(?:195022|16003[5-9]|160040)\b|^Path '[^'\n]{1,600}' is (?:already )?locked by user '"
)
_QUOTED = r"[^'\"»«“”„\n]{0,60}['\"»«“”„](?P<%s>[^'\"»«“”„\n]{1,200})['\"»«“”„]"
_BY_USER = r"(?:svn: E1600(?:35|39)\b:?|^Path\b)" + _QUOTED % "path" + _QUOTED % "user"


@rule(
    id="423-svn-lock",
    severity=Severity.ERROR,
    statuses=(423, 424),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(Reference("Subversion book, Locking", "https://svnbook.red-bean.com/en/1.7/svn.advanced.locking.html"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refusal as locked, or a lock that is not the person's, on Subversion."""
    if evidence.server is None or not evidence.server.working_copy_locks or evidence.submitted:
        return None
    refused = refused_as_locked(evidence)
    if not refused and not (is_inquiry(evidence) and foreign_locks(evidence)):
        return None
    urls, there = _in_question(evidence) if refused else ((evidence.target,), evidence)
    locks = foreign_locks(there)
    recorded = dict(locks[0].lock.vendor) if locks else {}
    user, created = recorded.get(SVN_USER), recorded.get(SVN_DATE)
    printed = _printed(evidence) if refused else None
    holder = user or (printed.user if printed is not None else None)
    if printed is not None and printed.path and not evidence.target:
        urls = (printed.path,)
    elsewhere = len(urls) == 1 and not same_path(urls[0], evidence.target)
    who = f"User {holder}" if holder else "Someone"
    error = evidence.error if refused else None
    message = error.message if error is not None and error.kind is not BodyKind.HTML else None
    words = f"The server says: “{message.rstrip('.')}”. " if message else ""
    return Match(
        certainty=Certainty.CERTAIN
        if holder is not None or printed is not None or (error is not None and error.errcode in _LOCKED)
        else Certainty.LIKELY,
        headline=f"{who} holds a Subversion lock on {urls[0] if elsewhere else 'it'}",
        explanation=f"{words}Only the holder can write, and only from the working copy or program that has the lock's"
        " token.",
        retry=retry_for(there) if locks else AFTER_CHANGE,
        evidence=(
            *(quotes.answer(evidence) if refused else ()),
            *quotes.locks(there),
            *(
                Quote(f"response header {name}", value, locks[0].exchange)
                for name, value in ((SVN_USER, user), (SVN_DATE, created))
                if value is not None
            ),
        ),
        facts=(
            *((("path", urls[0]),) if len(urls) == 1 else ()),
            *((*lock_facts(locks[0]), ("user", user), ("created", created)) if locks else ()),
        ),
        remedies=(
            *(way for lock in locks[:1] for way in wait_or_ask(lock, there)),
            *(way for url in urls for way in ways_past_svn(at_the_same_host(url, evidence))),
            *admin_unlock(evidence),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed:
    """The user and path that svn's own message names, in any language."""

    user: str | None = None
    path: str = ""


def _printed(evidence: Evidence) -> _Printed | None:
    """Returns what svn printed, or ``None`` if the answer is not from svn. svn quotes the path first, then the user."""
    text = (evidence.error.message or "") if evidence.error is not None else ""
    if _ERROR_LINE.search(text) is None:
        return None
    match = re.search(_BY_USER, text)
    return _Printed(user=match["user"], path=match["path"]) if match is not None else _Printed()


def _in_question(evidence: Evidence) -> tuple[tuple[str, ...], Evidence]:
    """Returns the URLs that may be locked, and the evidence: a named member, the Destination or the target."""
    named = blamed(evidence)
    if named is not None:
        return (named,), from_exchanges(evidence.exchanges, target=named, subject=None, held=evidence.held, profiles=())
    there = at_destination(evidence)
    if there is None or (foreign_locks(evidence) and not spares_the_target(evidence)):
        return (evidence.target,), evidence
    if foreign_locks(there) or spares_the_target(evidence):
        return (there.target,), there
    return (evidence.target, there.target), evidence

"""One word for a person in a hurry: would a write by you, with the tokens that you hold, be refused because of a
lock?
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Verdict
from davlock.diagnosis.sequence import sent_dead_tokens, went_through_later
from davlock.diagnosis.situation import (
    ancestors_read,
    foreign_locks,
    is_transactional,
    locks_read_since,
    one_shared_token_is_enough,
    only_tokens,
    own_locks,
    own_locks_then,
    proven_free,
    refused_as_locked,
    sent_tokens,
    token_of_another_user,
)
from davlock.diagnosis.wording import is_shared


def verdict(evidence: Evidence) -> Verdict:
    """From the locks as last read; where they are not shown, from a refusal that says "locked", unless the same went
    through since.
    """
    refused = refused_as_locked(evidence)
    foreign_token = token_of_another_user(evidence)
    later = went_through_later(evidence.exchanges, evidence.subject) if evidence.subject is not None else None
    if later is not None and (refused or foreign_token):
        if evidence.is_write and not (isinstance(evidence.locks, Known) and evidence.locks.exchange > later):
            return Verdict.CLEAR
        refused = foreign_token = False
    if refused and own_locks_then(evidence) and not foreign_locks(evidence) and not sent_tokens(evidence):
        return Verdict.CLEAR  # the token is held, and only was not submitted
    if refused and sent_dead_tokens(evidence) and only_tokens(evidence) and evidence.destination is None:
        vouched = evidence.server is not None and evidence.server.shows_locks is True
        return Verdict.CLEAR if vouched else Verdict.UNKNOWN  # the tokens were refused, and no lock is shown
    if refused and (is_transactional(evidence) or not locks_read_since(evidence) or not evidence.covering):
        return Verdict.BLOCKED
    if foreign_token:
        return Verdict.BLOCKED
    if not isinstance(evidence.locks, Known):
        return Verdict.CLEAR if proven_free(evidence) else Verdict.UNKNOWN
    foreign, own = foreign_locks(evidence), own_locks(evidence)
    if not evidence.covering:
        missing = isinstance(evidence.exists, Known) and not evidence.exists.value
        return Verdict.UNKNOWN if missing and not ancestors_read(evidence) else Verdict.CLEAR
    if not foreign:
        return Verdict.CLEAR
    if evidence.held and any(lock.token is None for lock in foreign):
        return Verdict.UNKNOWN  # one of them may be ours: the server does not show tokens
    if not own or not all(is_shared(lock) for lock in evidence.covering):
        return Verdict.BLOCKED
    suffices = one_shared_token_is_enough(evidence)
    if suffices is None:
        return Verdict.UNKNOWN
    return Verdict.CLEAR if suffices else Verdict.BLOCKED

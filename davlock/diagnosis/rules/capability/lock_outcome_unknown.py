"""LOCK failed, but may have created a lock.

What happened: the server or the connection failed after the LOCK was sent. WsgiDAV sometimes answers 500 and creates
the lock all the same. You do not have the token of such a lock.

How sure we are: certain that the answer leaves it open. davlock does not report this if the server shows its locks, was
asked afterwards and showed none.

What to do: check for a lock with your name. Release it with the token that the server shows. If it shows none, only the
timeout ends the lock.

How to confirm: `davlock locks URL` shows a lock with your name, or none.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import look


@rule(
    id="lock-outcome-unknown",
    severity=Severity.WARNING,
    statuses=(500, 504),
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.10"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a new LOCK without an answer or with a 5xx (not 501, 503, 507), unless no lock was seen afterwards."""
    if evidence.method != "LOCK" or evidence.is_refresh:
        return None
    failure = evidence.no_response
    lost = failure is not None and failure.sent
    broken = evidence.status is not None and evidence.status >= 500 and evidence.status not in (501, 503, 507)
    # A number of Subversion's filesystem, which refused to lock; a hook that fails afterwards has another (165...).
    refused_by_svn = evidence.error is not None and (evidence.error.errcode or "").startswith("160")
    if not lost and (not broken or refused_by_svn):
        return None
    vouched = evidence.server is not None and evidence.server.shows_locks is True
    if vouched and isinstance(evidence.locks, Known) and locks_read_since(evidence) and not evidence.covering:
        return None  # read since, and nothing is locked
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Your LOCK failed, but may have created a lock all the same",
        explanation="There is a lock now; its owner shows whether it is yours."
        if evidence.covering
        else "If there is a lock, you do not have its token.",
        retry=NOT_NEEDED,
        evidence=(*quotes.answer(evidence), *quotes.locks(evidence)),
        remedies=(look(evidence.target, "Check for a lock with your name"),),
    )

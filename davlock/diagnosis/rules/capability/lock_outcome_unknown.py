"""LOCK was answered 5xx or not at all: a lock may exist.

What happened: the server failed, or the connection did, after the LOCK was sent. WsgiDAV was seen to answer 500 and
to lock all the same. Nobody has the token of such a lock.

How sure we are: certain that the answer does not tell. Nothing is claimed where the server is known to show its locks,
was asked afterwards and showed none.

What to do: look whether a lock with your owner is there; release it with the token that is shown. Otherwise only its
timeout ends it.

How to confirm: `davlock locks URL` shows a lock with your owner, or none.
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
    """A new LOCK without an answer, or with a 5xx other than 501 and 503, and locks not read as empty since."""
    if evidence.method != "LOCK" or evidence.is_refresh:
        return None
    failure = evidence.no_response
    lost = failure is not None and failure.sent
    broken = evidence.status is not None and evidence.status >= 500 and evidence.status not in (501, 503, 507)
    # A number of Subversion's filesystem, which refused to lock; a hook that fails afterwards has another (165...).
    told = evidence.error is not None and (evidence.error.errcode or "").startswith("160")
    if not lost and (not broken or told):
        return None
    vouched = evidence.server is not None and evidence.server.shows_locks is True
    if vouched and isinstance(evidence.locks, Known) and locks_read_since(evidence) and not evidence.covering:
        return None  # read since, and nothing is locked
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Whether the lock was made is not known",
        explanation="The LOCK was sent, and its answer does not tell what became of it."
        + (
            " A lock is there now; its owner tells whether it is yours."
            if evidence.covering
            else " If a lock exists, nobody has its token."
        ),
        retry=NOT_NEEDED,
        evidence=(*quotes.answer(evidence), *quotes.locks(evidence)),
        remedies=(look(evidence.target, "Look for a lock with your owner"),),
    )

"""an endless lock, older than a day.

What happened: a program took a lock that never expires, more than a day ago. Programs that crash leave such locks
behind, most often with Nextcloud's files_lock and office editors.

How sure we are: a guess. WebDAV does not show whether a holder is gone: a lock that never expires needs no renewal.

What to do: ask the holder if you can. Only then release the lock: the holder can lose unsaved work.

How to confirm: `davlock locks URL` shows the timeout and, if it is known, the age.
"""

from davlock.diagnosis import files_lock, quotes
from davlock.diagnosis.age import Age, AgeSource, age, age_by_record
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Alternative, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import locks_in_question
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import ask_holder, has_no_end, holder, release, seconds_in_words
from davlock.locks.observed import ObservedLock

A_DAY = 86400
"""Seconds: longer than anybody works on a file without a pause."""

BY_HAND = "0"
"""``nc:lock-owner-type`` of a person who pressed "Lock file": such a lock may well stay for weeks."""

_SOURCES = {
    AgeSource.LOCK_TIME: "Nextcloud",
    AgeSource.SVN_DATE: "Subversion",
    AgeSource.LEDGER: "davlock's ledger",
    AgeSource.UUID1: "the time in its token",
    AgeSource.COUNTDOWN: "its last renewal",
}


@rule(
    id="lock-looks-abandoned",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("6.6"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a foreign lock that never expires, is older than a day and that nobody took by hand."""
    if not locks_in_question(evidence):
        return None
    for covering in foreign_locks(evidence):
        if (match := _old(covering, evidence)) is not None:
            return match
    return None if evidence.covering else _recorded_by_nextcloud(evidence)


def _old(covering: ObservedLock, evidence: Evidence) -> Match | None:
    vendor = dict(covering.lock.vendor)
    endless = has_no_end(covering.lock, evidence)
    nextcloud = any(name.startswith("nc:lock") for name in vendor)
    if not endless or (nextcloud and vendor.get("nc:lock-owner-type", BY_HAND) == BY_HAND):
        return None
    if evidence.server is not None and evidence.server.working_copy_locks:
        return None  # a person took it with svn lock, which has no end unless the person asks for one
    known = age(covering.lock, evidence, covering.exchange)
    return _aged(known, holder(covering), (quotes.lock(covering),), _ways(covering, evidence))


def _recorded_by_nextcloud(evidence: Evidence) -> Match | None:
    """Judges by the body of files_lock's 423, which says everything itself."""
    said = files_lock.told(evidence) or {}
    record = files_lock.record_of(said)
    if not record.endless or said.get("lock-owner-type", BY_HAND) == BY_HAND:
        return None
    taken = said.get("lock-time", "")
    known = age_by_record(record, evidence.answered_at(evidence.subject or 0))
    who = f"“{said.get('lock-owner-displayname') or said.get('lock-owner') or 'someone'}”"
    return _aged(known, who, (Quote("nc:lock-time", taken, evidence.subject),) if taken else (), ())


def _aged(known: Age | None, who: str, quote: tuple[Quote, ...], ways: tuple[Remedy, ...]) -> Match | None:
    if known is None or known.since_refresh or known.seconds < A_DAY:
        return None
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"{who} locked it {seconds_in_words(known.seconds)} ago without an end, and may have left it behind",
        explanation=f"Its age is from {_SOURCES[known.source]}. A program that crashes leaves such a lock behind.",
        retry=NOT_NEEDED,
        evidence=quote,
        facts=(("age_seconds", known.seconds), ("age_source", known.source.value)),
        alternatives=(
            Alternative("423-held-by-other", "asking the holder: a lock that never expires needs no renewal"),
        ),
        remedies=ways,
    )


def _ways(covering: ObservedLock, evidence: Evidence) -> tuple[Remedy, ...]:
    freed = release(covering, evidence)
    return (ask_holder(covering), *((freed,) if freed is not None else ()))

"""The lock's holder seems to be gone.

What happened: a client that works on a resource refreshes its lock, most of them before half of the time is over. This
one let that moment pass while davlock looked twice; or the lock has no end, was taken by a program, and is older than
a day: crashed clients leave such locks behind, above all with Nextcloud's files_lock and office editors.

How sure we are: possible, no more. RFC 4918 has nothing that tells a dead holder from a slow one, and a lock without
an end needs no refresh.

What to do: ask the holder if there is any way to. A lock that counts down ends by itself. Only then release it: what
the holder has not saved can be lost.

How to confirm: look again shortly before the lock ends. If its time has gone up, the holder is alive.
"""

from davlock.diagnosis import files_lock, quotes
from davlock.diagnosis.age import Age, age, age_by_vendor
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Alternative, Certainty, Quote, Remedy, Severity
from davlock.diagnosis.lifetime import Look, counts_down, last_refresh, looks
from davlock.diagnosis.resource import CoveringLock
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc4918
from davlock.diagnosis.situation import foreign_locks, locks_in_question
from davlock.diagnosis.wording import ask_holder, holder, never_ends, release, seconds_in_words

SILENCE = 60.0
"""Seconds: a shorter one says nothing about anybody."""

A_DAY = 86400
"""Seconds: longer than anybody works on a file without a pause."""

BY_HAND = "0"
"""``nc:lock-owner-type`` of a person who pressed "Lock file": such a lock may well stay for weeks."""

ENDLESS = ("0", "-1")
"""``nc:lock-timeout`` of a lock without an end."""


def check(evidence: Evidence) -> Match | None:
    """A foreign lock that was not refreshed in time, or without an end and older than a day."""
    if not locks_in_question(evidence):
        return None
    known = looks(evidence)
    for covering in foreign_locks(evidence):
        seen = known.get(covering.token, ())
        if (match := _late(covering, seen, evidence) or _old(covering, evidence)) is not None:
            return match
    return None if evidence.covering else _told_by_nextcloud(evidence)


def _late(covering: CoveringLock, seen: tuple[Look, ...], evidence: Evidence) -> Match | None:
    """Less than half of a time that was seen is left: so less than half of the time granted, which was no shorter."""
    if len(seen) < 2 or not counts_down(evidence, seen):
        return None
    first, last = seen[last_refresh(evidence, seen) or 0], seen[-1]
    silence = first.seconds - last.seconds
    if silence < SILENCE or last.seconds * 2 >= first.seconds:
        return None
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"{holder(covering)} has not refreshed the lock for {seconds_in_words(silence)}: it looks abandoned",
        explanation="Most clients refresh before half of the time is over. Without a refresh it ends by itself in"
        f" {seconds_in_words(last.seconds)}.",
        retry=NOT_NEEDED,
        evidence=(first.quote, last.quote),
        facts=(("silent_seconds", silence), ("left_seconds", last.seconds)),
        alternatives=(Alternative("lock-being-refreshed", "another look shortly before the lock ends"),),
        remedies=_ways(covering, evidence),
    )


def _old(covering: CoveringLock, evidence: Evidence) -> Match | None:
    vendor = dict(covering.lock.vendor)
    endless = never_ends(covering.lock.timeout, evidence) or vendor.get("nc:lock-timeout") in ENDLESS
    nextcloud = any(name.startswith("nc:lock") for name in vendor)
    if not endless or (nextcloud and vendor.get("nc:lock-owner-type", BY_HAND) == BY_HAND):
        return None
    known = age(covering.lock, evidence, covering.exchange)
    return _aged(known, holder(covering), (quotes.lock(covering),), _ways(covering, evidence))


def _told_by_nextcloud(evidence: Evidence) -> Match | None:
    """The body of a 423 of files_lock, which says everything itself."""
    said = files_lock.told(evidence) or {}
    if said.get("lock-timeout") not in ENDLESS or said.get("lock-owner-type", BY_HAND) == BY_HAND:
        return None
    told = (("nc:lock-time", said.get("lock-time", "")),)
    known = age_by_vendor(told, evidence.answered_at(evidence.subject or 0))
    who = f"“{said.get('lock-owner-displayname') or said.get('lock-owner') or 'someone'}”"
    return _aged(known, who, tuple(Quote(name, value, evidence.subject) for name, value in told if value), ())


def _aged(known: Age | None, who: str, quote: tuple[Quote, ...], ways: tuple[Remedy, ...]) -> Match | None:
    if known is None or known.since_refresh or known.seconds < A_DAY:
        return None
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"The lock of {who} has no end and is {seconds_in_words(known.seconds)} old: it looks abandoned",
        explanation=f"Its age is known from {known.source.value}. A program that crashes leaves such a lock behind.",
        retry=NOT_NEEDED,
        evidence=quote,
        facts=(("age_seconds", known.seconds), ("age_source", known.source.value)),
        alternatives=(Alternative("423-held-by-other", "asking the holder: a lock without an end needs no refresh"),),
        remedies=ways,
    )


def _ways(covering: CoveringLock, evidence: Evidence) -> tuple[Remedy, ...]:
    freed = release(covering, evidence)
    return (ask_holder(covering), *((freed,) if freed is not None else ()))


RULE = Rule(
    id="lock-looks-abandoned",
    family=Family.STALE,
    severity=Severity.WARNING,
    title="the holder stopped refreshing; with the evidence",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc4918("6.6"), rfc4918("9.10.2")),
)

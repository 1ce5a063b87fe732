"""From a diagnosis to what a person reads of it: which finding leads, which locks are listed, which steps are shown."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import SAID_ON_STDERR, Severity
from davlock.diagnosis.finding_words import sentence
from davlock.diagnosis.headline import headline
from davlock.diagnosis.lock_names import name_of
from davlock.diagnosis.old_capture import ask_now, captured_long_ago, dated
from davlock.diagnosis.predicates.locks import foreign_among, only_yours
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.request_headline import not_tried, verb_of
from davlock.diagnosis.screen import Headline, LockRow, NextStep, TargetScreen
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.steps import MOST, choose_steps
from davlock.diagnosis.time_words import end_of, left_in_words
from davlock.diagnosis.wording import holder_of
from davlock.locks.observed import ObservedLock
from davlock.protocol.natural_order import natural_key
from davlock.protocol.url import same_path

MOST_ROWS = 5
"""Locks that a screen lists."""

MOST_BESIDE = 2
"""Further findings that get a line."""

_SENDS = {"lock": ("LOCK",), "refresh": ("LOCK",), "unlock": ("UNLOCK",), "put": ("PUT",)}
"""What each verb sends; a note of that name says why it was not sent."""

_SAID = frozenset({"lock-never-expires", "lock-expires-soon"})
"""Findings beside another one that the first line says already: it says how long the lock lasts."""


def build_screen(diagnosis: Diagnosis, *, now: datetime | None = None) -> TargetScreen:
    """Returns the screen of one diagnosis; ``now`` is when a capture is read, and ``None`` for what was just asked."""
    if now is not None:
        evidence = replace(diagnosis.evidence, captured=captured_long_ago(diagnosis.evidence, now))
        diagnosis = replace(diagnosis, evidence=evidence)
    evidence = diagnosis.evidence
    findings = tuple(finding for finding in diagnosis.news if finding.id not in SAID_ON_STDERR)
    lead = findings[0] if findings else None
    # What was achieved comes first, and what is wrong beside it after that.
    speaks = None if diagnosis.achieved and lead is not None and lead.severity >= Severity.WARNING else lead
    tried = not is_inquiry(evidence)
    nothing_to_tell = lead is None and not evidence.target and bool(diagnosis.answer)
    unsent = next((note for note in diagnosis.skipped if note.what in _SENDS.get(verb_of(evidence), ())), None)
    if unsent is not None and not tried:
        line = not_tried(unsent.why, verb_of(evidence))
    elif nothing_to_tell:
        line = Headline((sentence(diagnosis.answer),))
    else:
        line = dated(headline(evidence, diagnosis.in_the_way, speaks), evidence, diagnosis.in_the_way)
    others = findings if speaks is not lead else findings[1:]
    said = _SAID if not tried or evidence.granted is not None else frozenset()
    beside = [finding for finding in others if finding.severity >= Severity.WARNING and finding.id not in said]
    ask = None
    if now is not None:
        findings, ask = ask_now(findings, evidence, diagnosis.in_the_way)
    steps = choose_steps(findings, evidence.invocation, tried=tried, yours=only_yours(evidence))
    first = () if ask is None else (NextStep(title=ask.title, commands=(ask.command,) if ask.command else ()),)
    listed = _listed_locks(diagnosis)
    granted = evidence.granted
    return TargetScreen(
        headline=line.lead,
        meaning=line.meaning,
        rows=tuple(_row(lock, evidence) for lock in listed[:MOST_ROWS]),
        more_rows=max(len(listed) - MOST_ROWS, 0),
        token=granted.token.uri if granted is not None and granted.token is not None and diagnosis.went_well else "",
        beside=tuple(beside[:MOST_BESIDE]),
        steps=(*first, *steps.shown)[:MOST],
        harmful=steps.harmful,
        lead=None if lead in beside else lead,
        notes=tuple(note for note in diagnosis.skipped if note is not unsent and _was_asked_for(note)),
        left=steps.left,
    )


def _was_asked_for(note: Skipped) -> bool:
    """Whether it is about something of the reader: a request, an option or a capture."""
    return note.what.isupper() or note.what.startswith("--") or note.what == "the capture"


def _listed_locks(diagnosis: Diagnosis) -> list[ObservedLock]:
    """The locks to list: those in the way, where they are several or not on the target itself."""
    evidence = diagnosis.evidence
    met = [lock for _, entry in diagnosis.methods for lock in entry.locks]
    locks = list(foreign_among(_distinct(met), evidence))
    if not is_inquiry(evidence) and not locks:
        locks = list(foreign_among(diagnosis.locks, evidence))
    members = evidence.target and any(_is_member(lock, evidence) for lock in locks)
    if members:
        locks.sort(key=lambda lock: natural_key(lock.url))
    return locks if len(locks) > 1 or members else []


def _distinct(locks: Iterable[ObservedLock]) -> list[ObservedLock]:
    kept: dict[int, ObservedLock] = {}
    for lock in locks:
        kept.setdefault(id(lock), lock)
    return list(kept.values())


def _is_member(lock: ObservedLock, evidence: Evidence) -> bool:
    return not same_path(lock.url, evidence.target) and lock.url.startswith(evidence.target.rstrip("/") + "/")


def _row(lock: ObservedLock, evidence: Evidence) -> LockRow:
    """Relative to the folder that was asked, with its name before it; without a name on the target itself."""
    above = evidence.target.rstrip("/") + "/"
    if same_path(lock.url, evidence.target):
        name = ""
    elif lock.url.startswith(above):
        name = f"{name_of(above)}{lock.url.removeprefix(above)}"
    else:
        name = name_of(lock.url)
    words = holder_of(lock.lock, evidence)
    ends = end_of(lock, evidence) if evidence.captured is None else None
    return LockRow(name=name, holder=words.name, left=left_in_words(lock, evidence), ends=ends)

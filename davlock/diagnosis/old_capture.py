"""A capture of some time ago: what it shows was so then, and only the server knows how things stand now."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import NotAsked
from davlock.diagnosis.finding import Finding, Remedy, Risk, Verdict, Who
from davlock.diagnosis.lock_verdict import LockVerdict
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.remedies import Command, safe
from davlock.diagnosis.screen import Headline, StateWord

OLD = timedelta(minutes=10)
"""The age from which on a capture is told in the past tense."""

_OF_NOW = ("wait", "watch")
"""Commands that are about a lock that is there now."""


def captured_long_ago(evidence: Evidence, now: datetime) -> datetime | None:
    """Returns when the answer in question came, by its Date; ``None`` if that is not long before ``now``."""
    last = len(evidence.exchanges) - 1 if evidence.subject is None else evidence.subject
    came = evidence.answered_at(last) if last >= 0 else None
    return came if came is not None and now - came > OLD else None


def dated(line: Headline, evidence: Evidence, judged: LockVerdict) -> Headline:
    """Returns a headline that says first when the capture was made, where it is about locks."""
    told = line.lead[0] if line.lead else ""
    if evidence.captured is None or isinstance(told, StateWord) or not _is_about_locks(evidence, judged):
        return line
    if isinstance(told, str) and told.startswith("The "):
        line = replace(line, lead=(f"the {told[4:]}", *line.lead[1:]))
    return replace(line, lead=("When this was captured (", evidence.captured, "), ", *line.lead))


def ask_now(
    findings: Iterable[Finding], evidence: Evidence, judged: LockVerdict
) -> tuple[tuple[Finding, ...], Remedy | None]:
    """Returns the findings of a capture with those of their remedies that still make sense, and what comes first."""
    findings = tuple(findings)
    unasked = judged.verdict is Verdict.UNKNOWN and evidence.locks == NotAsked() and is_inquiry(evidence)
    ask = None
    askable = "://" in evidence.target and application_refusal(evidence) is None  # only a server of WebDAV
    if askable and (unasked or (evidence.captured is not None and _is_about_locks(evidence, judged))):
        ask = safe("Ask the server now", _asks(findings) or ("davlock", "diagnose", evidence.target))
    if evidence.captured is None:
        return findings, ask
    return tuple(
        replace(
            finding,
            remedies=tuple(
                remedy
                for remedy in finding.remedies
                if _makes_sense_later(remedy) and (ask is None or remedy.command != ask.command)
            ),
        )
        for finding in findings
    ), ask


def _asks(findings: Iterable[Finding]) -> Command | None:
    """Returns the command of a finding that asks about another place: of a COPY, the destination may be locked."""
    for finding in findings:
        for remedy in finding.remedies:
            if (
                remedy.risk is Risk.SAFE
                and remedy.command is not None
                and remedy.command[:2] == ("davlock", "diagnose")
            ):
                return remedy.command
    return None


def _is_about_locks(evidence: Evidence, judged: LockVerdict) -> bool:
    if is_inquiry(evidence):
        return judged.verdict is not Verdict.UNKNOWN
    return judged.verdict is Verdict.BLOCKED or bool(judged.locks)


def _makes_sense_later(remedy: Remedy) -> bool:
    """Whether it is no way past a lock that was there then: by now, that one may be gone, or be another."""
    if remedy.risk is Risk.DESTRUCTIVE or remedy.who is Who.LOCK_OWNER:
        return False
    return remedy.command is None or remedy.command[:1] != ("davlock",) or remedy.command[1] not in _OF_NOW

"""The first line about a target: the verdict in words, with the methods wherever they differ."""

from collections.abc import Iterable

from davlock.applications.application import ApplicationRefusal, RefusalKind, Sign
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Verdict
from davlock.diagnosis.lock_verdict import (
    METHODS,
    LockVerdict,
    MethodVerdict,
    is_collection,
    is_locked_by_you,
    is_missing,
)
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.predicates.locks import doubtful_tokens
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.wording import parent_of

WORDS = {
    Verdict.BLOCKED: "BLOCKED: a write by you would be refused because of a lock",
    Verdict.CLEAR: "CLEAR: no lock keeps you from writing",
    Verdict.UNKNOWN: "UNKNOWN: whether a lock keeps you from writing could not be told",
}

_NEW_MEMBER = "a new member"


def first_line(evidence: Evidence, judged: LockVerdict) -> str:
    """What a person in a hurry reads."""
    if not is_inquiry(evidence):
        application = application_refusal(evidence)
        return WORDS[judged.verdict] if application is None else _of_application(application)
    if is_missing(evidence):
        above = evidence.parent_is_collection
        if not isinstance(above, Known) or not above.value:
            return _not_there(evidence)
    if is_locked_by_you(evidence):
        return _locked_by_you(evidence, judged)
    return _by_method(evidence, judged)


def _of_application(refusal: ApplicationRefusal) -> str:
    busy = not refusal.is_lock or refusal.application.kind is RefusalKind.UPLOAD
    if refusal.application.kind is RefusalKind.OFFICE_SESSION:
        return f"LOCKED by an editing session of {refusal.application.title}"
    perhaps = "" if refusal.sign is Sign.CERTAIN else "probably "
    return f"{'REFUSED' if busy else 'LOCKED'} by {refusal.application.title}: WebDAV is {perhaps}not involved"


def _not_there(evidence: Evidence) -> str:
    if evidence.nearest is None:
        if isinstance(evidence.parent_is_collection, Known):
            return "NOT THERE, nor is the collection above it"
        return "NOT THERE; whether the collection above it exists is not known"
    if evidence.nearest == parent_of(evidence.target):
        return f"NOT THERE: {evidence.nearest} above it is no collection"
    return f"NOT THERE: the last part of the path that exists is {evidence.nearest}"


def _locked_by_you(evidence: Evidence, judged: LockVerdict) -> str:
    if all(lock.mine for lock in evidence.covering):
        line = "LOCKED BY YOU: davlock's own writes pass, other programs are refused"
    else:
        line = "LOCKED, and you have the token: writes that send it pass, all others are refused"
    others = [(method, met) for method, met in _told(judged) if met.verdict is Verdict.BLOCKED and not met.only_own]
    if judged.verdict is Verdict.UNKNOWN:
        return WORDS[Verdict.UNKNOWN]
    return f"{line}; {_group(others, evidence)}" if others else line


def _by_method(evidence: Evidence, judged: LockVerdict) -> str:
    told = _told(judged)
    if evidence.intended in METHODS:
        met = judged.of(evidence.intended)
        if met.verdict is Verdict.CLEAR and met.only_own:
            return _beside_own([(evidence.intended, met)], [], evidence)
        return f"{met.verdict.name} for {_name(evidence.intended, evidence)}: {met.why}"
    if is_missing(evidence):
        told = [(method, met) for method, met in told if method in ("PUT", "LOCK")]
    by_verdict = {
        verdict: [(method, met) for method, met in told if met.verdict is verdict]
        for verdict in (judged.verdict, *Verdict)
    }
    groups = [group for group in by_verdict.values() if group]
    by_token = [(method, met) for method, met in told if met.verdict is Verdict.CLEAR and met.only_own]
    if by_token:
        return _beside_own(by_token, groups, evidence)
    if len(groups) == 1 and not doubtful_tokens(evidence):
        return _alike(evidence, judged)
    lead, *rest = (_methods(group, evidence) for group in groups)
    why = next(met.why for group in groups for _, met in group if met.verdict is not Verdict.CLEAR)
    return f"{', '.join((lead, *rest))}: {why}"


def _beside_own(
    by_token: list[tuple[str, MethodVerdict]], groups: list[list[tuple[str, MethodVerdict]]], evidence: Evidence
) -> str:
    """The target itself is not locked; on its collection or its members is a lock whose token is held."""
    mine = all(lock.mine for _, met in by_token for lock in met.locks)
    names = _listed([_name(method, evidence) for method, _ in by_token])
    line = f"{'LOCKED BY YOU' if mine else 'LOCKED, and you have the token,'} for {names}: {by_token[0][1].why}"
    rest = [[entry for entry in group if entry not in by_token] for group in groups]
    return "; ".join([line, *(_methods(group, evidence) for group in rest if group)])


def _alike(evidence: Evidence, judged: LockVerdict) -> str:
    """All methods have one verdict."""
    if judged.verdict is Verdict.CLEAR and is_missing(evidence):
        return "CLEAR: nothing is there yet, and no lock keeps you from creating it"
    if judged.verdict is Verdict.CLEAR:
        line = "CLEAR: no lock keeps you from writing, deleting or moving it"
        members = isinstance(evidence.member_locks, Known) and evidence.member_locks.value.locks
        return f"{line}; but {judged.of('DELETE').why}" if members else line
    return WORDS[judged.verdict]


def _told(judged: LockVerdict) -> list[tuple[str, MethodVerdict]]:
    return list(judged.methods)


def _group(methods: Iterable[tuple[str, MethodVerdict]], evidence: Evidence) -> str:
    listed = list(methods)
    return f"{_methods(listed, evidence)}: {listed[0][1].why}"


def _methods(group: list[tuple[str, MethodVerdict]], evidence: Evidence) -> str:
    """``BLOCKED for DELETE and MOVE``."""
    return f"{group[0][1].verdict.name} for {_listed([_name(method, evidence) for method, _ in group])}"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _name(method: str, evidence: Evidence) -> str:
    return _NEW_MEMBER if method == "PUT" and is_collection(evidence) else method

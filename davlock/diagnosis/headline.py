"""The first lines about a target: how things stand, and what that means for the reader, by method where they differ."""

from davlock.diagnosis.above import unread_above
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, NotAsked
from davlock.diagnosis.files_lock import beside_an_empty_lockdiscovery
from davlock.diagnosis.finding import Certainty, Finding, Severity, Verdict
from davlock.diagnosis.finding_words import as_clause, in_short, sentence
from davlock.diagnosis.lock_names import held_by, is_or_was, name_of, own_name, several_locks, who_holds
from davlock.diagnosis.lock_verdict import (
    METHODS,
    LockVerdict,
    MethodVerdict,
    is_collection,
    is_locked_by_you,
    is_missing,
)
from davlock.diagnosis.predicates.locks import doubtful_tokens, foreign_among, foreign_locks, only_yours, proven_free
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.request_headline import of_request
from davlock.diagnosis.screen import Headline, Line, StateWord
from davlock.diagnosis.time_words import lasting, until_when
from davlock.diagnosis.wording import holder_of, parent_of
from davlock.locks.observed import ObservedLock
from davlock.protocol.message import Exchange
from davlock.protocol.url import same_path

_NEW_MEMBER = "a new file in it"

_DOING = {"PUT": "writing it", "DELETE": "deleting it", "MOVE": "moving it", "LOCK": "locking it"}


def headline(evidence: Evidence, judged: LockVerdict, lead: Finding | None) -> Headline:
    """Returns what a person in a hurry reads; ``lead`` is the finding that speaks."""
    if not is_inquiry(evidence):
        return of_request(evidence, judged, lead)
    stopped = lead is not None and lead.is_cause and lead.severity is Severity.ERROR
    if lead is not None and stopped and judged.verdict is not Verdict.BLOCKED and not is_missing(evidence):
        return _stopped(evidence, judged, lead)
    if is_missing(evidence):
        above = evidence.parent_is_collection
        if not isinstance(above, Known) or not above.value:
            return _not_there(evidence)
    if is_locked_by_you(evidence):
        return _locked_by_you(evidence, judged)
    if judged.verdict is Verdict.UNKNOWN:
        return _unknown(evidence, judged, lead)
    if (locks := foreign_locks(evidence)) and any(lock in locks for _, met in judged.methods for lock in met.locks):
        return _locked(evidence, judged, locks)
    return _around(evidence, judged, lead)


# -- nothing was tried


def _stopped(evidence: Evidence, judged: LockVerdict, lead: Finding) -> Headline:
    """Something other than a lock kept davlock from an answer, or is wrong beside it."""
    word = "REFUSED" if judged.verdict is Verdict.UNKNOWN else "PROBLEM"
    return Headline((StateWord(word, Verdict.UNKNOWN), f": {as_clause(lead.headline)}"), (in_short(lead.explanation),))


def _unknown(evidence: Evidence, judged: LockVerdict, lead: Finding | None) -> Headline:
    state: Line = (f"{own_name(evidence)}: ", StateWord("UNKNOWN", Verdict.UNKNOWN))
    if lead is not None and lead.severity >= Severity.WARNING:
        return Headline((*state, f". {sentence(lead.headline)}"))
    groups = _groups(evidence, judged)
    why = next((met.why for _, met in judged.methods if met.verdict is Verdict.UNKNOWN), "")
    if evidence.locks == NotAsked() and evidence.exchanges and evidence.exchanges[-1].response is not None:
        return Headline((*state, f". {_answered(evidence.exchanges[-1])}. It says nothing about locks."))
    if len(groups) == 1:
        return Headline((*state, f". {sentence(why)}" if why else "."))
    return Headline((*state, f". {_by_method(evidence, groups)}"), (sentence(why),))


def _answered(exchange: Exchange) -> str:
    """``GET got 200 OK``."""
    reason = exchange.response.reason if exchange.response is not None else ""
    return f"{exchange.request.method or 'The request'} got {exchange.status}{f' {reason}' if reason else ''}"


def _not_there(evidence: Evidence) -> Headline:
    there: Line = (f"{own_name(evidence)} {is_or_was(evidence)} ", StateWord("NOT THERE", Verdict.UNKNOWN))
    if evidence.nearest is None:
        if isinstance(evidence.parent_is_collection, Known):
            return Headline((*there, ", and neither is its folder."))
        return Headline((*there, ". The server did not say if its folder exists."))
    if evidence.nearest == parent_of(evidence.target):
        return Headline((*there, f": {evidence.nearest} above it is no folder."))
    return Headline((*there, f". The last part of the path that exists is {evidence.nearest}"))


def _locked_by_you(evidence: Evidence, judged: LockVerdict) -> Headline:
    own = evidence.covering[0]
    mine = all(lock.mine for lock in evidence.covering)
    if mine:
        lead: Line = (
            f"{own_name(evidence)} {is_or_was(evidence)} ",
            StateWord("LOCKED BY YOU", Verdict.CLEAR),
            *until_when(own, evidence),
            ".",
        )
        meaning: Line = (*_taken(own, evidence), "davlock's own writes pass, other programs get 423.")
    else:
        who = holder_of(own.lock, evidence)
        named = f" by {who.name}" if not who.you else ""
        lead = (
            *(f"{own_name(evidence)} {is_or_was(evidence)} ", StateWord("LOCKED", Verdict.CLEAR), named),
            *lasting(own, evidence),
            " You have the token.",
        )
        meaning = ("Writes that send the token pass, all others get 423.",)
    others = [(method, met) for method, met in judged.methods if met.verdict is Verdict.BLOCKED and not met.only_own]
    if evidence.captured is not None:
        return Headline(lead)
    if others:
        names = _listed([_name(method, evidence) for method, _ in others])
        meaning = (*meaning, f" {names} would get 423: {others[0][1].why}.")
    return Headline(lead, meaning)


def _taken(own: ObservedLock, evidence: Evidence) -> Line:
    """When davlock took the lock, and which process holds it."""
    entry = next((entry for entry in evidence.own if entry.token == own.token), None)
    if entry is None or entry.moment is None:
        return ()
    by = f" (`run`, process {entry.process})" if entry.process is not None else ""
    return ("davlock took it ", entry.moment, f"{by}. ")


def _locked(evidence: Evidence, judged: LockVerdict, locks: tuple[ObservedLock, ...]) -> Headline:
    return Headline((*_held_by(own_name(evidence), locks, evidence), f" {_meaning(evidence, judged)}"))


def _held_by(name: str, locks: tuple[ObservedLock, ...], evidence: Evidence) -> Line:
    """``report.odt is LOCKED by Alice Miller for …``, or of several shared locks how many hold one."""
    state = StateWord("LOCKED", Verdict.BLOCKED)
    if (several := several_locks(locks)) != "":
        return (f"{name} {is_or_was(evidence)} ", state, several)
    lock = locks[0]
    return (f"{name} {is_or_was(evidence)} ", state, *held_by(lock, evidence), *lasting(lock, evidence))


def _around(evidence: Evidence, judged: LockVerdict, lead: Finding | None) -> Headline:
    """The target itself is not locked: what is on its folder and on its members decides."""
    name, groups, verb = own_name(evidence), _groups(evidence, judged), is_or_was(evidence)
    nothing = "nothing keeps you from" if evidence.captured is None else "nothing kept you from"
    blocked = [(method, met) for method, met in judged.methods if met.verdict is Verdict.BLOCKED]
    by_token = [(method, met) for method, met in judged.methods if met.verdict is Verdict.CLEAR and met.only_own]
    if by_token:
        names = _listed([_name(method, evidence) for method, _ in by_token])
        needs = "needs" if len(by_token) == 1 else "need"
        return Headline(
            (f"{name} itself {verb} ", StateWord("FREE", Verdict.CLEAR), "."),
            (f"{names} {needs} a token that you have: {by_token[0][1].why}.",),
        )
    if blocked and evidence.intended not in {method for method, _ in judged.methods if method not in dict(blocked)}:
        return _beside(evidence, judged, blocked)
    if is_missing(evidence):
        return Headline(
            (
                f"{name} {verb} not there yet, and ",
                StateWord("FREE", Verdict.CLEAR),
                f": {nothing} creating it.",
            )
        )
    doubt = _swept_away(evidence) or _doubt(evidence, lead)
    if evidence.intended in METHODS:
        what = _DOING[evidence.intended]
        return Headline((f"{name} {verb} ", StateWord("FREE", Verdict.CLEAR), f": {nothing} {what}."), doubt)
    if len(groups) == 1:
        what = "adding to it, deleting or moving it" if is_collection(evidence) else "writing, deleting or moving it"
        line: Line = (f"{name} {verb} ", StateWord("FREE", Verdict.CLEAR), f": {nothing} {what}.")
        return Headline(line, doubt)
    why = next((met.why for _, met in judged.methods if met.verdict is not Verdict.CLEAR), "")
    clear = [_name(method, evidence) for method, met in judged.methods if met.verdict is Verdict.CLEAR]
    rest = [_name(method, evidence) for method, met in judged.methods if met.verdict is not Verdict.CLEAR]
    line = (f"{name} {verb} ", StateWord("FREE", Verdict.CLEAR), f" for {_listed(clear)}.")
    unsure = _would(evidence)[Verdict.UNKNOWN]
    return Headline(line, (f"{_listed(rest)} {unsure}: {why}.", *((" ", *doubt) if doubt else ())))


def _swept_away(evidence: Evidence) -> Line:
    """The locks of others that do not keep a server from deleting or moving the folder, with their files."""
    server = evidence.server
    deed = {"DELETE": "deletes", "MOVE": "moves", "": "deletes or moves"}.get(evidence.intended)
    members = evidence.member_locks.value.locks if isinstance(evidence.member_locks, Known) else ()
    files = len({lock.url for lock in foreign_among(members, evidence)})
    if server is None or not server.removes_locked_members or not files or not deed or evidence.captured is not None:
        return ()
    them = "1 file in it is locked, and" if files == 1 else f"{files} files in it are locked, and"
    return (f"Careful: {them} {server.title} {deed} {'it' if files == 1 else 'them'} all the same.",)


def _doubt(evidence: Evidence, lead: Finding | None) -> Line:
    """What the certainty of a free target rests on, where it is less than certain."""
    if lead is None or lead.id != "no-lock" or lead.certainty is Certainty.CERTAIN or evidence.captured is not None:
        return ()
    special = evidence.inferred_free or proven_free(evidence) is not None or unread_above(evidence)
    if special or beside_an_empty_lockdiscovery(evidence) is not None:
        return (f"({lead.certainty.word.capitalize()}: {in_short(lead.explanation)})",)
    server = evidence.server
    who = server.title if server is not None and server.can_hide_locks else "some servers"
    return (f"({lead.certainty.word.capitalize()}: {who} can be told to hide locks. To be sure: --attempt lock)",)


def _beside(evidence: Evidence, judged: LockVerdict, blocked: list[tuple[str, MethodVerdict]]) -> Headline:
    """Locks on the members, or on the folder above, refuse something."""
    name, verb = own_name(evidence), is_or_was(evidence)
    locks = blocked[0][1].locks
    members = [lock for lock in locks if not same_path(lock.url, evidence.target) and _is_below(lock, evidence)]
    refused = _listed([_name(method, evidence) for method, _ in blocked])
    if members:
        count = len({lock.url for lock in members})
        one, several = ("is", "are") if evidence.captured is None else ("was", "were")
        inside = f"1 file in it {one}" if count == 1 else f"{count} files in it {several}"
        lead: Line = (
            f"{name} itself {verb} not locked, but ",
            StateWord(inside, Verdict.BLOCKED),
            f": {refused} of {name}",
        )
        refusing = f"{one if len(blocked) == 1 else several} refused"
        return Headline((*lead, f" {refusing if evidence.captured is None else 'would have got 423'}."))
    if not locks:
        return Headline((f"{name} {verb} ", StateWord("LOCKED", Verdict.BLOCKED), f". {_meaning(evidence, judged)}"))
    folder = name_of(locks[0].root or parent_of(evidence.target), collection=True)
    lead = (f"{name} itself {verb} not locked, but its folder {folder} {verb} ", StateWord("LOCKED", Verdict.BLOCKED))
    held: Line = (" by ", *who_holds(locks[0], evidence), *lasting(locks[0], evidence))
    return Headline((*lead, *held, f" {_meaning(evidence, judged)}"))


def _is_below(lock: ObservedLock, evidence: Evidence) -> bool:
    members = evidence.member_locks.value.locks if isinstance(evidence.member_locks, Known) else ()
    return lock in members


def _meaning(evidence: Evidence, judged: LockVerdict) -> str:
    """What a person can do and cannot."""
    without = " without its token" if only_yours(evidence) else ""
    refused = _would(evidence)[Verdict.BLOCKED]
    if evidence.intended in METHODS:
        return f"Your {evidence.intended} {refused}{without}."
    groups = _groups(evidence, judged)
    if len(groups) == 1 and not doubtful_tokens(evidence):
        return f"Your write {refused}{without}."
    return _by_method(evidence, groups)


def _groups(evidence: Evidence, judged: LockVerdict) -> list[tuple[Verdict, list[str]]]:
    """The methods by their verdict, that of the whole first."""
    told = list(judged.methods)
    if is_missing(evidence):
        told = [(method, met) for method, met in told if method in ("PUT", "LOCK")]
    by_verdict = {
        verdict: [_name(method, evidence) for method, met in told if met.verdict is verdict]
        for verdict in (judged.verdict, *Verdict)
    }
    return [(verdict, names) for verdict, names in by_verdict.items() if names]


_WOULD = {Verdict.BLOCKED: "would get 423", Verdict.CLEAR: "would pass", Verdict.UNKNOWN: "may pass or not"}
_WOULD_HAVE = {
    Verdict.BLOCKED: "would have got 423",
    Verdict.CLEAR: "would have passed",
    Verdict.UNKNOWN: "might have passed or not",
}


def _would(evidence: Evidence) -> dict[Verdict, str]:
    return _WOULD if evidence.captured is None else _WOULD_HAVE


def _by_method(evidence: Evidence, groups: list[tuple[Verdict, list[str]]]) -> str:
    """``DELETE and MOVE would get 423; PUT and LOCK would pass.``"""
    words = "; ".join(f"{_listed(names)} {_would(evidence)[verdict]}" for verdict, names in groups)
    return f"{words[:1].upper()}{words[1:]}."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _name(method: str, evidence: Evidence) -> str:
    return _NEW_MEMBER if method == "PUT" and is_collection(evidence) else method

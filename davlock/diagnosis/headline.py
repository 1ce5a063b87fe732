"""The first lines about a target: how things stand, and what that means for the reader, by method where they differ."""

from urllib.parse import unquote, urlsplit

from davlock.applications.application import ApplicationRefusal, RefusalKind, Sign
from davlock.diagnosis.above import unread_above
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.files_lock import beside_an_empty_lockdiscovery
from davlock.diagnosis.finding import Certainty, Finding, Severity, Verdict
from davlock.diagnosis.lock_verdict import (
    METHODS,
    LockVerdict,
    MethodVerdict,
    is_collection,
    is_locked_by_you,
    is_missing,
)
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.predicates.locks import doubtful_tokens, foreign_locks, proven_free
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.screen import Line, StateWord
from davlock.diagnosis.shown_locks import granted_lock
from davlock.diagnosis.time_words import granted_until, lasting, until_when
from davlock.diagnosis.wording import holder_of, parent_of
from davlock.locks.observed import ObservedLock
from davlock.protocol.url import same_path
from davlock.values import dataclass

_NEW_MEMBER = "a new file in it"

_DOING = {"PUT": "writing it", "DELETE": "deleting it", "MOVE": "moving it", "LOCK": "locking it"}

_OF_THE_HOLDER = frozenset(
    {
        *("423-held-by-other", "423-ancestor-lock", "423-shared-lock", "423-lock-conflict", "423-token-withheld"),
        *("423-svn-lock", "423-nextcloud-user-lock", "423-member-lock"),
    }
)
"""Findings that say who holds the lock, and no more: the first line says that by itself, and better."""

_FAILED = {"put": "NOT WRITTEN", "unlock": "NOT RELEASED", "refresh": "NOT RENEWED"}
"""What a verb that was refused did not do."""

_DONE = {"put": "WRITTEN", "unlock": "RELEASED", "refresh": "RENEWED"}


@dataclass(frozen=True, slots=True)
class Headline:
    """How things stand, and what that means."""

    lead: Line
    meaning: Line = ()


def headline(evidence: Evidence, judged: LockVerdict, lead: Finding | None) -> Headline:
    """Returns what a person in a hurry reads; ``lead`` is the finding that speaks."""
    if not is_inquiry(evidence):
        return _of_request(evidence, judged, lead)
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


def name_of(url: str, *, collection: bool = False) -> str:
    """Returns the last name in a URL, as people write it; the host where it has none, ``It`` for nothing at all."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = parts.path.rstrip("/")
    name = unquote(path.rpartition("/")[2]) if path else parts.netloc
    if "\ufffd" in name:
        name = path.rpartition("/")[2]
    return (f"{name}/" if collection or parts.path.endswith("/") else name) if name else "It"


def own_name(evidence: Evidence) -> str:
    """Returns the name of the target."""
    return name_of(evidence.target, collection=is_collection(evidence))


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
    if len(groups) == 1:
        return Headline((*state, f". {sentence(why)}" if why else "."))
    return Headline((*state, f". {_by_method(evidence, groups)}"), (sentence(why),))


def _not_there(evidence: Evidence) -> Headline:
    there: Line = (f"{own_name(evidence)} is ", StateWord("NOT THERE", Verdict.UNKNOWN))
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
        lead: Line = (f"{own_name(evidence)} is ", StateWord("LOCKED BY YOU", Verdict.CLEAR), *lasting(own, evidence))
        meaning: Line = (*_taken(own, evidence), "davlock's own writes pass, other programs get 423.")
    else:
        who = holder_of(own.lock, evidence)
        named = f" by {who.name}" if not who.you else ""
        lead = (
            *(f"{own_name(evidence)} is ", StateWord("LOCKED", Verdict.CLEAR), named),
            *lasting(own, evidence),
            " You have the token.",
        )
        meaning = ("Writes that send the token pass, all others get 423.",)
    others = [(method, met) for method, met in judged.methods if met.verdict is Verdict.BLOCKED and not met.only_own]
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
    if len(locks) > 1:
        return (f"{name} is ", state, f" by {len(locks)} holders of shared locks.")
    lock = locks[0]
    return (f"{name} is ", state, f" by {_who(lock, evidence)}{_where(lock, evidence)}", *lasting(lock, evidence))


def _who(lock: ObservedLock, evidence: Evidence) -> str:
    words = holder_of(lock.lock, evidence)
    return words.name if words.named else words.whole


def _where(lock: ObservedLock, evidence: Evidence) -> str:
    """Where the lock was taken, if that is not the target."""
    if lock.root is None or same_path(lock.root, evidence.target):
        return ""
    return f", through a lock on {name_of(lock.root, collection=True)} and all in it,"


def _around(evidence: Evidence, judged: LockVerdict, lead: Finding | None) -> Headline:
    """The target itself is not locked: what is on its folder and on its members decides."""
    name, groups = own_name(evidence), _groups(evidence, judged)
    blocked = [(method, met) for method, met in judged.methods if met.verdict is Verdict.BLOCKED]
    by_token = [(method, met) for method, met in judged.methods if met.verdict is Verdict.CLEAR and met.only_own]
    if by_token:
        names = _listed([_name(method, evidence) for method, _ in by_token])
        needs = "needs" if len(by_token) == 1 else "need"
        return Headline(
            (f"{name} itself is ", StateWord("FREE", Verdict.CLEAR), "."),
            (f"{names} {needs} a token that you have: {by_token[0][1].why}.",),
        )
    if blocked and evidence.intended not in {method for method, _ in judged.methods if method not in dict(blocked)}:
        return _beside(evidence, judged, blocked)
    if is_missing(evidence):
        return Headline(
            (
                f"{name} is not there yet, and ",
                StateWord("FREE", Verdict.CLEAR),
                ": nothing keeps you from creating it.",
            )
        )
    doubt = _doubt(evidence, lead)
    if evidence.intended in METHODS:
        what = _DOING[evidence.intended]
        return Headline((f"{name} is ", StateWord("FREE", Verdict.CLEAR), f": nothing keeps you from {what}."), doubt)
    if len(groups) == 1:
        what = "adding to it, deleting or moving it" if is_collection(evidence) else "writing, deleting or moving it"
        line: Line = (f"{name} is ", StateWord("FREE", Verdict.CLEAR), f": nothing keeps you from {what}.")
        return Headline(line, doubt)
    why = next((met.why for _, met in judged.methods if met.verdict is not Verdict.CLEAR), "")
    clear = [_name(method, evidence) for method, met in judged.methods if met.verdict is Verdict.CLEAR]
    rest = [_name(method, evidence) for method, met in judged.methods if met.verdict is not Verdict.CLEAR]
    line = (f"{name} is ", StateWord("FREE", Verdict.CLEAR), f" for {_listed(clear)}.")
    return Headline(line, (f"{_listed(rest)} may pass or not: {why}.", *((" ", *doubt) if doubt else ())))


def _doubt(evidence: Evidence, lead: Finding | None) -> Line:
    """What the certainty of a free target rests on, where it is less than certain."""
    if lead is None or lead.id != "no-lock" or lead.certainty is Certainty.CERTAIN:
        return ()
    special = evidence.inferred_free or proven_free(evidence) is not None or unread_above(evidence)
    if special or beside_an_empty_lockdiscovery(evidence) is not None:
        return (f"({lead.certainty.word.capitalize()}: {in_short(lead.explanation)})",)
    server = evidence.server
    who = server.title if server is not None and server.can_hide_locks else "some servers"
    return (f"({lead.certainty.word.capitalize()}: {who} can be told to hide locks. To be sure: --attempt lock)",)


def _beside(evidence: Evidence, judged: LockVerdict, blocked: list[tuple[str, MethodVerdict]]) -> Headline:
    """Locks on the members, or on the folder above, refuse something."""
    name = own_name(evidence)
    locks = blocked[0][1].locks
    members = [lock for lock in locks if not same_path(lock.url, evidence.target) and _is_below(lock, evidence)]
    refused = _listed([_name(method, evidence) for method, _ in blocked])
    if members:
        count = len({lock.url for lock in members})
        inside = "1 file in it is" if count == 1 else f"{count} files in it are"
        lead: Line = (
            f"{name} itself is not locked, but ",
            StateWord(inside, Verdict.BLOCKED),
            f": {refused} of {name}",
        )
        return Headline((*lead, f" {'is' if len(blocked) == 1 else 'are'} refused."))
    if not locks:
        return Headline((f"{name} is ", StateWord("LOCKED", Verdict.BLOCKED), f". {_meaning(evidence, judged)}"))
    folder = name_of(locks[0].root or parent_of(evidence.target), collection=True)
    lead = (f"{name} itself is not locked, but its folder {folder} is ", StateWord("LOCKED", Verdict.BLOCKED))
    return Headline(
        (*lead, f" by {_who(locks[0], evidence)}", *lasting(locks[0], evidence)), (_meaning(evidence, judged),)
    )


def _is_below(lock: ObservedLock, evidence: Evidence) -> bool:
    members = evidence.member_locks.value.locks if isinstance(evidence.member_locks, Known) else ()
    return lock in members


def _meaning(evidence: Evidence, judged: LockVerdict) -> str:
    """What a person can do and cannot."""
    if evidence.intended in METHODS:
        return f"Your {evidence.intended} would get 423."
    groups = _groups(evidence, judged)
    if len(groups) == 1 and not doubtful_tokens(evidence):
        return "Your write would get 423."
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


def _by_method(evidence: Evidence, groups: list[tuple[Verdict, list[str]]]) -> str:
    """``DELETE and MOVE would get 423; PUT and LOCK would pass.``"""
    words = "; ".join(f"{_listed(names)} {_WOULD[verdict]}" for verdict, names in groups)
    return f"{words[:1].upper()}{words[1:]}."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _name(method: str, evidence: Evidence) -> str:
    return _NEW_MEMBER if method == "PUT" and is_collection(evidence) else method


# -- a request was sent


def _of_request(evidence: Evidence, judged: LockVerdict, lead: Finding | None) -> Headline:
    application = application_refusal(evidence)
    verb = evidence.invocation.verb[-1] if evidence.invocation is not None else ""
    went_well = evidence.response is not None and evidence.response.ok and not evidence.refusals
    if went_well and (lead is None or lead.severity < Severity.WARNING):
        return _went_well(evidence, verb, lead)
    word = _FAILED.get(verb, "REFUSED" if not went_well else "PROBLEM")
    state: Line = (StateWord(word, Verdict.BLOCKED), ": ") if verb else _as_captured(evidence, went_well=went_well)
    if application is not None:
        return Headline((*state, _of_application(application)), (in_short(lead.explanation),) if lead else ())
    locks = foreign_locks(evidence)
    if lead is not None and lead.id in _OF_THE_HOLDER and judged.verdict is Verdict.BLOCKED and len(locks) == 1:
        (lock,) = locks
        held = f" by {_who(lock, evidence)}{_where(lock, evidence)}"
        line = (*state, f"{own_name(evidence)} is ", StateWord("LOCKED", Verdict.BLOCKED), held)
        return Headline((*line, *until_when(lock, evidence), "."))
    if lead is not None:
        said = as_clause(lead.headline.removeprefix(f"{evidence.method} was refused: "))
        return Headline((*state, said), (in_short(lead.explanation),))
    return Headline((*state, f"{_answered(evidence)}."))


def _as_captured(evidence: Evidence, *, went_well: bool) -> Line:
    what = evidence.method or "The request"
    status = f" ({evidence.status})" if evidence.status is not None else ""
    if went_well:
        return (f"{what} was answered{status}: ",)
    if evidence.status is None:
        return (f"{what}: ",)
    return (f"{what} was ", StateWord("REFUSED", Verdict.BLOCKED), f"{status}: ")


def _went_well(evidence: Evidence, verb: str, lead: Finding | None) -> Headline:
    name = own_name(evidence)
    granted = evidence.granted
    if verb in ("lock", "run", "wait", "refresh") and granted is not None:
        taken = granted_lock(evidence)
        until: Line = (*granted_until(taken, evidence), ".") if taken is not None else (".",)
        renewed: Line = (StateWord("RENEWED", Verdict.CLEAR), ": ") if verb == "refresh" else ()
        line: Line = (*renewed, f"{name} is ", StateWord("LOCKED BY YOU", Verdict.CLEAR), *until)
        if lead is not None and lead.certainty is not Certainty.CERTAIN:
            line = (*line, f" {sentence(lead.headline)}")
        return Headline(line)
    said = "" if lead is None or lead.certainty is Certainty.CERTAIN else f" {sentence(lead.headline)}"
    if verb in _DONE:
        return Headline((StateWord(_DONE[verb], Verdict.CLEAR), f": {name}.{said}"))
    if lead is not None:
        return Headline((f"{_answered(evidence)}: ", StateWord("OK", Verdict.CLEAR), f". {sentence(lead.headline)}"))
    return Headline((f"{_answered(evidence)}: ", StateWord("OK", Verdict.CLEAR), "."))


def _answered(evidence: Evidence) -> str:
    response = evidence.response
    what = evidence.method or "The request"
    if response is None:
        return f"{what} got no answer"
    return f"{what} was answered {response.status}{f' {response.reason}' if response.reason else ''}"


def _of_application(refusal: ApplicationRefusal) -> str:
    busy = not refusal.is_lock or refusal.application.kind is RefusalKind.UPLOAD
    if refusal.application.kind is RefusalKind.OFFICE_SESSION:
        return f"it is open in an editing session of {refusal.application.title}."
    perhaps = "" if refusal.sign is Sign.CERTAIN else "probably "
    what = "refused" if busy else "locked"
    return f"{what} by {refusal.application.title}. WebDAV is {perhaps}not involved."


# -- words of findings

_SMALL = frozenset({"The", "A", "An", "It", "This", "That", "Your", "No", "Someone", "Nothing", "Another", "Some"})

SHORT = 260
"""Characters of an explanation that a screen has room for; ``--why`` shows all of it."""


def as_clause(words: str) -> str:
    """Returns a headline as it goes on behind a colon: without its capital, where that is no name, and with a stop."""
    first, blank, rest = words.partition(" ")
    return _stopped_sentence(f"{first.lower() if first in _SMALL else first}{blank}{rest}")


def sentence(words: str) -> str:
    """Returns words with a capital and a full stop."""
    return _stopped_sentence(f"{words[:1].upper()}{words[1:]}")


def _stopped_sentence(words: str) -> str:
    """``words`` with a full stop, but not behind a URL, which people copy."""
    url = "://" in words.rpartition(" ")[2]
    return words if url or words.endswith((".", "!", "?")) else f"{words}."


def in_short(explanation: str) -> str:
    """Returns the first sentences of an explanation."""
    flat = " ".join(explanation.split())
    if len(flat) <= SHORT:
        return flat
    end = max(flat.rfind(stop, 0, SHORT) for stop in (". ", "? ", "! "))
    return flat[: end + 1] if end > 0 else flat

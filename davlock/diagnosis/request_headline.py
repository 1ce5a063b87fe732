"""The first lines about a request that was sent: what it did or did not do, and why."""

from davlock.applications.application import ApplicationRefusal, RefusalKind, Sign
from davlock.capture.pairing import NO_RESPONSE
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Finding, Severity, Verdict
from davlock.diagnosis.finding_words import as_clause, in_short, sentence
from davlock.diagnosis.lock_names import held_by, is_or_was, own_name, several_locks
from davlock.diagnosis.lock_verdict import LockVerdict
from davlock.diagnosis.own_words import for_headline
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.screen import Headline, Line, StateWord
from davlock.diagnosis.shown_locks import granted_lock
from davlock.diagnosis.time_words import granted_until, until_when
from davlock.locks.holder_words import shortened

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


def verb_of(evidence: Evidence) -> str:
    """Returns the command that is carried out, such as ``put``; empty for a capture."""
    return evidence.invocation.verb[-1] if evidence.invocation is not None else ""


def not_tried(why: str, verb: str) -> Headline:
    """Returns the headline of a command that sent no request, and why."""
    return Headline((StateWord(_FAILED.get(verb, "REFUSED"), Verdict.UNKNOWN), f": {as_clause(why)}"))


def of_request(evidence: Evidence, judged: LockVerdict, lead: Finding | None) -> Headline:
    """Returns what a person reads first about the request under question; ``lead`` is the finding that speaks."""
    application = application_refusal(evidence)
    verb = verb_of(evidence)
    if evidence.no_response is not None and lead is None:
        named = evidence.no_response.why.partition(f"{NO_RESPONSE} (")[2].removesuffix(")")  # by a browser
        said = f" The capture says: {for_headline(named)}." if named else ""
        return Headline((f"{own_name(evidence)}: ", StateWord("UNKNOWN", Verdict.UNKNOWN), f". No answer came.{said}"))
    went_well = evidence.response is not None and evidence.response.ok and not evidence.refusals
    if went_well and (lead is None or lead.severity < Severity.WARNING):
        return _went_well(evidence, verb, lead)
    word = _FAILED.get(verb, "REFUSED" if not went_well else "PROBLEM")
    state: Line = (StateWord(word, Verdict.BLOCKED), ": ") if verb else _as_captured(evidence, went_well=went_well)
    if application is not None:
        said = lead.explanation.replace("WebDAV is not involved.", "") if lead is not None else ""
        return Headline((*state, _of_application(application)), (in_short(said),) if said else ())
    locks = foreign_locks(evidence)
    if lead is not None and lead.id in _OF_THE_HOLDER and judged.verdict is Verdict.BLOCKED and locks:
        stands: Line = (*state, f"{own_name(evidence)} {is_or_was(evidence)} ", StateWord("LOCKED", Verdict.BLOCKED))
        if (several := several_locks(locks)) != "":
            return Headline((*stands, several))
        lock = locks[0]
        line = (*stands, *held_by(lock, evidence))
        return Headline((*line, *until_when(lock, evidence), "."))
    if lead is not None and lead.id == "423-token-withheld" and lead.certainty is Certainty.CERTAIN:
        hidden = ". The server hides who holds the lock."
        return Headline((*state, f"{own_name(evidence)} is ", StateWord("LOCKED", Verdict.BLOCKED), hidden))
    if lead is not None:
        said = as_clause(lead.headline.removeprefix(f"{evidence.method} was refused: ")) if state else lead.headline
        return Headline((*state, said), (in_short(lead.explanation),))
    return Headline((*state, f"{_answered(evidence)}."))


def _as_captured(evidence: Evidence, *, went_well: bool) -> Line:
    what = evidence.method or "The request"
    status = f" ({evidence.status})" if evidence.status is not None else ""
    if went_well:
        return (f"{what} got {evidence.status or 'an answer'}: ",)
    if evidence.status is None:
        return ()
    return (f"{what} was ", StateWord("REFUSED", Verdict.BLOCKED), f"{status}: ")


def _went_well(evidence: Evidence, verb: str, lead: Finding | None) -> Headline:
    name = own_name(evidence)
    granted = evidence.granted
    if verb in ("lock", "run", "wait", "refresh") and granted is not None:
        taken = granted_lock(evidence)
        until: Line = (*granted_until(taken, evidence), ".") if taken is not None else (".",)
        renewed: Line = (StateWord("RENEWED", Verdict.CLEAR), ": ") if verb == "refresh" else ()
        # Who types a token has it from somebody: that does not make the lock theirs.
        whose = "" if verb == "refresh" and not evidence.is_yours(granted) else " BY YOU"
        line: Line = (*renewed, f"{name} is ", StateWord(f"LOCKED{whose}", Verdict.CLEAR), *until)
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
    return f"{what} got {response.status}{f' {response.reason}' if response.reason else ''}"


def _of_application(refusal: ApplicationRefusal) -> str:
    busy = not refusal.is_lock or refusal.application.kind is RefusalKind.UPLOAD
    if refusal.application.kind is RefusalKind.OFFICE_SESSION:
        held = f", held by {shortened(refusal.holder)}" if refusal.holder else ""
        return f"it is open in an editing session of {refusal.application.title}{held}."
    perhaps = "" if refusal.sign is Sign.CERTAIN else "probably "
    what = "refused" if busy else "locked"
    held = f", held by {shortened(refusal.holder)}" if refusal.holder else ""
    since = f", since {shortened(refusal.since)}" if refusal.since else ""
    since += f", until {shortened(refusal.until)}" if refusal.until else ""
    # What no known application says is best said in its own words.
    own_words = refusal.message and not refusal.application.subject and not refusal.holder
    said = f": “{for_headline(refusal.message)}”" if own_words else ""
    return f"{what} by {refusal.application.title}{held}{since}{said}. WebDAV is {perhaps}not involved."

"""LOCK refused because a lock exists.

What happened: the request asked for a new lock, and the resource is locked already. An exclusive lock goes with no
other lock; a shared one goes with shared ones only.

How sure we are: certain that a lock is there. Who holds it is known only where the server shows lockdiscovery. Possible
where the request is not known: WsgiDAV sends the code no-conflicting-lock to writes as well.

What to do: do not send LOCK again. See who holds the lock; wait for it, or ask. If the lock is your own, refresh it
instead.

How to confirm: `davlock locks URL` shows the other lock, where the server shows locks.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Remedy, RetryVerdict, Severity
from davlock.diagnosis.predicates.applications import may_be_no_dav
from davlock.diagnosis.predicates.locks import locks_unread, own_locks
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import NO_DAV, describe, investigate, lock_facts, retry_as_told, retry_for, ways_past
from davlock.protocol.precondition import NO_CONFLICTING_LOCK


@rule(
    id="423-lock-conflict",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("9.10.6"), rfc4918("7.1")),
)
def check(evidence: Evidence) -> Match | None:
    """A new LOCK refused as locked; without a method, the code that says so (WsgiDAV sends it for PUT as well)."""
    if not refused_as_locked(evidence):
        return None
    code = evidence.cause is not None and NO_CONFLICTING_LOCK in evidence.cause.codes
    if not (evidence.method == "LOCK" and not evidence.is_refresh) and not (evidence.method == "" and code):
        return None
    if not evidence.covering:
        if not locks_unread(evidence):
            return None
        doubt = NO_DAV if may_be_no_dav(evidence) else None
        if evidence.method == "" and not _says_lock(evidence):
            doubt = _A_WRITE
        return Match(
            certainty=Certainty.POSSIBLE if doubt else Certainty.CERTAIN,
            headline="LOCK was refused: the resource is locked already"
            if doubt is not _A_WRITE
            else "The resource is locked already: most likely a LOCK was refused over the lock that exists",
            explanation="Who holds the lock, and until when, was not asked."
            if doubt is not NO_DAV
            else "Nothing in what was seen is WebDAV's: it may be a lock of the application's own kind.",
            retry=retry_as_told(evidence),
            evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Retry-After")),
            alternatives=(doubt,) if doubt else (),
            remedies=(*_bare_refresh(evidence), investigate(evidence.target)),
        )
    lock = (own_locks(evidence) or evidence.covering)[0]
    mine = bool(lock.held)
    way = intrusive(
        "The lock is yours: refresh it instead of taking another",
        ("davlock", "refresh", evidence.target, "--token", lock.token or ""),
    )
    return Match(
        certainty=Certainty.CERTAIN,
        headline="LOCK was refused: " + ("you hold a lock on it already" if mine else describe(lock, evidence)),
        explanation="A new lock is not possible beside this one.",
        retry=AFTER_CHANGE if mine else retry_for(evidence),
        evidence=(*quotes.answer(evidence), *quotes.locks(evidence)),
        facts=lock_facts(lock),
        remedies=(way,) if mine else (*_bare_refresh(evidence), *ways_past(lock, evidence)),
    )


def _bare_refresh(evidence: Evidence) -> tuple[Remedy, ...]:
    """Where there was neither a lockinfo body nor an If: sabre/dav 1.8 and Subversion look at the lock first."""
    if evidence.request is None or evidence.request.body != b"" or not evidence.lacks("If"):
        return ()
    words = "The request has no body, as a refresh, and names no token: if you hold the lock, send it in If"
    return (intrusive(words, ("davlock", "refresh", evidence.target)),)


_A_WRITE = Alternative(
    "423-token-required", "the request's method: a write rather than LOCK (WsgiDAV sends this code to both)"
)


def _says_lock(evidence: Evidence) -> bool:
    """Whether the body is of sabre's exception that nothing but LOCK raises."""
    error = evidence.error
    return error is not None and (error.exception or "").endswith("ConflictingLock")

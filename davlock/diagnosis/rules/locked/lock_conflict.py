"""a LOCK meets a lock that exists already.

What happened: your program asked for a new lock, but the resource already has one. An exclusive lock allows no other
lock beside it. A shared lock allows only more shared locks.

How sure we are: certain that a lock exists. Its holder is known only if the server shows its locks. Possible if the
capture does not show the request: WsgiDAV answers writes with the code no-conflicting-lock, too.

What to do: do not send LOCK again. Find out who holds the lock, then wait for it or ask them. If the lock is your own,
renew it instead, or release it.

How to confirm: `davlock locks URL` shows the other lock, if the server shows its locks.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Remedy, RetryVerdict, Severity, after_wait
from davlock.diagnosis.predicates.applications import may_be_no_dav
from davlock.diagnosis.predicates.locks import locks_unread, own_locks
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import NO_DAV, describe, investigate, lock_facts, retry_as_told, retry_for, ways_past
from davlock.protocol.lock import same_token
from davlock.protocol.precondition import NO_CONFLICTING_LOCK


@rule(
    id="423-lock-conflict",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("9.10.6"), rfc4918("7.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a new LOCK refused as locked, or the code for that if the method is unknown (WsgiDAV: for PUT, too)."""
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
            headline="It is already locked, so the server refuses your request"
            if doubt is _A_WRITE
            else "It is already locked, and the server refuses a second lock",
            explanation=_unread(evidence, doubt),
            retry=retry_as_told(evidence),
            evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Retry-After")),
            alternatives=(doubt,) if doubt else (),
            remedies=(*_renew_without_token(evidence), investigate(evidence.target)),
        )
    lock = (own_locks(evidence) or evidence.covering)[0]
    mine = bool(lock.held) or evidence.is_yours(lock.lock) is True
    typed = ("--token", lock.token or "") if lock.held else ()
    renew = intrusive("Renew the lock that you hold", ("davlock", "refresh", evidence.target, *typed))
    release = intrusive("Or release it, then ask again", ("davlock", "unlock", evidence.target, *typed))
    runs = next((own.process for own in evidence.own if own.process and same_token(own.token, lock.token)), None)
    ways = (renew, release) if runs is None else (safe(f"Wait until your davlock run ends (process {runs})"),)
    return Match(
        certainty=Certainty.CERTAIN,
        headline="You already hold a lock on it" if mine else describe(lock, evidence),
        explanation="The server grants no second lock beside this one." + _bare_words(evidence) * (not mine),
        retry=(after_wait() if runs else AFTER_CHANGE) if mine else retry_for(evidence),
        evidence=(*quotes.answer(evidence), *quotes.locks(evidence)),
        facts=lock_facts(lock),
        remedies=ways if mine else (*_renew_without_token(evidence), *ways_past(lock, evidence)),
    )


def _unread(evidence: Evidence, doubt: Alternative | None) -> str:
    """Returns the explanation if nobody read the lock."""
    if doubt is NO_DAV:
        return "Nothing in the answer is from WebDAV, so it may be a lock of the application itself."
    lead = "Your request was probably a LOCK. " if doubt is _A_WRITE else ""
    return f"{lead}The answer does not say who holds the lock.{_bare_words(evidence)}"


def _is_bare(evidence: Evidence) -> bool:
    """Whether the LOCK has neither a lockinfo body nor an If: sabre/dav 1.8 and Subversion check for a lock first."""
    return evidence.request is not None and evidence.request.body == b"" and evidence.lacks("If")


def _bare_words(evidence: Evidence) -> str:
    return " Your LOCK has no body, like a renewal, but it sends no token." if _is_bare(evidence) else ""


def _renew_without_token(evidence: Evidence) -> tuple[Remedy, ...]:
    if not _is_bare(evidence):
        return ()
    return (intrusive("If the lock is yours, renew it", ("davlock", "refresh", evidence.target)),)


_A_WRITE = Alternative(
    "423-token-required", "the request's method: a write rather than LOCK (WsgiDAV sends this code to both)"
)


def _says_lock(evidence: Evidence) -> bool:
    """Whether the body names the exception of sabre that only LOCK raises."""
    error = evidence.error
    return error is not None and (error.exception or "").endswith("ConflictingLock")

"""it is locked, but the server hides the lock or its token.

What happened: the server refuses the request as locked, but it shows no lock, or a lock without its token. Go's WebDAV
(rclone, PhotoPrism, hacdias) never shows locks. Apache hides them with DavLockDiscovery Off, and some sabre servers
hide tokens.

How sure we are: certain if the server refuses to show its locks. Likely if it shows an empty list, because the lock
may have ended between the refusal and the next look. Possible if you hold a token, because the lock may be yours.
Possible, too, if nobody read the locks of the folders above.

What to do: wait until the lock ends, ask its holder, or ask the administrator to release it. Only the holder has the
token, so nobody else can release the lock over HTTP.

How to confirm: send the write again. If the server still refuses it and still shows no lock, the lock is hidden.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import Alternative, Certainty, Quote, Remedy, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.locks import foreign_locks, locks_hidden, locks_read_since
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.predicates.resource import ancestors_read, at_destination
from davlock.diagnosis.predicates.tokens import only_tokens, sent_dead_tokens
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import admin_store, describe, lock_facts, retry_as_told, retry_for, submit_token

PERHAPS_OURS = Alternative("lock-is-yours", "a write with the token that you hold")


@rule(
    id="423-token-withheld",
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("15.8"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refusal as locked if lockdiscovery is unreadable or empty, or a lock without its token."""
    refused = refused_as_locked(evidence)
    tokenless = [lock for lock in foreign_locks(evidence) if lock.token is None]
    if tokenless and (refused or is_inquiry(evidence)):
        lock = tokenless[0]
        perhaps_ours = bool(evidence.held)
        return Match(
            certainty=Certainty.POSSIBLE if perhaps_ours else Certainty.CERTAIN,
            alternatives=(PERHAPS_OURS,) if perhaps_ours else (),
            headline="It is locked, and the server hides the lock's token",
            explanation=f"{describe(lock, evidence)}. Only the program that took the lock has the token and can"
            " release it over HTTP.",
            retry=retry_for(evidence),
            evidence=(*(quotes.answer(evidence) if refused else ()), *quotes.locks(evidence)),
            facts=lock_facts(lock),
            remedies=_ways(evidence),
        )
    if not refused:
        return None
    hidden = locks_hidden(evidence)
    answered = hidden is not None and evidence.exchanges[hidden.exchange].status == 207
    if hidden is not None and answered and evidence.after_subject(hidden.exchange):
        return Match(
            certainty=Certainty.POSSIBLE
            if evidence.held
            else Certainty.CERTAIN
            if evidence.status == 423
            else Certainty.LIKELY,
            alternatives=(PERHAPS_OURS,) if evidence.held else (),
            headline="It is locked, and the server hides who holds the lock",
            explanation=f"The server does not show its locks here ({hidden.reason}), so nobody else can learn the"
            " token.",
            retry=retry_as_told(evidence),
            evidence=(
                *quotes.answer(evidence),
                Quote("lockdiscovery", hidden.reason, hidden.exchange),
                *quotes.response_header(evidence, "Retry-After"),
            ),
            remedies=_ways(evidence),
        )
    if sent_dead_tokens(evidence) and only_tokens(evidence) and evidence.destination is None:
        return None  # the tokens are what was refused
    there = at_destination(evidence)
    if there is not None and not (isinstance(there.locks, Known) and not there.covering):
        return None  # it is the destination that may be locked
    if isinstance(evidence.locks, Known) and not evidence.covering and locks_read_since(evidence):
        walked = ancestors_read(evidence) or (evidence.server is not None and evidence.server.shows_inherited is True)
        return Match(
            certainty=Certainty.LIKELY if walked else Certainty.POSSIBLE,
            headline="The server refuses it as locked, but shows no lock",
            explanation="Either the server hides the lock, or the lock ended between the refusal and the next look.",
            retry=retry_as_told(evidence),
            evidence=(
                *quotes.answer(evidence),
                Quote("lockdiscovery", "(empty)", evidence.locks.exchange),
                *quotes.response_header(evidence, "Retry-After"),
            ),
            alternatives=(
                Alternative("no-lock", "the same request sent again: it works if the lock has ended"),
                *(() if walked else (Alternative("423-ancestor-lock", "PROPFIND on each folder above"),)),
            ),
            remedies=(
                safe("Send the same request again"),
                *_ways(evidence),
            ),
        )
    return None


def _ways(evidence: Evidence) -> tuple[Remedy, ...]:
    held = min(evidence.held, default=None)
    ours = submit_token(evidence, evidence.target, held, "Send the token that you hold") if held else None
    return (
        *((ours,) if ours is not None and evidence.is_write else ()),
        safe("Release the lock in the program that took it", who=Who.LOCK_OWNER),
        intrusive("Wait for it, then lock it", ("davlock", "wait", "--then", "lock", "-w", "30m", evidence.target)),
        safe("Wait: a lock with a time limit expires"),
        *admin_store(evidence),
    )

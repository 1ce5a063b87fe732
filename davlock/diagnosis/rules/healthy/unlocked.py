"""the lock is released.

What happened: the server answered UNLOCK with a success, and no longer shows the lock.

How sure we are: certain if the locks were read afterwards. Likely if the server now leaves them out, or hides tokens.
Also likely if it hides its locks: then only its answer says so, and nothing verifies it. davlock does not believe
products that answer every UNLOCK with a success.

What to do: nothing.

How to confirm: `davlock locks URL` shows no lock, or another one.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import locks_read_since, seen_to_be_released
from davlock.diagnosis.predicates.unlocks import lock_left_by_unlock, nothing_to_release
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.unusable_reading import unusable_reading
from davlock.protocol.lock import same_token
from davlock.servers.profile import Store


@rule(
    id="unlocked",
    severity=Severity.OK,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.11"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 2xx to UNLOCK if the lock is not shown afterwards, or nothing speaks against the answer."""
    if evidence.method != "UNLOCK" or evidence.status is None or not 200 <= evidence.status < 300 or evidence.refusals:
        return None
    if evidence.page is not None and not seen_to_be_released(evidence):
        return None  # a web page answered, so nothing was released
    if lock_left_by_unlock(evidence) is not None or nothing_to_release(evidence) is not None:
        return None
    said = (quotes.status_line(evidence), *quotes.request_header(evidence, "Lock-Token"))
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    free_before = isinstance(evidence.locks_before, Known) and not evidence.locks_before.value
    if locks_read_since(evidence) and isinstance(evidence.locks, Known) and not free_before:
        if any(same_token(covering.token, sent) for covering in evidence.covering):
            return None
        count = len(evidence.covering)
        others = f"; {count} other {'lock remains' if count == 1 else 'locks remain'}" if count else ""
        shown = Quote(
            "lockdiscovery", "(empty)" if not evidence.covering else "without that token", evidence.locks.exchange
        )
        if any(covering.token is None for covering in evidence.covering):
            others = (
                f"; but the server hides the tokens of {count} {'lock' if count == 1 else 'locks'}, and it may be there"
            )
        known = evidence.server is not None and evidence.server.leaves_out_lockdiscovery
        left_out = bool(evidence.inferred_free) and not known
        unsure = left_out or any(covering.token is None for covering in evidence.covering)
        return Match(
            certainty=Certainty.LIKELY if unsure else Certainty.CERTAIN,
            headline=f"The lock is released{others}",
            explanation="The server showed it before and shows no locks now, as many servers do where nothing is"
            " locked."
            if left_out
            else "The server no longer shows it.",
            retry=NOT_NEEDED,
            evidence=(*said, shown),
        )
    gone = evidence.exists_now
    if isinstance(gone, Known) and not gone.value and evidence.after_subject(gone.exchange):
        return Match(
            certainty=Certainty.CERTAIN,
            headline="The lock is released, and its resource is gone, too",
            explanation="There is nothing at the URL now: it existed only for the lock, or somebody deleted it.",
            retry=NOT_NEEDED,
            evidence=(*said, Quote("PROPFIND", "404", gone.exchange)),
        )
    if isinstance(evidence.token_alive, Known) and not evidence.token_alive.value:
        tried = Quote("refresh with the same token", "refused: the token is dead", evidence.token_alive.exchange)
        return Match(
            certainty=Certainty.LIKELY,
            headline="The lock is released: its token no longer works",
            explanation="The server does not show locks, but it now refuses the token.",
            retry=NOT_NEEDED,
            evidence=(*said, tried),
        )
    if unusable_reading(evidence):
        return None
    server = evidence.server
    hides = isinstance(evidence.locks, Unreadable) and evidence.after_subject(evidence.locks.exchange)
    believed = server is not None and server.unlock_answer_proves
    # An empty lockdiscovery before and after proves nothing on Apache, which can be told to hide its locks.
    may_hide = believed and server is not None and server.shows_locks is not True and not evidence.covering
    read = locks_read_since(evidence)
    if not (hides or believed) or ((read or free_before) and not (hides or may_hide)):
        return None
    if server is not None and (server.unlock_answers_anything or server.store is Store.NOWHERE):
        return None
    if isinstance(evidence.token_alive, Known):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server says the lock is released (not verified)",
        explanation="It hides its locks here, so only its answer says so."
        if hides or read
        else "Nobody read the locks afterwards. This product was never seen to keep a lock after such an answer.",
        retry=NOT_NEEDED,
        evidence=said,
    )

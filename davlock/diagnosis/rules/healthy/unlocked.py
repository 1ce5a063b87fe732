"""verified by reading again.

What happened: The lock was released, as read again afterwards. The server answers UNLOCK with a success, and
lockdiscovery no longer shows the lock.

How sure we are: certain where lockdiscovery was read. Likely where the server leaves it out now, or hides tokens. Also
likely where it hides its locks: then its answer is all there is, and nothing verified it. Products that answer any
UNLOCK with a success are not believed.

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
from davlock.servers.profile import Store


@rule(
    id="unlocked",
    severity=Severity.OK,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.11"),),
)
def check(evidence: Evidence) -> Match | None:
    """2xx to UNLOCK, and a look afterwards that does not find the lock."""
    if evidence.method != "UNLOCK" or evidence.status is None or not 200 <= evidence.status < 300 or evidence.refusals:
        return None
    if evidence.page is not None and not seen_to_be_released(evidence):
        return None  # a page answered, and no UNLOCK was done
    if lock_left_by_unlock(evidence) is not None or nothing_to_release(evidence) is not None:
        return None
    said = (quotes.status_line(evidence), *quotes.request_header(evidence, "Lock-Token"))
    sent = (evidence.headers.get("Lock-Token") or "").strip("<> ")
    free_before = isinstance(evidence.locks_before, Known) and not evidence.locks_before.value
    if locks_read_since(evidence) and isinstance(evidence.locks, Known) and not free_before:
        if any(covering.token == sent for covering in evidence.covering):
            return None
        others = f"; {len(evidence.covering)} other lock(s) remain" if evidence.covering else ""
        shown = Quote(
            "lockdiscovery", "(empty)" if not evidence.covering else "without that token", evidence.locks.exchange
        )
        if any(covering.token is None for covering in evidence.covering):
            others = f"; {len(evidence.covering)} lock(s) are shown without a token, and one of them may be it"
        known = evidence.server is not None and evidence.server.leaves_out_lockdiscovery
        left_out = bool(evidence.inferred_free) and not known
        unsure = left_out or any(covering.token is None for covering in evidence.covering)
        return Match(
            certainty=Certainty.LIKELY if unsure else Certainty.CERTAIN,
            headline=f"The lock is released{others}",
            explanation="The server showed it before, and leaves lockdiscovery out now, as many do where nothing is"
            " locked."
            if left_out
            else "It was looked for again and is gone.",
            retry=NOT_NEEDED,
            evidence=(*said, shown),
        )
    gone = evidence.exists_now
    if isinstance(gone, Known) and not gone.value and evidence.after_subject(gone.exchange):
        return Match(
            certainty=Certainty.CERTAIN,
            headline="The lock is released, and the resource went with it",
            explanation="There is nothing at the URL any more: it was only there because it was locked, or was"
            " deleted.",
            retry=NOT_NEEDED,
            evidence=(*said, Quote("PROPFIND", "404", gone.exchange)),
        )
    if isinstance(evidence.token_alive, Known) and not evidence.token_alive.value:
        tried = Quote("refresh with the same token", "refused: the token is dead", evidence.token_alive.exchange)
        return Match(
            certainty=Certainty.LIKELY,
            headline="The lock is released: its token is dead",
            explanation="This server does not show locks, so the token was tried instead.",
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
        explanation="The server hides its locks here, so nothing but its answer says so."
        if hides or read
        else "The locks were not read afterwards. This product was never seen to answer so and keep the lock.",
        retry=NOT_NEEDED,
        evidence=said,
    )

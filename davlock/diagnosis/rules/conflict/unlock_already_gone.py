"""UNLOCK, and nothing is locked: the goal is met.

What happened: the lock that was to be released had expired, was released by someone else, or went with its resource.

How sure we are: certain where lockdiscovery was read afterwards and shows no lock. Likely where nobody looked, and the
requests before tell that the lock was released, went with its resource, or was not refreshed in time.

What to do: nothing. A client should treat this as success.

How to confirm: `davlock locks URL` shows no lock.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.fate import how_it_ended
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.situation import locks_read_since, unlock_token_refused


@rule(
    id="409-unlock-already-gone",
    severity=Severity.NOTICE,
    statuses=(400, 403, 409, 412),
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("9.11.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """UNLOCK refused for its token, and no lock is there; or files_lock's 412 to X-User-Lock, which means "not
    locked".
    """
    empty = isinstance(evidence.locks, Known) and not evidence.covering and locks_read_since(evidence)
    free = isinstance(evidence.locks_before, Known) and not evidence.locks_before.value
    # nginx says 204 to an UNLOCK of what is not locked.
    answered = evidence.method == "UNLOCK" and evidence.status in (200, 204) and evidence.page is None
    proves = evidence.server is not None and evidence.server.unlock_answer_proves
    missing = (
        not proves
        and isinstance(evidence.exists, Known)
        and not evidence.exists.value
        and not evidence.after_subject(evidence.exists.exchange)
    )
    # Of Apache, which can be told to hide its locks, an empty lockdiscovery before and after says nothing.
    known_to_hide = evidence.server is not None and evidence.server.shows_locks is not True
    idle = answered and ((empty and free and not known_to_hide) or missing)
    if not unlock_token_refused(evidence) and not idle:
        return None
    gone = _went_with_its_resource(evidence)
    ended, shows = how_it_ended(evidence) if not answered and not evidence.covering else ("", ())
    native = evidence.status == 412 and "X-User-Lock" in evidence.headers
    if not (native or empty or idle or gone is not None or ended):
        return None
    read: tuple[Quote, ...] = ()
    if isinstance(evidence.locks, Known) and empty:
        read = (Quote("lockdiscovery", "(empty)", evidence.locks.exchange),)
    elif gone is not None:
        read = (Quote("read afterwards", "404", gone),)
    unread = not (native or empty or idle or gone is not None)
    return Match(
        certainty=Certainty.LIKELY if unread or (_may_hide(evidence) and not native) else Certainty.CERTAIN,
        # PyWebDAV3 shows no lock on a collection, nor on a name where nothing is, and releases it all the same.
        headline="Nothing is locked here: the lock was gone before, or is released now"
        if idle and not (native or unlock_token_refused(evidence))
        else "The lock was already gone: nothing is left to release",
        explanation=(
            "UNLOCK was answered with a success, and no lock was shown before it."
            if idle and not (native or unlock_token_refused(evidence))
            else f"UNLOCK found nothing to release: its token locks nothing here any more. {ended}"
        )
        + (" Some servers of this kind hide their locks, though." if empty and _may_hide(evidence) else ""),
        retry=NOT_NEEDED,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Lock-Token"), *read, *shows),
    )


def _went_with_its_resource(evidence: Evidence) -> int | None:
    """The answer after the UNLOCK that shows that nothing is left at its URL, and no lock either: a lock ends with the
    resource that it was taken on (RFC 4918 §9.6).
    """
    now = evidence.exists_now
    if not isinstance(now, Known) or now.value or evidence.covering or not evidence.after_subject(now.exchange):
        return None
    return now.exchange


def _may_hide(evidence: Evidence) -> bool:
    """Whether an empty lockdiscovery leaves a doubt on this server."""
    return evidence.server is None or evidence.server.shows_locks is not True

"""read, and nothing is locked.

What happened: lockdiscovery was read, of the resource and where needed of the collections above it, and it is empty.
Or the server left it out, as it does where nothing is locked: Apache does so from when a lock ran out.

How sure we are: certain where the product is known to show all its locks, or a lock was granted to see. Likely
otherwise: Apache with DavLockDiscovery Off shows an empty lockdiscovery while locks are enforced. Nextcloud's
files_lock leaves out the locks of the user who asks, and shows them in nc:lock.

What to do: nothing. If a write is refused all the same, diagnose that refusal.

How to confirm: the write goes through.
"""

from davlock.diagnosis.above import read_to_the_top, unread_above
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.files_lock import beside_an_empty_lockdiscovery
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity, Verdict
from davlock.diagnosis.lock_verdict import lock_verdict
from davlock.diagnosis.predicates.locks import proven_free
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.servers.profile import Store


@rule(
    id="no-lock",
    severity=Severity.OK,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("15.8"),),
)
def check(evidence: Evidence) -> Match | None:
    """Locks were read, nothing was tried, and none covers the target; or a lock was granted, to see."""
    if not is_inquiry(evidence) or evidence.covering:
        return None
    granted = proven_free(evidence)
    collection = isinstance(evidence.is_collection, Known) and evidence.is_collection.value
    what = "The collection itself is not locked" if collection else "Nothing is locked"
    judged = lock_verdict(evidence)
    if judged.verdict is Verdict.BLOCKED:
        return None  # a member is locked, or the collection above: other rules say so
    refused = [method for method, met in judged.methods if met.verdict is Verdict.BLOCKED]
    by_token = [method for method, met in judged.methods if met.verdict is Verdict.CLEAR and met.only_own]
    if by_token:
        where = "a member is" if collection else "its collection is"
        what = f"It is not locked itself, but {where}: {' and '.join(by_token)} need the token, which you have"
    elif refused and not collection:
        what = f"It is not locked itself, but {' and '.join(refused)} are refused: its collection is locked"
    if granted is not None:
        server = evidence.server
        real = server is not None and (server.shows_locks is True or server.store in (Store.MEMORY, Store.DISK))
        left = ", though its release was refused" if evidence.taken else ", and released again"
        return Match(
            certainty=Certainty.CERTAIN if real else Certainty.LIKELY,
            headline=f"{what}: a lock was granted{left}",
            explanation="An exclusive lock is granted only where no other stands in its way"
            + (". " if real else ", unless the server grants every LOCK and keeps none (--scratch URL proves that)."),
            retry=NOT_NEEDED,
            evidence=(Quote("LOCK", "granted", granted.exchange),),
        )
    if not isinstance(evidence.locks, Known):
        return None
    if isinstance(evidence.exists, Known) and not evidence.exists.value:
        return None  # 404-not-found says so
    whole = read_to_the_top(evidence)
    vouched = evidence.server is not None and evidence.server.shows_locks is True and whole
    quote = Quote("lockdiscovery", "(empty)", evidence.locks.exchange)
    if (own := beside_an_empty_lockdiscovery(evidence)) is not None:
        return _hidden_own(own, quote)
    if unread := unread_above(evidence):
        return Match(
            certainty=Certainty.LIKELY,
            headline="It is not locked itself; whether a lock further up covers it is not known",
            explanation=f"lockdiscovery is empty. But {unread}.",
            retry=NOT_NEEDED,
            evidence=(quote,),
        )
    if evidence.inferred_free:
        return Match(
            certainty=Certainty.LIKELY,
            headline=what,
            explanation=f"{evidence.inferred_free}. Nothing else says that it is free.",
            retry=NOT_NEEDED,
            evidence=(Quote("lockdiscovery", "left out", evidence.locks.exchange),),
        )
    return Match(
        certainty=Certainty.CERTAIN if vouched else Certainty.LIKELY,
        headline=what,
        explanation="lockdiscovery is empty."
        if vouched
        else "lockdiscovery is empty. Some servers hide locks: if a write is refused all the same, believe the"
        " refusal; diagnose --attempt lock decides.",
        retry=NOT_NEEDED,
        evidence=(quote,),
    )


def _hidden_own(said: dict[str, str], quote: Quote) -> Match:
    """Nextcloud's files_lock leaves out of lockdiscovery the lock of the user who asks."""
    who = said.get("lock-owner-displayname") or said.get("lock-owner") or "somebody"
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"No lock stands in your way, if you are “{who}”, who locked it in Nextcloud",
        explanation="lockdiscovery is empty, and nc:lock says that it is locked: files_lock hides from users the locks"
        " of their own.",
        retry=NOT_NEEDED,
        evidence=(quote, *(Quote(f"nc:{name}", value or "(empty)", quote.exchange) for name, value in said.items())),
    )

"""nothing is locked.

What happened: the server was asked for the locks of the resource, and of the collections above it where that matters.
It shows none. Or it leaves the locks out, as it does where nothing is locked: Apache does so after a lock expired.

How sure we are: certain if the product is known to show all its locks, or if it granted a lock as a test. Likely
otherwise: Apache with DavLockDiscovery Off shows no lock and still enforces them. Nextcloud's files_lock hides your own
locks from you, and shows them in nc:lock.

What to do: nothing. If the server refuses a write all the same, diagnose that refusal. To be sure, add --attempt lock.

How to confirm: the write succeeds.
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
    """Matches if nothing was tried and no shown lock covers the target, or if the server granted a lock as a test."""
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
        what = f"It is not locked itself, but {where}; {' and '.join(by_token)} need the token that you have"
    elif refused and not collection:
        what = f"It is not locked itself, but its collection is: the server refuses {' and '.join(refused)}"
    if granted is not None:
        server = evidence.server
        real = server is not None and (server.shows_locks is True or server.store in (Store.MEMORY, Store.DISK))
        left = ", but did not release it" if evidence.taken else " and released it"
        return Match(
            certainty=Certainty.CERTAIN if real else Certainty.LIKELY,
            headline=f"{what}: the server granted a lock{left}",
            explanation="A server grants an exclusive lock only where there is no other lock."
            + ("" if real else " Some servers grant every LOCK and keep none: --scratch FOLDER finds that out."),
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
            headline="It is not locked itself, but a lock further up may cover it",
            explanation=f"Not every collection above it could be read: {unread}.",
            retry=NOT_NEEDED,
            evidence=(quote,),
        )
    if evidence.inferred_free:
        return Match(
            certainty=Certainty.LIKELY,
            headline=what,
            explanation=f"{evidence.inferred_free}. Nothing else shows that it is free.",
            retry=NOT_NEEDED,
            evidence=(Quote("lockdiscovery", "left out", evidence.locks.exchange),),
        )
    return Match(
        certainty=Certainty.CERTAIN if vouched else Certainty.LIKELY,
        headline=what,
        explanation="The server shows no lock."
        if vouched
        else "The server shows no lock, but some servers hide locks. To be sure: davlock diagnose --attempt lock.",
        retry=NOT_NEEDED,
        evidence=(quote,),
    )


def _hidden_own(said: dict[str, str], quote: Quote) -> Match:
    """Returns the match for a lock that Nextcloud's files_lock hides from its own holder."""
    who = said.get("lock-owner-displayname") or said.get("lock-owner") or "somebody"
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"“{who}” locked it in Nextcloud; if that is you, the lock does not stop you",
        explanation="Nextcloud hides your own locks from you, and it shows no lock here.",
        retry=NOT_NEEDED,
        evidence=(quote, *(Quote(f"nc:{name}", value or "(empty)", quote.exchange) for name, value in said.items())),
    )

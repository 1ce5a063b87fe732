"""the lock that was to be renewed is gone.

What happened: your program wanted to renew its lock (a LOCK without a body), but the server no longer has that lock.
lighttpd answers such a renewal with 200 and invents a lock, so only a second look shows the truth.

How sure we are: certain if a later look shows another lock, no resource, or no lock on a server that shows all locks.
Likely from the refusal alone, because some servers refuse another user's token in the same way. Possible if the
renewal got a success and the server may hide its locks, or if the If header asks for more than the token.

What to do: take a new lock. Before you write, compare the entity tag with the one you knew: someone may have written
in between.

How to confirm: `davlock locks URL` does not show the token.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.lock_ending import how_it_ended, what_became_of_it
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.refusal import failed_header
from davlock.diagnosis.predicates.resource import resource_gone
from davlock.diagnosis.predicates.tokens import knows_no_lock, only_tokens
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import describe, look


@rule(
    id="412-refresh-lost-lock",
    severity=Severity.ERROR,
    statuses=(207, 400, 412, 423, 424),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.10.2"), rfc4918("6.6")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a renewal refused with 412, or with another status if its lock is known to be gone, or a useless 2xx."""
    status = evidence.status if evidence.cause is None or evidence.status != 207 else evidence.cause.status
    if not evidence.is_refresh or status is None or failed_header(evidence) not in ("", "if"):
        return None
    tokens = evidence.submitted or ()
    read = isinstance(evidence.locks, Known) and locks_read_since(evidence)
    hidden = any(covering.token is None for covering in evidence.covering)
    gone = read and bool(tokens) and not hidden and not any(covering.token in tokens for covering in evidence.covering)
    missing = status < 300 and resource_gone(evidence)  # a lock goes with its resource
    gone = gone or (missing and bool(tokens))
    none_known = knows_no_lock(evidence)
    alive = read and any(covering.token in tokens for covering in evidence.covering)
    refused = status in (400, 404, 409, 412, 423, 424)
    story, proof = what_became_of_it(evidence)
    ended = bool(evidence.expired) and bool(how_it_ended(evidence)[0])
    its_way = evidence.server is not None and evidence.server.dead_refresh_status == status and only_tokens(evidence)
    says_so = status == 412 or (status == 400 and none_known and bool(tokens)) or (refused and ended) or its_way
    if alive or (not (gone and (refused or status < 300)) and not says_so):
        return None
    vouched = (
        missing or bool(evidence.covering) or (evidence.server is not None and evidence.server.shows_locks is True)
    )
    if status < 300 and not gone:
        return None
    unsure = (status < 300 and not vouched) or (status == 412 and not gone and not only_tokens(evidence))
    shown: tuple[Quote, ...] = quotes.locks(evidence) if read else ()
    if gone and isinstance(evidence.locks, Known) and not shown:
        shown = (Quote("lockdiscovery", "(empty)", evidence.locks.exchange),)
    taken = (
        f" Another lock is active: {describe(evidence.covering[0], evidence)}." if gone and evidence.covering else ""
    )
    success = " The server answered the renewal with success, but does not show the lock." if status < 300 else ""
    if missing:
        success = " The server answered the renewal with success, but the resource is gone."
    ended_somehow = story or "It has expired or was released, and its token opens nothing any more."
    return Match(
        certainty=Certainty.POSSIBLE if unsure else Certainty.CERTAIN if gone and vouched else Certainty.LIKELY,
        headline=f"The lock that you want to renew {'may be' if unsure else 'is'} gone",
        explanation=f"{ended_somehow}{taken}{success}"
        if not unsure or story
        else f"It may have expired or been released.{success}",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *shown, *proof),
        facts=(("submitted", tokens),),
        alternatives=_alternatives(evidence, status, gone=gone, dropped=none_known),
        remedies=(look(evidence.target, "See the lock that is active now"),)
        if gone and evidence.covering
        else (
            intrusive(
                "Take a new lock, then compare the entity tag",
                ("davlock", "lock", evidence.target),
            ),
        ),
    )


def _alternatives(evidence: Evidence, status: int, *, gone: bool, dropped: bool) -> tuple[Alternative, ...]:
    if status < 300:
        hidden = Alternative("423-token-withheld", "a write without the token: it gets 423 if the lock exists")
        return () if evidence.server is not None and evidence.server.shows_locks else (hidden,)
    if gone:
        return ()
    others = [_other_reason(dropped=dropped)]
    header = evidence.if_header
    if header is not None and any(condition.etag for entry in header.lists for condition in entry.conditions):
        others.append(Alternative("412-if-condition-false", "the same renewal with the token alone: If: (<token>)"))
    elif header is not None and header.tagged:
        others.append(Alternative("412-tagged-list-mismatch", "the same token in an untagged list: If: (<token>)"))
    if any(name in evidence.headers for name in ("If-Match", "If-Unmodified-Since")):
        others.append(Alternative("412-etag-changed", "the same renewal without that condition"))
    return tuple(others)


def _other_reason(*, dropped: bool) -> Alternative:
    if dropped:
        return Alternative("proxy-header-dropped", "the same renewal, sent to the server without a proxy")
    return Alternative("403-unlock-not-owner", "the same renewal as the user who took the lock")

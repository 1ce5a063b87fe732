"""refresh of a lock that is gone.

What happened: a LOCK without a body was to extend a lock, and the server has no such lock any more. lighttpd answers
200 to such a refresh and invents a lock in its answer, so that only a second look tells.

How sure we are: certain where lockdiscovery was read afterwards and shows another lock, or none on a server that is
known to show all, or where the resource is gone. Likely from the refusal alone: a few servers refuse another user's
token in the same way. Possible where the refresh was answered with a success and the server may hide its locks, or
where If asks for more than the token.

What to do: take a new lock, and compare the entity tag with the one you knew before writing: someone may have written
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
    """A refresh refused by 412 (or 400, 409, 423 with the token known to be gone), or one that was answered 2xx in
    vain.
    """
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
    became, shows = what_became_of_it(evidence)
    ended = bool(evidence.expired) and bool(how_it_ended(evidence)[0])
    its_way = evidence.server is not None and evidence.server.dead_refresh_status == status and only_tokens(evidence)
    told = status == 412 or (status == 400 and none_known and bool(tokens)) or (refused and ended) or its_way
    if alive or (not (gone and (refused or status < 300)) and not told):
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
    success = " The answer to the refresh was a success, but the lock is not shown." if status < 300 else ""
    if missing:
        success = " The server answered the refresh with a success, but the resource is gone."
    return Match(
        certainty=Certainty.POSSIBLE if unsure else Certainty.CERTAIN if gone and vouched else Certainty.LIKELY,
        headline="The lock that was to be refreshed is gone"
        if not unsure
        else "The lock that was to be refreshed is perhaps gone",
        explanation=f"{became or 'It expired or was released; its token opens nothing any more.'}{taken}{success}"
        if not unsure or became
        else f"It may have expired or been released.{success}",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *shown, *shows),
        facts=(("submitted", tokens),),
        alternatives=_alternatives(evidence, status, gone=gone, dropped=none_known),
        remedies=(look(evidence.target, "See the lock that is active now"),)
        if gone and evidence.covering
        else (
            intrusive(
                "Take a new lock, and compare the entity tag before you write",
                ("davlock", "lock", evidence.target),
            ),
        ),
    )


def _alternatives(evidence: Evidence, status: int, *, gone: bool, dropped: bool) -> tuple[Alternative, ...]:
    if status < 300:
        hidden = Alternative("423-token-withheld", "a write without the token: it is 423 if the lock is there")
        return () if evidence.server is not None and evidence.server.shows_locks else (hidden,)
    if gone:
        return ()
    found = [_other_reason(dropped=dropped)]
    header = evidence.if_header
    if header is not None and any(condition.etag for one in header.lists for condition in one.conditions):
        found.append(Alternative("412-if-condition-false", "the same refresh with the token alone: If: (<token>)"))
    elif header is not None and header.tagged:
        found.append(Alternative("412-tagged-list-mismatch", "the same token in an untagged list: If: (<token>)"))
    if any(name in evidence.headers for name in ("If-Match", "If-Unmodified-Since")):
        found.append(Alternative("412-etag-changed", "the same refresh without that condition"))
    return tuple(found)


def _other_reason(*, dropped: bool) -> Alternative:
    if dropped:
        return Alternative("proxy-header-dropped", "the same refresh past the proxy, straight to the server")
    return Alternative("403-unlock-not-owner", "the same refresh as the user who took the lock")

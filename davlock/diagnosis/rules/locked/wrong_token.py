"""the request sent a token, but not that of the active lock.

What happened: your program sent a lock token, but the resource is locked under another one. Your lock has expired, was
released, or is on another resource, and someone has locked this one since.

How sure we are: certain if the server shows the other lock. Likely if only the refusal says so. Possible if the header
has other conditions, or if the request also writes to a destination. Possible, too, if the name needs escaping,
because nginx does not recognise a right token then.

What to do: forget the old token, and find out who holds the lock now. If it is you, send the token that the server
shows.

How to confirm: `davlock locks URL` shows another token than the one that was sent.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.lock_ending import how_it_ended
from davlock.diagnosis.predicates.locks import wants_every_shared_token
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.tokens import sent_dead_tokens
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import describe, investigate, lock_facts, look, ways_past
from davlock.protocol.url import has_unusual_characters


@rule(
    id="423-wrong-token",
    severity=Severity.ERROR,
    statuses=(207, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.4"), rfc4918("11.3")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a refusal as locked if the request sent tokens, and none of them belongs to an active lock."""
    if not refused_as_locked(evidence) or not evidence.submitted:
        return None
    if evidence.method == "LOCK" and not evidence.is_refresh:
        return None  # asks for another lock: no token opens the way
    if sent_dead_tokens(evidence) and evidence.destination is None:
        return None  # nothing is locked, whatever the status says
    sent = evidence.submitted
    if any(covering.token in sent for covering in evidence.covering):
        return None
    if wants_every_shared_token(evidence) and set(sent) <= evidence.held:
        return None  # ours are probably for this resource: another holder's token is missing
    quoted = (*quotes.answer(evidence), *quotes.request_header(evidence, "If"))
    if evidence.covering and all(covering.token is not None for covering in evidence.covering):
        lock = evidence.covering[0]
        return Match(
            certainty=Certainty.CERTAIN,
            headline="The token that you sent is not the active lock's token",
            explanation=f"{describe(lock, evidence)}.",
            retry=AFTER_CHANGE,  # when the other lock has ended, the dead token is a condition that fails
            evidence=(*quoted, *quotes.locks(evidence)),
            facts=(("submitted", sent), *lock_facts(lock)),
            remedies=(look(evidence.target, "See the lock that is active now"), *ways_past(lock, evidence)),
        )
    ended, proof = how_it_ended(evidence)
    if ended:
        return Match(
            certainty=Certainty.LIKELY,
            headline="Your token's lock has ended, but the server says that it is locked",
            explanation=f"{ended} So another lock must be active now.",
            retry=AFTER_CHANGE,
            evidence=(*quoted, *proof),
            facts=(("submitted", sent),),
            alternatives=(
                Alternative("412-if-token-unknown", "PROPFIND: it shows no lock, so the token is in the way"),
            ),
            remedies=(investigate(evidence.target),),
        )
    odd_name = evidence.if_header is not None and evidence.if_header.tagged and has_unusual_characters(evidence.target)
    onto = evidence.destination
    lists = evidence.if_header.lists if evidence.if_header else ()
    beside = any(condition.etag is not None or condition.negated for entry in lists for condition in entry.conditions)
    return Match(
        certainty=Certainty.POSSIBLE if odd_name or onto is not None or beside else Certainty.LIKELY,
        headline="The token that you sent does not open this lock"
        if not beside
        else "Your If header does not open this lock: its token or its other condition is false",
        explanation="Most often, the lock of that token is gone or is on another resource, and a different lock is"
        " active.",
        retry=AFTER_CHANGE,
        evidence=quoted,
        facts=(("submitted", sent),),
        alternatives=(
            *((Alternative("423-held-by-other", f"PROPFIND on {onto}: it shows a lock"),) if onto else ()),
            *(
                (Alternative("412-if-condition-false", "the same request with the token alone: If: (<token>)"),)
                if beside
                else ()
            ),
            *((Alternative("name-encoding", "the same request with an untagged If: (<token>)"),) if odd_name else ()),
            Alternative("403-unlock-not-owner", "the same request as the user who took the lock"),
            Alternative("423-shared-lock", "PROPFIND: it shows several shared locks, and the server wants all tokens"),
            Alternative("proxy-header-dropped", "the same request, sent to the server without a proxy"),
        ),
        remedies=(investigate(evidence.target), *((investigate(onto),) if onto else ())),
    )

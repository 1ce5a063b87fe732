"""a token was submitted, another lock is active.

What happened: the request carried a lock token, but the resource is locked under a different one. The submitted lock
has expired, was released, or was taken on another resource, and someone has locked this one since.

How sure we are: certain where lockdiscovery shows the other lock. Likely from the refusal alone: a few servers (nginx
with names that need escaping) fail to recognise a token that is right.

What to do: drop the old token and see who holds the lock now. If it is you, use the token shown.

How to confirm: `davlock locks URL` shows a token other than the one that was sent.
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
    """A refusal as locked of a request that submitted tokens, none of which is an active lock's."""
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
        return None  # ours are of the same resource, as far as is known: another holder's is wanting
    said = (*quotes.answer(evidence), *quotes.request_header(evidence, "If"))
    if evidence.covering and all(covering.token is not None for covering in evidence.covering):
        lock = evidence.covering[0]
        return Match(
            certainty=Certainty.CERTAIN,
            headline="The token that was submitted is not that of the active lock",
            explanation=f"{describe(lock, evidence)}, under another token than the one in the request.",
            retry=AFTER_CHANGE,  # when the other lock is over, the dead token is a condition that fails
            evidence=(*said, *quotes.locks(evidence)),
            facts=(("submitted", sent), *lock_facts(lock)),
            remedies=(look(evidence.target, "See the lock that is active now"), *ways_past(lock, evidence)),
        )
    ended, shows = how_it_ended(evidence)
    if ended:
        return Match(
            certainty=Certainty.LIKELY,
            headline="The lock whose token was submitted is over, and the resource is locked all the same",
            explanation=f"{ended} Another lock is active now, as far as the answer tells.",
            retry=AFTER_CHANGE,
            evidence=(*said, *shows),
            facts=(("submitted", sent),),
            alternatives=(
                Alternative("412-if-token-unknown", "PROPFIND: nothing is locked, so the token is in the way"),
            ),
            remedies=(investigate(evidence.target),),
        )
    odd_name = evidence.if_header is not None and evidence.if_header.tagged and has_unusual_characters(evidence.target)
    onto = evidence.destination
    conditions = [one for entry in (evidence.if_header.lists if evidence.if_header else ()) for one in entry.conditions]
    beside = any(one.etag is not None or one.negated for one in conditions)
    return Match(
        certainty=Certainty.POSSIBLE if odd_name or onto is not None or beside else Certainty.LIKELY,
        headline="The token that was submitted does not open the lock on this resource"
        if not beside
        else "The If header does not open the lock: its token, or the condition beside the token, does not hold",
        explanation="The server says that the resource is locked although a token came with the request: most"
        " often that"
        " lock is gone, or is another resource's, and a different lock is active.",
        retry=AFTER_CHANGE,
        evidence=said,
        facts=(("submitted", sent),),
        alternatives=(
            *((Alternative("423-held-by-other", f"PROPFIND on {onto}: that name is locked"),) if onto else ()),
            *(
                (Alternative("412-if-condition-false", "the same request with the token alone: If: (<token>)"),)
                if beside
                else ()
            ),
            *((Alternative("name-encoding", "the same request with an untagged If: (<token>)"),) if odd_name else ()),
            Alternative("403-unlock-not-owner", "the same request as the user who took the lock"),
            Alternative("423-shared-lock", "PROPFIND: several shared locks, and the server wants all of their tokens"),
            Alternative("proxy-header-dropped", "the same request sent to the server past every proxy"),
        ),
        remedies=(investigate(evidence.target), *((investigate(onto),) if onto else ())),
    )

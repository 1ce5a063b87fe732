"""Refresh of a lock that is gone.

What happened: a LOCK without a body was to extend a lock, and the server has no such lock any more. lighttpd answers
200 to such a refresh and invents a lock in its answer, so that only a second look tells.

How sure we are: certain where lockdiscovery was read afterwards and does not show the token. Likely from the refusal
alone: a few servers refuse another user's token in the same way.

What to do: take a new lock, and compare the entity tag with the one you knew before writing: someone may have written
in between.

How to confirm: `davlock locks URL` does not show the token.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.situation import knows_no_lock, locks_read_since
from davlock.diagnosis.wording import describe, look


def check(evidence: Evidence) -> Match | None:
    """A refresh refused by 412 (or 400, 409, 423 with the token known to be gone), or one that was answered 2xx in
    vain.
    """
    if not evidence.is_refresh or evidence.status is None:
        return None
    tokens = evidence.submitted or ()
    read = isinstance(evidence.locks, Known) and locks_read_since(evidence)
    hidden = any(covering.token is None for covering in evidence.covering)
    gone = read and bool(tokens) and not hidden and not any(covering.token in tokens for covering in evidence.covering)
    none_known = knows_no_lock(evidence)
    alive = read and any(covering.token in tokens for covering in evidence.covering)
    refused = evidence.status in (400, 404, 409, 412, 423)
    told = evidence.status == 412 or (evidence.status == 400 and none_known and bool(tokens))
    if alive or (not (gone and (refused or evidence.status < 300)) and not told):
        return None
    if evidence.status < 300 and not gone:
        return None
    shown: tuple[Quote, ...] = quotes.locks(evidence)
    if gone and isinstance(evidence.locks, Known) and not shown:
        shown = (Quote("lockdiscovery", "(empty)", evidence.locks.exchange),)
    taken = f" Another lock is active: {describe(evidence.covering[0], evidence)}." if evidence.covering else ""
    success = " The answer to the refresh was a success, but the lock is not there." if evidence.status < 300 else ""
    return Match(
        certainty=Certainty.CERTAIN if gone else Certainty.LIKELY,
        headline="The lock that was to be refreshed is gone",
        explanation=f"It expired or was released; its token opens nothing any more.{taken}{success}",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *shown),
        facts=(("submitted", tokens),),
        alternatives=() if gone else (_other_reason(dropped=none_known),),
        remedies=(look(evidence.target, "See the lock that is active now"),)
        if gone and evidence.covering
        else (
            Remedy(
                Who.YOU,
                "Take a new lock, and compare the entity tag before you write",
                ("davlock", "lock", evidence.target),
                Risk.INTRUSIVE,
            ),
        ),
    )


def _other_reason(*, dropped: bool) -> Alternative:
    if dropped:
        return Alternative("proxy-header-dropped", "the same refresh past the proxy, straight to the server")
    return Alternative("403-unlock-not-owner", "the same refresh as the user who took the lock")


RULE = Rule(
    id="412-refresh-lost-lock",
    family=Family.PRECONDITION,
    severity=Severity.ERROR,
    title="refresh of a lock that is gone",
    page=__doc__,
    check=check,
    references=(rfc4918("9.10.2"), rfc4918("6.6")),
)

"""a checkout of the Acme Vault, which is no WebDAV lock.

What happened: somebody checked the document out in the Vault, which lets one person at a time edit a document. That is
a checkout: lockdiscovery does not show it, and no token opens it.

How sure we are: certain. The page names the Vault and the person.

What to do: ask that person to check the document in, or the Vault's administrator to end the checkout.

How to confirm: the Vault's console lists the document under Checkouts.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Reference, RetryVerdict, Severity, Who
from davlock.diagnosis.remedies import destructive, for_admin, safe
from davlock.diagnosis.rule import Family, Match, rule

SENTENCE = re.compile(r"checked out by (?P<holder>\w+)")


@rule(
    id="423-acme-checked-out",
    family=Family.LOCKED,
    severity=Severity.ERROR,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(Reference("Acme Vault: checkouts", "https://acme.example/vault/checkouts"),),
)
def check(evidence: Evidence) -> Match | None:
    """A refusal whose page says who has the document."""
    if evidence.cause is None or evidence.error is None or not evidence.error.says("acme vault"):
        return None
    found = SENTENCE.search(evidence.error.message or "")
    if found is None:
        return None
    holder = found["holder"]
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"{holder} has checked the document out",
        explanation="A checkout is no WebDAV lock: no token opens it, and UNLOCK does not end it.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        remedies=(
            safe(f"Ask {holder} to check the document in", who=Who.LOCK_OWNER),
            for_admin(destructive("End the checkout in the Vault's console, under Checkouts")),
        ),
        facts=(("holder", holder),),
    )

"""Something in between answers or drops a DAV verb.

What happened: a LOCK was granted here, and UNLOCK (or another LOCK) was answered 405 or 501, which the same server
would not do. A proxy with a DAV layer of its own, or a filter, has answered in its place.

How sure we are: likely. The lock was granted in these exchanges.

What to do: remove the DAV directives from the proxy (nginx: dav_methods, dav_ext_methods on a location that also has
proxy_pass), and let all methods through.

How to confirm: the same request sent to the server directly is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918


def check(evidence: Evidence) -> Match | None:
    """405 or 501 to LOCK or UNLOCK where a lock was granted before."""
    if evidence.method not in ("LOCK", "UNLOCK") or evidence.status not in (405, 501) or not evidence.taken:
        return None
    taken = evidence.taken[0]
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"A LOCK was granted here, yet {evidence.method} is not allowed: something in between swallows it",
        explanation="The lock is still there. A proxy or filter answers this verb in the server's place.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("LOCK answer", f"granted on {taken.url}", taken.exchange)),
        remedies=(
            Remedy(
                Who.SERVER_ADMIN,
                "Remove DAV directives from the proxy, and let every method through",
                None,
                Risk.INTRUSIVE,
            ),
        ),
    )


RULE = Rule(
    id="proxy-method-dropped",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="a proxy answers or drops a DAV verb",
    page=__doc__,
    check=check,
    references=(rfc4918("9.11"),),
)

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
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918


def check(evidence: Evidence) -> Match | None:
    """405 or 501 to LOCK or UNLOCK where a lock was granted; 2xx without a DAV answer where OPTIONS promises DAV."""
    if (swallowed := _swallowed(evidence)) is not None:
        return swallowed
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


def _swallowed(evidence: Evidence) -> Match | None:
    """The DAV classes of OPTIONS, and a PROPFIND or LOCK whose success holds nothing of DAV."""
    if not isinstance(evidence.dav, Known) or not evidence.dav.value:
        return None
    for index, exchange in enumerate(evidence.exchanges):
        response = exchange.response
        method = exchange.request.method.upper()
        if response is None or method != "PROPFIND" or not response.ok or response.status == 207:
            continue
        return Match(
            certainty=Certainty.LIKELY,
            headline=f"The server announces DAV, yet {method} is answered by something else",
            explanation="A PROPFIND that succeeds is a 207. A proxy or filter answers this verb in the server's place.",
            retry=AFTER_CHANGE,
            evidence=(
                Quote("status", f"{response.status} {response.reason}".strip(), index),
                Quote("OPTIONS", f"DAV: {', '.join(evidence.dav.value)}", evidence.dav.exchange),
            ),
            remedies=(Remedy(Who.SERVER_ADMIN, "Let every method through the proxy", None, Risk.INTRUSIVE),),
        )
    return None


RULE = Rule(
    id="proxy-method-dropped",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="a proxy answers or drops a DAV verb",
    page=__doc__,
    check=check,
    references=(rfc4918("9.11"),),
)

"""A header that was sent did not arrive at the server.

What happened: the server complains that the lock token is missing, and the request carried one. A proxy, a load
balancer or a security product in between removes the header fields of WebDAV (If, Lock-Token, Depth, Destination,
Timeout).

How sure we are: likely. The server's words contradict the request.

What to do: have the proxy pass these fields on.

How to confirm: the same request sent to the server directly is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918

# Words of WsgiDAV and sabre. What sabre says of a refresh ("An xml body is required") means that nothing is locked.
UNLOCK_WORDS = ("missing lock token", "no lock token was supplied")
REFRESH_WORDS = ("expected a lock token",)


def check(evidence: Evidence) -> Match | None:
    """UNLOCK with Lock-Token, or a refresh with If, of which the server says that there is none."""
    if evidence.cause is None or evidence.error is None or evidence.cause.status not in (400, 409, 412):
        return None
    if evidence.method == "UNLOCK" and evidence.headers.get("Lock-Token") and evidence.error.says(*UNLOCK_WORDS):
        name = "Lock-Token"
    elif evidence.is_refresh and evidence.submitted and evidence.error.says(*REFRESH_WORDS):
        name = "If"
    else:
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The {name} header was sent, and did not arrive at the server",
        explanation="The server says that the token is missing. Something in between removes the header.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, name)),
        facts=(("header", name),),
        remedies=(
            Remedy(
                Who.SERVER_ADMIN,
                "Let the proxy pass on If, Lock-Token, Depth, Destination, Overwrite and Timeout",
                None,
                Risk.INTRUSIVE,
            ),
        ),
    )


RULE = Rule(
    id="proxy-header-dropped",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="If, Lock-Token, Depth, Destination or Timeout did not arrive at the server, though it was sent",
    page=__doc__,
    check=check,
    references=(rfc4918("10.4"), rfc4918("10.5")),
)

"""LOCK granted without a Lock-Token field.

What happened: the answer to a LOCK that makes a new lock must name the token in the field Lock-Token. This one names it
in the body only. Clients that read the field take the LOCK for a failure, or lose the token.

How sure we are: certain if the request is known to ask for a new lock, likely otherwise: a renewal needs no such field.

What to do: take the token from the body (davlock does), and ask the server's author to send the field.

How to confirm: curl -i shows the fields of the answer to a LOCK.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.grants import grant_stands
from davlock.diagnosis.remedies import for_admin, safe
from davlock.diagnosis.rule import Match, Role, rfc4918, rule


@rule(
    id="lock-token-header-missing",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.10.1"), rfc4918("10.5")),
)
def check(evidence: Evidence) -> Match | None:
    """A new lock in the body, and no Lock-Token in an answer whose fields are known."""
    response, lock = evidence.response, evidence.granted
    if response is None or lock is None or lock.token is None or evidence.is_refresh or "If" in evidence.headers:
        return None
    if "Lock-Token" in response.headers or not response.headers.complete:
        return None
    if not grant_stands(evidence):
        return None  # it protects nothing
    known = evidence.request is not None and bool(evidence.request.body)
    return Match(
        certainty=Certainty.CERTAIN if known else Certainty.LIKELY,
        headline="The server grants the lock without a Lock-Token field: clients that read it fail",
        explanation="RFC 4918 §9.10.1 requires the field in the answer to a new lock. The token stands in the body.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("status", f"{response.status} {response.reason}".strip(), evidence.subject),
            Quote("response header Lock-Token", "(not sent)", evidence.subject),
        ),
        facts=(("token", lock.token.uri),),
        remedies=(
            for_admin(safe("Update the server, or report it to its author")),
            safe("Read the token from the body where the field is missing", who=Who.CLIENT_AUTHOR),
        ),
    )

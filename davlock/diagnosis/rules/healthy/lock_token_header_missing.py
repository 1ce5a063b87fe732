"""the server sends no Lock-Token header with a new lock.

What happened: the answer to a new LOCK must name the token in the Lock-Token header. This answer names it only in the
body. Clients that read the header think that the LOCK failed, or lose the token.

How sure we are: certain if the request asked for a new lock. Likely otherwise, because a renewal needs no such header.

What to do: read the token from the body, as davlock does. Ask the server's author to send the header.

How to confirm: `curl -i` shows the header fields of the answer to LOCK.
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
    """Matches a new lock in the body of an answer that is known to have no Lock-Token header."""
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
        headline="The server sends no Lock-Token header with the lock, so some clients fail",
        explanation="RFC 4918 §9.10.1 requires it in the answer to a new lock. Here only the body has the token.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("status", f"{response.status} {response.reason}".strip(), evidence.subject),
            Quote("response header Lock-Token", "(not sent)", evidence.subject),
        ),
        facts=(("token", lock.token.uri),),
        remedies=(
            for_admin(safe("Update the server, or report it to its author")),
            safe("Read the token from the body, too", who=Who.CLIENT_AUTHOR),
        ),
    )

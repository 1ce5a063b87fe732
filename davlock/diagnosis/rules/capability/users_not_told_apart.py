"""the server treats all clients as one user.

What happened: the server did the same without a login as with one: it does not look at the user name that you type. A
lock then keeps out programs without its token, but it belongs to nobody. Whoever has the token can release it.

How sure we are: certain if the server wrote a file without a login. A guess if it only answered PROPFIND: some servers
let everybody read, but ask for a login before a write.

What to do: nothing, if everybody on this network may write. Otherwise ask the administrator to require a login. Do not
rely on the owner of a lock: every client writes there what it likes.

How to confirm: `davlock check -u USER URL` writes a small file without the login, in a collection that it removes
afterwards.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Role, Scope, rfc4918, rule


@rule(
    id="users-not-told-apart",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    scope=Scope.SERVER,
    see=(rfc4918("6.4"), rfc4918("20.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a request that succeeded without the login of the others, if none was refused."""
    apart = evidence.users_told_apart
    if not isinstance(apart, Known) or apart.value:
        return None
    asked = evidence.exchanges[apart.exchange]
    method, status = asked.request.method, asked.status
    reason = asked.response.reason if asked.response is not None else ""
    wrote = method != "PROPFIND"
    return Match(
        certainty=Certainty.CERTAIN if wrote else Certainty.POSSIBLE,
        headline="The server asks for no login, so it treats everybody as one user"
        if wrote
        else "The server reads without a login, so it may treat everybody as one user",
        explanation=f"It answered {status} to {method} without a login. If it ignores user names, whoever has a lock's"
        " token can use it.",
        retry=NOT_NEEDED,
        evidence=(Quote(f"answer to {method} without a login", f"{status} {reason}".strip(), apart.exchange),),
        facts=(("method", method), ("status", status)),
        alternatives=()
        if wrote
        else (Alternative("401-not-authenticated", "a write without a login: the server refuses it"),),
        remedies=(for_admin(intrusive("Require a login, unless everybody may write here")),),
    )

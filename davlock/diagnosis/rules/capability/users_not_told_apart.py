"""the server asks for no login: all clients are one user.

What happened: The server does not tell users apart: a request without a login does the same. The server did what a
request without a login asked, where the other requests had one. It does not look at the user name that you type. A
lock then keeps out programs that do not have its token; it belongs to nobody, and whoever has the token can release
it.

How sure we are: certain where the server wrote a file without a login. A guess where it only answered PROPFIND: some
servers let everybody read, and ask for a login before a write.

What to do: nothing, if everybody on this network may write. Else have the administrator demand a login. Do not rely on
the names in the owner of a lock: every client writes there what it likes.

How to confirm: `davlock check -u USER URL` writes a small file without the login, in a collection that it removes.
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
    """A request without the login of the others that passed, and none that was refused."""
    told = evidence.users_told_apart
    if not isinstance(told, Known) or told.value:
        return None
    asked = evidence.exchanges[told.exchange]
    method, status = asked.request.method, asked.status
    reason = asked.response.reason if asked.response is not None else ""
    wrote = method != "PROPFIND"
    return Match(
        certainty=Certainty.CERTAIN if wrote else Certainty.POSSIBLE,
        headline="The server asks for no login: it does not tell users apart"
        if wrote
        else "The server answers PROPFIND without a login: it may not tell users apart",
        explanation=f"The server answered {status} to {method} without a login. Where it looks at no user name, whoever"
        " has the token of a lock can use it.",
        retry=NOT_NEEDED,
        evidence=(Quote(f"answer to {method} without a login", f"{status} {reason}".strip(), told.exchange),),
        facts=(("method", method), ("status", status)),
        alternatives=()
        if wrote
        else (Alternative("401-not-authenticated", "a write without a login: a server that reads for all refuses it"),),
        remedies=(for_admin(intrusive("If not everybody may write here, demand a login")),),
    )

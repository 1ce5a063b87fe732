"""a redirect leads out of the tree that was named.

What happened: davlock reads a tree, and the server answers a request in it with a redirect to a place outside: to a
collection above, to another server, or to a login page. davlock ends the walk there. It lists and releases nothing
outside of what you typed.

How sure we are: certain. The status and Location say so.

What to do: if the tree is there now, type that URL. If it is a login page, give the credentials.

How to confirm: the same command with the new URL reads the tree to its end.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.protocol.url import resolve, same_origin


@rule(
    id="walk-left-scope",
    severity=Severity.WARNING,
    statuses=(301, 302),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """A walk that was ended by a redirect."""
    if evidence.walk is None or evidence.walk.redirect is None:
        return None
    number = evidence.walk.redirect
    asked = evidence.exchanges[number]
    response = asked.response
    if response is None:
        return None
    location = response.headers.get("Location") or ""
    where = resolve(asked.request.url, location)
    near = same_origin(where, evidence.target)
    asked_for = f"{asked.request.method} {asked.request.url}"
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"A redirect leads out of the tree that was named, to {where}",
        explanation=f"The server answers {asked_for} with {response.status}. The walk over {evidence.target} ends"
        " there. davlock lists and releases nothing outside of it.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("status", f"{response.status} {response.reason}".strip(), number),
            Quote("response header Location", location, number),
        ),
        facts=(("location", where), ("tree", evidence.target), ("unread", evidence.walk.unread)),
        remedies=(
            safe(
                "Name that tree, if you mean it" if near else f"Type {where} yourself, if you mean it and trust it",
                ("davlock", "locks", "-r", where) if near else None,
            ),
        ),
    )

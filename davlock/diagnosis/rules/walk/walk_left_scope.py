"""a redirect leads out of the tree, so davlock stopped.

What happened: davlock read a tree, and the server redirected one of its requests to a place outside: a collection
above, another server, or a login page. davlock stopped there. It lists and releases nothing outside of the URL that you
typed.

How sure we are: certain. The status and Location say so.

What to do: if the tree has moved there, type that URL. If it is a login page, log in.

How to confirm: the same command with the new URL reads the whole tree.
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
    """Matches a walk that a redirect ended."""
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
        headline=f"The server redirects out of your tree, to {where}",
        explanation=f"It answers {asked_for} with {response.status}. davlock stopped there: it lists and releases"
        f" nothing outside of {evidence.target}.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("status", f"{response.status} {response.reason}".strip(), number),
            Quote("response header Location", location, number),
        ),
        facts=(("location", where), ("tree", evidence.target), ("unread", evidence.walk.unread)),
        remedies=(
            safe(
                "Read that tree instead, if you mean it"
                if near
                else f"Type {where} yourself, if you mean it and trust it",
                ("davlock", "locks", "-r", where) if near else None,
            ),
        ),
    )

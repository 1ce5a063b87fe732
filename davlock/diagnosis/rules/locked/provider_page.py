"""a hosting provider's HTML page in place of a DAV answer.

What happened: the provider's front end answered with a page of its own. It speaks of a locked page, and means that it
has suspended the service for a moment, not that a resource is locked.

How sure we are: likely where the page names the provider, and holds nothing of DAV; possible where it only speaks of a
locked page, as a wiki or another application can.

What to do: wait, and look at the provider's status page.

How to confirm: unrelated URLs of the same host are answered in the same way.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Alternative, Certainty, RetryVerdict, Severity, after_wait
from davlock.diagnosis.predicates.applications import may_be_no_dav
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.protocol.precondition import BodyKind
from davlock.servers.phrases import Said


@rule(
    id="423-provider-page",
    severity=Severity.WARNING,
    statuses=(423, 503),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc4918("11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """An HTML page that says "page locked", with a status that refuses."""
    if evidence.cause is None or evidence.error is None or evidence.error.kind is not BodyKind.HTML:
        return None
    named = Said.HOSTING_PROVIDER in evidence.said
    if Said.PAGE_LOCKED not in evidence.said and not (evidence.cause.status == 423 and named):
        return None
    if not named and may_be_no_dav(evidence):
        return None
    other = Alternative("423-unexplained", "GET of an unrelated URL of the same host: it is not answered by that page")
    return Match(
        certainty=Certainty.LIKELY if named else Certainty.POSSIBLE,
        alternatives=() if named else (other,),
        headline="The hosting provider's own page came in place of an answer from the DAV server"
        if named
        else "A web page came in place of an answer from the DAV server, perhaps the hosting provider's own",
        explanation="It speaks of a locked page, and is not about a lock on a resource.",
        retry=after_wait(),
        evidence=quotes.answer(evidence),
        remedies=(safe("Wait a little, and look at the provider's status page"),),
    )

"""the hosting provider's own web page came as the answer.

What happened: the provider's front end answered instead of the WebDAV server. Its page says “locked”, but it means
that the provider has suspended the service for a while. No file is locked.

How sure we are: likely if the page names the provider and nothing in it is from WebDAV. Possible if it only mentions a
locked page, because a wiki or another application can say that, too.

What to do: wait, and check the provider's status page.

How to confirm: other URLs of the same host return the same page.
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
    """Matches an HTML page that says "page locked", or a provider's page with a 423."""
    if evidence.cause is None or evidence.error is None or evidence.error.kind is not BodyKind.HTML:
        return None
    named = Said.HOSTING_PROVIDER in evidence.said
    says_locked = Said.PAGE_LOCKED in evidence.said
    if not says_locked and not (evidence.cause.status == 423 and named):
        return None
    if not named and may_be_no_dav(evidence):
        return None
    other = Alternative("423-unexplained", "GET of another URL of the same host: it does not return that page")
    return Match(
        certainty=Certainty.LIKELY if named else Certainty.POSSIBLE,
        alternatives=() if named else (other,),
        headline=f"{'Your hosting provider' if named else 'A web page'} answers instead of the WebDAV server",
        explanation="It says that a page is locked, and does not mean a lock on your file."
        if says_locked
        else "The page is not from the WebDAV server, so it says nothing about a lock on your file.",
        retry=after_wait(),
        evidence=quotes.answer(evidence),
        remedies=(safe("Wait, then check your hosting provider's status page"),),
    )

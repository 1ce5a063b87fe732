"""an application that is not WebDAV has a lock, and says what.

What happened: any API may answer 423: a repository is archived, an account is locked, somebody edits the content. The
answer's own words are the headline. No WebDAV token opens such a lock, and lockdiscovery does not show it.

How sure we are: certain if davlock knows the application. Likely from words in JSON while nothing is WebDAV's.

What to do: do what the answer says, in the application itself.

How to confirm: OPTIONS on the URL has no field DAV in its answer.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rfc, rule


@rule(
    id="423-application-lock",
    severity=Severity.ERROR,
    statuses=(403, 409, 423),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc(4918, "11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, RefusalKind.LOCK)

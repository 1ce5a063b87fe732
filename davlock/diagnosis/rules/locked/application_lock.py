"""an application that is not WebDAV has its own lock.

What happened: an application with an API of its own says that something is locked, with 423 or any other status. A
repository is archived, an account is locked, or somebody is editing the content. davlock shows the answer's own words.

How sure we are: certain if davlock knows the application. Likely if only the words of a JSON answer say so, and
nothing in the exchange is from WebDAV.

What to do: do what the answer says, in the application itself. For content that someone is editing, use the unlock
link in Plone, Unlock in dotCMS, or Cancel editing in Alfresco. No WebDAV token opens such a lock, and the server does
not list it.

How to confirm: OPTIONS on the URL returns no DAV header.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rfc, rule


@rule(
    id="423-application-lock",
    severity=Severity.ERROR,
    statuses=(400, 401, 403, 409, 423, 429, 500),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc(4918, "11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, RefusalKind.LOCK)

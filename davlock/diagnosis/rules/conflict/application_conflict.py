"""an application that is not WebDAV refuses an outdated change.

What happened: someone changed the object before you, or it already exists. APIs with versions answer 409 or 412 then:
CouchDB compares _rev, Kubernetes resourceVersion, Elasticsearch a sequence number, object stores an entity tag.
davlock shows the answer's own words. Nobody holds a lock, and no folder is missing.

How sure we are: certain if davlock knows the application. Likely if only the words of a JSON answer say so, and
nothing in the exchange is from WebDAV.

What to do: read the object again, repeat your change on it, and send the new version.

How to confirm: the same change to the current version works.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rfc, rule


@rule(
    id="409-application-conflict",
    severity=Severity.ERROR,
    statuses=(409, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.10"),),
)
def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, RefusalKind.CONFLICT)

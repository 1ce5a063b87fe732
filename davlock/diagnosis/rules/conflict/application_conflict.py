"""an application that is not WebDAV says what clashes.

What happened: APIs with versions answer 409 or 412 if another change came first: CouchDB compares _rev, Kubernetes
resourceVersion, Elasticsearch a sequence number, object stores an entity tag. The answer's own words are the headline.
No lock is held, and no folder is missing.

How sure we are: certain if davlock knows the application. Likely from words in JSON while nothing is WebDAV's.

What to do: read again, apply the change to what you read, and send it with the new version.

How to confirm: the same change on top of the current version goes through.
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

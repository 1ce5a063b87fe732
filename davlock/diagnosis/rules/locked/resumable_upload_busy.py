"""tus: an earlier request of the upload is still open.

What happened: a tus server locks an upload while a PATCH runs, and answers 423 to the next request for it. A broken
connection can stay open on the server for some time. A 409 means that the offset does not match. WebDAV is not
involved.

How sure we are: certain if a field Tus-Resumable shows the protocol, likely from the words alone.

What to do: wait a moment, ask for the offset with HEAD, and resume there. Behind a load balancer, all workers need one
locker.

How to confirm: HEAD on the upload answers 200 with Upload-Offset.
"""

from davlock.applications.application import RefusalKind
from davlock.diagnosis.application_match import application_match
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Reference, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, rule


@rule(
    id="423-resumable-upload-busy",
    severity=Severity.WARNING,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(Reference("tus: resumable upload protocol", "https://tus.io/protocols/resumable-upload"),),
)
def check(evidence: Evidence) -> Match | None:
    """Returns what the application says in the answer."""
    return application_match(evidence, RefusalKind.UPLOAD)

"""an earlier request of a resumable upload (tus) is still open.

What happened: a tus server locks an upload while it receives a part, and answers 423 to the next request for it. A
broken connection can stay open on the server for some time. A 409 means that the offset of your part is wrong.

How sure we are: certain if the header Tus-Resumable shows the protocol. Likely if only the words of the answer fit.

What to do: wait a moment, ask for the offset with HEAD, and resume there. In tus-js-client, retryDelays does that.
Behind a load balancer, all workers must share one locker. WebDAV is not involved.

How to confirm: HEAD on the upload returns 200 and Upload-Offset.
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

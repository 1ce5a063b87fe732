"""the server handled the request, but set no answer.

What happened: sabre/dav says that no part of it set a status. On Nextcloud, a lock plug-in failed silently. Writes from
Finder or Windows fail, or leave empty files.

How sure we are: certain. Only sabre/dav writes these words.

What to do: update the server. Update or disable the app that handles locks.

How to confirm: the server's log at the time of the request names the plug-in.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Scope, rfc, rule
from davlock.servers.phrases import Said


@rule(
    id="500-no-status",
    severity=Severity.ERROR,
    statuses=(500,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc(9110, "15.6.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches sabre's sentence for a request without a status."""
    if evidence.cause is None or evidence.error is None:
        return None
    if Said.NO_STATUS_SET not in evidence.said:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server handled the request, but forgot to answer it",
        explanation="A plug-in of sabre/dav failed silently, often the one for locks. You cannot change that.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        remedies=(for_admin(intrusive("Update the server; update or disable its lock app")),),
    )

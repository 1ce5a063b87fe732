"""maintenance or upgrade needed: never a lock.

What happened: Nextcloud and ownCloud answer every request with 503 while maintenance mode is on or an upgrade is
pending.

How sure we are: certain where the body says so, or Nextcloud's header. A 503 alone is no sign of it: a server that is
overloaded says the same (RFC 9110 §15.6.4). Nor are the words of a stock page that names maintenance among other
reasons, as those of Apache, Tomcat and Werkzeug do ("maintenance downtime or capacity problems").

What to do: wait, or have the administrator end the maintenance or run the upgrade.

How to confirm: /status.php says "maintenance":true or "needsDbUpgrade":true.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, RetryVerdict, Severity, after_wait
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.servers.phrases import Said, Sayings

HEADER = "X-Nextcloud-Maintenance-Mode"


@rule(
    id="503-maintenance",
    severity=Severity.WARNING,
    statuses=(503,),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc(9110, "15.6.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """503 whose words are of maintenance or an upgrade."""
    if evidence.cause is None or evidence.cause.status != 503 or evidence.error is None or evidence.response is None:
        return None
    if not _says_so(evidence.error.message or "") and HEADER not in evidence.response.headers:
        return None
    advice = evidence.wait_advice
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server is in maintenance: no lock is involved",
        explanation="Every request is refused until the maintenance ends.",
        retry=after_wait(advice.seconds if advice else None),
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, HEADER)),
        remedies=(
            safe("Wait until the maintenance ends"),
            for_admin(
                intrusive(
                    "If it is Nextcloud or ownCloud and the maintenance is over",
                    ("occ", "maintenance:mode", "--off"),
                )
            ),
        ),
    )


def _says_so(message: str) -> bool:
    sentences = re.split(r"[.!?]\s|\n", message)
    said = (Sayings(sentence) for sentence in sentences)
    return any(Said.MAINTENANCE in entry and Said.OVERLOADED not in entry for entry in said)

"""the server is down for maintenance; no lock is involved.

What happened: Nextcloud and ownCloud answer every request with 503 while maintenance mode is on or an upgrade is
pending.

How sure we are: certain if the body or Nextcloud's header says so. A 503 alone is no sign: an overloaded server sends
one, too. Nor are the stock pages of Apache, Tomcat and Werkzeug, which name maintenance among other reasons.

What to do: wait, or ask the administrator to end the maintenance or to run the upgrade.

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
    """Matches 503 with words about maintenance or an upgrade."""
    if evidence.cause is None or evidence.cause.status != 503 or evidence.error is None or evidence.response is None:
        return None
    if not _says_so(evidence.error.message or "") and HEADER not in evidence.response.headers:
        return None
    advice = evidence.wait_advice
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server is down for maintenance",
        explanation="It refuses every request until the maintenance ends. No lock is involved.",
        retry=after_wait(advice.seconds if advice else None),
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, HEADER)),
        remedies=(
            safe("Wait until the maintenance ends"),
            for_admin(
                intrusive(
                    "On Nextcloud or ownCloud: end the maintenance",
                    ("occ", "maintenance:mode", "--off"),
                )
            ),
        ),
    )


def _says_so(message: str) -> bool:
    sentences = re.split(r"[.!?]\s|\n", message)
    said = (Sayings(sentence) for sentence in sentences)
    return any(Said.MAINTENANCE in entry and Said.OVERLOADED not in entry for entry in said)

"""wrong passwords are being throttled; retrying extends it.

What happened: Wrong passwords are being counted, and every further try makes the block longer. The server answered 429
because of failed logins, not because of many requests. Often another client of yours still has an old password, or all
users come from one proxy address.

How sure we are: certain where the answer's words are about failed logins. Likely from Nextcloud's TooManyRequests: its
WebDAV side says that where the delay after wrong passwords has reached its end. Likely, too, where credentials were
refused more than once right before.

What to do: stop every client of this account. Correct the password in all of them, then wait; do not try in between.

How to confirm: after an hour without a try, one request with the right password is answered.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Quote, RetryVerdict, Severity, after_wait
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.protocol.precondition import DavError
from davlock.protocol.url import origin
from davlock.servers.phrases import Said

BLOCK = 3600.0
"""Seconds: how long such a block was reported to last without further tries."""


@rule(
    id="429-login-throttle",
    severity=Severity.ERROR,
    statuses=(429,),
    retry=(RetryVerdict.AFTER_WAIT,),
    see=(rfc(6585, "4"),),
)
def check(evidence: Evidence) -> Match | None:
    """429 whose words are of failed logins, with the exception of Nextcloud's for it, or after logins that failed."""
    if evidence.cause is None or evidence.cause.status != 429 or evidence.error is None:
        return None
    said = Said.LOGINS_THROTTLED in evidence.said
    refused = _refused_logins(evidence)
    if not said and not _guards_logins(evidence, evidence.error) and len(refused) < 2:
        return None
    advice = evidence.wait_advice
    return Match(
        certainty=Certainty.CERTAIN if said else Certainty.LIKELY,
        headline="Too many failed logins: do not try again before the password is right everywhere",
        explanation="Each further try makes the block longer. No lock is involved.",
        retry=after_wait(advice.seconds if advice else BLOCK),
        evidence=(
            *quotes.answer(evidence),
            *(Quote("credentials were refused", "401", index) for index in refused[-1:]),
        ),
        remedies=(
            safe("Stop every client of this account, correct the password in all of them, then wait"),
            for_admin(
                intrusive(
                    "If it is Nextcloud: reset the throttle of that address, and set trusted_proxies if all users"
                    " share one",
                    ("occ", "security:bruteforce:reset", "ADDRESS"),
                )
            ),
        ),
    )


def _refused_logins(evidence: Evidence) -> list[int]:
    """The requests with credentials that were answered 401 on this host, since the last that was not refused."""
    found: list[int] = []
    for index, exchange in enumerate(evidence.exchanges[: evidence.subject]):
        if "Authorization" not in exchange.request.headers or origin(exchange.request.url) != origin(evidence.target):
            continue
        if exchange.status == 401:
            found.append(index)
        elif exchange.response is not None and exchange.response.ok:
            found = []
    return found


def _guards_logins(evidence: Evidence, error: DavError) -> bool:
    """The exception of Nextcloud's DAV login (Connector/Sabre/Auth.php); elsewhere it says what was too many."""
    if (error.exception or "").rpartition("\\")[
        2
    ] == "MaxDelayReached":  # its Bruteforce\Throttler raises it for logins
        return True
    guarded = (error.exception or "").endswith("Sabre\\Exception\\TooManyRequests")
    return guarded and (not error.message or Said.LOGIN_DELAYED in evidence.said)

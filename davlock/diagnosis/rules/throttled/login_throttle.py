"""too many wrong passwords: every try makes the block longer.

What happened: the server blocks logins after too many wrong passwords (429). It is not about many requests. Often
another program of yours still has an old password, or all users share one proxy address.

How sure we are: certain if the answer's words are about failed logins. Likely from Nextcloud's TooManyRequests, which
its WebDAV sends after the longest delay for wrong passwords. Also likely if the server refused logins more than once
right before.

What to do: stop all your clients. Correct the password in all of them, then wait; do not try in between. On Nextcloud,
the administrator can reset the throttle of an address, and must set trusted_proxies if all users share one.

How to confirm: after an hour without a try, one request with the right password works.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Quote, RetryVerdict, Severity, after_wait
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.protocol.precondition import DavError
from davlock.protocol.url import origin
from davlock.servers.phrases import Said, Sayings

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
    """Matches 429 with words about failed logins, with Nextcloud's exception for them, or after failed logins."""
    if evidence.cause is None or evidence.cause.status != 429 or evidence.error is None:
        return None
    if application_refusal(evidence) is not None:
        return None  # a locked account
    said = Said.LOGINS_THROTTLED in evidence.said or Said.LOGINS_THROTTLED in Sayings(own_words(evidence), 429)
    refused = _refused_logins(evidence)
    if not said and not _guards_logins(evidence, evidence.error) and len(refused) < 2:
        return None
    advice = evidence.wait_advice
    return Match(
        certainty=Certainty.CERTAIN if said else Certainty.LIKELY,
        headline="The server blocks logins after too many wrong passwords",
        explanation="Every further try makes the block longer. No lock is involved.",
        retry=after_wait(advice.seconds if advice else BLOCK),
        evidence=(
            *quotes.answer(evidence),
            *(Quote("credentials were refused", "401", index) for index in refused[-1:]),
        ),
        remedies=(
            safe("Stop all your clients, correct the password, then wait"),
            for_admin(
                intrusive(
                    "On Nextcloud: reset the throttle of that address",
                    ("occ", "security:bruteforce:reset", "ADDRESS"),
                )
            ),
        ),
    )


def _refused_logins(evidence: Evidence) -> list[int]:
    """Returns the requests with a login that got 401 on this host since the last success."""
    refused: list[int] = []
    for index, exchange in enumerate(evidence.exchanges[: evidence.subject]):
        if "Authorization" not in exchange.request.headers or origin(exchange.request.url) != origin(evidence.target):
            continue
        if exchange.status == 401:
            refused.append(index)
        elif exchange.response is not None and exchange.response.ok:
            refused = []
    return refused


def _guards_logins(evidence: Evidence, error: DavError) -> bool:
    """Whether it is the exception of Nextcloud's DAV login (Connector/Sabre/Auth.php) without another reason."""
    if (error.exception or "").rpartition("\\")[
        2
    ] == "MaxDelayReached":  # its Bruteforce\Throttler raises it for logins
        return True
    guarded = (error.exception or "").endswith("Sabre\\Exception\\TooManyRequests")
    return guarded and (not error.message or Said.LOGIN_DELAYED in evidence.said)

"""Wrong passwords are being counted, and every further try makes the block longer.

What happened: the server answered 429 because of failed logins, not because of many requests. Often another client of
yours still has an old password, or all users come from one proxy address.

How sure we are: certain where the answer's words are about logins. Likely from Nextcloud's exception for it.

What to do: stop every client of this account. Correct the password in all of them, then wait; do not try in between.

How to confirm: after an hour without a try, one request with the right password is answered.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Certainty, Remedy, Risk, Severity, Who, after_wait
from davlock.diagnosis.rule import Family, Match, Rule, rfc
from davlock.protocol.precondition import BodyKind, DavError

WORDS = ("login", "log in", "password", "authentication", "brute", "credential", "sign-in")

# A web page may have a link to its login: there the words must speak of trying.
_TRIES = re.compile(
    r"(?:too many|failed|invalid|wrong|repeated)\W+(?:\w+\W+){0,3}"
    r"(?:log-?\s?in|sign-?\s?in|password|authentication|credential)"
    r"|(?:log-?\s?in|sign-?\s?in|password|authentication)\W+(?:\w+\W+){0,2}(?:attempt|retr|tries|failure)|brute",
    re.IGNORECASE,
)

BLOCK = 3600.0
"""Seconds: how long such a block was reported to last without further tries."""


def check(evidence: Evidence) -> Match | None:
    """429 whose words are of logins or passwords, or Nextcloud's protection against guessing."""
    error = evidence.error
    if evidence.cause is None or evidence.cause.status != 429 or error is None:
        return None
    page = error.kind is BodyKind.HTML
    said = _TRIES.search(error.message or "") is not None if page else error.says(*WORDS)
    if not said and not _guards_logins(error):
        return None
    advice = evidence.wait_advice
    return Match(
        certainty=Certainty.CERTAIN if said else Certainty.LIKELY,
        headline="Too many failed logins: do not try again before the password is right everywhere",
        explanation="Each further try makes the block longer. No lock is involved.",
        retry=after_wait(advice.seconds if advice else BLOCK),
        evidence=quotes.answer(evidence),
        remedies=(
            Remedy(
                Who.YOU,
                "Stop every client of this account, correct the password in all of them, then wait",
                None,
                Risk.SAFE,
            ),
            Remedy(
                Who.SERVER_ADMIN,
                "If it is Nextcloud: reset the throttle of that address, and set trusted_proxies if all users"
                " share one",
                ("occ", "security:bruteforce:reset", "ADDRESS"),
                Risk.INTRUSIVE,
            ),
        ),
    )


def _guards_logins(error: DavError) -> bool:
    """The exception of Nextcloud's DAV login (Connector/Sabre/Auth.php); elsewhere it says what was too many."""
    guarded = (error.exception or "").endswith("Sabre\\Exception\\TooManyRequests")
    return guarded and (not error.message or error.says("maximum delay"))


RULE = Rule(
    id="429-login-throttle",
    family=Family.THROTTLED,
    severity=Severity.ERROR,
    title="wrong passwords are being throttled; retrying extends it",
    page=__doc__,
    check=check,
    references=(rfc(6585, "4"),),
)

"""the server granted less time than you asked for.

What happened: a server may choose any timeout. nginx, sabre and copyparty grant a fixed one; lighttpd grants at most
600 s by default. A client that relies on the time it asked for loses its lock while it works.

How sure we are: certain. Both times are quoted. davlock does not report a second or two, which passed on the way.

What to do: renew the lock at half of the granted time. Ask for the full time again at each renewal.

How to confirm: the timeout in the answer to LOCK is shorter than the one in the request.
"""

from collections.abc import Iterator

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import is_overdue, may_be_endless, never_ends, seconds_in_words
from davlock.errors import RemoteProtocolError
from davlock.protocol.headers import parse_timeout

SLACK = 2.0
"""Seconds that pass between granting and answering, or are lost in rounding (WsgiDAV, Tomcat)."""


@rule(
    id="timeout-shortened",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("10.7"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a LOCK that got a finite timeout, shorter than every one that its Timeout header asked for."""
    granted = evidence.granted.timeout if evidence.granted else None
    asked = evidence.headers.get("Timeout")
    if granted is None or asked is None or granted.seconds is None or never_ends(granted, evidence):
        return None
    if is_overdue(granted) or may_be_endless(granted, evidence):
        return None  # a time below zero is no time at all, and Second-0 can mean a lock that never ends
    wishes = list(_wishes(asked))
    if not wishes or any(wish is not None and granted.seconds + SLACK >= wish for wish in wishes):
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The server granted only {seconds_in_words(granted.seconds)}, less than you asked for",
        explanation="Renew the lock before half of that time is over."
        if granted.seconds
        else "Nobody can use a lock that ends at once.",
        retry=NOT_NEEDED,
        evidence=(
            Quote("request header Timeout", asked, evidence.subject),
            Quote("activelock timeout", granted.as_sent, evidence.subject),
        ),
        facts=(("asked", asked), ("granted", granted.as_sent)),
    )


def _wishes(asked: str) -> Iterator[float | None]:
    """Yields the seconds of each choice in a Timeout header, ``None`` for Infinite; skips what makes no sense."""
    for choice in asked.split(","):
        try:
            yield parse_timeout(choice)[0].seconds
        except RemoteProtocolError:
            continue

"""granted less than asked, or a refresh shrank it.

What happened: a server may choose any timeout. nginx, sabre and copyparty grant a fixed one; lighttpd at most 600 s
by default. A client that goes by the time that it asked for loses its lock in the middle.

How sure we are: certain. Both times are quoted. A second or two less is only the time that passed.

What to do: refresh at half of the granted time, and ask for the original time again at each refresh.

How to confirm: the timeout in the answer to LOCK is less than the one that was asked for.
"""

from collections.abc import Iterator

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import is_overdue, never_ends, seconds_in_words
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
    """A LOCK that was granted a finite timeout, shorter than any that its Timeout header asked for."""
    granted = evidence.granted.timeout if evidence.granted else None
    asked = evidence.headers.get("Timeout")
    if granted is None or asked is None or granted.seconds is None or never_ends(granted, evidence):
        return None
    if is_overdue(granted):
        return None  # a time below zero is no time at all
    wishes = list(_wishes(asked))
    if not wishes or any(wish is not None and granted.seconds + SLACK >= wish for wish in wishes):
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The server granted {seconds_in_words(granted.seconds)}, less than was asked for",
        explanation="Refresh the lock before half of the granted time is over.",
        retry=NOT_NEEDED,
        evidence=(
            Quote("request header Timeout", asked, evidence.subject),
            Quote("activelock timeout", granted.as_sent, evidence.subject),
        ),
        facts=(("asked", asked), ("granted", granted.as_sent)),
    )


def _wishes(asked: str) -> Iterator[float | None]:
    """The seconds of each choice in a Timeout header, ``None`` for Infinite; nothing for what makes no sense."""
    for choice in asked.split(","):
        try:
            yield parse_timeout(choice)[0].seconds
        except RemoteProtocolError:
            continue

"""the server offers some clients other features than others.

What happened: the server answered OPTIONS on the same URL differently to another User-Agent. Nextcloud and ownCloud
without a lock app offer locks only to Finder, Explorer and OneNote, which insist on them; those locks protect nothing.
Some servers and filters single out clients in other ways.

How sure we are: certain. Both answers are quoted.

What to do: believe the answer that your own client gets. A client that is offered no locks cannot respect the locks of
others, so send If-Match with its writes. On Nextcloud, the files_lock app adds real locks.

How to confirm: `davlock diagnose URL --as CLIENT` asks both ways. `-A STRING` sends every request as that client.
"""

from itertools import combinations

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.resource import Offer
from davlock.diagnosis.rule import Match, Role, rfc4918, rule

NEXTCLOUD = ("nextcloud", "sabredav")
"""What Nextcloud is recognised as: it is built on sabre/dav, and does not always say more."""

LOCK_APP = for_admin(intrusive("On Nextcloud: install the files_lock app"))


_LONGEST_NAME = 40
"""Characters of a User-Agent in a headline."""


@rule(
    id="locks-depend-on-client",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.1"), rfc4918("18.2")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches two answers to OPTIONS that differ in DAV or in LOCK, if only the client can explain it."""
    pairs = [pair for pair in combinations(evidence.offers, 2) if _comparable(*pair) and _differ(*pair)]
    if not pairs:
        return None
    # A pair that differs in locks comes first; then the latest pair, because answers may have changed.
    first, second = max(pairs, key=lambda pair: (_locks(pair[0]) != _locks(pair[1]), pair[1].exchange))
    if _locks(first) != _locks(second):
        offered, refused = (first, second) if _locks(first) else (second, first)
        headline = f"The server offers locks to “{_name(offered, refused)}”, but not to “{_name(refused, offered)}”"
        explanation = (
            "It decides by the User-Agent. A server that offers locks only to clients that insist on them often grants"
            " locks that protect nothing."
        )
    else:
        headline = f"The server offers “{_name(first, second)}” other WebDAV features than “{_name(second, first)}”"
        explanation = "It decides by the User-Agent. About locks it answers both the same."
    return Match(
        certainty=Certainty.CERTAIN,
        headline=headline,
        explanation=explanation,
        retry=AFTER_CHANGE,
        evidence=(_quote(first), _quote(second)),
        facts=(("clients", (first.client, second.client)), ("locks_differ", _locks(first) != _locks(second))),
        remedies=(
            safe(
                "Ask as the other client",
                ("davlock", "diagnose", evidence.target, "-A", second.client),
            ),
            *((LOCK_APP,) if evidence.server is None or evidence.server.name in NEXTCLOUD else ()),
        ),
    )


def _name(offer: Offer, other: Offer) -> str:
    """Returns the first word of a User-Agent, or more of it if the other one begins with the same word."""
    word = offer.client.partition(" ")[0]
    return (offer.client if other.client.startswith(word) else word)[:_LONGEST_NAME]


def _comparable(first: Offer, second: Offer) -> bool:
    """Whether only the client differs: a login or another resource also changes what the server offers."""
    return first.client != second.client and first.url == second.url and first.authenticated == second.authenticated


def _differ(first: Offer, second: Offer) -> bool:
    return set(first.dav) != set(second.dav) or _lock_allowed(first) != _lock_allowed(second)


def _locks(offer: Offer) -> bool:
    return "2" in offer.dav and _lock_allowed(offer) is not False


def _lock_allowed(offer: Offer) -> bool | None:
    return None if offer.allow is None else "LOCK" in offer.allow


def _quote(offer: Offer) -> Quote:
    allow = "no Allow" if offer.allow is None else f"Allow: {', '.join(offer.allow)}"
    return Quote(f"OPTIONS as {offer.client}", f"DAV: {', '.join(offer.dav) or '(none)'}; {allow}", offer.exchange)

"""OPTIONS differs by User-Agent.

What happened: OPTIONS on the same URL was answered otherwise to another User-Agent. Nextcloud and ownCloud without a
lock app offer locks to Finder, Explorer and OneNote, which insist on them, and to nobody else; those locks protect
nothing. Some servers and filters single out clients in other ways.

How sure we are: certain. Both answers are quoted.

What to do: believe the answer that your client gets. A script that is told of no locks cannot honour those of others;
guard its writes with If-Match.

How to confirm: `davlock diagnose URL --as CLIENT` asks both ways; `-A STRING` asks everything as that client would.
"""

from itertools import combinations

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.resource import Offer
from davlock.diagnosis.rule import Match, Role, rfc4918, rule

NEXTCLOUD = ("nextcloud", "sabredav")
"""What Nextcloud is recognised as: it is built on sabre/dav, and does not always say more."""

LOCK_APP = for_admin(intrusive("If it is Nextcloud: install the files_lock app"))


@rule(
    id="locks-depend-on-client",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.1"), rfc4918("18.2")),
)
def check(evidence: Evidence) -> Match | None:
    """Two answers to OPTIONS that differ in DAV or in LOCK, with nothing but the client to explain it."""
    pairs = [pair for pair in combinations(evidence.offers, 2) if _comparable(*pair) and _differ(*pair)]
    if not pairs:
        return None
    # The one that is about locks before one that is about another class; the last, where answers changed meanwhile.
    one, other = max(pairs, key=lambda pair: (_locks(pair[0]) != _locks(pair[1]), pair[1].exchange))
    if _locks(one) != _locks(other):
        offered, refused = (one, other) if _locks(one) else (other, one)
        headline = f"Locks are offered to “{offered.client}”, and not to “{refused.client}”"
        explanation = (
            "The server decides by the User-Agent whom it tells of locks. Where that is done to please clients that"
            " insist on them, the locks protect nothing."
        )
    else:
        headline = f"“{one.client}” and “{other.client}” are told of different DAV classes"
        explanation = "The server decides by the User-Agent what it offers; of locks it tells both the same."
    return Match(
        certainty=Certainty.CERTAIN,
        headline=headline,
        explanation=explanation,
        retry=AFTER_CHANGE,
        evidence=(_quote(one), _quote(other)),
        facts=(("clients", (one.client, other.client)), ("locks_differ", _locks(one) != _locks(other))),
        remedies=(
            safe(
                "Ask everything as the other client would",
                ("davlock", "diagnose", evidence.target, "-A", other.client),
            ),
            *((LOCK_APP,) if evidence.server is None or evidence.server.name in NEXTCLOUD else ()),
        ),
    )


def _comparable(one: Offer, other: Offer) -> bool:
    """Whether only the client differs: a login, or another resource, changes what is offered too."""
    return one.client != other.client and one.url == other.url and one.authenticated == other.authenticated


def _differ(one: Offer, other: Offer) -> bool:
    return set(one.dav) != set(other.dav) or _lock_allowed(one) != _lock_allowed(other)


def _locks(offer: Offer) -> bool:
    return "2" in offer.dav and _lock_allowed(offer) is not False


def _lock_allowed(offer: Offer) -> bool | None:
    return None if offer.allow is None else "LOCK" in offer.allow


def _quote(offer: Offer) -> Quote:
    allow = "no Allow" if offer.allow is None else f"Allow: {', '.join(offer.allow)}"
    return Quote(f"OPTIONS as {offer.client}", f"DAV: {', '.join(offer.dav) or '(none)'}; {allow}", offer.exchange)

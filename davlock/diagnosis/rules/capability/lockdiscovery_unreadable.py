"""lockdiscovery is refused or 404: unknown, not unlocked.

What happened: lockdiscovery was asked for by name, and the answer has it as 404, 403 or 500, or not at all. Go's
webdav (rclone, PhotoPrism, hacdias) never implements it though it locks. Other servers leave it out where nothing is
locked, and show it where something is: another answer of the same server decides that.

How sure we are: certain. The server was asked and did not tell, here.

What to do: only a write shows whether something is locked. The client that took a lock knows its token; nobody else
can learn it.

How to confirm: `davlock propfind URL -p lockdiscovery` shows the status of the property.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import NotAsked, Unreadable
from davlock.diagnosis.finding import NOT_NEEDED, Alternative, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import locks_hidden, proven_free
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.resource import NOT_MENTIONED, says_missing
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import look
from davlock.errors import RemoteProtocolError
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import read_multistatus_of
from davlock.servers.profile import Store


@rule(
    id="lockdiscovery-unreadable",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("15.8"),),
)
def check(evidence: Evidence) -> Match | None:
    """Nothing was tried, and lockdiscovery could not be read."""
    if proven_free(evidence):
        return None  # a lock was granted, which says more than lockdiscovery would
    if isinstance(evidence.locks, NotAsked) and is_inquiry(evidence) and evidence.exchanges:
        return _left_out(evidence)
    hidden = locks_hidden(evidence)
    if hidden is None or not is_inquiry(evidence) or evidence.exchanges[hidden.exchange].status != 207:
        return None
    broken = _is_broken(evidence.exchanges[hidden.exchange])
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The answer with the locks cannot be read: whether it is locked is not known"
        if broken
        else _headline(evidence, hidden),
        explanation=f"Asked for lockdiscovery, its answer is no multistatus: {hidden.reason}."
        if broken
        else f"Asked for lockdiscovery, it did not tell: {hidden.reason}.{_known(evidence)}",
        retry=NOT_NEEDED,
        evidence=(Quote("lockdiscovery", hidden.reason, hidden.exchange),),
        remedies=_ways(evidence),
    )


def _ways(evidence: Evidence) -> tuple[Remedy, ...]:
    """What tells more. A product that never shows its locks shows none to a second question either."""
    never = evidence.server is not None and evidence.server.shows_locks is False
    asked = (
        safe(
            "See how the property was answered",
            ("davlock", "propfind", evidence.target, "-p", "lockdiscovery"),
        ),
    )
    tried = intrusive(
        "Try a lock for a moment, which is refused if there is one (said first, and released at once)",
        ("davlock", "diagnose", "--attempt", "lock", evidence.target),
    )
    return (*(() if never else asked), tried)


def _is_broken(exchange: Exchange) -> bool:
    """Whether its body is no multistatus: Zope writes an owner with "&" or "<" in it as it came."""
    response = exchange.response
    if response is None:
        return True
    try:
        read_multistatus_of(response, exchange.request.url)
    except RemoteProtocolError:
        return True
    return False


def _headline(evidence: Evidence, hidden: Unreadable) -> str:
    """No more than was seen: one answer says nothing about the other resources of the server."""
    if evidence.server is not None and evidence.server.shows_locks is False:
        return f"{evidence.server.title} never shows its locks: whether it is locked is not known"
    if hidden.reason == NOT_MENTIONED:
        return "The answer is about another resource: whether this one is locked is not known"
    if hidden.left_out:
        return "The server left lockdiscovery out here: either nothing is locked, or it does not show it"
    return "The server refuses to show the locks here: whether it is locked is not known"


def _known(evidence: Evidence) -> str:
    """What the product makes of it."""
    server = evidence.server
    if server is None:
        return ""
    if server.store is Store.NOWHERE:
        return f" {server.title} keeps no locks, as far as is known: most likely there is none to show."
    if server.leaves_out_lockdiscovery:
        return f" {server.title} answers so where nothing is locked: most likely it is free."
    return f" {server.title} is known for this." if server.shows_locks is False else ""


def _left_out(evidence: Evidence) -> Match | None:
    """An allprop answer without lockdiscovery: Go and sabre leave it out even where something is locked."""
    for index in reversed(range(len(evidence.exchanges))):
        exchange = evidence.exchanges[index]
        response = exchange.response
        if response is None or response.status != 207 or response.body is None or says_missing(exchange):
            continue
        if exchange.request.method.upper() == "PROPFIND":
            return Match(
                certainty=Certainty.POSSIBLE,
                headline="Whether it is locked was not asked: this answer has no lockdiscovery",
                explanation="A PROPFIND that does not ask for it by name need not get it.",
                retry=NOT_NEEDED,
                evidence=(Quote("PROPFIND", "207 without lockdiscovery", index),),
                alternatives=(Alternative("no-lock", "a PROPFIND that asks for lockdiscovery by name"),),
                remedies=(look(evidence.target, "Ask for it by name"),),
            )
    return None

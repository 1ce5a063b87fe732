"""the server does not show whether it is locked.

What happened: davlock asked for the locks (lockdiscovery). The server refused (403, 404 or 500) or left them out. Go's
WebDAV (rclone, PhotoPrism, hacdias) locks, but never shows its locks. Other servers leave them out only if nothing is
locked; another answer of the same server can show that.

How sure we are: certain that the server did not say. It may be locked or free.

What to do: only a write, or an attempt to lock, shows whether it is locked. Only the program that took a lock knows its
token.

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
    """Matches if nothing was tried and lockdiscovery could not be read."""
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
        headline="The server's answer about its locks cannot be read" if broken else _headline(evidence, hidden),
        explanation="The answer is broken, so it may be locked or free."
        if broken
        else f"It may be locked or free.{_known(evidence)}",
        retry=NOT_NEEDED,
        evidence=(Quote("lockdiscovery", hidden.reason, hidden.exchange),),
        remedies=_ways(evidence, hidden, broken=broken),
    )


def _ways(evidence: Evidence, hidden: Unreadable, *, broken: bool) -> tuple[Remedy, ...]:
    """Returns the ways to learn more. A server that left the locks out does not show them on a second try."""
    never = not broken and (hidden.left_out or (evidence.server is not None and evidence.server.shows_locks is False))
    asked = (
        safe(
            "See what the server answers",
            ("davlock", "propfind", evidence.target, "-p", "lockdiscovery"),
        ),
    )
    tried = intrusive(
        "Try a lock for a moment, released at once",
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
    """Claims no more than was seen: one answer says nothing about other resources of the server."""
    if evidence.server is not None and evidence.server.shows_locks is False:
        return f"{evidence.server.title} never shows its locks"
    if hidden.reason == NOT_MENTIONED:
        return "The server's answer is about another resource, not the one you asked about"
    if hidden.left_out and evidence.server is not None and evidence.server.store is Store.NOWHERE:
        return f"The server left out the locks; davlock knows that {evidence.server.title} keeps none"
    if hidden.left_out:
        return "The server left out the locks: either nothing is locked, or it hides them"
    return "The server refuses to show the locks here"


def _known(evidence: Evidence) -> str:
    """Returns what is known about the product, as a sentence."""
    server = evidence.server
    if server is None:
        return ""
    if server.store is Store.NOWHERE:
        return " Most likely it is free."
    if server.leaves_out_lockdiscovery:
        return f" {server.title} answers like this where nothing is locked, so most likely it is free."
    return " Only trying shows it." if server.shows_locks is False else ""


def _left_out(evidence: Evidence) -> Match | None:
    """Returns a match for an allprop answer without lockdiscovery: Go and sabre leave it out, locked or not."""
    for index in reversed(range(len(evidence.exchanges))):
        exchange = evidence.exchanges[index]
        response = exchange.response
        if response is None or response.status != 207 or response.body is None or says_missing(exchange):
            continue
        if exchange.request.method.upper() == "PROPFIND":
            return Match(
                certainty=Certainty.POSSIBLE,
                headline="Nobody asked for the locks: this answer does not mention them",
                explanation="A server may leave the locks out unless PROPFIND asks for lockdiscovery by name.",
                retry=NOT_NEEDED,
                evidence=(Quote("PROPFIND", "207 without lockdiscovery", index),),
                alternatives=(Alternative("no-lock", "a PROPFIND that asks for lockdiscovery by name"),),
                remedies=(look(evidence.target, "Ask for the locks"),),
            )
    return None

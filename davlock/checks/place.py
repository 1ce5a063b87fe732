"""Is there a collection at the URL? davlock asks before it checks anything in it."""

from collections.abc import Callable

from davlock.checks.context import CheckContext
from davlock.checks.outcomes import CheckUnknown
from davlock.checks.results import Stop
from davlock.checks.stopping import Stopped
from davlock.diagnosis.predicates.resource import slash_on_a_file
from davlock.diagnosis.resource import says_missing
from davlock.operations import investigate
from davlock.operations.probe import Probe
from davlock.operations.shown_elsewhere import read_ancestors
from davlock.protocol.message import Exchange, Request
from davlock.protocol.requests import STATE_PROPERTIES
from davlock.protocol.url import first_below, names_of


def require_collection(context: CheckContext) -> None:
    """Raises Stopped, with what to type, if the URL is empty or a file: every check would fail."""

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        exchange = context.ask(request)
        if feed is not None and exchange.response is not None and exchange.response.body:
            feed(exchange.response.body)
        return exchange

    probe = Probe(send, context.target, profiles=context.profiles, stay_within=context.target)
    try:
        state = probe.propfind(context.target, STATE_PROPERTIES)
        evidence = probe.evidence(inquiry=True)
        if not (says_missing(state) or state.status in investigate.WITH_A_SLASH or slash_on_a_file(evidence)):
            return
        investigate.read_what_was_refused(probe, state)
        if says_missing(state):
            read_ancestors(probe, probe.evidence(inquiry=True))
        evidence = probe.evidence(inquiry=True)
    except CheckUnknown:
        return  # the checks themselves say so
    except Stopped as stopped:
        if stopped.stop is Stop.NOT_DAV:
            return
        raise
    if slash_on_a_file(evidence):
        raise _no_collection(context.target)
    if says_missing(state):
        raise _nothing_there(context.target, evidence.nearest)


def _no_collection(target: str) -> Stopped:
    """Returns what to check in place of a file. The root of a server of calendars can be a page."""
    if not names_of(target):
        return Stopped(Stop.NO_COLLECTION, "this is no collection; name one below it")
    folder = f"{target.rstrip('/').rpartition('/')[0]}/"
    why = "this is a file; check the folder that it is in"
    return Stopped(Stop.NO_COLLECTION, why, command=("davlock", "check", folder))


def _nothing_there(target: str, nearest: str | None) -> Stopped:
    """Returns what is missing, with the command that creates the first missing collection."""
    if nearest is None:
        why = "nothing is there; create the collection first, or name one that exists"
        return Stopped(Stop.NO_COLLECTION, why)
    first = first_below(nearest, target)
    create = "create it" if names_of(first) == names_of(target) else "create each missing collection, beginning here"
    why = f"nothing is there; the path exists down to {nearest}; {create}"
    return Stopped(Stop.NO_COLLECTION, why, command=("curl", "-X", "MKCOL", first))

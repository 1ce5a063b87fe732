"""What the server announces, before anything is locked."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.outcomes import CheckFailed, CheckSkipped
from davlock.checks.results import Level
from davlock.operations.answers import answer, refusal, status_line
from davlock.operations.clients import USER_AGENTS
from davlock.operations.probe import went_well
from davlock.protocol import requests
from davlock.protocol.headers import parse_dav
from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.message import Exchange

GROUP = CheckGroup("discovery")
check = GROUP.check


def _dav(exchange: Exchange) -> frozenset[str]:
    response = exchange.response
    return frozenset(parse_dav(response.headers.get_all("DAV"))) if response is not None else frozenset()


@check(
    "dav-header",
    "The server announces locks in its DAV header",
    Level.MUST,
    "RFC 4918 §18.2",
    litmus="options",
    writes=False,
)
def dav_header(context: CheckContext) -> None:
    """Sends OPTIONS to the collection. Without class 2 in DAV, Finder mounts read-only and davfs2 does not lock. Class
    1 belongs beside it.
    """
    asked = context.ask(requests.options(context.target))
    classes = _dav(asked)
    if "2" not in classes:
        words = f"its DAV header has only {', '.join(sorted(classes))}" if classes else "sent no DAV header"
        raise CheckFailed(f"the server announces no locks: {status_line(asked)} to OPTIONS, and {words}", context.last)
    if "1" not in classes:
        context.warn("the DAV header has 2 without 1: some clients do not accept this as WebDAV")


@check("allow-header", "Allow lists LOCK and UNLOCK", Level.SHOULD, "RFC 9110 §9.3.7", writes=False)
def allow_header(context: CheckContext) -> None:
    """Sends OPTIONS to the collection. Some clients offer to lock a file only if they find both methods in Allow."""
    asked = context.ask(requests.options(context.target))
    named = asked.response.headers.get("Allow") if asked.response is not None else None
    if named is None:
        raise CheckFailed(f"{answer(asked)}, without an Allow header", context.last)
    words = {word.strip().upper() for word in named.split(",")}
    if absent := [verb for verb in ("LOCK", "UNLOCK") if verb not in words]:
        raise CheckFailed(f"Allow lacks {' and '.join(absent)}: {named}", context.last)


@check("propfind", "The server answers PROPFIND with a multistatus", Level.MUST, "RFC 4918 §9.1", writes=False)
def propfind(context: CheckContext) -> None:
    """Sends PROPFIND of the collection with Depth: 0. Without its answer no client can see a lock."""
    asked = context.ask(requests.propfind(context.target, Depth.ZERO, requests.STATE_PROPERTIES))
    if asked.status != 207:
        raise CheckFailed(f"{answer(asked)}, not 207", context.last)
    context.multistatus(asked)


@check(
    "lockdiscovery",
    "Clients can read lockdiscovery",
    Level.MUST,
    "RFC 4918 §18.2",
    writes=False,
    needs=("propfind", "dav-header"),
)
def lockdiscovery(context: CheckContext) -> None:
    """Sends PROPFIND of lockdiscovery, the property that shows locks. If the server withholds it, nobody can learn who
    holds a lock.
    """
    if context.locks(context.target) is None:
        raise CheckFailed(f"{context.not_shown()}: nobody can see a lock here", context.last)


@check(
    "same-for-all-clients",
    "The server offers every client the same DAV classes",
    Level.SHOULD,
    "RFC 4918 §10.1",
    writes=False,
    needs=("dav-header",),
)
def same_for_all_clients(context: CheckContext) -> None:
    """Sends OPTIONS with the User-Agent of several clients. Some servers offer locks, or fake ones, to Finder and
    Explorer alone.
    """
    usual = _dav(context.ask(requests.options(context.target)))
    for name, agent in USER_AGENTS.items():
        classes = _dav(context.ask(requests.options(context.target, client=agent)))
        if classes != usual:
            difference = "another offer of locks" if ("2" in classes) != ("2" in usual) else "other classes"
            raise CheckFailed(
                f"{name} gets {difference}: DAV {', '.join(sorted(classes)) or 'is missing'}", context.last
            )


@check(
    "scratch",
    "MKCOL creates a collection",
    Level.MUST,
    "RFC 4918 §9.3",
    litmus="begin",
    diagnostic=True,
)
def scratch(context: CheckContext) -> None:
    """Sends MKCOL of the scratch collection. All other checks write in it, and davlock removes it at the end."""
    made = context.create()
    subject = context.last
    if went_well(made):
        context.made = True
        return
    if made.status is not None and made.status >= 500:  # what cannot be locked can often not be written either
        context.probe(context.url.rstrip("/") + ".txt")
    raise CheckFailed(f"davlock could not create its collection: {answer(made)}", subject)


@check(
    "supportedlock",
    "supportedlock offers exclusive write locks",
    Level.MUST,
    "RFC 4918 §15.10",
    writes=False,
    needs=("propfind", "dav-header"),
)
def supportedlock(context: CheckContext) -> None:
    """Sends PROPFIND of supportedlock, which tells a client what it may lock. Windows and Office read it. If the
    collection offers no lock, davlock asks a file in it: Subversion locks only files.
    """
    context.notes["scopes"] = offered = _scopes(context, context.target, Depth.ZERO)
    subject = context.last
    if LockScope.EXCLUSIVE in offered:
        return
    missing = not _named(context, "{DAV:}supportedlock")
    url = context.name()
    if not context.made:
        below = _scopes(context, context.target, Depth.ONE)
    elif went_well(context.put(url)):
        below = _scopes(context, url, Depth.ZERO)
    else:
        below = frozenset()
    if LockScope.EXCLUSIVE not in below:
        why = "the server refuses or omits supportedlock" if missing else "supportedlock offers no exclusive lock"
        raise CheckFailed(why, subject)
    context.notes["scopes"] = below
    context.warn("supportedlock offers exclusive locks only on files, not on collections", subject)


def _named(context: CheckContext, name: str) -> bool:
    """Whether the latest answer contains a property, with any value."""
    responses = context.multistatus(context.exchanges[-1]).responses
    return any(
        propstat.status == 200 and any(prop.name == name for prop in propstat.properties)
        for element in responses
        for propstat in element.propstats
    )


def _scopes(context: CheckContext, url: str, depth: Depth) -> frozenset[LockScope | None]:
    """Returns what supportedlock offers at a URL; with Depth 1 also what it offers on any member."""
    asked = context.ask(requests.propfind(url, depth, ("{DAV:}supportedlock",)))
    if asked.status != 207 and depth is Depth.ONE:
        return frozenset()
    propstats = [propstat for element in context.multistatus(asked).responses for propstat in element.propstats]
    return frozenset(
        entry.scope for propstat in propstats if propstat.status == 200 for entry in propstat.supported or ()
    )


@check(
    "depth-header",
    "PROPFIND with Depth: 0 returns one resource",
    Level.MUST,
    "RFC 4918 §10.2",
    writes=False,
    needs=("propfind",),
    diagnostic=True,
)
def depth_header(context: CheckContext) -> None:
    """Sends PROPFIND with Depth: 0 and Depth: 1. A proxy that drops Depth makes every PROPFIND list the whole tree. It
    also turns every lock of depth 0 into a lock on everything below.
    """
    names = ("{DAV:}resourcetype",)
    above = context.target
    if context.made:
        context.collection()
        above = context.url
    asked = context.ask(requests.propfind(above, Depth.ZERO, names))
    subject = context.last
    if asked.status != 207:
        raise CheckFailed(refusal(asked, "PROPFIND with Depth: 0"), subject)
    count = len(context.multistatus(asked).responses)
    if count > 1:
        raise CheckFailed(
            f"PROPFIND with Depth: 0 returned {count} resources: Depth does not reach the server", subject
        )
    deeper = context.ask(requests.propfind(above, Depth.ONE, names))
    if deeper.status != 207 or len(context.multistatus(deeper).responses) < 2:
        raise CheckSkipped("the collection is empty, so Depth: 0 and Depth: 1 return the same", context.last)

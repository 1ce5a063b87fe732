"""Does the server return what a client sent? Owner, token, lockroot, scope and depth."""

from dataclasses import replace

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.outcomes import CheckFailed, CheckSkipped, CheckUnknown
from davlock.checks.requester import SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import granted, refusal
from davlock.operations.probe import went_well
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.url import same_resource

GROUP = CheckGroup("fidelity", needs=("scratch", PUT, LOCK))
check = GROUP.check
SHOWN = "lock-discovered"

_OWNER = "Zoë <zoe@example.org> & “friends”"
_HREF = "https://people.example/zoe"


@check(
    "owner-kept",
    "The server returns the owner unchanged",
    Level.SHOULD,
    "RFC 4918 §14.17",
    litmus="discover",
    needs=(SHOWN,),
)
def owner_kept(context: CheckContext) -> None:
    """Sends LOCK with `<`, `&`, quotes and an umlaut in the owner, then PROPFIND. The owner tells people who to ask.
    Without it they see only a token.
    """
    url = context.file()
    context.lock(url, owner=_OWNER)
    locks = context.locks(url)
    if locks is None:
        raise CheckFailed(f"for a lock with the owner {_OWNER}, {context.not_shown()}", context.last)
    words = [active.owner.text if active.owner is not None else "" for active in locks]
    if not any(words):
        subject, plain = context.last, context.file()
        context.lock(plain)
        kept = any(lock.owner is not None and lock.owner.text for lock in context.locks(plain) or ())
        where = f": it drops {_OWNER} and keeps a plain owner" if kept else ""
        raise CheckFailed(f"the server shows the lock without its owner{where}", subject)
    if not any(_OWNER in text for text in words):
        context.warn(f"the server returned the owner {_OWNER} as {words[0]}")


@check(
    "owner-element",
    "The server returns an owner in an href element",
    Level.SHOULD,
    "RFC 4918 §14.17",
    needs=(SHOWN, "owner-kept"),
)
def owner_element(context: CheckContext) -> None:
    """Sends LOCK with the owner in an `href` element, as Finder, Office and most libraries send it. A server that drops
    its namespace makes the whole answer unreadable, with all locks in it.
    """
    url = context.file()
    asked = requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=_HREF)
    href = _HREF.encode()
    body = asked.body.replace(href, b"<D:href>%b</D:href>" % href) if isinstance(asked.body, bytes) else None
    taken = context.ask(replace(asked, body=body))
    if not went_well(taken):
        raise CheckFailed(refusal(taken, f"LOCK with the owner <href>{_HREF}</href>"), context.last)
    locks = context.locks(url)
    if locks is None:
        raise CheckFailed(f"for a lock with an href as owner, {context.not_shown()}", context.last)
    owner = next((active.owner for active in locks if active.owner is not None), None)
    if owner is None or _HREF not in owner.text:
        came = f"as {owner.text or owner.xml}" if owner is not None else "empty"
        raise CheckFailed(f"the server returned the owner <href>{_HREF}</href> {came}", context.last)
    if "href" not in owner.xml or "&lt;" in owner.xml:
        context.warn(f"the server returned the owner <href>{_HREF}</href> as text: {owner.xml}")
    if any(deviation.where.startswith("XML") for deviation in context.multistatus(context.exchanges[-1]).deviations):
        context.warn("with an href as owner, the answer is not well-formed XML: strict clients see no lock")


@check("token-unique", "Every lock has its own token", Level.MUST, "RFC 4918 §6.5")
def token_unique(context: CheckContext) -> None:
    """Sends LOCK of two files. If both locks have the same token, a client can release a foreign lock."""
    first, second = context.lock(context.file()), context.lock(context.file())
    if first.token == second.token:
        raise CheckFailed(f"two locks have the same token: {first.token}", second.subject)


@check("token-uri", "A lock token is a URI", Level.MUST, "RFC 4918 §6.5")
def token_uri(context: CheckContext) -> None:
    """Sends LOCK of a file. Most clients send the token as they received it, but some parse it."""
    taken = context.lock(context.file())
    if not taken.token.is_uri:
        context.warn(f"the token is not an absolute URI: {taken.token}", taken.subject)


@check("token-same", "Header and body of LOCK give the same token", Level.MUST, "RFC 4918 §9.10.1")
def token_same(context: CheckContext) -> None:
    """Sends LOCK of a file. Some clients read the token from Lock-Token, others from the body."""
    taken = context.lock(context.file())
    if taken.lock is None or taken.lock.token is None:
        raise CheckUnknown("the answer to LOCK does not contain the token in its body", taken.subject)
    if taken.lock.token != taken.token:
        raise CheckFailed(f"Lock-Token says {taken.token}, the body says {taken.lock.token}", taken.subject)


@check("lockroot", "The server gives the right lock root", Level.MUST, "RFC 4918 §14.12", needs=(SHOWN,))
def lockroot(context: CheckContext) -> None:
    """Sends LOCK of a collection, then PROPFIND of a file in it. The lock root shows people where to release a lock
    that covers their file.
    """
    folder = context.collection()
    inside = context.file(url=f"{folder}a.txt")
    try:
        taken = context.lock(folder, depth=Depth.INFINITY)
    except CheckFailed:  # Subversion locks no collections
        taken, folder = context.lock(inside), inside
    shown = taken.among(context.locks(inside) or ()) or taken.lock
    if shown is None:
        raise CheckUnknown("no answer describes the lock", context.last)
    if shown.root is None:
        context.warn("the server gives no lockroot: people cannot see where to release the lock")
    elif not same_resource(shown.root.url, folder):
        raise CheckFailed(f"the server gives the lockroot {shown.root.url} for a lock on {folder}", context.last)


@check("scope-and-depth", "LOCK returns the scope and depth of the request", Level.MUST, "RFC 4918 §14.1")
def scope_and_depth(context: CheckContext) -> None:
    """Sends LOCK with scope exclusive and Depth: 0. A client that reads another scope or depth misjudges what it may
    do.
    """
    taken = context.lock(context.file())
    if taken.lock is None:
        raise CheckUnknown("the answer to LOCK does not describe the lock", taken.subject)
    scope = taken.lock.scope.value if taken.lock.scope is not None else "missing"
    depth = taken.lock.depth
    if scope != "exclusive":
        context.warn(f"the scope of an exclusive lock is {scope}", taken.subject)
    if depth is not Depth.ZERO:
        context.warn(f"the depth of a lock of depth 0 is {depth.value if depth else 'missing'}", taken.subject)


@check("owner-long", "The server accepts a long owner", Level.SHOULD, "RFC 4918 §14.17")
def owner_long(context: CheckContext) -> None:
    """Sends LOCK with an owner of 4,000 characters. Some clients write whole documents there."""
    asked = context.try_lock(context.file(), owner="davlock " + "x" * 4000)
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "LOCK with a long owner"), context.last)


@check("owner-none", "LOCK without an owner is granted", Level.MUST, "RFC 4918 §14.11")
def owner_none(context: CheckContext) -> None:
    """Sends LOCK without an owner element, which is optional. cadaver and many scripts send none."""
    url = context.file()
    asked = context.ask(requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=None))
    if not went_well(asked):
        raise CheckFailed(refusal(asked, "LOCK without an owner"), context.last)
    token, _ = granted(asked)
    if token is None:
        raise CheckSkipped("the server gave no lock token", context.last)


@check("etag-kept", "A lock does not change the entity tag", Level.SHOULD, "RFC 4918 §8.6", needs=(PROTECTS,))
def etag_kept(context: CheckContext) -> None:
    """Sends HEAD, LOCK, HEAD. A client must be able to use the entity tag from before its lock. Otherwise its first
    save fails.
    """
    url = context.file()
    before = context.strong_etag(url)
    context.lock(url)
    after = context.strong_etag(url)
    if before.value != after.value:
        raise CheckFailed(f"LOCK changed the entity tag from {before} to {after}", context.last)

"""Whether what goes in comes out: owner, token, lockroot, timeout."""

from dataclasses import replace

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.outcomes import CheckFailed, CheckSkipped, CheckUnknown
from davlock.checks.requester import SECONDS
from davlock.checks.results import Level
from davlock.operations.answers import answer, granted
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
    """LOCK with `<`, `&`, quotes and an umlaut in the owner, then PROPFIND. The owner tells people whom to ask. Without
    it they see only a token.
    """
    url = context.file()
    context.lock(url, owner=_OWNER)
    locks = context.locks(url)
    if locks is None:
        raise CheckFailed(f"with the owner {_OWNER}, {context.not_shown()}", context.last)
    words = [active.owner.text if active.owner is not None else "" for active in locks]
    if not any(words):
        subject, plain = context.last, context.file()
        context.lock(plain)
        kept = any(lock.owner is not None and lock.owner.text for lock in context.locks(plain) or ())
        where = f": the owner {_OWNER} is lost, a plain one is kept" if kept else ""
        raise CheckFailed(f"lockdiscovery shows the lock without its owner{where}", subject)
    if not any(_OWNER in text for text in words):
        context.warn(f"the owner {_OWNER} came back as {words[0]}")


@check(
    "owner-element",
    "The server returns an owner in an href element",
    Level.SHOULD,
    "RFC 4918 §14.17",
    needs=(SHOWN, "owner-kept"),
)
def owner_element(context: CheckContext) -> None:
    """LOCK with the owner in an `href` element, as Finder, Office and most libraries send it. A server that drops its
    namespace makes the whole answer unreadable, with all locks in it.
    """
    url = context.file()
    asked = requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=_HREF)
    href = _HREF.encode()
    body = asked.body.replace(href, b"<D:href>%b</D:href>" % href) if isinstance(asked.body, bytes) else None
    taken = context.ask(replace(asked, body=body))
    if not went_well(taken):
        raise CheckFailed(f"{answer(taken)}, with the owner <href>{_HREF}</href>", context.last)
    locks = context.locks(url)
    if locks is None:
        raise CheckFailed(f"with an href for an owner, {context.not_shown()}", context.last)
    owner = next((active.owner for active in locks if active.owner is not None), None)
    if owner is None or _HREF not in owner.text:
        came = f"as {owner.text or owner.xml}" if owner is not None else "empty"
        raise CheckFailed(f"the owner <href>{_HREF}</href> came back {came}", context.last)
    if "href" not in owner.xml or "&lt;" in owner.xml:
        context.warn(f"the owner <href>{_HREF}</href> came back as text: {owner.xml}")
    if any(deviation.where.startswith("XML") for deviation in context.multistatus(context.exchanges[-1]).deviations):
        context.warn("with an href for an owner, the answer is no well-formed XML: strict clients see no lock")


@check("token-unique", "Every lock has its own token", Level.MUST, "RFC 4918 §6.5")
def token_unique(context: CheckContext) -> None:
    """LOCK of two files. If both locks have the same token, a client can release a foreign lock."""
    first, second = context.lock(context.file()), context.lock(context.file())
    if first.token == second.token:
        raise CheckFailed(f"two locks have the same token, {first.token}", second.subject)


@check("token-uri", "A lock token is a URI", Level.MUST, "RFC 4918 §6.5")
def token_uri(context: CheckContext) -> None:
    """LOCK of a file. Most clients send the token as they received it, but some parse it."""
    taken = context.lock(context.file())
    if not taken.token.is_uri:
        context.warn(f"the token is no absolute URI: {taken.token}", taken.subject)


@check("token-same", "Header and body of LOCK give the same token", Level.MUST, "RFC 4918 §9.10.1")
def token_same(context: CheckContext) -> None:
    """LOCK of a file. Some clients read the token from Lock-Token, others from the body."""
    taken = context.lock(context.file())
    if taken.lock is None or taken.lock.token is None:
        raise CheckUnknown("the body of the answer does not name the token", taken.subject)
    if taken.lock.token != taken.token:
        raise CheckFailed(f"the header says {taken.token}, the body {taken.lock.token}", taken.subject)


@check("lockroot", "The server gives the right lock root", Level.MUST, "RFC 4918 §14.12", needs=(SHOWN,))
def lockroot(context: CheckContext) -> None:
    """LOCK of a collection, then PROPFIND of a file in it. The lock root shows people where to release a lock that
    covers their file.
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
        context.warn("there is no lockroot in the lock")
    elif not same_resource(shown.root.url, folder):
        raise CheckFailed(f"the lockroot is {shown.root.url}, and {folder} was locked", context.last)


@check("scope-and-depth", "LOCK returns the scope and depth of the request", Level.MUST, "RFC 4918 §14.1")
def scope_and_depth(context: CheckContext) -> None:
    """LOCK with scope exclusive and Depth: 0. A client that reads another scope or depth misjudges what it may do."""
    taken = context.lock(context.file())
    if taken.lock is None:
        raise CheckUnknown("the body of the answer does not describe the lock", taken.subject)
    scope = taken.lock.scope.value if taken.lock.scope is not None else "missing"
    depth = taken.lock.depth
    if scope != "exclusive":
        context.warn(f"an exclusive lock was asked for, its scope is {scope}", taken.subject)
    if depth is not Depth.ZERO:
        context.warn(f"depth 0 was asked for, it is {depth.value if depth else 'missing'}", taken.subject)


@check("owner-long", "The server accepts a long owner", Level.SHOULD, "RFC 4918 §14.17")
def owner_long(context: CheckContext) -> None:
    """LOCK with an owner of 4,000 characters. Some clients write whole documents there."""
    asked = context.try_lock(context.file(), owner="davlock " + "x" * 4000)
    if not went_well(asked):
        raise CheckFailed(answer(asked), context.last)


@check("owner-none", "LOCK without an owner is granted", Level.MUST, "RFC 4918 §14.11")
def owner_none(context: CheckContext) -> None:
    """LOCK without an owner element, which is optional. cadaver and many scripts send none."""
    url = context.file()
    asked = context.ask(requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=None))
    if not went_well(asked):
        raise CheckFailed(answer(asked), context.last)
    token, _ = granted(asked)
    if token is None:
        raise CheckSkipped("no token came back", context.last)


@check("etag-kept", "A lock does not change the entity tag", Level.SHOULD, "RFC 4918 §8.6", needs=(PROTECTS,))
def etag_kept(context: CheckContext) -> None:
    """HEAD, LOCK, HEAD. A client must be able to use the entity tag from before its lock. Otherwise its first save
    fails.
    """
    url = context.file()
    before = context.strong_etag(url)
    context.lock(url)
    after = context.strong_etag(url)
    if before.value != after.value:
        raise CheckFailed(f"before the lock the entity tag was {before}, now it is {after}", context.last)

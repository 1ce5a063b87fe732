"""Whether what goes in comes out: owner, token, lockroot, timeout."""

from dataclasses import replace

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT
from davlock.checks.not_passed import Failed, Skip, Unknown
from davlock.checks.requester import SECONDS
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer, granted
from davlock.operations.case import went_well
from davlock.protocol import requests
from davlock.protocol.lock import Depth, LockScope
from davlock.protocol.url import same_resource

GROUP = Group("fidelity", needs=("scratch", PUT, LOCK))
check = GROUP.check
SHOWN = "lock-discovered"

_OWNER = "Zoë <zoe@example.org> & “friends”"
_HREF = "https://people.example/zoe"


@check("owner-kept", "The owner comes back", Level.SHOULD, "RFC 4918 §14.17", litmus="discover", needs=(SHOWN,))
def owner_kept(site: Site) -> None:
    """The owner is how people know whom to ask. A server that drops it leaves them with a token."""
    url = site.file()
    site.lock(url, owner=_OWNER)
    found = site.locks(url)
    if found is None:
        raise Failed(f"with the owner {_OWNER}, {site.not_shown()}", site.last)
    words = [active.owner.text if active.owner is not None else "" for active in found]
    if not any(words):
        subject, plain = site.last, site.file()
        site.lock(plain)
        kept = any(lock.owner is not None and lock.owner.text for lock in site.locks(plain) or ())
        where = f": the owner {_OWNER} is lost, a plain one is kept" if kept else ""
        raise Failed(f"lockdiscovery shows the lock without its owner{where}", subject)
    if not any(_OWNER in told for told in words):
        site.warn(f"the owner {_OWNER} came back as {words[0]}")


@check(
    "owner-element",
    "An owner with an element in it comes back",
    Level.SHOULD,
    "RFC 4918 §14.17",
    needs=(SHOWN, "owner-kept"),
)
def owner_element(site: Site) -> None:
    """Finder, Office and most libraries name their owner in an `href` element. A server that sends it back without its
    namespace makes the whole answer unreadable, and its locks with it.
    """
    url = site.file()
    asked = requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=_HREF)
    href = _HREF.encode()
    body = asked.body.replace(href, b"<D:href>%b</D:href>" % href) if isinstance(asked.body, bytes) else None
    taken = site.ask(replace(asked, body=body))
    if not went_well(taken):
        raise Failed(f"{answer(taken)}, with the owner <href>{_HREF}</href>", site.last)
    found = site.locks(url)
    if found is None:
        raise Failed(f"with an href for an owner, {site.not_shown()}", site.last)
    owner = next((active.owner for active in found if active.owner is not None), None)
    if owner is None or _HREF not in owner.text:
        came = f"as {owner.text or owner.xml}" if owner is not None else "empty"
        raise Failed(f"the owner <href>{_HREF}</href> came back {came}", site.last)
    if "href" not in owner.xml or "&lt;" in owner.xml:
        site.warn(f"the owner <href>{_HREF}</href> came back as text: {owner.xml}")
    if any(told.where.startswith("XML") for told in site.multistatus(site.exchanges[-1]).deviations):
        site.warn("with an href for an owner, the answer is no well-formed XML: strict clients see no lock")


@check("token-unique", "Every lock has a token of its own", Level.MUST, "RFC 4918 §6.5")
def token_unique(site: Site) -> None:
    """Two locks with the same token: a client could release another's."""
    first, second = site.lock(site.file()), site.lock(site.file())
    if first.token == second.token:
        raise Failed(f"two locks have the same token, {first.token}", second.subject)


@check("token-uri", "A token is a URI", Level.MUST, "RFC 4918 §6.5")
def token_uri(site: Site) -> None:
    """Most clients take what is between the brackets as it comes; some parse it."""
    taken = site.lock(site.file())
    if not taken.token.is_uri:
        site.warn(f"the token is no absolute URI: {taken.token}", taken.subject)


@check("token-same", "Header and body name the same token", Level.MUST, "RFC 4918 §9.10.1")
def token_same(site: Site) -> None:
    """Clients take the token from the one or the other."""
    taken = site.lock(site.file())
    if taken.lock is None or taken.lock.token is None:
        raise Unknown("the body of the answer does not name the token", taken.subject)
    if taken.lock.token != taken.token:
        raise Failed(f"the header says {taken.token}, the body {taken.lock.token}", taken.subject)


@check("lockroot", "The lock root is told, and right", Level.MUST, "RFC 4918 §14.12", needs=(SHOWN,))
def lockroot(site: Site) -> None:
    """Where a lock on a folder keeps people out of a file in it, the lock root says where to release it."""
    folder = site.collection()
    inside = site.file(url=f"{folder}a.txt")
    try:
        taken = site.lock(folder, depth=Depth.INFINITY)
    except Failed:  # Subversion locks no collections
        taken, folder = site.lock(inside), inside
    shown = taken.among(site.locks(inside) or ()) or taken.lock
    if shown is None:
        raise Unknown("no answer describes the lock", site.last)
    if shown.root is None:
        site.warn("there is no lockroot in the lock")
    elif not same_resource(shown.root.url, folder):
        raise Failed(f"the lockroot is {shown.root.url}, and {folder} was locked", site.last)


@check("scope-and-depth", "What was granted is described as asked", Level.MUST, "RFC 4918 §14.1")
def scope_and_depth(site: Site) -> None:
    """Scope and depth of the lock in the answer are those of the request."""
    taken = site.lock(site.file())
    if taken.lock is None:
        raise Unknown("the body of the answer does not describe the lock", taken.subject)
    scope = taken.lock.scope.value if taken.lock.scope is not None else "missing"
    depth = taken.lock.depth
    if scope != "exclusive":
        site.warn(f"an exclusive lock was asked for, its scope is {scope}", taken.subject)
    if depth is not Depth.ZERO:
        site.warn(f"depth 0 was asked for, it is {depth.value if depth else 'missing'}", taken.subject)


@check("owner-long", "A long owner is taken", Level.SHOULD, "RFC 4918 §14.17")
def owner_long(site: Site) -> None:
    """An owner of 4,000 characters."""
    asked = site.try_lock(site.file(), owner="davlock " + "x" * 4000)
    if not went_well(asked):
        raise Failed(answer(asked), site.last)


@check("owner-none", "A lock without an owner is granted", Level.MUST, "RFC 4918 §14.11")
def owner_none(site: Site) -> None:
    """The owner element is optional."""
    url = site.file()
    asked = site.ask(requests.lock(url, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, seconds=SECONDS, owner=None))
    if not went_well(asked):
        raise Failed(answer(asked), site.last)
    token, _ = granted(asked)
    if token is None:
        raise Skip("no token came back", site.last)


@check("etag-kept", "A lock does not change the entity tag", Level.SHOULD, "RFC 4918 §8.6", needs=(PROTECTS,))
def etag_kept(site: Site) -> None:
    """A client that remembers the entity tag from before it locked must be able to use it under the lock."""
    url = site.file()
    before = site.strong_etag(url)
    site.lock(url)
    after = site.strong_etag(url)
    if before.value != after.value:
        raise Failed(f"before the lock the entity tag was {before}, now it is {after}", site.last)

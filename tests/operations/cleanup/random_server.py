"""A server in memory that knows the truth about its locks, on a clock that runs only as a test moves it.

It is sloppy: it decodes names often and resolves what it finds, so a name that leads elsewhere works here. It can lie:
what it does to an answer is its ``faults``' affair. All that it showed of each lock it keeps, for the oracle.
"""

import heapq
import math
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request, Response
from tests.cli.answers import active_lock, document, element

ORIGIN, FOREIGN = "http://dav.example", "http://evil.example"
COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"
UNTOLD = (
    "<D:response><D:href>{href}</D:href>"
    "<D:propstat><D:prop>{more}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    "<D:propstat><D:prop><D:lockdiscovery/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
    "</D:response>"
)
"""A resource that has no lockdiscovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a product shows its locks; ``headers`` and ``allow`` let it be recognised, or not."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    allow: str = "OPTIONS,GET,PROPFIND,LOCK,UNLOCK"
    counts_down: bool = True
    lockroot: bool = True
    inherits: bool = True
    lists: bool = True
    """Whether a listing shows the locks of members."""
    keeps: bool = False
    """Whether a lock whose time is over stays, with a time below zero."""
    untold: bool = False
    """Whether what is not locked has no lockdiscovery."""
    grants: float | None = None
    """Seconds that every lock is granted."""


KINDS = (
    Kind(
        name="apache",
        headers=(("Server", "Apache/2.4.62"), ("DAV", "1,2"), ("DAV", "<http://apache.org/dav/propset/fs/1>")),
        lockroot=False,
    ),
    Kind(
        name="apache-untold",
        headers=(("Server", "Apache/2.4.62"), ("DAV", "1,2"), ("DAV", "<http://apache.org/dav/propset/fs/1>")),
        lockroot=False,
        untold=True,
    ),
    Kind(name="wsgidav", headers=(("Server", "WsgiDAV/4.3.3"), ("DAV", "1,2")), inherits=False),
    Kind(
        name="nginx",
        headers=(("Server", "nginx/1.22.1"), ("DAV", "2")),
        allow="GET,HEAD,PUT,DELETE,MKCOL,COPY,MOVE,PROPFIND,OPTIONS,LOCK,UNLOCK",
        grants=3600.0,
    ),
    Kind(name="phodav", headers=(("Server", "PhodavServer libsoup/3.2.3"), ("DAV", "1,2")), lists=False, keeps=True),
    Kind(
        name="lighttpd",
        headers=(("Server", "lighttpd/1.4.69"), ("DAV", "1,2,3")),
        allow="PROPFIND,DELETE,MKCOL,PUT,MOVE,COPY,PROPPATCH,LOCK,UNLOCK,OPTIONS,GET,HEAD,POST",
        counts_down=False,
    ),
    Kind(name="sabredav", headers=(("DAV", "1, 3, extended-mkcol, 2"), ("X-Sabre-Version", "4.4")), counts_down=False),
    Kind(name="unheard-of", headers=(("Server", "unheard-of/1"), ("DAV", "1,2"))),
    Kind(name="unheard-of-too", headers=(("DAV", "1,2"),), lockroot=False),
    Kind(name="stands-still", headers=(("Server", "unheard-of/2"), ("DAV", "1,2")), counts_down=False),
)


def resolved(path: str) -> str:
    """What this server takes a path for: decoded until nothing changes, with every dot resolved."""
    for _ in range(4):
        path = unquote(path)
    path = re.sub(r"/+", "/", re.sub(r";[^/]*", "", path.replace("\\", "/")))
    return posixpath.normpath(path) if path else "/"


def below(tree: str, path: str) -> bool:
    """Whether a resolved path is ``tree`` or under it."""
    return path == tree or path.startswith(tree.rstrip("/") + "/")


@dataclass(slots=True)
class Lock:
    """``ends`` is by the server's clock for locks; ``None``: never."""

    token: str
    path: str
    granted: float
    ends: float | None
    owner: str = "alice"
    depth: str = "0"
    scope: str = "exclusive"
    hidden: bool = False
    """Whether the token is not shown."""
    foreign: bool = False
    """Whether its lockroot names another host, as behind a proxy."""
    taken: float = 0.0
    changes: list[tuple[float, float]] = field(default_factory=list)
    """When it was renewed, and by how many seconds its end moved."""
    holder_died: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one answer showed of a lock, and the truth of that moment."""

    at: float
    took: float
    """Seconds from the request to the answer."""
    left: float | None
    number: int | None
    """The seconds in the answer."""
    date: float | None
    url: str
    whole: bool = True
    """Whether the answer came to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocking:
    """One UNLOCK that arrived. ``effect``: whether it removed the lock; ``status`` is ``None`` if no answer came."""

    token: str
    url: str
    at: float
    effect: bool
    status: int | None


@dataclass(slots=True)
class Deed:
    """What is done to one request: answered by ``answer``, and with ``effect`` carried out all the same."""

    answer: Response | NoResponse | None = None
    effect: bool = True
    takes: float = 0.0
    spoil: str = ""
    """What is wrong with a listing: ``cut``, ``empty``, ``page``, ``hidden`` or ``amnesia``."""


class Server:
    """A ``Send``, with the locks by token. ``check`` sees every request as it arrives, before anything is done."""

    def __init__(self, kind: Kind, tree: str, *, now: float, takes: float) -> None:
        self.kind = kind
        self.tree = tree
        self.now = now
        self.takes = takes
        self.locks: dict[str, Lock] = {}
        self.gone: dict[str, Lock] = {}
        self.files: set[str] = set()
        self.folders: set[str] = {"/", tree}
        self.hostile: Callable[[str], str] = lambda path: ""
        """Hostile elements in the listing of a collection."""
        self.deed: Callable[[Request], Deed] = lambda request: Deed()
        self.check: Callable[[Request], None] = lambda request: None
        self.infinity = "answered"
        """What becomes of Depth infinity: ``answered``, ``refused`` or ``as-one``."""
        self.dated = True
        self.date_ahead = 0.0
        self.locks_ahead = 0.0
        self.stepped = 0.0
        """Seconds by which the Date was set, all steps together."""
        self.down = False
        self.requests = 0
        self.readings: dict[str, list[Reading]] = {}
        self.unlocks: list[Unlocking] = []
        """Those that arrived, and those that met a server that is away."""
        self.lied: dict[str, float] = {}
        """When an answer last kept back a lock that is there, by token."""
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    # -- time

    def at(self, moment: float, event: Callable[[], None]) -> None:
        """Let something happen then."""
        self._number += 1
        heapq.heappush(self._due, (moment, self._number, event))

    def advance(self, seconds: float) -> None:
        """Let time pass, and all that is due in it happen."""
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            moment, _, event = heapq.heappop(self._due)
            self.now = max(self.now, moment)
            self.expire()
            event()
        self.now = end
        self.expire()

    def clock(self) -> float:
        """The true time, which is also davlock's."""
        return self.now

    def expire(self) -> None:
        """Remove the locks whose time is over."""
        if self.kind.keeps:
            return
        for lock in [lock for lock in self.locks.values() if lock.ends is not None and lock.ends <= self.lock_clock]:
            self.remove(lock.token)

    @property
    def lock_clock(self) -> float:
        """The clock that locks end by."""
        return self.now + self.locks_ahead

    # -- locks

    def add(self, lock: Lock) -> Lock:
        """A lock that was just taken."""
        lock.taken = self.now
        self.locks[lock.token] = lock
        self.files.add(lock.path)
        return lock

    def remove(self, token: str) -> None:
        """Whatever the reason."""
        self.gone[token] = self.locks.pop(token)

    def left(self, lock: Lock) -> float | None:
        """Seconds until it ends."""
        return None if lock.ends is None else lock.ends - self.lock_clock

    # -- answers

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        self.requests += 1
        sent = self.now
        deed = self.deed(request)
        takes = self.takes + deed.takes
        self.advance(takes / 2)
        self.check(request)
        shown: list[tuple[Lock, str]] = []
        answer: Response | NoResponse
        looked = self.now
        if self.down:
            answer = NoResponse(NoResponseKind.CONNECT, request.url, "refused", sent=False)
            self._unlocked = (request.headers.get("Lock-Token") or "").strip("<>"), False
        else:
            truth = self._answer(request, deed, shown)
            answer = deed.answer or truth
        readings = [(lock.token, self._reading(lock, url, looked)) for lock, url in shown if not lock.hidden]
        if request.method == "UNLOCK":
            status = answer.status if isinstance(answer, Response) else None
            token, removed = self._unlocked
            self.unlocks.append(Unlocking(token=token, url=request.url, at=looked, effect=removed, status=status))
        self.advance(takes / 2)
        if isinstance(answer, Response) and answer.status == 207 and deed.spoil not in ("empty", "page"):
            for token, reading in readings:
                seen = replace(reading, took=self.now - sent, whole=deed.spoil != "cut")
                self.readings.setdefault(token, []).append(seen)
        if isinstance(answer, Response) and answer.status == 207 and feed is not None and answer.body:
            feed(answer.body)
        return Exchange(request=request, outcome=answer, elapsed_ms=(self.now - sent) * 1000)

    def _reading(self, lock: Lock, url: str, looked: float) -> Reading:
        date = float(math.floor(looked + self.date_ahead)) if self.dated else None
        return Reading(at=looked, took=0.0, left=self.left(lock), number=self._seconds(lock), date=date, url=url)

    def _answer(self, request: Request, deed: Deed, shown: list[tuple[Lock, str]]) -> Response:
        path = resolved(urlsplit(request.url).path)
        if request.method == "UNLOCK":
            return self._unlock(request, path, deed)
        if request.method == "OPTIONS":
            return self.said(200, fields=(("Allow", self.kind.allow),))
        if request.method != "PROPFIND":
            return self.said(405)
        if deed.spoil == "page":
            return self.said(200, b"<html><body>Please log in</body></html>", (("Content-Type", "text/html"),))
        if path not in self.folders and path not in self.files:
            return self.said(404)
        depth = request.headers.get("Depth") or "infinity"
        if depth == "infinity" and self.infinity == "refused":
            return self.said(403)
        body = self._listing(
            request, path, "1" if depth == "infinity" and self.infinity == "as-one" else depth, deed, shown
        )
        if deed.spoil == "cut":
            body = body[: len(body) * 2 // 3]
        return self.said(207, b"" if deed.spoil == "empty" else body, (("Content-Type", "application/xml"),))

    def _listing(self, request: Request, path: str, depth: str, deed: Deed, shown: list[tuple[Lock, str]]) -> bytes:
        elements = [self._element(path, urlsplit(request.url).path, deed, shown, own=True)]
        if depth != "0" and path in self.folders:
            members = sorted(
                entry
                for entry in self.folders | self.files
                if entry != path and below(path, entry) and (depth == "infinity" or posixpath.dirname(entry) == path)
            )
            elements += [self._element(entry, quote(entry), deed, shown, own=False) for entry in members]
            elements.append(self.hostile(path))
        return document(*elements)

    def _element(self, path: str, href: str, deed: Deed, shown: list[tuple[Lock, str]], *, own: bool) -> str:
        folder = path in self.folders
        href = href if not folder or href.endswith("/") else href + "/"
        more = COLLECTION if folder else "<D:resourcetype/>"
        covering = [lock for lock in self.locks.values() if self._covers(lock, path)] if own or self.kind.lists else []
        if deed.spoil in ("hidden", "amnesia") and covering:
            self.lied.update((lock.token, self.now) for lock in covering)
            covering = []
        if deed.spoil == "hidden" or (self.kind.untold and not covering):
            return UNTOLD.format(href=escape(href), more=more)
        shown.extend((lock, href) for lock in covering)
        return element(escape(href), locks="".join(map(self.written, covering)), more=more)

    def _covers(self, lock: Lock, path: str) -> bool:
        return lock.path == path or (lock.depth == "infinity" and self.kind.inherits and below(lock.path, path))

    def written(self, lock: Lock, root: str | None = None) -> str:
        """A lock as it stands in an answer; ``root`` is what it names as its root in place of the truth."""
        if root is None and self.kind.lockroot:
            root = (FOREIGN if lock.foreign else "") + quote(lock.path)
        seconds = self._seconds(lock)
        return active_lock(
            None if lock.hidden else lock.token,
            owner=lock.owner,
            depth=lock.depth,
            timeout="Infinite" if seconds is None else f"Second-{seconds}",
            root=escape(root) if root is not None else None,
            scope=lock.scope,
        )

    def _seconds(self, lock: Lock) -> int | None:
        left = self.left(lock)
        return None if left is None else math.floor(left if self.kind.counts_down else lock.granted)

    def _unlock(self, request: Request, path: str, deed: Deed) -> Response:
        token = (request.headers.get("Lock-Token") or "").strip("<>")
        lock = self.locks.get(token)
        fits = lock is not None and below(lock.path, path)
        self._unlocked = token, fits and deed.effect
        if fits and deed.effect:
            self.remove(token)
        return self.said(204 if fits or self.kind.name == "nginx" else 409)

    _unlocked: tuple[str, bool] = "", False

    def said(self, status: int, body: bytes = b"", fields: tuple[tuple[str, str], ...] = ()) -> Response:
        """An answer of this server."""
        moment = datetime.fromtimestamp(math.floor(self.now + self.date_ahead), UTC)
        date = [("Date", format_datetime(moment, usegmt=True))] if self.dated else []
        return Response(status=status, reason="", headers=Headers.of([*self.kind.headers, *date, *fields]), body=body)

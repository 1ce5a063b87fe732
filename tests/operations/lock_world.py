"""A server in memory whose clock the test moves: locks that run down, are refreshed, vanish and are taken again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from davlock.errors import NoResponse
from davlock.protocol.message import Exchange, Headers, Request, Response
from tests.cli.answers import active_lock, document, element

BASE = "http://dav.example"
# What Apache answers with, so that the server is known to count down.
APACHE = ("Server", "Apache/2.4.62 (Debian)"), ("DAV", "1,2")


@dataclass(slots=True)
class Held:
    """A lock: it ends at ``ends`` by the server's clock, unless that is ``None``."""

    token: str
    path: str
    granted: float
    ends: float | None
    owner: str = "alice"
    depth: str = "0"
    scope: str = "exclusive"


Hook = Callable[["World", Request], Response | NoResponse | None]


@dataclass(slots=True)
class World:
    """A ``Send``. ``hook`` may answer in place of the server, or do something before it does."""

    locks: list[Held] = field(default_factory=list)
    now: float = 1_000_000.0
    takes: float = 0.01
    """Seconds for a request: half of them before the server looks."""
    counts_down: bool = True
    keeps: bool = False
    """Whether a lock whose time is over stays, as chezdav's do."""
    product: tuple[tuple[str, str], ...] = APACHE
    hook: Hook = lambda world, request: None
    requests: list[Request] = field(default_factory=list)

    def clock(self) -> float:
        """The time, the same on both sides."""
        return self.now

    def add(self, path: str, granted: float | None = 600.0, **more: str) -> Held:
        """A lock that is taken now."""
        ends = None if granted is None else self.now + granted
        held = Held(f"urn:uuid:{len(self.locks):08}", path, granted or 0.0, ends, **more)
        self.locks.append(held)
        return held

    def refresh(self, held: Held) -> None:
        """What its holder does."""
        held.ends = self.now + held.granted

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        self.requests.append(request)
        self.now += self.takes / 2
        answer = self.hook(self, request) or self._answer(request)
        self.now += self.takes / 2
        if isinstance(answer, Response) and feed is not None and answer.status == 207 and answer.body:
            feed(answer.body)
        return Exchange(request=request, outcome=answer, elapsed_ms=self.takes * 1000)

    @property
    def unlocked(self) -> list[str]:
        """The tokens that UNLOCK was sent for."""
        asked = (request.headers.get("Lock-Token") for request in self.requests if request.method == "UNLOCK")
        return [token.strip("<>") for token in asked if token is not None]

    def _answer(self, request: Request) -> Response:
        self.locks = [held for held in self.locks if held.ends is None or held.ends > self.now or self.keeps]
        path = urlsplit(request.url).path
        if request.method == "UNLOCK":
            token = (request.headers.get("Lock-Token") or "").strip("<>")
            mine = [held for held in self.locks if held.token == token and held.path == path]
            self.locks = [held for held in self.locks if held not in mine]
            return self._said(204 if mine else 409)
        if request.method != "PROPFIND":
            return self._said(200, fields=(("Allow", "OPTIONS,GET,PROPFIND,LOCK,UNLOCK"),))
        shown = "".join(self._shown(held) for held in self.locks if held.path == path)
        return self._said(207, document(element(path, locks=shown)))

    def _shown(self, held: Held) -> str:
        if held.ends is None:
            left = "Infinite"
        else:
            left = f"Second-{int(held.ends - self.now if self.counts_down else held.granted)}"
        return active_lock(
            held.token, owner=held.owner, depth=held.depth, timeout=left, root=held.path, scope=held.scope
        )

    def _said(self, status: int, body: bytes = b"", fields: tuple[tuple[str, str], ...] = ()) -> Response:
        headers = [*self.product, *fields, *([("Content-Type", "application/xml")] if body else [])]
        return Response(status=status, reason="", headers=Headers.of(headers), body=body)

"""What goes wrong on the way: lost connections, refusals, redirects, slow answers, outages, clocks that are set."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Request, Response
from tests.operations.cleanup.random_server import FOREIGN, Deed, Server

PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often a request meets each kind of fault."""

    lost: float = 0.0
    refused: float = 0.0
    spoilt: float = 0.0
    redirected: float = 0.0
    slow: float = 0.0
    unlock: float = 0.0
    """UNLOCK alone: a status that does not tell what happened."""

    @classmethod
    def draw(cls, chance: random.Random) -> "Rates":
        """Most kinds are rare in one run and frequent in another."""

        def rate() -> float:
            return chance.choice([0.0, 0.0, 0.0, 0.01, 0.05, 0.2])

        return cls(
            lost=rate(),
            refused=rate(),
            spoilt=rate(),
            redirected=rate(),
            slow=rate(),
            unlock=chance.choice([0, 0.2, 0.6]),
        )


class Faults:
    """Decides what is done to each request."""

    def __init__(self, server: Server, chance: random.Random, rates: Rates) -> None:
        self._server = server
        self._chance = chance
        self._rates = rates
        self.moved: str | None = None
        """Where the whole tree is redirected to, from some moment on."""
        self.met = 0

    def __call__(self, request: Request) -> Deed:
        deed = self._draw(request)
        self.met += deed.answer is not None or not deed.effect or bool(deed.spoil) or deed.takes > 0
        return deed

    def _draw(self, request: Request) -> Deed:
        chance, rates = self._chance, self._rates
        if self.moved is not None:
            tail = urlsplit(request.url).path.rstrip("/").removeprefix(self._server.tree)
            return Deed(answer=self._redirect(self.moved + tail), effect=False)
        if chance.random() < rates.lost:
            late = chance.random() < 0.3
            kind, why = (NoResponseKind.TIMEOUT, "timeout") if late else (NoResponseKind.RESET, "reset")
            lost = NoResponse(kind, request.url, why)
            return Deed(answer=lost, effect=chance.random() < 0.5, takes=60.0 if late else 0.0)
        if chance.random() < rates.refused:
            status = chance.choice([500, 502, 503, 503, 429, 401, 403, 404])
            if status == 404:
                self._server.lied.update(dict.fromkeys(self._server.locks, self._server.now + 60.0))
            return Deed(answer=self._server.said(status), effect=chance.random() < 0.3)
        if chance.random() < rates.redirected:
            return Deed(answer=self._redirect(self._anywhere(request)), effect=False)
        if request.method == "UNLOCK" and chance.random() < rates.unlock:
            return self._odd_unlock()
        deed = Deed(takes=chance.uniform(0.5, 45.0) if chance.random() < rates.slow else 0.0)
        if request.method == "PROPFIND" and chance.random() < rates.spoilt:
            deed.spoil = chance.choice(["cut", "empty", "page", "hidden", "amnesia"])
        return deed

    def _odd_unlock(self) -> Deed:
        chance, said = self._chance, self._server.said
        takes = chance.choice([0.0, 0.0, chance.uniform(1, 40)])
        if chance.random() < 0.4:  # with effect, and it does not say so
            return Deed(answer=said(chance.choice([500, 502, 504, 403, 409, 412, 423])), takes=takes)
        if chance.random() < 0.2:
            page = said(200, PAGE, (("Content-Type", "text/html"),))
            return Deed(answer=page, effect=False, takes=takes)
        return Deed(answer=said(chance.choice([204, 204, 200, 500, 409, 423])), effect=False, takes=takes)

    def _redirect(self, where: str) -> Response:
        status = self._chance.choice([301, 302, 307, 308, 303])
        return self._server.said(status, fields=(("Location", where),))

    def _anywhere(self, request: Request) -> str:
        tree = self._server.tree.replace(" ", "%20")
        return self._chance.choice(
            [
                "/",
                "/other/",
                f"{tree}work/",
                f"{FOREIGN}{urlsplit(request.url).path}",
                f"{tree}/a/",
                f"{tree}/%2e%2e/other/",
                f"{tree}/..%5cother/",
                request.url + "/",
                request.url.rstrip("/"),
            ]
        )


def plan_outages(server: Server, chance: random.Random, start: float, end: float) -> int:
    """Times in which the server is away; it comes back with its locks or without. How many."""
    outages = chance.choice([0, 0, 0, 0, 1, 2])
    for _ in range(outages):
        begin = chance.uniform(start, end)
        server.at(begin, lambda: setattr(server, "down", True))
        server.at(begin + chance.choice([2.0, 20.0, 120.0]), back(server, forgets=chance.random() < 0.5))
    return outages


def back(server: Server, *, forgets: bool) -> Callable[[], None]:
    """The end of an outage."""

    def event() -> None:
        server.down = False
        if forgets:
            for token in list(server.locks):
                server.remove(token)

    return event


def plan_clocks(server: Server, chance: random.Random, start: float, end: float) -> str:
    """The server's Date: right, absent, off by hours, or set now and then, with or without the clock of its locks."""
    how = chance.choice(["right", "right", "absent", "off", "steps", "steps-alone"])
    server.dated = how != "absent"
    if how == "off":
        server.date_ahead = server.locks_ahead = chance.uniform(-5, 5) * 3600
    for _ in range(chance.randint(1, 4) if how.startswith("steps") else 0):
        step = chance.choice([chance.uniform(-90, 90), chance.uniform(-4000, 4000)])
        server.at(chance.uniform(start, end), _set(server, step, locks=how == "steps"))
    return how


def _set(server: Server, step: float, *, locks: bool) -> Callable[[], None]:
    def event() -> None:
        server.date_ahead += step
        server.stepped += abs(step)
        if locks:
            server.locks_ahead += step

    return event

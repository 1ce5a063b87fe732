"""What OPTIONS offers to the client under question, and what it offers to others."""

from davlock.diagnosis.fact import Fact, Known, NotAsked, Unreadable
from davlock.diagnosis.resource import Offer
from davlock.protocol.headers import parse_allow, parse_dav
from davlock.protocol.message import Request, Response


class OfferRecord:
    """Feed it the answers to OPTIONS in their order. ``client`` is the User-Agent whose answers count."""

    def __init__(self, client: str | None) -> None:
        self._client = client
        self._answered = False
        self.offers: tuple[Offer, ...] = ()
        self.dav: Fact[tuple[str, ...]] = NotAsked()
        self.allow: Fact[tuple[str, ...]] = NotAsked()

    def take(self, index: int, request: Request, response: Response) -> None:
        """Learns from one more answer."""
        dav = parse_dav(response.headers.get_all("DAV"))
        allowed = response.headers.get_all("Allow")
        allow = parse_allow(allowed) if allowed else None
        client = request.headers.get("User-Agent")
        if response.ok and client is not None:
            known = "Authorization" in request.headers or (False if request.headers.complete else None)
            offer = Offer(client=client, url=request.url, authenticated=known, dav=dav, allow=allow, exchange=index)
            self.offers += (offer,)
        foreign = client is not None and self._client is not None and client != self._client
        if foreign and self._answered:
            return  # what another client is offered says nothing about what we are
        self._answered = self._answered or not foreign
        if response.ok:
            self.dav = Known(dav, index)
            if allow is not None:
                self.allow = Known(allow, index)
        else:
            self.dav = self.allow = Unreadable(f"the server answered {response.status} to OPTIONS", index)

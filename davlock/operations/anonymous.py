"""If a server distinguishes users: the one request that leaves the login out."""

from collections.abc import Callable
from dataclasses import replace

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, NotAsked
from davlock.diagnosis.users import rests_on_users
from davlock.errors import DavlockError
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.requests import propfind
from davlock.protocol.url import origin
from davlock.transport.base import Send


class AnonymousReader:
    """Asks each server at most once, and only before something is said of other users."""

    def __init__(self, ask: Callable[[str], Exchange | None], *, certificate: bool) -> None:
        """``ask`` sends PROPFIND without the login. ``certificate``: a client certificate says who asks."""
        self._ask = ask
        self._certificate = certificate
        self._answers: dict[str, Exchange | None] = {}  # by origin

    def complete(self, evidence: Evidence) -> Evidence:
        """``evidence``, and whether the server tells users apart where a finding will rest on that."""
        return self.ask(evidence) if rests_on_users(evidence) else evidence

    def ask(self, evidence: Evidence) -> Evidence:
        """``evidence``, and if the server distinguishes users, by a PROPFIND without the login."""
        if not isinstance(evidence.users_told_apart, NotAsked):
            return evidence
        if evidence.logged_in is not True and not self._certificate:
            return replace(evidence, logged_in=False)  # what was read was read without a login
        read = next(
            (
                exchange
                for exchange in evidence.exchanges
                if exchange.request.method == "PROPFIND" and exchange.status == 207
            ),
            None,
        )
        if read is None:
            return evidence
        url = read.request.url
        if origin(url) not in self._answers:
            self._answers[origin(url)] = self._ask(url)
        answer = self._answers[origin(url)]
        if answer is None:
            return evidence
        return replace(
            evidence,
            exchanges=(*evidence.exchanges, answer),
            users_told_apart=Known(answer.status != 207, len(evidence.exchanges)),
        )


def read_anonymously(send: Send, url: str) -> Exchange | None:
    """PROPFIND ``url`` by ``send``, which has no login; ``None`` if no usable answer came."""
    try:
        return send(propfind(url, Depth.ZERO, ("{DAV:}resourcetype",)))
    except DavlockError:
        return None

"""Whether a server tells users apart: the one request of a command that leaves the person's login out."""

from dataclasses import replace

from davlock.cli.credentials import without_login
from davlock.cli.options import Shared
from davlock.cli.session import open_sender
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, NotAsked
from davlock.diagnosis.users import rests_on_users
from davlock.errors import DavlockError
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.requests import propfind
from davlock.protocol.url import origin


class AnonymousReader:
    """Asks each server at most once, and only before something is said of other users."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._answers: dict[str, Exchange | None] = {}  # by origin

    def complete(self, evidence: Evidence) -> Evidence:
        """``evidence``, and whether the server tells users apart where a finding will rest on that."""
        return self.ask(evidence) if rests_on_users(evidence) else evidence

    def ask(self, evidence: Evidence) -> Evidence:
        """``evidence``, and if the server distinguishes users, by a PROPFIND without the login."""
        if not isinstance(evidence.users_told_apart, NotAsked):
            return evidence
        if evidence.logged_in is not True and self._shared.cert is None:
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
            self._answers[origin(url)] = self._asked(url)
        answer = self._answers[origin(url)]
        if answer is None:
            return evidence
        return replace(
            evidence,
            exchanges=(*evidence.exchanges, answer),
            users_told_apart=Known(answer.status != 207, len(evidence.exchanges)),
        )

    def _asked(self, url: str) -> Exchange | None:
        try:
            with open_sender(without_login(self._shared), url) as send:
                return send(propfind(url, Depth.ZERO, ("{DAV:}resourcetype",)))
        except DavlockError:
            return None

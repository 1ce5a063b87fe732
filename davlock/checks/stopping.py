"""When a run of checks sends nothing more: the person, the server or the line does not want it."""

from davlock.checks.results import Stop
from davlock.diagnosis.evidence import REDIRECTS
from davlock.operations.redirect import leads_nowhere
from davlock.protocol.message import Exchange


class Stopped(Exception):
    """Nothing more is to be asked: the person, the server or the line does not want it."""

    def __init__(self, stop: Stop, why: str, *, user: str = "") -> None:
        super().__init__(why)
        self.stop = stop
        self.user = user
        """Whose login was refused; empty where it was the person's own, or no login was."""


def is_not_webdav(exchange: Exchange) -> bool:
    """Whether an answer is a redirect to no place, or to PROPFIND a success without a multistatus.

    Nothing is written to such a server.
    """
    response = exchange.response
    if response is None:
        return False
    if response.status in REDIRECTS:
        return leads_nowhere(exchange)
    return exchange.request.method == "PROPFIND" and response.ok and response.status != 207

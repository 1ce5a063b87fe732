"""When a run stops: the person, the server or the connection ends it."""

from davlock.checks.results import Stop
from davlock.diagnosis.evidence import REDIRECTS
from davlock.operations.redirect import leads_nowhere
from davlock.protocol.message import Exchange


class Stopped(Exception):
    """davlock must send no more: the person, the server or the connection ended the run."""

    def __init__(self, stop: Stop, why: str, *, user: str = "", command: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.stop = stop
        self.command = command
        """What to type before davlock can check here; empty if no command helps."""
        self.user = user
        """Whose login was refused; empty if it was the person's own, or if no login was refused."""


def is_not_webdav(exchange: Exchange) -> bool:
    """Whether an answer shows that this is no WebDAV server: a redirect without a target, or a PROPFIND that succeeds
    without a multistatus. davlock writes nothing to such a server.
    """
    response = exchange.response
    if response is None:
        return False
    if response.status in REDIRECTS:
        return leads_nowhere(exchange)
    return exchange.request.method == "PROPFIND" and response.ok and response.status != 207

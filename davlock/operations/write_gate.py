"""The gate in front of every request that changes something: it passes what stays inside what the person typed."""

from collections.abc import Callable

from davlock.diagnosis.evidence import READS
from davlock.errors import LocalProtocolError
from davlock.protocol.message import Exchange, Request
from davlock.protocol.url import resolve
from davlock.protocol.write_scope import WriteScope
from davlock.transport.base import Send


class OutsideScope(LocalProtocolError):
    """A request that would change something outside of what was typed. Nothing was sent."""


class WriteGate:
    """A sender that reads anywhere and changes something only inside ``scopes``; without any, it only reads.

    Raises OutsideScope in place of sending anything else. COPY and MOVE need both of their names inside.
    """

    def __init__(self, send: Send, *scopes: WriteScope) -> None:
        self._send = send
        self._scopes = scopes

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        method = request.method.upper()
        if method not in READS:
            self._check(method, request.url)
            destination = request.headers.get("Destination")
            if destination is not None:
                self._check(method, resolve(request.url, destination))
        return self._send(request, feed=feed)

    def _check(self, method: str, url: str) -> None:
        reasons = [scope.why_not(method, url) for scope in self._scopes]
        if all(reasons):
            why = reasons[0] if reasons else "this command only reads"
            raise OutsideScope(f"{method} {url} is not sent: {why}", "name that URL itself")

"""What became of the logins of one command: one that a server refused goes there no more. Servers lock accounts."""

from collections.abc import Callable
from dataclasses import replace

import click

from davlock.cli.output import complain
from davlock.protocol.challenge import challenges
from davlock.protocol.message import Exchange, Request
from davlock.protocol.url import origin_name
from davlock.transport.base import Send

_NO_VERDICT = frozenset({400, 401, 407, 429})
"""Refusals that can come before a server looks at the login: like 500 and above, they do not say that it is good."""


_SentLogin = tuple[str, object]
"""The origin of a server, and a login there."""


class LoginMemory:
    """The logins that were accepted once, and those that were refused before that, each with the refusal."""

    def __init__(self) -> None:
        self._accepted: set[_SentLogin] = set()
        self._refusals: dict[_SentLogin, Exchange] = {}
        self._said: set[_SentLogin] = set()

    def heeding(self, send: Send, login: Callable[[], object]) -> Send:
        """``send``, which repeats the refusal of a login in place of a request that would carry it once more.

        ``login`` is what its requests carry now. A login that was accepted once is good: where it gets 401 after that,
        the server means one place.
        """

        def heedful(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            origin = origin_name(request.url)
            sent = (origin, login())
            refusal = self._refusals.get(sent)
            if refusal is not None:
                self._say(sent, refusal, request)
                return replace(refusal, request=replace(refusal.request, method=request.method, url=request.url))
            exchange = send(request, feed=feed)
            if "Authorization" in exchange.request.headers:
                self._note((origin, login()), exchange)
            return exchange

        return heedful

    def _note(self, sent: _SentLogin, exchange: Exchange) -> None:
        status = exchange.status
        if status is None:
            return
        if status not in _NO_VERDICT and (status < 300 or 400 <= status < 500):
            self._accepted.add(sent)
        elif status == 401 and sent not in self._accepted and not _is_stale(exchange):
            self._refusals[sent] = exchange

    def _say(self, sent: _SentLogin, refusal: Exchange, request: Request) -> None:
        if sent not in self._said and request.url != refusal.request.url:
            self._said.add(sent)
            complain(f"{sent[0]} refused this login, so davlock does not send it there again")


def login_memory() -> LoginMemory:
    """That of the command, or a new one outside of a command."""
    context = click.get_current_context(silent=True)
    if context is None:
        return LoginMemory()
    memory: LoginMemory = context.find_root().meta.setdefault(__name__, LoginMemory())
    return memory


def _is_stale(exchange: Exchange) -> bool:
    """Whether only the nonce was refused (RFC 7616 §3.3), and not the login."""
    response = exchange.response
    offers = challenges(response.headers.get_all("WWW-Authenticate")) if response is not None else ()
    return any(offer.value("stale").lower() == "true" for offer in offers)

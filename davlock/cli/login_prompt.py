"""The login that a server asks for and nobody gave: a question at the terminal, once for each server."""

import threading
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from davlock.cli.credentials import ChosenLogin, answers, chosen_login
from davlock.cli.insecure_login import exposed_fields, warn
from davlock.cli.options import Shared
from davlock.cli.output import room_for_question
from davlock.cli.password_sources import NoAnswerTyped, may_ask
from davlock.cli.question import answer_to
from davlock.cli.signals import raising_signals
from davlock.protocol.challenge import challenges
from davlock.protocol.message import Exchange, Request
from davlock.protocol.url import origin_name, same_origin
from davlock.protocol.visible import visible
from davlock.transport.base import Send
from davlock.transport.settings import Credentials, Scheme
from davlock.values import dataclass

REALM = 60
"""Characters of a realm that the question shows: a server can send any text, of any length."""

_PASSWORDS = frozenset({"basic", "digest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPrompt:
    """Asks for the login of one URL, and of the other URLs of its server.

    A wrong password is not asked for again: a server may lock an account after a few of them.
    """

    shared: Shared
    url: str
    proxy: str | None
    log_in: Callable[[ChosenLogin], object]
    """Called with the login once it is known: requests carry it from then on."""

    def answering(self, send: Send) -> Send:
        """``send``, which repeats a request with the login if the server refused it because it had none."""

        def answered(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            exchange = send(request, feed=feed)
            if not self._wants_login(exchange):
                return exchange
            login = self._login(exchange)
            if login is None:
                return exchange
            self.log_in(login)
            return send(request, feed=feed)

        return answered

    def _wants_login(self, exchange: Exchange) -> bool:
        """Returns true for a 401 of the server that was named, to a request without a login."""
        asked = exchange.request
        return exchange.status == 401 and "Authorization" not in asked.headers and same_origin(asked.url, self.url)

    def _login(self, exchange: Exchange) -> ChosenLogin | None:
        """What was typed, now or for an earlier request; ``None`` if nothing was, or nobody may be asked."""
        known, server = answers(), origin_name(self.url)
        if server in known:
            return known[server]
        # Only the main thread prints. It sends the first request of every command.
        if threading.current_thread() is not threading.main_thread() or may_ask(self.shared):
            return None
        scheme, realm = self._offered(exchange)
        if scheme is not None:
            with room_for_question(), raising_signals():
                known[server] = self._asked(scheme, realm)
        return known.get(server)

    def _offered(self, exchange: Exchange) -> tuple[Scheme | None, str]:
        """How a password can be sent, and the realm; no scheme if davlock can send none that the server takes."""
        response = exchange.response
        offers = [] if response is None else challenges(response.headers.get_all("WWW-Authenticate"))
        fitting = {
            offer.scheme.lower(): offer.realm for offer in offers if offer.spoken and offer.scheme.lower() in _PASSWORDS
        }
        if self.shared.basic or self.shared.digest:
            wanted = "digest" if self.shared.digest else "basic"
            fitting = {name: realm for name, realm in fitting.items() if name == wanted}
        if not fitting:
            return None, ""
        scheme = Scheme.DIGEST if "digest" in fitting else Scheme.BASIC
        return scheme, next((realm for realm in fitting.values() if realm), "")

    def _asked(self, scheme: Scheme, realm: str) -> ChosenLogin | None:
        host = urlsplit(self.url).netloc.rpartition("@")[2]
        shown = visible(realm.strip())
        shown = shown if len(shown) <= REALM else f"{shown[:REALM]}…"
        text = f"User for {host}" + (f" (realm “{shown}”)" if shown else "")
        user = (answer_to(text) or "").strip()
        if not user:
            return None
        for field in exposed_fields(self.shared, self.url, Credentials(user, "unknown yet", scheme), self.proxy)[:1]:
            warn(self.url, field.what)
        typed = replace(self.shared, user=user, typed=self.shared.typed | {"user"})
        try:
            login = chosen_login(typed, self.url)
        except NoAnswerTyped:
            return None
        credentials = login.credentials
        if credentials is not None:
            credentials = replace(credentials, scheme=scheme)
        return replace(login, credentials=credentials, asked=True)

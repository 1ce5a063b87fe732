"""A sender around another: the secrets of the command are in none of its exchanges, though the server repeats them."""

from collections.abc import Callable

from davlock.capture.filtered_feed import FilteredFeed
from davlock.capture.known_secrets import KnownSecrets, SecretFilter
from davlock.capture.secretless_exchange import hide_in_exchange
from davlock.errors import RemoteProtocolError
from davlock.protocol.message import Exchange, Request
from davlock.transport.base import Send


def without_known_secrets(send: Send, secrets: KnownSecrets) -> Send:
    """``send``, with ``secrets`` hidden in what it returns, what it raises, and what it feeds."""

    def sending(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        def current() -> SecretFilter:
            return secrets.filter(request.url)

        fed = FilteredFeed(feed, current) if feed is not None else None
        try:
            exchange = send(request, feed=fed)
        except RemoteProtocolError as error:
            where, why = current().text(error.where), current().text(error.why)
            if (where, why) == (error.where, error.why):
                raise
            cleaned = RemoteProtocolError(where, why)
            cleaned.url = error.url
            raise cleaned from None
        if fed is not None and exchange.response is not None:
            fed.close(charset=exchange.response.charset)
        return hide_in_exchange(exchange, current())

    return sending

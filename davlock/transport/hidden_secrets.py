"""A sender around another: the secrets of the command are in none of its exchanges, though the server repeats them."""

from collections.abc import Callable
from dataclasses import replace

from davlock.capture.known_secrets import FilteredFeed, KnownSecrets, SecretFilter
from davlock.errors import NoResponse, RemoteProtocolError
from davlock.protocol.message import Exchange, Headers, Request, Response
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
            fed.close()
        return hide_in_exchange(exchange, current())

    return sending


def hide_in_exchange(exchange: Exchange, secrets: SecretFilter) -> Exchange:
    """Returns ``exchange`` without ``secrets``."""
    if not secrets:
        return exchange
    request = replace(exchange.request, headers=_headers(exchange.request.headers, secrets))
    outcome = exchange.outcome
    if isinstance(outcome, NoResponse):
        why, hint = secrets.text(outcome.why), secrets.text(outcome.hint)
        if (why, hint) != (outcome.why, outcome.hint):
            outcome = NoResponse(outcome.kind, outcome.url, why, hint=hint, sent=outcome.sent)
    else:
        outcome = _response(outcome, secrets)
    return replace(exchange, request=request, outcome=outcome)


def _response(response: Response, secrets: SecretFilter) -> Response:
    body = response.body
    if body:
        body = secrets.cut_body(body) if response.body_truncated else secrets.body(body)
    return replace(
        response, reason=secrets.text(response.reason), headers=_headers(response.headers, secrets), body=body
    )


def _headers(headers: Headers, secrets: SecretFilter) -> Headers:
    # Most answers repeat no secret: one search says so of all fields.
    together = "\n".join(f"{name}\n{value}" for name, value in headers)
    if secrets.text(together) == together:
        return headers
    fields = ((secrets.text(name), secrets.text(value)) for name, value in headers)
    return Headers.of(fields, complete=headers.complete)

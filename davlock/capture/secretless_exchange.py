"""An exchange without the secrets that its answer may repeat."""

from dataclasses import replace

from davlock.capture.known_secrets import SecretFilter
from davlock.capture.secret_in_document import hide_in_document
from davlock.errors import NoResponse
from davlock.protocol.message import Exchange, Headers, Response


def hide_in_exchange(exchange: Exchange, secrets: SecretFilter, *, captured: bool = False) -> Exchange:
    """Returns ``exchange`` without ``secrets``.

    Where davlock itself stopped to read a body, its end may be half a secret and is left out. A ``captured`` body that
    is short of its length stays: it is all that there is to explain, and often only its line ends were changed. The
    body of a ``captured`` request is searched, too: a header may have got into it.
    """
    if not secrets:
        return exchange
    request = replace(exchange.request, headers=_headers(exchange.request.headers, secrets))
    if captured and isinstance(request.body, bytes):
        request = replace(request, body=secrets.body(request.body))
    outcome = exchange.outcome
    if isinstance(outcome, NoResponse):
        why, hint = secrets.text(outcome.why), secrets.text(outcome.hint)
        if (why, hint) != (outcome.why, outcome.hint):
            outcome = NoResponse(outcome.kind, outcome.url, why, hint=hint, sent=outcome.sent)
    else:
        outcome = _response(outcome, secrets, captured=captured)
    return replace(exchange, request=request, outcome=outcome)


def _response(response: Response, secrets: SecretFilter, *, captured: bool) -> Response:
    body = response.body
    if body:
        if response.body_truncated and not captured:
            body = secrets.cut_body(body)
        body = hide_in_document(body, secrets, charset=response.charset)
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

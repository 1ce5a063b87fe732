"""Messages to exchanges: which response answers which request, and what URL the request was for."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from davlock.capture.head import RequestHead, ResponseHead
from davlock.capture.implied import implied_method
from davlock.capture.raw import Message
from davlock.capture.secret import Users, body_without_secrets, shown_url, without_secrets
from davlock.capture.supplement import Supplement
from davlock.errors import LocalProtocolError, NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.protocol.url import resolve

NO_RESPONSE = "no response in the capture"

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_REDIRECTS = (301, 302, 303, 307, 308)


def _origin(url: str) -> str:
    """Scheme and authority of the URL that the person gave."""
    try:
        parts = urlsplit(shown_url(url))
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not parts.netloc:
        raise LocalProtocolError(
            f"{url!r} is not the URL of a resource", "give the whole URL, as in https://dav.example/report.odt"
        )
    return f"{parts.scheme}://{parts.netloc}"


def target_url(head: RequestHead, supplement: Supplement, *, https: bool = False) -> str:
    """The request's URL (RFC 9112 §3.3), empty where neither the capture nor the person tells it."""
    target = head.target
    if _ABSOLUTE.match(target):
        return shown_url(target)
    host = head.authority or head.headers.get("Host") or ""
    if supplement.url is not None:
        origin = _origin(supplement.url)
    elif host:
        secure = https or head.scheme == "https" or host.endswith(":443") or _came_from_https(head, host)
        origin = f"{'https' if secure else 'http'}://{host}"
    else:
        return ""
    if head.method == "CONNECT":
        # The target is a host and a port: a tunnel, no resource.
        return ""
    path = "" if target == "*" else target
    return shown_url(origin + ("/" if path and not path.startswith("/") else "") + path)


def _came_from_https(head: RequestHead, host: str) -> bool:
    """Returns true if a page of the same host sent it: that page's scheme is then the request's."""
    pages = (head.headers.get(name) or "" for name in ("Referer", "Origin"))
    return any(re.match(rf"https://{re.escape(host)}(?:/|$)", page, re.IGNORECASE) for page in pages)


def recorded_request(
    message: Message, head: RequestHead, supplement: Supplement, users: Users, *, https: bool = False
) -> Request:
    """A request that the capture holds."""
    body = message.body.content
    return Request(
        method=head.method,
        url=target_url(head, supplement, https=https),
        headers=without_secrets(head.headers, users),
        body=supplement.request_body if body is None else body,
    )


def supplied_request(supplement: Supplement) -> Request:
    """A request that the capture lacks, from what the person said about it."""
    if supplement.url is not None:
        _origin(supplement.url)
    complete = supplement.request_complete or bool(supplement.request_headers)
    return Request(
        method=supplement.method or "",
        url=shown_url(supplement.url or ""),
        headers=without_secrets(Headers.of(supplement.request_headers, complete=complete)),
        body=supplement.request_body,
    )


def response(message: Message, head: ResponseHead) -> Response:
    """A response that the capture holds."""
    return Response(
        status=head.status,
        reason=head.reason,
        headers=without_secrets(head.headers),
        body=body_without_secrets(message.body.content),
        body_truncated=message.body.truncated,
    )


def unanswered(
    request: Request, kind: NoResponseKind = NoResponseKind.RESET, why: str = NO_RESPONSE, *, sent: bool = True
) -> Exchange:
    """A request whose response the capture does not hold."""
    return Exchange(request=request, outcome=NoResponse(kind, request.url, why, sent=sent))


def _earlier(request: Request) -> Request:
    """The request of an earlier response: the header fields that the person told are those of the last one."""
    return replace(request, headers=replace(request.headers, complete=False))


def _implied(request: Request, answer: Response) -> Request:
    return replace(request, method=implied_method(answer))


def _without_request(responses: list[Response], supplement: Supplement) -> list[Exchange]:
    """Responses whose requests nobody recorded: one after the other on the way to one answer."""
    request = supplied_request(supplement)
    exchanges = []
    for number, each in enumerate(responses):
        last = number == len(responses) - 1
        asked = request if last else _earlier(request)
        exchanges.append(Exchange(request=asked if asked.method else _implied(asked, each), outcome=each))
        location = each.headers.get("Location")
        if each.status in _REDIRECTS and location and request.url:
            request = replace(request, url=shown_url(resolve(request.url, location)))
    if responses[-1].status < 200:
        exchanges.append(unanswered(request))
    return exchanges


def pair(messages: tuple[Message, ...], supplement: Supplement, *, https: bool = False) -> tuple[Exchange, ...]:
    """The exchanges that ``messages`` tell of, in their order.

    The last exchange is never an interim response (RFC 9110 §15.2): where nothing followed one, there is no response.
    """
    exchanges: list[Exchange] = []
    orphans: list[Response] = []
    users = Users()
    request: Request | None = None
    answered = True
    for message in messages:
        head = message.head
        if isinstance(head, RequestHead):
            if request is not None and not answered:
                exchanges.append(unanswered(request))
            request = recorded_request(message, head, supplement, users, https=https)
            answered = False
        elif request is None:
            orphans.append(response(message, head))
        else:
            exchanges.append(Exchange(request=request, outcome=response(message, head)))
            answered = answered or head.status >= 200
    if request is not None and not answered:
        exchanges.append(unanswered(request))
    return (*(_without_request(orphans, supplement) if orphans else ()), *exchanges)

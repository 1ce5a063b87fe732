"""Answers of servers that never were, and a play that gives each method its own."""

import re
from collections.abc import Mapping

from tests.transport.scripted import Conversation, Play, response

TOKEN = "opaquelocktoken:e71d4fae-5dec-22d6-fea5-00a0c91e6be4"

OTHER = "opaquelocktoken:11111111-2222-4333-8444-555555555555"

OPTIONS = response("200 OK", b"", "DAV: 1, 2", "Allow: OPTIONS, GET, PUT, PROPFIND, LOCK, UNLOCK")


def active_lock(
    token: str | None = TOKEN,
    *,
    owner: str = "<D:href>mailto:alice@example.org</D:href>",
    depth: str = "0",
    timeout: str = "Second-540",
    root: str | None = "/a.txt",
    scope: str = "exclusive",
) -> str:
    """One activelock (RFC 4918 §14.1)."""
    return (
        f"<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{scope}/></D:lockscope>"
        f"<D:depth>{depth}</D:depth><D:owner>{owner}</D:owner><D:timeout>{timeout}</D:timeout>"
        + (f"<D:locktoken><D:href>{token}</D:href></D:locktoken>" if token is not None else "")
        + (f"<D:lockroot><D:href>{root}</D:href></D:lockroot>" if root is not None else "")
        + "</D:activelock>"
    )


def element(href: str = "/a.txt", *, locks: str = "", status: str = "200 OK", more: str = "") -> str:
    """One response with its lockdiscovery, answered ``status``."""
    return (
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop><D:lockdiscovery>{locks}</D:lockdiscovery>{more}"
        f"</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat></D:response>"
    )


def document(*elements: str) -> bytes:
    """A multistatus (RFC 4918 §14.16)."""
    return f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(elements)}</D:multistatus>'.encode()


def multistatus(*elements: str, fields: tuple[str, ...] = ()) -> bytes:
    """207 with ``elements``."""
    return response("207 Multi-Status", document(*elements), 'Content-Type: application/xml; charset="utf-8"', *fields)


def granted(token: str = TOKEN, **lock: str) -> bytes:
    """200 to LOCK."""
    body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{active_lock(token, **lock)}</D:lockdiscovery></D:prop>'.encode()
    return response("200 OK", body, f"Lock-Token: <{token}>", "Content-Type: application/xml")


def by_method(answers: Mapping[str, bytes | list[bytes]], default: bytes | None = None) -> Play:
    """Each method its answer; of a list, one after the other, and the last one for ever."""
    waiting = {method: list(answer) if isinstance(answer, list) else [answer] for method, answer in answers.items()}

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0].decode()
            queue = waiting.get(method)
            if queue is None:
                conversation.say(default or response("405 Method Not Allowed"))
            else:
                conversation.say(queue.pop(0) if len(queue) > 1 else queue[0])

    return play


def methods(requests: list[bytes]) -> list[str]:
    """The methods that a server was asked, in order."""
    return [request.split(b" ", 1)[0].decode() for request in requests]


def field(request: bytes, name: str) -> str | None:
    """A header field of a raw request."""
    found = re.search(rf"(?im)^{re.escape(name)}:[ \t]*(.*?)\r$".encode(), request.partition(b"\r\n\r\n")[0] + b"\r\n")
    return found[1].decode() if found else None

"""Exchanges in few words, for the tests of what evidence says: a server at http://dav.example."""

from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Exchange, Headers, Request, Response

BASE = "http://dav.example"
TOKEN = "opaquelocktoken:e4446820-928b-4bc6-ad1d-13351748aab1"
OTHER = "opaquelocktoken:6f1d1c5e-0c0e-4c3a-9d61-7a5a2f0f9b11"

LOCKINFO = (
    b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
    b"</D:lockinfo>"
)
BY_NAME = b'<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'
ALLPROP = b'<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'


def exchange(
    method: str,
    path: str,
    status: int | NoResponseKind,
    *,
    sent: dict[str, str] | None = None,
    body: bytes | None = b"",
    answered: dict[str, str] | None = None,
    answer: str | None = "",
    complete: bool = True,
) -> Exchange:
    """``path`` on the server, or an absolute URL; ``answer`` is the response's body."""
    url = path if "://" in path else BASE + path
    request = Request(method=method, url=url, headers=Headers.of((sent or {}).items(), complete=complete), body=body)
    if isinstance(status, NoResponseKind):
        return Exchange(request=request, outcome=NoResponse(status, url, status.value))
    content = None if answer is None else answer.encode()
    return Exchange(
        request=request,
        outcome=Response(status=status, headers=Headers.of((answered or {}).items()), body=content),
    )


def activelock(
    token: str | None = TOKEN,
    *,
    scope: str = "exclusive",
    depth: str = "0",
    root: str | None = None,
    timeout: str = "Second-540",
) -> str:
    """One activelock element."""
    shown = f"<D:locktoken><D:href>{token}</D:href></D:locktoken>" if token else ""
    lockroot = f"<D:lockroot><D:href>{root}</D:href></D:lockroot>" if root else ""
    return (
        f"<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{scope}/></D:lockscope>"
        f"<D:depth>{depth}</D:depth><D:timeout>{timeout}</D:timeout>{shown}{lockroot}</D:activelock>"
    )


def response(href: str, *locks: str, collection: bool = False, more: str = "") -> str:
    """One response element with lockdiscovery and resourcetype."""
    kind = "<D:collection/>" if collection else ""
    return (
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop><D:lockdiscovery>{''.join(locks)}</D:lockdiscovery>"
        f"<D:resourcetype>{kind}</D:resourcetype>{more}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
        "</D:response>"
    )


def failed(href: str, status: str, words: str = "") -> str:
    """One response element with a status of its own."""
    said = f"<D:responsedescription>{words}</D:responsedescription>" if words else ""
    return f"<D:response><D:href>{href}</D:href><D:status>HTTP/1.1 {status}</D:status>{said}</D:response>"


def multistatus(*responses: str) -> str:
    """The body of a 207."""
    return f'<D:multistatus xmlns:D="DAV:">{"".join(responses)}</D:multistatus>'


def propfind(path: str, *responses: str, depth: str = "0", body: bytes | None = BY_NAME, status: int = 207) -> Exchange:
    """PROPFIND answered 207 with ``responses``, or ``status`` without a body."""
    answer = multistatus(*responses) if status == 207 else ""
    return exchange("PROPFIND", path, status, sent={"Depth": depth}, body=body, answer=answer)


def shows(path: str, *locks: str, collection: bool = False) -> Exchange:
    """PROPFIND of ``path`` at Depth 0, answered with these locks."""
    return propfind(path, response(path, *locks, collection=collection))


def lock(path: str, *locks: str, status: int = 200, token: str | None = TOKEN, body: bytes = LOCKINFO) -> Exchange:
    """LOCK answered with ``locks`` (the default one if none is given) and Lock-Token."""
    answer = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{"".join(locks or (activelock(),))}</D:lockdiscovery></D:prop>'
    answered = {"Lock-Token": f"<{token}>"} if token else {}
    return exchange("LOCK", path, status, sent={"Depth": "0"}, body=body, answered=answered, answer=answer)


def refresh(path: str, status: int, token: str = TOKEN) -> Exchange:
    """LOCK without a body."""
    return exchange("LOCK", path, status, sent={"If": f"(<{token}>)"})


def unlock(path: str, status: int = 204, token: str = TOKEN) -> Exchange:
    """UNLOCK of ``token``."""
    return exchange("UNLOCK", path, status, sent={"Lock-Token": f"<{token}>"})


def put(path: str, status: int | NoResponseKind, **sent: str) -> Exchange:
    """PUT; ``If_Match`` stands for If-Match."""
    return exchange("PUT", path, status, sent={name.replace("_", "-"): value for name, value in sent.items()})

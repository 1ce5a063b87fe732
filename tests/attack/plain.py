"""A plain WebDAV client, for what must not be asked of davlock: is that lock still there?"""

import base64
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from tests.attack.turns import turn
from tests.servers.accounts import USERS

_LOCK = (
    '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner>{owner}</D:owner></D:lockinfo>"
)
_PROPFIND = b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """A lock that the server shows."""

    path: str
    """The path of the resource that shows it: Apache names no lockroot."""
    token: str
    owner: str


def ask(method: str, url: str, *, user: str = "", body: bytes = b"", fields: Mapping[str, str] | None = None) -> Answer:
    """Send one request as ``user``, or without a login."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        with turn(parts.netloc):
            connection.request(method, parts.path, body, {**_login(user), **(fields or {})})
            response = connection.getresponse()
            return Answer(status=response.status, headers=dict(response.getheaders()), body=response.read())
    finally:
        connection.close()


def _login(user: str) -> dict[str, str]:
    if not user:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{USERS[user]}'.encode()).decode()}"}


def ask_lock(url: str, *, user: str = "", owner: str, seconds: int = 600, depth: str = "0") -> Answer:
    """Ask for an exclusive lock."""
    fields = {"Depth": depth, "Timeout": f"Second-{seconds}", "Content-Type": "application/xml"}
    return ask("LOCK", url, user=user, body=_LOCK.format(owner=owner).encode(), fields=fields)


def token_of(answer: Answer) -> str:
    """The token in Lock-Token of an answer to LOCK."""
    return next(value for name, value in answer.headers.items() if name.lower() == "lock-token").strip("<> ")


def lock(url: str, *, user: str = "", owner: str) -> str:
    """Take an exclusive lock, and return its token."""
    answer = ask_lock(url, user=user, owner=owner)
    assert answer.status in (200, 201), answer
    return token_of(answer)


def renew(url: str, token: str, *, user: str, seconds: int = 600) -> bool:
    """Whether the lock could be renewed."""
    fields = {"If": f"(<{token}>)", "Timeout": f"Second-{seconds}"}
    return ask("LOCK", url, user=user, fields=fields).status == 200


def unlock(url: str, token: str, *, user: str) -> int:
    """Release a lock, and return the status."""
    return ask("UNLOCK", url, user=user, fields={"Lock-Token": f"<{token}>"}).status


def locks(url: str, *, user: str = "", depth: str = "infinity") -> set[Shown]:
    """All locks at ``url`` and, with ``depth``, below it."""
    fields = {"Depth": depth, "Content-Type": "application/xml"}
    answer = ask("PROPFIND", url, user=user, body=_PROPFIND, fields=fields)
    assert answer.status == 207, answer
    return {
        Shown(
            urlsplit(response.findtext("{DAV:}href", "").strip()).path,
            active.findtext("{DAV:}locktoken/{DAV:}href", "").strip(),
            "".join(str(text) for owner in active.findall("{DAV:}owner") for text in owner.itertext()).strip(),
        )
        for response in etree.fromstring(answer.body).iter("{DAV:}response")
        for active in response.iter("{DAV:}activelock")
    }

"""A scripted Nextcloud with its app files_lock: what it stores, shows and refuses is that of the app's public source.

A lock belongs to a user (type 0, by X-User-Lock), to an app (1), or to a client that has its token (2). lockdiscovery
shows the time that was granted, and the properties nc:lock… show the user and when it was taken.
"""

import base64
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tests.servers.accounts import USERS
from tests.transport.scripted import Conversation, response

ROOT = "/remote.php/dav/files/alice/"

_NAMES = {"alice": "Alice Smith", "bob": "Bob Jones"}

_OUTER = 'xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"'


@dataclass(slots=True, kw_only=True)
class FileLock:
    """One row of the app's table. ``timeout`` is in seconds; 0 and less: the lock has no end."""

    user: str
    kind: int = 2
    token: str = "files_lock/4c1e0d6a"
    editor: str = ""
    taken: float
    timeout: int = 1800


@dataclass
class FilesLock:
    """The server: ``files`` by their names in ROOT, ``locks`` by the same names. ``now`` is its clock."""

    files: dict[str, bytes] = field(default_factory=dict)
    locks: dict[str, FileLock] = field(default_factory=dict)
    now: Callable[[], float] = lambda: 1795348800.0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def play(self, conversation: Conversation) -> None:
        """Answers every request of one connection."""
        while (request := conversation.request()) is not None:
            with self.guard:
                conversation.say(self._answer(request))

    def _answer(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        user = _user(head)
        if user is None:
            return self._say("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="Nextcloud", charset="UTF-8"')
        name = target.removeprefix(ROOT).rstrip("/")
        if name and name not in self.files and method not in ("PUT", "OPTIONS"):
            return self._say("404 Not Found", _error("NotFound", f"File with name {name} could not be located"))
        by_hand = _field(head, "X-User-Lock") is not None
        if method == "PROPFIND":
            return self._propfind(name, _field(head, "Depth") or "0", body)
        if method == "OPTIONS":
            return self._say("200 OK", b"", "DAV: 1, 3, extended-mkcol, 2, nc-calendar-search", "Allow: OPTIONS, LOCK")
        if method in ("GET", "HEAD"):
            return self._say("200 OK", self.files.get(name, b"") if method == "GET" else b"")
        if method == "LOCK":
            return self._lock(name, user, body, by_hand=by_hand)
        if method == "UNLOCK":
            return self._unlock(name, user, _field(head, "Lock-Token") or "", by_hand=by_hand)
        if method == "PUT":
            return self._put(name, _field(head, "If") or "", body)
        return self._say("501 Not Implemented", b"")

    def _propfind(self, name: str, depth: str, body: bytes) -> bytes:
        # sabre/dav takes a Depth of infinity for 1.
        names = [name] if name else ["", *(self.files if depth != "0" else ())]
        elements = "".join(self._element(entry, body) for entry in names)
        return self._say("207 Multi-Status", f"<d:multistatus {_OUTER}>{elements}</d:multistatus>".encode())

    def _element(self, name: str, asked: bytes) -> str:
        lock = self.locks.get(name)
        found = "<d:resourcetype/>" if name else "<d:resourcetype><d:collection/></d:resourcetype>"
        found += f"<d:lockdiscovery>{self._active(name, lock) if lock is not None else ''}</d:lockdiscovery>"
        found += "<d:supportedlock/>"
        missing = ""
        for prop, value in _properties(lock).items():
            if f"{prop}/>".encode() not in asked and f"{prop} ".encode() not in asked:
                continue
            if value == "" and prop != "lock":
                missing += f"<nc:{prop}/>"
            else:
                found += f"<nc:{prop}>{escape(value)}</nc:{prop}>"
        absent = f"<d:propstat><d:prop>{missing}</d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>"
        return (
            f"<d:response><d:href>{ROOT}{name}</d:href><d:propstat><d:prop>{found}</d:prop>"
            f"<d:status>HTTP/1.1 200 OK</d:status></d:propstat>{absent if missing else ''}</d:response>"
        )

    def _active(self, name: str, lock: FileLock) -> str:
        # sabre/dav writes whatever number it is given, below zero as well.
        return (
            "<d:activelock><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype>"
            f"<d:lockroot><d:href>{ROOT}{name}</d:href></d:lockroot><d:depth>0</d:depth>"
            f"<d:timeout>Second-{lock.timeout}</d:timeout>"
            f"<d:locktoken><d:href>opaquelocktoken:{lock.token}</d:href></d:locktoken>"
            f"<d:owner>{_NAMES[lock.user]}</d:owner></d:activelock>"
        )

    def _lock(self, name: str, user: str, body: bytes, *, by_hand: bool) -> bytes:
        if name in self.locks:
            if by_hand:
                return self._say("423 Locked", _prop(self.locks[name]))
            return self._say("423 Locked", _error("ConflictingLock", "", "<d:no-conflicting-lock/>"))
        lock = FileLock(user=user, kind=0 if by_hand else 2, taken=self.now())
        self.locks[name] = lock
        if by_hand:
            return self._say("200 OK", _prop(lock))
        answer = f"<d:prop {_OUTER}><d:lockdiscovery>{self._active(name, lock)}</d:lockdiscovery></d:prop>"
        return self._say("200 OK", answer.encode(), f"Lock-Token: <opaquelocktoken:{lock.token}>")

    def _unlock(self, name: str, user: str, token: str, *, by_hand: bool) -> bytes:
        lock = self.locks.get(name)
        if by_hand:
            if lock is None:
                return self._say("412 Precondition Failed", _prop(None))
            if lock.user != user or lock.kind == 1:
                return self._say("423 Locked", _prop(lock))
            del self.locks[name]
            return self._say("200 OK", _prop(None))
        if lock is None or token != f"<opaquelocktoken:{lock.token}>":
            return self._say(
                "409 Conflict", _error("LockTokenMatchesRequestUri", "", "<d:lock-token-matches-request-uri/>")
            )
        del self.locks[name]
        return self._say("204 No Content", b"")

    def _put(self, name: str, sent: str, body: bytes) -> bytes:
        lock = self.locks.get(name)
        if lock is not None and lock.token not in sent:
            condition = f"<d:lock-token-submitted><d:href>{name}</d:href></d:lock-token-submitted>"
            return self._say("423 Locked", _error("Locked", f'"{name}" is locked', condition))
        new = name not in self.files
        self.files[name] = body
        return self._say("201 Created" if new else "204 No Content", b"")

    def _say(self, status: str, body: bytes, *fields: str) -> bytes:
        date = format_datetime(datetime.fromtimestamp(self.now(), UTC), usegmt=True)
        return response(status, body, f"Date: {date}", "Content-Type: application/xml; charset=utf-8", *fields)


def _field(head: bytes, name: str) -> str | None:
    found = re.search(rf"(?im)^{name}:\s*(.*?)\r?$".encode(), head)
    return found[1].decode() if found else None


def _user(head: bytes) -> str | None:
    login = base64.b64decode((_field(head, "Authorization") or "").partition(" ")[2]).decode()
    user, _, password = login.partition(":")
    return user if user in USERS and USERS[user] == password else None


def _properties(lock: FileLock | None) -> dict[str, str]:
    if lock is None:
        return dict.fromkeys(_PROPERTIES, "") | {"lock": ""}
    owner = "" if lock.kind == 1 else lock.user
    return {
        "lock": "1",
        "lock-owner-type": str(lock.kind),
        "lock-owner": owner,
        "lock-owner-displayname": "" if lock.kind == 1 else _NAMES[lock.user],
        "lock-owner-editor": lock.editor,
        "lock-time": str(int(lock.taken)),
        "lock-timeout": str(lock.timeout),
    }


_PROPERTIES = (
    *("lock", "lock-owner-type", "lock-owner", "lock-owner-displayname", "lock-owner-editor"),
    *("lock-time", "lock-timeout"),
)


def _prop(lock: FileLock | None) -> bytes:
    inner = "".join(f"<nc:{name}>{escape(value)}</nc:{name}>" for name, value in _properties(lock).items())
    return f"<d:prop {_OUTER}>{inner}</d:prop>".encode()


def _error(exception: str, message: str, condition: str = "") -> bytes:
    return (
        f"<d:error {_OUTER}><s:exception>Sabre\\DAV\\Exception\\{exception}</s:exception>"
        f"<s:message>{escape(message)}</s:message>{condition}</d:error>"
    ).encode()

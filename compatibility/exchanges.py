"""What the server itself answers to two plain clients, without davlock: the proof behind the words.

Alice locks a file, and Bob tries what a second editor would. After each write the file is read back, because a status
alone proves nothing.
"""

import re
import time
from collections.abc import Mapping
from typing import Any

import httpx

from tests.servers.accounts import USERS

_LOCK = (
    '<?xml version="1.0" encoding="utf-8"?>\n<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner>%s</D:owner></D:lockinfo>"
)
OWNERS = {"alice": "Alice Miller", "bob": "Bob Smith"}
"""What each writes as the owner of a lock."""

_FIND = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'
)
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_SENT = ("depth", "if", "if-match", "lock-token", "timeout", "overwrite", "destination")
_ANSWERED = ("allow", "content-type", "dav", "etag", "lock-token", "server", "www-authenticate")
_SECONDS = 20.0
_BODY = 2000
_PAUSE = 5.0


class Editors:
    """Alice and Bob, each with a client of their own, at one server. Each request is kept, as text, by its name."""

    def __init__(self, url: str, login: str) -> None:
        self.url = url
        self.exchanges: dict[str, dict[str, Any]] = {}
        self._clients = {user: httpx.Client(auth=_auth(login, user), timeout=_SECONDS) for user in ("alice", "bob")}

    def close(self) -> None:
        """Close both clients."""
        for client in self._clients.values():
            client.close()

    def ask(
        self,
        user: str,
        method: str,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        as_: str = "",
    ) -> httpx.Response | None:
        """Send one request, and keep it as ``as_``. ``None`` if nobody answered."""
        request = {"user": user, "method": method, "name": name, "headers": dict(headers or {}), "body": body}
        try:
            answer = self._clients[user].request(
                method, self.url + name, headers=dict(headers or {}), content=body.encode()
            )
        except httpx.HTTPError as error:
            if as_:
                self.exchanges[as_] = {"request": _asked(request), "response": f"({type(error).__name__})", "status": 0}
            return None
        if as_:
            self.exchanges[as_] = {
                "request": _asked(request),
                "response": _answered(answer, self.url),
                "status": answer.status_code,
            }
        return answer

    def write(
        self, user: str, name: str, text: str, *, headers: Mapping[str, str] | None = None, as_: str = ""
    ) -> bool:
        """Whether the file has ``text`` after this PUT."""
        self.ask(user, "PUT", name, headers={"Content-Type": "text/plain", **(headers or {})}, body=text, as_=as_)
        done = self.content(name) == text
        if as_:
            self.exchanges[as_]["written"] = done
        return done

    def content(self, name: str) -> str | None:
        """What GET answers; ``None`` if there is no file."""
        answer = self.ask("alice", "GET", name)
        return answer.text if answer is not None and answer.status_code == 200 else None

    def make(self, user: str, name: str, *, as_: str = "") -> bool:
        """Whether the folder ``name`` is there after this MKCOL; it must not have been there before."""
        self.ask(user, "MKCOL", name, as_=as_)
        answer = self.ask(user, "PROPFIND", name, headers={**_XML, "Depth": "0"}, body=_FIND)
        done = answer is not None and answer.status_code == 207
        if as_:
            self.exchanges[as_]["made"] = done
        return done

    def delete(self, user: str, name: str, file: str, *, as_: str = "") -> bool:
        """Whether ``file`` is gone after this DELETE of ``name``."""
        self.ask(user, "DELETE", name, as_=as_)
        answer = self.ask("alice", "GET", file)
        done = answer is not None and answer.status_code in (404, 410)
        if as_:
            self.exchanges[as_]["gone"] = done
        return done

    def lock(
        self,
        user: str,
        name: str,
        *,
        shared: bool = False,
        deep: bool = False,
        seconds: int = 600,
        as_: str = "",
    ) -> str | None:
        """The token that the server granted; ``None`` if it granted none."""
        body = (_LOCK.replace("exclusive", "shared") if shared else _LOCK) % OWNERS[user]
        headers = {**_XML, "Depth": "infinity" if deep else "0", "Timeout": f"Second-{seconds}"}
        answer = self.ask(user, "LOCK", name, headers=headers, body=body, as_=as_)
        if answer is None or answer.status_code not in (200, 201):
            return None
        field = answer.headers.get("lock-token", "")
        in_body = re.search(r"locktoken>\s*<[^>]*href[^>]*>([^<]+)<", answer.text)
        return field.strip("<> ") or (in_body[1].strip() if in_body else None)

    def shown(self, user: str, name: str, *, as_: str = "") -> str:
        """What the server shows of the locks of a file."""
        answer = self.ask(user, "PROPFIND", name, headers={**_XML, "Depth": "0"}, body=_FIND, as_=as_)
        return answer.text if answer is not None else ""


def two_editors(editors: Editors) -> dict[str, Any]:
    """What happens to two editors of one file. ``None`` where an earlier answer left nothing to try."""
    facts: dict[str, Any] = dict.fromkeys(
        ("written", "locked", "token_shown", "owner_shown", "second_lock_granted", "foreign_write", "holder_write")
    )
    facts |= dict.fromkeys(("condition_ignored", "foreign_unlock", "second_shared_granted"))
    editors.ask("bob", "OPTIONS", "", as_="options")
    facts["written"] = editors.write("alice", "report.txt", "first", as_="put")
    if not facts["written"]:
        # A server of calendars takes no other files. It can still say what it thinks of LOCK.
        facts["locked"] = editors.lock("alice", "", as_="lock") is not None
        return facts
    facts["condition_ignored"] = editors.write(
        "alice", "report.txt", "first, again", headers={"If-Match": '"davlock-no-such-version"'}, as_="if-match"
    )
    token = editors.lock("alice", "report.txt", as_="lock")
    facts["locked"] = token is not None
    if token is None:
        return facts
    if editors.write("alice", "shared.txt", "first"):
        facts["second_shared_granted"] = all(
            editors.lock(user, "shared.txt", shared=True, as_=f"shared-lock-{user}") is not None
            for user in ("alice", "bob")
        )
    shown = editors.shown("bob", "report.txt", as_="seen")
    facts["token_shown"], facts["owner_shown"] = token in shown, OWNERS["alice"] in shown
    facts["second_lock_granted"] = editors.lock("bob", "report.txt", as_="second-lock") is not None
    facts["foreign_write"] = editors.write("bob", "report.txt", "by Bob", as_="foreign-put")
    tagged = {"If": f"<{editors.url}report.txt> (<{token}>)"}
    facts["holder_write"] = editors.write("alice", "report.txt", "by Alice", headers=tagged, as_="holder-put")
    if not facts["holder_write"]:
        untagged = {"If": f"(<{token}>)"}
        facts["holder_write"] = editors.write(
            "alice", "report.txt", "by Alice", headers=untagged, as_="holder-put-untagged"
        )
    if not facts["foreign_write"]:
        editors.ask("bob", "UNLOCK", "report.txt", headers={"Lock-Token": f"<{token}>"}, as_="foreign-unlock")
        facts["foreign_unlock"] = editors.write("bob", "report.txt", "after UNLOCK", as_="put-after-unlock")
    return facts


def folders(editors: Editors) -> dict[str, bool | None]:
    """What a locked folder keeps out, and if a locked file keeps its folder. ``None`` where nothing could be tried."""
    facts: dict[str, bool | None] = dict.fromkeys(("new_file_made", "new_folder_made", "deleted_from_above"))
    if editors.make("alice", "team/") and editors.lock("alice", "team/", deep=True, as_="deep-lock") is not None:
        facts["new_file_made"] = editors.write("bob", "team/new.txt", "by Bob", as_="put-into-locked")
        facts["new_folder_made"] = editors.make("bob", "team/new/", as_="mkcol-into-locked")
    if (
        editors.make("alice", "docs/")
        and editors.write("alice", "docs/report.txt", "first")
        and editors.lock("alice", "docs/report.txt", as_="lock-below") is not None
    ):
        facts["deleted_from_above"] = editors.delete("bob", "docs/", "docs/report.txt", as_="delete-above")
    return facts


def ends_within(editors: Editors, seconds: float) -> bool | None:
    """Whether a lock of two seconds is gone after ``seconds`` at most. ``None`` if it did not protect before.

    Some servers look only now and then which locks are over.
    """
    name = "short.txt"
    if not editors.write("alice", name, "first"):
        return None
    if editors.lock("alice", name, seconds=2, as_="short-lock") is None:
        return None
    if editors.write("bob", name, "before"):
        return None
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(_PAUSE)
        if editors.write("bob", name, "after", as_="put-after-end"):
            return True
    return False


def _auth(login: str, user: str) -> httpx.Auth | None:
    if login == "none":
        return None
    kind = httpx.DigestAuth if login == "digest" else httpx.BasicAuth
    return kind(user, USERS[user])


def _asked(request: Mapping[str, Any]) -> str:
    fields = [f"{name}: {value}" for name, value in request["headers"].items() if name.lower() in _SENT]
    return "\n".join((f"{request['method']} /{request['name']} HTTP/1.1", *fields, "", request["body"])).rstrip()


def _answered(answer: httpx.Response, url: str) -> str:
    fields = [f"{name.title()}: {value}" for name, value in answer.headers.items() if name in _ANSWERED]
    page = "html" in answer.headers.get("content-type", "")
    body = "(a page for people)" if page else re.sub(r"(?m)^\s+$", "", answer.text.strip())
    if len(body) > _BODY:
        body = body[:_BODY] + "\n[…]"
    text = "\n".join((f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}".rstrip(), *fields, "", body)).rstrip()
    # The port is new in every run, and a record should change only where an answer does.
    return text.replace(url.rstrip("/"), "http://dav.example").replace(
        url.removeprefix("http://").rstrip("/"), "dav.example"
    )


PROOFS = {
    "options": "Bob asks what the server can do.",
    "put": "Alice writes a file.",
    "if-match": "Alice writes it again, on a condition that is false.",
    "lock": "Alice locks the file.",
    "seen": "Bob asks who holds it.",
    "second-lock": "Bob locks it, too.",
    "shared-lock-alice": "Alice takes a shared lock of another file.",
    "shared-lock-bob": "Bob takes a shared lock of it, too.",
    "foreign-put": "Bob writes without a token.",
    "holder-put": "Alice writes with her token.",
    "holder-put-untagged": "Alice writes with her token, without a URL in If.",
    "foreign-unlock": "Bob releases Alice's lock with its token.",
    "put-after-unlock": "Bob writes after that.",
    "deep-lock": "Alice locks a folder, and all that is in it.",
    "put-into-locked": "Bob writes a new file there, without a token.",
    "mkcol-into-locked": "Bob makes a new folder there, without a token.",
    "lock-below": "Alice locks a file in another folder.",
    "delete-above": "Bob deletes that folder, without a token.",
    "short-lock": "Alice locks another file, for two seconds.",
    "put-after-end": "Bob tries to write it, for 90 seconds at most. This is his last try.",
}
"""What each kept exchange is, in the order in which they are sent."""

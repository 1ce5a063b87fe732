"""What ``davlock diagnose`` says of each method, and what the server then does: a table of all test servers.

    python -m tests.bench.methods [KIND ...]

Each cell is a situation of its own, made anew: davlock is asked as bob, then bob sends the method without a token.
``CLEAR`` that is refused for a lock and ``BLOCKED`` that passes are marked with ``!``; the exit status says whether
there was any. Where bob's own lock is in the way, davlock says LOCKED BY YOU: there the method is sent with the token,
as davlock does, and again without it, which must be refused.
"""

import base64
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from davlock.diagnosis.lock_verdict import METHODS
from tests.cli.command import run
from tests.servers import KINDS, Server, missing, start, supports, temporary_directory

LOCKINFO = (
    '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner>{}</D:owner></D:lockinfo>"
)

SHORT = 6
"""Seconds of a lock that runs out: lighttpd grants no fewer than five."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One method in one situation."""

    situation: str
    method: str
    said: str
    status: int
    refused: bool
    """For a lock: 423, also inside a 207 or a 424."""
    passed: bool
    first_line: str

    @property
    def wrong(self) -> bool:
        """Whether davlock said CLEAR of what was refused for a lock, or BLOCKED of what passed."""
        return (self.said == "clear" and self.refused) or (self.said == "blocked" and self.passed)

    def __str__(self) -> str:
        return f"{self.said} {self.status}{'L' if self.refused else ''}{' !' if self.wrong else ''}"


class Client:
    """Sends one request after the other as a user."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def send(self, user: str, method: str, url: str, body: str | None = None, **fields: str) -> tuple[int, bytes, str]:
        """Status, body and Lock-Token of the answer."""
        parts = urlsplit(url)
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if self._server.auth != "none":
            login = base64.b64encode(f"{user}:{self._server.users[user]}".encode()).decode()
            headers["Authorization"] = f"Basic {login}"
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            connection.request(method, parts.path, body=None if body is None else body.encode(), headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), (answer.headers.get("Lock-Token") or "").strip("<>")
        finally:
            connection.close()

    def lock(self, user: str, url: str, depth: str = "0", seconds: int = 600) -> str:
        """A lock and its token; empty where the server takes none there (Subversion, of collections)."""
        return self.send(
            user,
            "LOCK",
            url,
            LOCKINFO.format(user),
            Depth=depth,
            Timeout=f"Second-{seconds}",
            Content_Type="application/xml",
        )[2]

    def make(self, *urls: str) -> str:
        """Collections, which end in a slash, and files; the last of them."""
        for url in urls:
            method, body = ("MKCOL", None) if url.endswith("/") else ("PUT", "old")
            status = self.send("bob", method, url, body)[0]
            assert status in (200, 201, 204), f"{method} {url}: {status}"
        return urls[-1]


Stage = Callable[[Client, str], str]
"""Makes a situation below a URL that is free, and gives the URL in question."""


def _free(client: Client, base: str) -> str:
    return client.make(base, base + "f.txt")


def _by_another(client: Client, base: str) -> str:
    url = _free(client, base)
    client.lock("alice", url)
    return url


def _by_me(client: Client, base: str) -> str:
    return _free(client, base)  # davlock takes the lock, so that its ledger has it


def _in_deep(client: Client, base: str) -> str:
    url = _free(client, base)
    client.lock("alice", base, "infinity")
    return url


def _two_up(client: Client, base: str) -> str:
    url = client.make(base, base + "d/", base + "d/f.txt")
    client.lock("alice", base, "infinity")
    return url


def _in_zero(client: Client, base: str) -> str:
    url = _free(client, base)
    client.lock("alice", base)
    return url


def _collection_in_zero(client: Client, base: str) -> str:
    url = client.make(base, base + "d/")
    client.lock("alice", base)
    return url


def _free_collection(client: Client, base: str) -> str:
    client.make(base, base + "d/", base + "d/f.txt", base + "e/", base + "f.txt")
    return base


def _locked_collection(client: Client, base: str) -> str:
    client.make(base, base + "f.txt")
    client.lock("alice", base)
    return base


def _deep_locked_collection(client: Client, base: str) -> str:
    client.make(base, base + "f.txt")
    client.lock("alice", base, "infinity")
    return base


def _with_member(client: Client, base: str) -> str:
    _by_another(client, base)
    return base


def _with_deep_member(client: Client, base: str) -> str:
    client.lock("alice", client.make(base, base + "d/", base + "d/f.txt"))
    return base


def _new(client: Client, base: str) -> str:
    return client.make(base) + "new.txt"


def _new_in_zero(client: Client, base: str) -> str:
    client.lock("alice", client.make(base))
    return base + "new.txt"


def _new_in_deep(client: Client, base: str) -> str:
    client.lock("alice", client.make(base), "infinity")
    return base + "new.txt"


def _new_two_down(client: Client, base: str) -> str:
    client.make(base, base + "d/")
    client.lock("alice", base, "infinity")
    return base + "d/new.txt"


def _missing_folder(client: Client, base: str) -> str:
    return client.make(base) + "no/such/new.txt"


def _ran_out(client: Client, base: str) -> str:
    url = _free(client, base)
    client.lock("alice", url, seconds=SHORT)
    return url


SITUATIONS: dict[str, Stage] = {
    "free file": _free,
    "locked by another": _by_another,
    "locked by me": _by_me,
    "in a deep-locked folder": _in_deep,
    "deep lock two folders up": _two_up,
    "in a depth-0-locked folder": _in_zero,
    "folder in a depth-0-locked folder": _collection_in_zero,
    "free folder": _free_collection,
    "depth-0-locked folder": _locked_collection,
    "deep-locked folder": _deep_locked_collection,
    "folder with a locked member": _with_member,
    "folder with a deep locked member": _with_deep_member,
    "new name": _new,
    "new name in a depth-0-locked folder": _new_in_zero,
    "new name in a deep-locked folder": _new_in_deep,
    "new name two folders below a lock": _new_two_down,
    "missing folder": _missing_folder,
    "lock just run out": _ran_out,
}

BY_ME = "locked by me"


def cells(server: Server, situations: dict[str, Stage] | None = None, *, base: str = "") -> Iterator[Cell]:
    """Every situation and method on one server, in the collection ``base`` or at the root."""
    client = Client(server)
    base = base or server.url
    client.make(base + "moved/")
    staged = []
    for number, (situation, stage) in enumerate((situations or SITUATIONS).items()):
        for method in METHODS:
            name = f"s{number}{method.lower()}"
            staged.append((situation, method, name, stage(client, f"{base}{name}/")))
    if any(situation == "lock just run out" for situation, *_ in staged):
        time.sleep(SHORT + 1.5)
    for situation, method, name, url in staged:
        yield _cell(client, server, situation, method, url, f"{base}moved/{name}")


def _cell(client: Client, server: Server, situation: str, method: str, url: str, goal: str) -> Cell:
    login = ("-u", f"bob:{server.users['bob']}") if server.auth != "none" else ()
    if situation == BY_ME:
        assert run("lock", *login, url).code == 0
    done = run("diagnose", "--json", *login, url)
    result = done.result
    said = result["methods"][method]["verdict"]
    first = (
        "" if method != METHODS[-1] else " ".join(run("diagnose", *login, url, tty=True).out.split("\n\n")[0].split())
    )
    token = (
        next((lock["token"] for lock in result["locks"] or () if lock["mine"]), None) if situation == BY_ME else None
    )
    fields = {"If": f"<{url}> (<{token}>)"} if token is not None and said == "clear" else {}
    if token is not None:
        bare, body = _send(client, method, url, goal, {})
        assert _for_a_lock(bare, body), f"{method} {url} without the token of my own lock: {bare}"
    status, body = _send(client, method, url, goal, fields)
    refused = _for_a_lock(status, body)
    passed = 200 <= status < 300 and not (status == 207 and re.search(rb"HTTP/1\.1 [45]", body))
    return Cell(situation, method, said, status, refused, passed, first)


def _send(client: Client, method: str, url: str, goal: str, fields: dict[str, str]) -> tuple[int, bytes]:
    slash = "/" if url.endswith("/") else ""
    if method == "PUT":
        return client.send("bob", "PUT", url + ("new.txt" if slash else ""), "new", **fields)[:2]
    if method == "MOVE":
        return client.send("bob", "MOVE", url, Destination=goal + slash, **fields)[:2]
    if method == "LOCK":
        return client.send(
            "bob",
            "LOCK",
            url,
            LOCKINFO.format("bob"),
            Depth="0",
            Timeout="Second-60",
            Content_Type="application/xml",
            **fields,
        )[:2]
    return client.send("bob", method, url, **fields)[:2]


def _for_a_lock(status: int, body: bytes) -> bool:
    return status == 423 or (status in (207, 424) and b" 423" in body)


def main(kinds: list[str]) -> int:
    """Print the tables; the number of cells that are wrong, at most 1."""
    wrong = 0
    for kind in kinds or [kind for kind in KINDS if missing(kind) is None]:
        auth = "basic" if supports(kind, "basic") else "none"
        with (
            temporary_directory() as directory,
            tempfile.TemporaryDirectory() as state,
            start(kind, auth=auth, directory=Path(directory)) as server,
        ):
            import os

            os.environ["XDG_STATE_HOME"] = state
            print(f"\n{kind}\n" + " ".join([" " * 36, *(f"{method:16}" for method in METHODS)]))
            row: list[Cell] = []
            for cell in cells(server):
                row.append(cell)
                if len(row) == len(METHODS):
                    print(f"{cell.situation:36} " + " ".join(f"{entry!s:16}" for entry in row), cell.first_line[:110])
                    wrong += sum(entry.wrong for entry in row)
                    row = []
    print(f"\n{wrong} wrong")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A class 2 server in memory that does what RFC 4918 asks, and is interrupted wherever the test wants it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

from davlock.checks.check import Check
from davlock.checks.context import CheckContext
from davlock.checks.registry import CHECKS
from davlock.checks.results import Run
from davlock.checks.suite import run
from davlock.errors import NoResponse, RemoteProtocolError
from davlock.operations.scratch import ScratchCollection, User
from davlock.protocol.headers import EntityTag
from davlock.protocol.if_header import UNMAPPED, ResourceState, parse_if
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.transport.base import Send
from tests.cli.answers import active_lock, document

BASE = "http://dav.example/"
MARK = "0123456789ab"
SCRATCH = f"{BASE}davlock-check-{MARK}/"


@dataclass(frozen=True, slots=True)
class Held:
    """A lock."""

    token: str
    path: str
    deep: bool
    scope: str
    owner: str
    ends: float
    by: str

    def covers(self, path: str) -> bool:
        """Whether ``path`` is locked by it."""
        return path.rstrip("/") == self.path.rstrip("/") or (self.deep and path.startswith(f"{self.path.rstrip('/')}/"))


Hook = Callable[["World", Request], Response | NoResponse | None]


@dataclass(slots=True)
class World:
    """``hook`` may answer in the server's place. ``interrupts`` are numbers of requests, from 1 on: there the person
    presses Ctrl-C, before the request leaves or, where ``acted``, while its answer is on its way.
    """

    hook: Hook = lambda world, request: None
    interrupts: frozenset[int] = frozenset()
    acted: bool = False
    files: dict[str, bytes | None] = field(default_factory=lambda: {"/": None})
    """By path; a collection, whose path ends in a slash, is ``None``."""
    locks: list[Held] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    by: str = ""
    """Who asks now."""
    waited: float = 0.0
    made: int = 0
    written: int = 0
    versions: dict[str, int] = field(default_factory=dict)

    def sleep(self, seconds: float) -> None:
        """The server's clock goes on with ours."""
        self.waited += seconds

    def send(self, request: Request, by: str = "") -> Exchange:
        """Answer it to the principal named."""
        self.requests.append(request)
        self.by = by
        stops = len(self.requests) in self.interrupts
        if stops and not self.acted:
            raise KeyboardInterrupt
        answer = self.hook(self, request) or self.act(request, by)
        if stops:
            raise KeyboardInterrupt
        return Exchange(request=request, outcome=answer, elapsed_ms=1.0)

    @property
    def methods(self) -> list[str]:
        """What was asked, in order."""
        return [request.method for request in self.requests]

    @property
    def left(self) -> list[str]:
        """What is there beside the root, locks as well."""
        return [path for path in self.files if path != "/"] + [held.path for held in self.locks]

    def act(self, request: Request, by: str = "") -> Response:
        """What the server does, and answers."""
        path = self._known_as(unquote(urlsplit(request.url).path))
        self.locks = [held for held in self.locks if held.ends > self.waited]
        act: Callable[[Request, str, str], Response] = getattr(self, f"_{request.method.lower()}")
        try:
            return self._condition(request, path, by) or act(request, path, by)
        except RemoteProtocolError:
            return answer(400)

    def _known_as(self, path: str) -> str:
        return f"{path}/" if f"{path}/" in self.files else path

    def _etag(self, path: str) -> EntityTag | None:
        return EntityTag(str(self.versions[path])) if self.files.get(path) is not None else None

    def _covering(self, path: str) -> list[Held]:
        return [held for held in self.locks if held.covers(path)]

    def _condition(self, request: Request, path: str, by: str) -> Response | None:
        """412 where a condition does not hold."""
        there = path in self.files
        etag = str(self._etag(path))
        match, none = request.headers.get("If-Match"), request.headers.get("If-None-Match")
        if match is not None and (not there or (match != "*" and match != etag)):
            return answer(412)
        if none == "*" and there and request.method == "PUT":
            return answer(412)
        since = request.headers.get("If-Unmodified-Since")
        if since is not None and "2001" in since:
            return answer(412)
        value = request.headers.get("If")
        if value is None or request.method == "LOCK":
            return None

        def state(resource: str | None) -> ResourceState:
            at = path if resource is None else self._known_as(unquote(urlsplit(resource).path))
            tokens = frozenset(held.token for held in self._covering(at))
            return ResourceState(etag=self._etag(at), tokens=tokens) if at in self.files or tokens else UNMAPPED

        return None if parse_if(value).evaluate(state).true else answer(412)

    def _kept_from(self, request: Request, by: str, *paths: str) -> Response | None:
        """423 where a lock is in the way whose token is not submitted by the one who took it."""
        value = request.headers.get("If")
        tokens = {token.uri for token in parse_if(value).tokens} if value is not None else set()
        for path in paths:
            above = path.rstrip("/").rpartition("/")[0] + "/"
            covering = self._covering(path)
            if self._changes_list(request.method, path):
                covering += [held for held in self._covering(above) if held not in covering]
            if covering and not any(held.token in tokens and held.by == by for held in covering):
                return _error(423, "lock-token-submitted", covering[0].path)
        return None

    def _changes_list(self, method: str, path: str) -> bool:
        return path not in self.files or method in ("DELETE", "MOVE")

    def _below(self, path: str) -> list[str]:
        return [one for one in self.files if one == path or (path.endswith("/") and one.startswith(path))]

    def _no_parent(self, path: str) -> bool:
        return f"{path.rstrip('/').rpartition('/')[0]}/" not in self.files

    def _options(self, request: Request, path: str, by: str) -> Response:
        return answer(200, b"", ("DAV", "1, 2"), ("Allow", "OPTIONS, PROPFIND, LOCK, UNLOCK, PUT, DELETE, MKCOL"))

    def _mkcol(self, request: Request, path: str, by: str) -> Response:
        path = f"{path.rstrip('/')}/"
        if path in self.files:
            return answer(405)
        if self._no_parent(path):
            return answer(409)
        if refused := self._kept_from(request, by, path):
            return refused
        self.files[path] = None
        return answer(201)

    def _write(self, path: str, content: bytes | None) -> None:
        self.written += 1
        self.versions[path] = self.written
        self.files[path] = content

    def _put(self, request: Request, path: str, by: str) -> Response:
        if self._no_parent(path):
            return answer(409)
        if refused := self._kept_from(request, by, path):
            return refused
        there = path in self.files
        assert isinstance(request.body, bytes)
        self._write(path, request.body)
        return answer(204 if there else 201)

    def _get(self, request: Request, path: str, by: str) -> Response:
        content = self.files.get(path)
        return answer(404) if content is None else answer(200, content, ("ETag", str(self._etag(path))))

    def _head(self, request: Request, path: str, by: str) -> Response:
        got = self._get(request, path, by)
        return Response(status=got.status, reason=got.reason, headers=got.headers)

    def _delete(self, request: Request, path: str, by: str) -> Response:
        if path not in self.files:
            return answer(404)
        gone = self._below(path)
        for one in gone:
            if refused := self._kept_from(request, by, one):
                if one == path:
                    return refused
                status = "<D:status>HTTP/1.1 423 Locked</D:status></D:response>"
                return answer(207, document(f"<D:response><D:href>{quote(one)}</D:href>{status}"))
        for one in gone:
            del self.files[one]
        self.locks = [held for held in self.locks if held.path not in gone]
        return answer(204)

    def _copy(self, request: Request, path: str, by: str, *, move: bool = False) -> Response:
        to = unquote(urlsplit(request.headers.get("Destination") or "").path)
        if path not in self.files:
            return answer(404)
        there = to in self.files
        if there and request.headers.get("Overwrite") == "F":
            return answer(412)
        if refused := self._kept_from(request, by, *((path, to) if move else (to,))):
            return refused
        self._write(to, self.files[path])
        if move:
            del self.files[path]
            self.locks = [held for held in self.locks if held.path != path]
        return answer(204 if there else 201)

    def _move(self, request: Request, path: str, by: str) -> Response:
        return self._copy(request, path, by, move=True)

    def _lock(self, request: Request, path: str, by: str) -> Response:
        assert isinstance(request.body, bytes)
        if not request.body:
            return self._refresh(request, path, by)
        depth = request.headers.get("Depth") or "infinity"
        if depth == "1":
            return answer(400)
        if self._no_parent(path):
            return answer(409)
        scope = "shared" if b"shared" in request.body else "exclusive"
        over = [one for one in self.locks if depth == "infinity" and one.path.startswith(path) and one.path != path]
        if any("exclusive" in (scope, held.scope) for held in (*self._covering(path), *over)):
            return _error(423, "no-conflicting-lock", over[0].path if over else path)
        there = path in self.files
        if not there:
            if refused := self._kept_from(request, by, path):
                return refused
            self._write(path, b"")
        self.made += 1
        owner = re.search(rb"<(?:\w+:)?owner[^>]*>(.*?)</(?:\w+:)?owner>", request.body, re.DOTALL)
        held = Held(
            f"urn:uuid:{self.made:08}",
            path,
            depth == "infinity",
            scope,
            owner[1].decode() if owner else "",
            self.waited + _seconds(request),
            by,
        )
        self.locks.append(held)
        return self._granted(200 if there else 201, held, ("Lock-Token", f"<{held.token}>"))

    def _refresh(self, request: Request, path: str, by: str) -> Response:
        tokens = {token.uri for token in parse_if(request.headers.get("If") or "").tokens}
        found = next((held for held in self._covering(path) if held.token in tokens and held.by == by), None)
        if found is None:
            return answer(412)
        again = replace(found, ends=self.waited + _seconds(request))
        self.locks[self.locks.index(found)] = again
        return self._granted(200, again)

    def _granted(self, status: int, held: Held, *fields: tuple[str, str]) -> Response:
        body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{self._shown(held)}</D:lockdiscovery></D:prop>'
        return answer(status, body.encode(), ("Content-Type", "application/xml"), *fields)

    def _unlock(self, request: Request, path: str, by: str) -> Response:
        value = request.headers.get("Lock-Token")
        if value is None:
            return answer(400)
        found = next((held for held in self._covering(path) if held.token == value.strip("<>")), None)
        if found is None:
            return _error(409, "lock-token-matches-request-uri", path)
        if found.by != by:
            return answer(403)
        self.locks.remove(found)
        return answer(204)

    def _proppatch(self, request: Request, path: str, by: str) -> Response:
        if refused := self._kept_from(request, by, path):
            return refused
        done = "<D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
        return answer(207, document(f"<D:response><D:href>{quote(path)}</D:href>{done}</D:response>"))

    def _shown(self, held: Held) -> str:
        return active_lock(
            held.token,
            owner=held.owner,
            depth="infinity" if held.deep else "0",
            timeout=f"Second-{int(held.ends - self.waited)}",
            root=quote(held.path),
            scope=held.scope,
        )

    def _propfind(self, request: Request, path: str, by: str) -> Response:
        if path not in self.files:
            return answer(404)
        return answer(207, document(*self._elements(path, request.headers.get("Depth") or "infinity")))

    def _elements(self, path: str, depth: str) -> Iterator[str]:
        entry = "<D:lockentry><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
        for one in self._below(path):
            if one != path and (depth == "0" or one.removeprefix(path).strip("/").count("/")):
                continue
            etag = self._etag(one)
            yield (
                f"<D:response><D:href>{quote(one)}</D:href><D:propstat><D:prop>"
                f"<D:lockdiscovery>{''.join(self._shown(held) for held in self._covering(one))}</D:lockdiscovery>"
                f"<D:supportedlock>{entry.format('exclusive')}{entry.format('shared')}</D:supportedlock>"
                f"<D:resourcetype>{'<D:collection/>' if one.endswith('/') else ''}</D:resourcetype>"
                + (f"<D:getetag>{etag}</D:getetag>" if etag is not None else "")
                + "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            )


def _seconds(request: Request) -> float:
    """What is granted: what was asked first, or an hour."""
    asked = re.match(r"Second-(\d+)", request.headers.get("Timeout") or "")
    return float(asked[1]) if asked else 3600.0


def _error(status: int, code: str, path: str) -> Response:
    """A refusal with its precondition code (RFC 4918 §16)."""
    href = f"<D:href>{quote(path)}</D:href>"
    return answer(status, f'<D:error xmlns:D="DAV:"><D:{code}>{href}</D:{code}></D:error>'.encode())


def answer(status: int, body: bytes = b"", *fields: tuple[str, str]) -> Response:
    """A response."""
    return Response(status=status, reason="", headers=Headers.of(fields), body=body)


def context(
    world: World,
    *names: str,
    stop: Callable[[], bool] = lambda: False,
    hostile: bool = False,
    keep: bool = False,
    anonymous: Send | None = None,
) -> CheckContext:
    """A context in the world, for one user who has no name, or those named."""

    def user(name: str) -> User:
        def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            return world.send(request, name)

        return User(send, name)

    users = tuple(user(name) for name in names or ("",))
    return CheckContext(
        users,
        BASE,
        mark=MARK,
        sleep=world.sleep,
        clock=lambda: world.waited,
        stop=stop,
        anonymous=anonymous,
        hostile=hostile,
        keep=keep,
    )


def leftover(world: World) -> ScratchCollection:
    """The scratch collection of a run that was killed, as the clean-up finds it."""

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        return world.send(request)

    return ScratchCollection(
        (User(send, ""),),
        BASE,
        f"davlock-check-{MARK}",
        sleep=world.sleep,
        clock=lambda: world.waited,
        again=f"davlock check --clean-up {BASE}",
        foreign=True,
    )


def chosen(*ids: str) -> tuple[Check, ...]:
    """These checks, in their order; all of them, if none is named."""
    found = tuple(check for check in CHECKS if not ids or check.id in ids)
    assert len(found) == len(ids or CHECKS)
    return found


def run_in(at: CheckContext, checks: tuple[Check, ...]) -> Run:
    """A run whose clock stands still."""
    return run(at, checks, clock=lambda: 0.0, now=lambda: 1.0)

"""Servers that are sound but for one fault: for each check the fault that makes it fail.

A fault is a hook for :class:`tests.checks.world.World`. It answers in the server's place, or returns ``None`` and
leaves the request to the server.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from davlock.checks.refreshing import NOBODYS
from davlock.protocol.message import Headers, Request, Response
from davlock.protocol.requests import NO_SUCH_VERSION
from tests.checks.world import Held, Hook, World, answer
from tests.cli.answers import active_lock

When = Callable[[World, Request], bool]

ALICE, BOB = "alice", "bob"

DISCOVERED = rb"<D:lockdiscovery>.*?</D:lockdiscovery>"


# -- when a fault shows


def path_of(request: Request) -> str:
    return unquote(urlsplit(request.url).path)


def covering(world: World, request: Request) -> list[Held]:
    return [held for held in world.locks if held.covers(path_of(request))]


def always(world: World, request: Request) -> bool:
    return True


def locked(world: World, request: Request) -> bool:
    return bool(covering(world, request))


def at_root(world: World, request: Request) -> bool:
    """Whether a lock has its root here."""
    return any(held.path == path_of(request) for held in world.locks)


def from_above(world: World, request: Request) -> bool:
    """Whether only a lock on a collection above covers it."""
    return locked(world, request) and not at_root(world, request)


def shared(world: World, request: Request) -> bool:
    return any(held.scope == "shared" for held in covering(world, request))


def several(world: World, request: Request) -> bool:
    return len(covering(world, request)) > 1


def there(world: World, request: Request) -> bool:
    return path_of(request) in world.files


def empty(world: World, request: Request) -> bool:
    return world.files.get(path_of(request)) == b""


def collection(world: World, request: Request) -> bool:
    return path_of(request).endswith("/")


def slash_lacking(world: World, request: Request) -> bool:
    return f"{path_of(request)}/" in world.files


def without_parent(world: World, request: Request) -> bool:
    return f"{path_of(request).rstrip('/').rpartition('/')[0]}/" not in world.files


def new_lock(world: World, request: Request) -> bool:
    return bool(request.body)


def by_bob(world: World, request: Request) -> bool:
    return world.by == BOB


def every_other(world: World, request: Request) -> bool:
    """Every other request, as where two workers take turns."""
    return len(world.requests) % 2 == 0


def has(name: str, words: str = "") -> When:
    """Whether a header field is there, with ``words`` in it."""
    return lambda world, request: words in (request.headers.get(name) or "") and name in request.headers


def body_has(words: bytes) -> When:
    return lambda world, request: isinstance(request.body, bytes) and words in request.body


def url_has(words: str) -> When:
    """In the URL as it was sent."""
    return lambda world, request: words in request.url


def no(condition: When) -> When:
    return lambda world, request: not condition(world, request)


def all_of(*conditions: When) -> When:
    return lambda world, request: all(condition(world, request) for condition in conditions)


# -- faults


def usual(world: World, request: Request) -> Response:
    return world.act(request, world.by)


def saying(method: str, *said: tuple[str, str], status: int = 200, when: When = always) -> Hook:
    """The answer to a method, and nothing is done."""

    def hook(world: World, request: Request) -> Response | None:
        return answer(status, b"", *said) if request.method == method and when(world, request) else None

    return hook


def refusing(method: str, status: int = 423, when: When = always) -> Hook:
    return saying(method, status=status, when=when)


def letting_through(method: str, when: When = always, *, unconditionally: bool = False) -> Hook:
    """A write that no lock keeps from being carried out, nor a condition where ``unconditionally``."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method != method or not when(world, request):
            return None
        held, world.locks = world.locks, []
        try:
            return usual(world, _without(request, "If") if unconditionally else request)
        finally:
            world.locks = [lock for lock in held if lock.path in world.files] + world.locks

    return hook


def _without(request: Request, name: str) -> Request:
    return replace(request, headers=Headers.of([(key, value) for key, value in request.headers if key != name]))


def dropping(name: str, method: str, when: When = always) -> Hook:
    """A header field that does not arrive."""

    def hook(world: World, request: Request) -> Response | None:
        return usual(world, _without(request, name)) if request.method == method and when(world, request) else None

    return hook


def changing(name: str, method: str, change: Callable[[str], str], when: When = always) -> Hook:
    """A header field that arrives changed."""

    def hook(world: World, request: Request) -> Response | None:
        value = request.headers.get(name)
        if request.method != method or value is None or not when(world, request):
            return None
        fields = [*_without(request, name).headers, (name, change(value))]
        return usual(world, replace(request, headers=Headers.of(fields)))

    return hook


def rewriting(pattern: bytes, new: bytes, *methods: str, when: When = always) -> Hook:
    """An answer whose body is another."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method not in methods or not when(world, request):
            return None
        response = usual(world, request)
        return replace(response, body=re.sub(pattern, new, response.body or b"", flags=re.DOTALL))

    return hook


def silent(method: str, status: int) -> Hook:
    """Answers ``status`` where the body would have said more."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method != method or not locked_below(world, request):
            return None
        response = usual(world, request)
        return response if response.ok and response.status != 207 else answer(status)

    return hook


def locked_below(world: World, request: Request) -> bool:
    """Whether it is locked, or something below it."""
    return any(held.path.startswith(path_of(request)) for held in world.locks) or locked(world, request)


def releasing(when: When = always) -> Hook:
    """An UNLOCK that releases whatever covers the resource."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method != "UNLOCK" or not when(world, request):
            return None
        world.locks = [held for held in world.locks if not held.covers(path_of(request))]
        return answer(204)

    return hook


def as_alice(method: str, when: When = by_bob) -> Hook:
    """A server to which all users are one."""

    def hook(world: World, request: Request) -> Response | None:
        return world.act(request, ALICE) if request.method == method and when(world, request) else None

    return hook


def heading(method: str, name: str, value: str) -> Hook:
    """An answer with another header field."""

    def hook(world: World, request: Request) -> Response | None:
        if request.method != method or (method == "LOCK" and not request.body):
            return None
        response = usual(world, request)
        fields = [(key, value if key == name else old) for key, old in response.headers]
        return replace(response, headers=Headers.of(fields))

    return hook


def released_anywhere(world: World, request: Request) -> Response | None:
    """A token releases its lock at any URL."""
    token = (request.headers.get("Lock-Token") or "").strip("<>")
    if request.method != "UNLOCK" or all(held.token != token for held in world.locks):
        return None
    world.locks = [held for held in world.locks if held.token != token]
    return answer(204)


def shown_after_release(world: World, request: Request) -> Response | None:
    """lockdiscovery shows what the last UNLOCK released."""
    last = next((sent for sent in reversed(world.requests) if sent.method == "UNLOCK"), None)
    if request.method != "PROPFIND" or last is None or last.url != request.url:
        return None
    lock = active_lock((last.headers.get("Lock-Token") or "").strip("<>"), root=path_of(request)).encode()
    shown = b"<D:lockdiscovery>" + lock + b"</D:lockdiscovery>"
    response = usual(world, request)
    return replace(response, body=re.sub(DISCOVERED, shown, response.body or b"", flags=re.DOTALL))


def same_token(world: World, request: Request) -> None:
    """Each lock has the token of the first."""
    world.made = 0


def plain_token(world: World, request: Request) -> Response | None:
    """A token that is no URI."""
    if request.method != "LOCK" or not request.body:
        return None
    response, held = usual(world, request), world.locks[-1]
    plain = f"lock-{world.made}"
    world.locks[-1] = replace(held, token=plain)
    fields = [(name, value.replace(held.token, plain)) for name, value in response.headers]
    body = (response.body or b"").replace(held.token.encode(), plain.encode())
    return replace(response, headers=Headers.of(fields), body=body)


def token_changes(world: World, request: Request) -> Response | None:
    """A refresh gives the lock another token, and does not say so."""
    if request.method != "LOCK" or request.body:
        return None
    response = usual(world, request)
    world.locks = [
        replace(held, token=f"{held.token}-new") if held.path == path_of(request) else held for held in world.locks
    ]
    return response


def blind_refresh(world: World, request: Request) -> Response | None:
    """A refresh is a success, whatever the token."""
    if request.method != "LOCK" or request.body:
        return None
    response = usual(world, request)
    return answer(200) if response.status == 412 else response


def cut_short(world: World, request: Request) -> Response | None:
    """Only the first bytes of a file come back."""
    if request.method != "GET":
        return None
    response = usual(world, request)
    return replace(response, body=(response.body or b"")[:1000])


def parent_made(world: World, request: Request) -> None:
    """A PUT makes the collection that is missing."""
    if request.method == "PUT" and without_parent(world, request):
        world.files[f"{path_of(request).rpartition('/')[0]}/"] = None


def new_version(world: World, request: Request) -> Response | None:
    """A LOCK changes the entity tag."""
    if request.method != "LOCK" or not request.body:
        return None
    response = usual(world, request)
    world.versions[path_of(request)] += 1000
    return response


def _no_etag_in_if(value: str) -> str:
    return re.sub(r" ?\[[^]]*\]", "", value)


def _untagged(value: str) -> str:
    return re.sub(r"^<[^>]*> *", "", value)


_IF, _UNLOCKED = has("If"), no(locked)
_PLAIN = no(_IF)
_REFRESH = no(new_lock)
_NOBODYS = has("If", NOBODYS.coded)
_NO_LOCK = all_of(has("If", "<DAV:no-lock>"), no(has("If", "Not")))
_UNTAGGED: When = lambda world, request: (request.headers.get("If") or "").startswith("(")  # noqa: E731
_CLOSES = has("Connection")
_TWO_LISTS: When = lambda world, request: (request.headers.get("If") or "").count("(") > 1  # noqa: E731
_LONG: When = lambda world, request: isinstance(request.body, bytes) and len(request.body) > 3000  # noqa: E731
_BEGINS_ALIKE: When = lambda world, request: any(  # noqa: E731
    held.path != path_of(request) and path_of(request).startswith(held.path.removesuffix(".txt"))
    for held in world.locks
)


def _name(escaped: str) -> Hook:
    """A server that knows the lock of one name by another spelling of it alone."""
    return refusing("PUT", 412, all_of(_IF, url_has(escaped)))


FAILS: dict[str, Hook] = {
    "dav-header": saying("OPTIONS", ("DAV", "1"), ("Allow", "LOCK, UNLOCK")),
    "allow-header": saying("OPTIONS", ("DAV", "1, 2")),
    "propfind": refusing("PROPFIND", 403),
    "lockdiscovery": rewriting(DISCOVERED, b"", "PROPFIND"),
    "same-for-all-clients": saying("OPTIONS", ("DAV", "1"), when=has("User-Agent", "WebDAVFS")),
    "scratch": refusing("MKCOL", 403),
    "supportedlock": rewriting(rb"<D:supportedlock>.*?</D:supportedlock>", b"", "PROPFIND"),
    "depth-header": dropping("Depth", "PROPFIND"),
    "put": saying("PUT", status=201),
    "lock": refusing("LOCK", 405),
    "lock-protects": letting_through("PUT", all_of(locked, _PLAIN)),
    "lock-excludes": letting_through("LOCK", all_of(locked, new_lock)),
    "lock-discovered": rewriting(DISCOVERED, b"<D:lockdiscovery/>", "PROPFIND"),
    "token-in-if": refusing("PUT", 412, _IF),
    "unlock": saying("UNLOCK", status=204),
    "unlock-shown": shown_after_release,
    "read-while-locked": refusing("GET", 423, locked),
    "relock": same_token,
    "destination-header": refusing("COPY", 502),
    "verbs": refusing("MOVE", 501),
    "overwrite-header": dropping("Overwrite", "COPY"),
    "timeout-header": dropping("Timeout", "LOCK"),
    "body-whole": cut_short,
    "refresh": refusing("LOCK", 412, _REFRESH),
    "refresh-still-unlocks": token_changes,
    "refresh-without-timeout": refusing("LOCK", 400, all_of(_REFRESH, no(has("Timeout")))),
    "refresh-wrong-token": blind_refresh,
    "refresh-unlocked": blind_refresh,
    "refresh-tagged": refusing("LOCK", 400, all_of(_REFRESH, has("If", "<http"))),
    "depth-0": changing("Depth", "LOCK", lambda value: "infinity", collection),
    "depth-0-members": letting_through("PUT", no(there)),
    "depth-0-delete": letting_through("DELETE"),
    "depth-infinity": refusing("LOCK", 403, has("Depth", "infinity")),
    "deep-protects-members": letting_through("PUT", all_of(from_above, _PLAIN)),
    "deep-keeps-out-new": letting_through("MKCOL"),
    "deep-token": refusing("PUT", 412, all_of(_IF, from_above)),
    "deep-covers-new": letting_through("PUT", all_of(from_above, there, _PLAIN, url_has("new.txt"))),
    "deep-excludes": letting_through("LOCK", all_of(from_above, new_lock)),
    "deep-shown": rewriting(DISCOVERED, b"<D:lockdiscovery/>", "PROPFIND", when=from_above),
    "deep-over-locked": letting_through("LOCK", has("Depth", "infinity")),
    "depth-1-lock": changing("Depth", "LOCK", lambda value: "0", has("Depth", "1")),
    "delete-over-locked": letting_through("DELETE", collection),
    "refresh-at-member": refusing("LOCK", 412, all_of(_REFRESH, from_above)),
    "unlock-at-member": refusing("UNLOCK", 409, from_above),
    "delete-locked": letting_through("DELETE"),
    "move-locked": letting_through("MOVE"),
    "move-onto-locked": letting_through("MOVE"),
    "copy-onto-locked": letting_through("COPY"),
    "copy-locked": refusing("COPY", 423, locked),
    "proppatch-locked": letting_through("PROPPATCH"),
    "proppatch-token": refusing("PROPPATCH", 423, _IF),
    "delete-token": refusing("DELETE", 423, _IF),
    "move-token": refusing("MOVE", 423, _IF),
    "mkcol-in-locked": letting_through("MKCOL"),
    "token-in-lock-token": letting_through("PUT", has("Lock-Token")),
    "sibling-free": refusing("PUT", 423, _BEGINS_ALIKE),
    "unlock-wrong-token": releasing(),
    "unlock-no-token": releasing(no(has("Lock-Token"))),
    "unlock-other-url": released_anywhere,
    "unlock-collection": refusing("UNLOCK", 423, collection),
    "if-evaluated": dropping("If", "PUT", _UNLOCKED),
    "if-tagged": dropping("If", "PUT", all_of(_UNLOCKED, no(_UNTAGGED))),
    "if-untagged-wrong": dropping("If", "PUT", all_of(_UNLOCKED, _UNTAGGED)),
    "if-token-etag": refusing("PUT", 412, all_of(has("If", "<urn:"), has("If", "["))),
    "if-wrong-etag": changing("If", "PUT", _no_etag_in_if, has("If", "<urn:")),
    "if-not": refusing("PUT", 400, has("If", "Not")),
    "if-not-alone": letting_through("PUT", has("If", "Not <DAV:no-lock>")),
    "if-no-lock": letting_through("PUT", _NO_LOCK, unconditionally=True),
    "if-no-lock-unlocked": letting_through("PUT", _NO_LOCK, unconditionally=True),
    "if-lists": refusing("PUT", 412, _TWO_LISTS),
    "if-lists-fail": changing("If", "PUT", _no_etag_in_if, has("If", "<urn:")),
    "if-wrong-token": letting_through("PUT", _NOBODYS, unconditionally=True),
    "if-stale-token": dropping("If", "PUT", all_of(_UNLOCKED, has("If", "<urn:"))),
    "if-etag-unlocked": dropping("If", "PUT", all_of(_UNLOCKED, has("If", "["))),
    "if-token-unlocked": dropping("If", "PUT", all_of(_UNLOCKED, _NOBODYS)),
    "if-untagged": refusing("PUT", 412, _UNTAGGED),
    "if-path-tag": refusing("PUT", 412, has("If", "</")),
    "if-garbage": dropping("If", "PUT", has("If", "nonsense")),
    "timeout-list": refusing("LOCK", 400, has("Timeout", ",")),
    "unmapped-lock": refusing("LOCK", 404, no(there)),
    "unmapped-protects": letting_through("PUT", all_of(empty, _PLAIN)),
    "unmapped-token": refusing("PUT", 412, all_of(empty, _IF)),
    "unmapped-unlock": refusing("UNLOCK", 409, empty),
    "unmapped-no-parent": saying("LOCK", status=200, when=without_parent),
    "shared-lock": refusing("LOCK", 409, body_has(b"shared")),
    "shared-twice": refusing("LOCK", 423, all_of(shared, body_has(b"shared"))),
    "shared-protects": letting_through("PUT", all_of(shared, _PLAIN)),
    "shared-excludes": letting_through("LOCK", all_of(shared, body_has(b"exclusive"))),
    "exclusive-excludes-shared": letting_through("LOCK", all_of(no(shared), body_has(b"shared"))),
    "shared-token": refusing("PUT", 423, all_of(shared, _IF)),
    "shared-one-of-two": refusing("PUT", 423, all_of(several, _IF)),
    "shared-unlock-one": releasing(),
    "if-match-wrong": dropping("If-Match", "PUT"),
    "if-match-right": refusing("PUT", 412, has("If-Match")),
    "if-match-stale": dropping("If-Match", "PUT", no(has("If-Match", NO_SUCH_VERSION))),
    "if-match-star": dropping("If-Match", "PUT", has("If-Match", "*")),
    "if-none-match-star": dropping("If-None-Match", "PUT"),
    "if-unmodified-since": dropping("If-Unmodified-Since", "PUT"),
    "if-match-delete": dropping("If-Match", "DELETE"),
    "etag-same": rewriting(rb"<D:getetag>[^<]*", b'<D:getetag>"other"', "PROPFIND"),
    "etag-changes": heading("HEAD", "ETag", '"same"'),
    "owner-kept": rewriting(rb"<D:owner>.*?</D:owner>", b"", "PROPFIND"),
    "owner-element": rewriting(rb"<D:owner><D:href>.*?</D:owner>", b"<D:owner/>", "PROPFIND"),
    "token-unique": same_token,
    "token-same": heading("LOCK", "Lock-Token", "<urn:uuid:other>"),
    "lockroot": rewriting(rb"<D:lockroot><D:href>[^<]*", b"<D:lockroot><D:href>/elsewhere", "LOCK", "PROPFIND"),
    "owner-long": refusing("LOCK", 413, _LONG),
    "owner-none": refusing("LOCK", 400, all_of(new_lock, no(body_has(b"owner")))),
    "etag-kept": new_version,
    "timeout-told": rewriting(rb"<D:timeout>.*?</D:timeout>", b"", "LOCK"),
    "timeout-granted": dropping("Timeout", "LOCK"),
    "timeout-ends": refusing("PUT", 423, all_of(locked, _PLAIN)),
    "timeout-counts-down": rewriting(rb"<D:timeout>[^<]*", b"<D:timeout>Second-120", "PROPFIND"),
    "name-space": _name("a%20b"),
    "name-upper-escapes": _name("%C3%BC-U"),
    "name-lower-escapes": _name("%c3%bc-l"),
    "name-nfc": _name("-%C3%A9.txt"),
    "name-nfd": _name("-e%CC%80.txt"),
    "name-reserved": _name("%26b%3B"),
    "name-percent": _name("100%25"),
    "name-case-of-escapes": letting_through("PUT", all_of(locked, url_has("%c3%a4"))),
    "name-slash": refusing("LOCK", 308, slash_lacking),
    "code-token-submitted": silent("PUT", 423),
    "code-no-conflicting-lock": silent("LOCK", 423),
    "code-token-matches": silent("UNLOCK", 409),
    "member-named": silent("DELETE", 423),
    "lock-member-named": silent("LOCK", 423),
    "put-no-parent": parent_made,
    "steady-protection": letting_through("PUT", all_of(_CLOSES, every_other)),
    "steady-lockdiscovery": rewriting(DISCOVERED, b"<D:lockdiscovery/>", "PROPFIND", when=all_of(_CLOSES, every_other)),
    "steady-token": refusing("PUT", 412, all_of(_CLOSES, every_other)),
    "other-writes": letting_through("PUT", by_bob),
    "other-locks": letting_through("LOCK", by_bob),
    "other-writes-with-token": as_alice("PUT"),
    "other-refreshes": as_alice("LOCK", all_of(by_bob, _REFRESH)),
    "other-unlocks": as_alice("UNLOCK"),
    "other-sees": rewriting(DISCOVERED, b"<D:lockdiscovery/>", "PROPFIND", when=by_bob),
    "other-after-unlock": refusing("LOCK", 403, by_bob),
}
"""By id of a check, the fault with which it fails."""

WARNS: dict[str, Hook] = {
    "unlock-twice": saying("UNLOCK", status=204, when=_UNLOCKED),
    "unlock-missing": saying("UNLOCK", status=204, when=no(there)),
    "if-other-resource": changing("If", "PUT", _untagged, locked),
    "if-match-weak": dropping("If-Match", "PUT", has("If-Match", "W/")),
    "token-uri": plain_token,
    "scope-and-depth": rewriting(rb"<D:exclusive/>", b"<D:shared/>", "LOCK"),
    "name-unescaped-lockroot": rewriting(rb"root%20", b"root ", "PROPFIND"),
}
"""The checks that never fail, since the effect is right in any case: the fault with which each warns."""

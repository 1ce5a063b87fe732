"""What checks make of servers that depart from RFC 4918 in one thing, as real ones were seen to."""

from dataclasses import replace

import pytest

from davlock.protocol.if_header import parse_if
from davlock.protocol.message import Headers, Request, Response
from tests.checks.world import Hook, World, answer, chosen, context, run_in
from tests.cli.answers import document

GROUND = ("scratch", "put", "lock", "lock-protects", "token-in-if")


def looks_at_tagged_lists_alone(world: World, request: Request) -> Response | None:
    """Zope 6.3: an If without a tag passes for none that is false, and for the token of every lock."""
    value = request.headers.get("If")
    if request.method != "PUT" or value is None or value.startswith("<"):
        return None
    covering = [held for held in world.locks if request.url.endswith(held.path)]
    fields = [("If", f"(<{covering[0].token}>)")] if covering else []
    return world.act(replace(request, headers=Headers.of(fields)))


def keeps_a_locked_collection_with_a_file_in_it(world: World, request: Request) -> Response | None:
    """Zope 6.3: UNLOCK asks each member for the lock as well, and is rolled back where one has another, or none; DELETE
    of what is locked is refused with the token, too.
    """
    path = "/" + request.url.split("/", 3)[3]
    inside = [one for one in world.files if path.endswith("/") and one.startswith(path) and one != path]
    if request.method == "UNLOCK" and inside:
        status = "<D:status>HTTP/1.1 400 Bad Request</D:status>"
        return answer(207, document(f"<D:response><D:href>{inside[0]}</D:href>{status}</D:response>"))
    if request.method == "DELETE" and any(held.path == path for held in world.locks):
        return answer(423)
    return None


def releases_the_member_alone(world: World, request: Request) -> Response | None:
    """Zope 6.3."""
    path = "/" + request.url.split("/", 3)[3]
    deep = next((held for held in world.locks if held.deep and held.path != path and held.covers(path)), None)
    if request.method != "UNLOCK" or deep is None:
        return None
    world.hook = lambda world, later: world.act(replace(later, method="GET")) if later.method == "PUT" else None
    return answer(204)


def changed(request: Request, response: Response, old: bytes, new: bytes) -> Response:
    body = response.body or b""
    assert isinstance(body, bytes)
    return replace(response, body=body.replace(old, new))


def puts_lockdiscovery_beside_prop(world: World, request: Request) -> Response | None:
    """ASGI WebDAV 2.1.0, which has no supportedlock either."""
    if request.method != "PROPFIND":
        return None
    given = world.act(request)
    body = given.body or b""
    assert isinstance(body, bytes)
    before, _, rest = body.partition(b"<D:supportedlock>")
    after = rest.partition(b"</D:supportedlock>")[2]
    before = before.replace(b"<D:prop><D:lockdiscovery>", b"<D:prop/><D:lockdiscovery>")
    return replace(given, body=before + b"<D:prop>" + after)


def writes_the_owner_without_escapes(world: World, request: Request) -> Response | None:
    """Zope 6.3."""
    if request.method != "PROPFIND":
        return None
    return changed(request, world.act(request), b"&lt;", b"<")


def gives_weak_tags(*, matched: bool) -> Hook:
    """Weak entity tags alone, which If may match or not (RFC 4918 §10.4.4)."""

    def hook(world: World, request: Request) -> Response | None:
        value = request.headers.get("If")
        if value is not None:
            own = '["' if matched else '["another-'
            fields = [(name, text.replace('[W/"', own)) for name, text in request.headers]
            request = replace(request, headers=Headers.of(fields))
        given = world.act(request)
        fields = [(name, f"W/{text}" if name == "ETag" else text) for name, text in given.headers]
        return replace(given, headers=Headers.of(fields))

    return hook


WEAK = ("if-token-etag", "if-lists", "if-etag-unlocked")
UNMATCHED = "the server gives files only weak entity tags, and does not match them in If"


@pytest.mark.parametrize(
    ("hook", "ids", "expected"),
    [
        pytest.param(
            looks_at_tagged_lists_alone,
            ("if-evaluated", "if-tagged", "if-untagged-wrong", "if-wrong-token"),
            {
                "if-untagged-wrong": (
                    "fail",
                    "the server carried out PUT to a locked file with a wrong untagged token (204)",
                )
            },
            id="an untagged list with any token opens the lock",
        ),
        pytest.param(
            keeps_a_locked_collection_with_a_file_in_it,
            ("unlock", "depth-0", "unlock-collection", "depth-infinity"),
            {"unlock-collection": ("fail", "the server refused UNLOCK with the right token (207)")},
            id="a collection with a file in it is not unlocked",
        ),
        pytest.param(
            releases_the_member_alone,
            ("depth-infinity", "unlock-at-member"),
            {
                "unlock-at-member": (
                    "fail",
                    "the server answered 204 to UNLOCK, but released only the file: the collection is still locked",
                )
            },
            id="UNLOCK at a member releases the member alone",
        ),
        pytest.param(
            puts_lockdiscovery_beside_prop,
            ("dav-header", "propfind", "supportedlock", "lockdiscovery", "lock-discovered"),
            {
                "supportedlock": ("fail", "the server refuses or omits supportedlock"),
                "lock-discovered": (
                    "warn",
                    "lockdiscovery is beside prop, not in it (RFC 4918 §14.22): strict clients see no lock",
                ),
            },
            id="lockdiscovery beside prop",
        ),
        pytest.param(
            writes_the_owner_without_escapes,
            ("lock-discovered", "owner-kept"),
            {
                "owner-kept": (
                    "fail",
                    "for a lock with the owner Zoë <zoe@example.org> & “friends”, davlock cannot read the"
                    " answer with lockdiscovery: XML: not well-formed, line 1: error parsing attribute name",
                )
            },
            id="an owner that is not escaped",
        ),
        pytest.param(gives_weak_tags(matched=True), ("if-evaluated", *WEAK), {}, id="weak tags that match"),
        pytest.param(
            gives_weak_tags(matched=False),
            ("if-evaluated", *WEAK),
            dict.fromkeys(WEAK, ("skip", UNMATCHED)),
            id="weak tags that do not match",
        ),
    ],
)
def test_a_departure_is_told_by_its_check_alone(
    hook: Hook, ids: tuple[str, ...], expected: dict[str, tuple[str, str]]
) -> None:
    world = World(hook=hook)
    found = run_in(context(world, hostile=True), chosen(*GROUND, *ids))
    told = {one.about.id: (one.outcome.value, one.why) for one in found.checked if one.outcome.value != "pass"}
    assert told == expected
    assert (found.left, world.left) == ("", [])


def test_an_untagged_list_is_not_sent_to_a_server_that_is_not_known() -> None:
    world = World()
    found = run_in(context(world), chosen(*GROUND, "if-evaluated", "if-untagged-wrong"))
    assert [one.about.id for one in found.checked if one.outcome.value != "pass"] == ["if-untagged-wrong"]
    assert all(
        one.resource is not None
        for request in world.requests
        if request.method == "PUT" and (value := request.headers.get("If")) is not None
        for one in parse_if(value).lists
    )

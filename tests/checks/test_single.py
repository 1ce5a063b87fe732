"""Single checks, and answers that servers were seen to give."""

from davlock.checks.results import Run
from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.if_header import parse_if
from davlock.protocol.message import Request, Response
from tests.checks.world import World, answer, chosen, context, run_in
from tests.cli.answers import document

GROUND = ("scratch", "put", "lock", "lock-protects")


def told(found: Run, id: str) -> tuple[str, str]:
    checked = next(one for one in found.checked if one.about.id == id)
    return checked.outcome.value, checked.why


def within_207(world: World, request: Request) -> Response | None:
    """Nephele's refusal of an UNLOCK."""
    usual = world.act(request)
    if request.method != "UNLOCK" or usual.status != 409:
        return usual
    status = "<status>HTTP/1.1 412 Precondition Failed</status>"
    error = "<error><lock-token-matches-request-uri/></error>"
    body = f'<multistatus xmlns="DAV:"><response><href>{request.url}</href>{status}{error}</response></multistatus>'
    return answer(207, body.encode())


def test_a_code_within_a_207_is_named() -> None:
    found = run_in(context(World(hook=within_207)), chosen(*GROUND, "code-token-matches"))
    assert told(found, "code-token-matches") == ("pass", "")


def test_no_code_within_a_207() -> None:
    def hook(world: World, request: Request) -> Response | None:
        usual = world.act(request)
        response = "<D:response><D:href>/a</D:href><D:status>HTTP/1.1 412 No</D:status></D:response>"
        return answer(207, document(response)) if usual.status == 409 and request.method == "UNLOCK" else usual

    found = run_in(context(World(hook=hook)), chosen(*GROUND, "code-token-matches"))
    assert told(found, "code-token-matches")[0] == "fail"


def test_an_unlock_that_is_refused_within_a_207() -> None:
    """litmus takes it for a success, as every client does that looks at the status alone."""
    found = run_in(context(World(hook=within_207)), chosen(*GROUND, "unlock", "unlock-wrong-token", "unlock-twice"))
    how = "in a 207 with 412 in it, which many clients read as success"
    assert told(found, "unlock-wrong-token") == ("warn", f"the server refused UNLOCK with a wrong token {how}")
    assert told(found, "unlock-twice") == ("warn", f"the server refused a second UNLOCK {how}")


def test_a_deep_lock_whose_token_works_with_the_tag_of_the_collection_alone() -> None:
    """As in phodav: a token counts for the URL of its lock, and for none that it covers."""

    def hook(world: World, request: Request) -> Response | None:
        value = request.headers.get("If")
        if value is None or request.method != "PUT":
            return None
        tags = [part.resource for part in parse_if(value).lists]
        roots = {held.path for held in world.locks}
        return None if any(tag is not None and tag.endswith(tuple(roots)) for tag in tags) else answer(423)

    ids = (*GROUND, "token-in-if", "depth-infinity", "deep-protects-members", "deep-token")
    found = run_in(context(World(hook=hook)), chosen(*ids))
    outcome, why = told(found, "deep-token")
    assert (outcome, why.startswith("the server refused PUT with the token tagged with the file")) == ("fail", True)
    assert why.endswith("; it accepts the token tagged with the collection")


def test_what_takes_two_is_no_unknown_where_its_ground_could_not_be_told() -> None:
    """That there is one user alone is why it was left out, whatever else was found."""

    def hook(world: World, request: Request) -> Response | NoResponse | None:
        locked = any(held.covers("/" + request.url.split("/", 3)[3]) for held in world.locks)
        lost = NoResponse(NoResponseKind.RESET, request.url, "the connection was reset")
        return lost if request.method == "PUT" and locked else None

    found = run_in(context(World(hook=hook)), chosen(*GROUND, "unlock", "if-untagged", "other-writes"))
    assert told(found, "lock-protects")[0] == "unknown"
    assert told(found, "unlock") == ("unknown", "it needs lock-protects, which is undecided")
    assert told(found, "if-untagged")[0] == "skip"
    assert told(found, "other-writes") == ("skip", "it needs a second user: --user2")


def test_a_server_that_is_started_again_is_left_clean() -> None:
    """One that a request has ended; a supervisor starts it anew."""
    down = [False]

    def hook(world: World, request: Request) -> Response | NoResponse | None:
        if request.method == "GET":
            down[0] = True
        gone = NoResponse(NoResponseKind.CONNECT, request.url, "no connection", sent=False)
        return gone if down[0] and world.waited < 1 else None

    world = World(hook=hook)
    found = run_in(context(world), chosen("scratch", "put", "lock", "lock-excludes", "read-while-locked"))
    assert (found.left, world.left, world.waited >= 1) == ("", [], True)

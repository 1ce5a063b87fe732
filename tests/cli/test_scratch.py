"""``diagnose --scratch``: what is proved in a collection of our own, on sound servers and behind unsound proxies."""

import re
import signal
import threading
from collections.abc import Callable

import pytest

from tests.cli.answers import TOKEN, active_lock, element, granted, methods, multistatus
from tests.cli.command import Done, popen, run, wait_for
from tests.cli.conftest import MakeFile
from tests.cli.test_interrupt import SIGNALS, finish
from tests.conftest import ServerFor
from tests.servers import Server
from tests.servers.proxy import Hook, Passing, proxy, untouched, without
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

IGNORES_CONDITIONS = {"nginx", "rclone"}


def scratch(url: str) -> Done:
    return run("diagnose", "--json", "--scratch", url.rpartition("/")[0] + "/", url)


def told(done: Done) -> dict[str, str]:
    """What was learned in the scratch collection, with its certainty."""
    return {
        found["id"]: found["certainty"]
        for found in done.result["findings"]
        if "in a scratch collection" in found["headline"]
    }


def dropped(done: Done) -> list[str]:
    """The header fields that are said not to arrive."""
    return [found["facts"]["header"] for found in done.result["findings"] if found["id"] == "proxy-header-dropped"]


def nothing_left(server: Server, url: str) -> bool:
    above = server.path(url.rpartition("/")[0])
    return {path.name for path in above.iterdir()} - {".davlock", ".DAV"} == {"a.txt"}


def through(
    server: Server, make_file: MakeFile, *, before: Hook = untouched, after: Hook = untouched, name: str = "a.txt"
) -> Done:
    """A visit by way of a proxy; nothing is left of it."""
    url = make_file(server, name)
    with proxy(server.url, before=before, after=after) as address:
        done = scratch(url.replace(server.url, address))
    assert nothing_left(server, url), done
    assert "bug" not in done.err
    return done


def keep_host(passing: Passing) -> None:
    """As a proxy should: the server knows itself by the name that the client uses."""
    passing.set("Host", passing.host)


def test_a_sound_server(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    before = any_server.path(url).stat()
    done = scratch(url)
    expected = {"412-condition-ignored": "certain"} if any_server.kind in IGNORES_CONDITIONS else {}
    assert told(done) == expected
    assert nothing_left(any_server, url)
    after = any_server.path(url).stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert "davlock-scratch-" in done.err
    assert ("showed no problem" in done.err) is (not expected), done.err
    for found in done.result["findings"]:
        for quote in found["evidence"]:
            assert quote["exchange"] is None or quote["exchange"] < len(done.result["exchanges"])


def test_a_sound_proxy(any_server: Server, make_file: MakeFile) -> None:
    done = through(any_server, make_file, before=keep_host)
    assert set(told(done)) <= {"412-condition-ignored"}


@pytest.mark.parametrize("name", ["If", "Depth", "Destination"])
@pytest.mark.parametrize("kind", ["wsgidav", "apache", "rclone"])
def test_a_proxy_that_drops_a_header(server_for: ServerFor, make_file: MakeFile, kind: str, name: str) -> None:
    def before(passing: Passing) -> None:
        keep_host(passing)
        passing.drop(name)

    done = through(server_for(kind), make_file, before=before)
    assert dropped(done) == [name]
    assert told(done)["proxy-header-dropped"] == "likely"


@pytest.mark.parametrize("kind", ["wsgidav", "apache", "lighttpd"])
def test_a_proxy_that_drops_the_lock_token(server_for: ServerFor, make_file: MakeFile, kind: str) -> None:
    assert dropped(through(server_for(kind), make_file, before=without("Lock-Token"))) == ["Lock-Token"]


def test_unlock_does_nothing_without_its_header(server_for: ServerFor, make_file: MakeFile) -> None:
    """nginx answers 204 to it."""
    done = through(server_for("nginx"), make_file, before=without("Lock-Token"))
    assert told(done)["unlock-had-no-effect"] == "certain"


def test_a_proxy_that_drops_if_match(server_for: ServerFor, make_file: MakeFile) -> None:
    done = through(server_for("apache"), make_file, before=without("If-Match"))
    assert told(done) == {"412-condition-ignored": "certain"}


@pytest.mark.parametrize("kind", ["wsgidav", "lighttpd", "rclone"])
def test_a_proxy_under_another_name(server_for: ServerFor, make_file: MakeFile, kind: str) -> None:
    """The server does not know that it is meant by the Destination."""
    assert told(through(server_for(kind), make_file))["proxy-destination-mismatch"] == "certain"


class Faker:
    """Grants every LOCK, as Nextcloud does to some clients, and lets everybody write."""

    def __init__(self, *, same_token: bool) -> None:
        self.same_token = same_token
        self.count = 0

    def __call__(self, passing: Passing) -> None:
        passing.drop("If")
        if passing.method == "UNLOCK":
            passing.status, passing.reason, passing.headers = 204, "No Content", []
        elif passing.method == "LOCK":
            self.count += 1
            token = TOKEN if self.same_token else f"urn:x:{self.count}"
            raw = granted(token)
            passing.status, passing.reason, passing.body = 200, "OK", raw.partition(b"\r\n\r\n")[2]
            passing.headers = [("Lock-Token", f"<{token}>"), ("Content-Type", "application/xml")]


@pytest.mark.parametrize("same_token", [True, False])
def test_fake_locks(server_for: ServerFor, make_file: MakeFile, same_token: bool) -> None:
    done = through(server_for("wsgidav"), make_file, before=Faker(same_token=same_token))
    assert told(done)["fake-lock"] == "certain"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (without("DAV", "Allow"), {"lock-not-supported": "certain"}),
        (untouched, {"proxy-method-dropped": "possible"}),  # the server offers LOCK to whoever asks with OPTIONS
    ],
)
def test_a_server_without_locks(
    server_for: ServerFor, make_file: MakeFile, after: Hook, expected: dict[str, str]
) -> None:
    def before(passing: Passing) -> None:
        keep_host(passing)
        if passing.method == "LOCK":
            passing.status, passing.reason, passing.headers, passing.body = 501, "Not Implemented", [], b""

    done = through(server_for("wsgidav"), make_file, before=before, after=after)
    assert told(done) == expected


def test_a_delete_that_does_nothing(server_for: ServerFor, make_file: MakeFile) -> None:
    """A gateway that says 204 for the server: the collection is looked for again, and said to be there."""
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")

    def before(passing: Passing) -> None:
        keep_host(passing)
        if passing.method == "DELETE":
            passing.status = 204

    with proxy(server.url, before=before) as address:
        done = scratch(url.replace(server.url, address))
    assert "still exists, although the server answered 204 to DELETE" in done.err
    assert "davlock: removed " not in done.err
    assert [entry["what"] for entry in done.result["skipped"]] == ["scratch collection"]


@pytest.mark.parametrize("status", ["403 Forbidden", "302 Found", "429 Too Many Requests"])
def test_what_was_not_created_is_not_removed(serve: Serve, status: str) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            free = multistatus(element(more="<D:resourcetype/>"))
            conversation.say(free if request.startswith(b"PROPFIND") else response(status, b"", "Location: /login"))

    server = serve(play)
    done = scratch(f"{server.url}/a.txt")
    assert "DELETE" not in methods(server.requests)
    assert done.result["skipped"][-1]["why"].endswith(f"the server answered {status} to MKCOL")
    assert "could not remove" not in done.err
    (said,) = [line for line in done.err.splitlines() if "could not create" in line]
    assert said.endswith(f"the server answered {status} to MKCOL")


@pytest.mark.parametrize("form", ["tsv", "json", "table"])
def test_a_scratch_collection_that_is_refused_is_said(server_for: ServerFor, make_file: MakeFile, form: str) -> None:
    """nginx answers MKCOL of what is not below a collection with 409: piped output has no line for it."""
    url = make_file(server_for("nginx"), "a.txt")
    above = f"{url.rpartition('/')[0]}/missing/"
    done = run("diagnose", "--format", form, "--scratch", above, url)
    (said,) = [line for line in done.err.splitlines() if "could not create" in line]
    assert said.endswith("the server answered 409 Conflict to MKCOL")
    assert "keeps versions" not in done.err


def test_an_answer_that_is_no_http_does_not_cost_the_rest(server_for: ServerFor, make_file: MakeFile) -> None:
    """A 204 with a body leaves bytes on the line that begin no answer."""

    def after(passing: Passing) -> None:
        if passing.method == "UNLOCK":
            passing.body = b"released"

    done = through(server_for("wsgidav"), make_file, before=keep_host, after=after)
    assert (done.code, done.result["verdict"]) == (0, "clear")
    assert any("is not HTTP/1" in entry["why"] for entry in done.result["skipped"]), done.result["skipped"]


def test_a_read_is_tried_once_more_where_the_first_is_no_http(server_for: ServerFor, make_file: MakeFile) -> None:
    """A write that is refused with a 204, and not carried out, ignores no condition."""

    def after(passing: Passing) -> None:
        if passing.status == 412:
            passing.status = 204

    done = through(server_for("wsgidav"), make_file, before=keep_host, after=after)
    assert (done.code, done.result["verdict"], told(done), done.result["skipped"]) == (0, "clear", {}, [])


@pytest.mark.parametrize(
    ("method", "status"), [("PUT", 507), ("PUT", 403), ("COPY", 501), ("UNLOCK", 500), ("PROPFIND", 500)]
)
def test_what_is_refused_there_says_nothing_wrong(
    server_for: ServerFor, make_file: MakeFile, method: str, status: int
) -> None:
    """One verb fails in the scratch collection, for whatever reason: no claim about locks or proxies follows."""

    def before(passing: Passing) -> None:
        keep_host(passing)
        if passing.method == method and "davlock-scratch" in passing.path:
            passing.status, passing.reason, passing.headers, passing.body = status, "No", [], b""

    done = through(server_for("wsgidav"), make_file, before=before)
    assert not set(told(done)) - {"unlock-had-no-effect"}, told(done)
    assert done.code == 0


def test_a_lock_without_a_token(server_for: ServerFor, make_file: MakeFile) -> None:
    """The answer to LOCK names none: nothing can be tried with it, and the collection is removed all the same."""

    def after(passing: Passing) -> None:
        if passing.method == "LOCK":
            passing.drop("Lock-Token")
            passing.body = b""

    done = through(server_for("nginx"), make_file, before=keep_host, after=after)
    assert told(done) == {"412-condition-ignored": "certain", "proxy-method-dropped": "possible"}


def test_where_nothing_can_be_created(server_for: ServerFor, make_file: MakeFile) -> None:
    server = server_for("apache", variant="badlockdb")
    url = make_file(server, "a.txt")
    done = scratch(url)
    assert "scratch collection" in {entry["what"] for entry in done.result["skipped"]}
    assert nothing_left(server, url)


def test_another_server_is_not_visited(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    done = run("diagnose", "--scratch", "http://other.example/", url)
    assert (done.code, done.out) == (2, "")
    assert "another server" in done.err


def test_not_where_the_login_fails(server_for: ServerFor, make_file: MakeFile) -> None:
    server = server_for("wsgidav", auth="basic")
    url = make_file(server, "a.txt")
    done = run("diagnose", "--json", "-u", "bob:wrong", "--scratch", url.rpartition("/")[0] + "/", url)
    assert done.code == 4
    assert "MKCOL" not in {exchange["method"] for exchange in done.result["exchanges"]}
    assert any("--scratch" in entry["what"] for entry in done.result["skipped"])


def test_a_collection_that_cannot_be_removed_is_told(server_for: ServerFor, make_file: MakeFile) -> None:
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")

    def before(passing: Passing) -> None:
        if passing.method == "DELETE":
            passing.status, passing.reason, passing.headers = 403, "Forbidden", []

    with proxy(server.url, before=before) as address:
        done = scratch(url.replace(server.url, address))
    assert "could not remove" in done.err.splitlines()[-1]
    (why,) = (entry["why"] for entry in done.result["skipped"] if entry["what"] == "scratch collection")
    assert re.search(r"could not remove \S+davlock-scratch-\w+/: the server refused DELETE \(403", why)


def test_throttled_in_the_middle(server_for: ServerFor, make_file: MakeFile) -> None:
    """Nothing more is tried, and what is there is removed."""

    def before(passing: Passing) -> None:
        if passing.method == "LOCK":
            passing.status, passing.reason, passing.headers = 429, "Too Many Requests", [("Retry-After", "60")]

    done = through(server_for("wsgidav"), make_file, before=before)
    assert "COPY" not in {exchange["method"] for exchange in done.result["exchanges"]}
    assert told(done) == {}
    assert any("429" in entry["why"] for entry in done.result["skipped"])


def test_no_untagged_if_to_a_server_that_dies_of_it(server_for: ServerFor, make_file: MakeFile) -> None:
    seen: list[str] = []

    def before(passing: Passing) -> None:
        seen.append(passing.get("If") or "")
        passing.drop("If")

    def after(passing: Passing) -> None:
        passing.set("Server", "webdav-server/2.6.3")

    done = through(server_for("wsgidav"), make_file, before=before, after=after)
    assert any(value.startswith("<http") for value in seen)
    assert not any(value.startswith("(") for value in seen)
    assert "untagged If" in {entry["what"] for entry in done.result["skipped"]}


@pytest.mark.waits
@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("method", ["MKCOL", "LOCK", "PUT", "UNLOCK", "COPY", "DELETE"])
def test_interrupted(server_for: ServerFor, make_file: MakeFile, number: int, code: int, method: str) -> None:
    """Neither a lock nor a collection stays, wherever it is stopped."""
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")
    reached, go_on = threading.Event(), threading.Event()

    def before(passing: Passing) -> None:
        if passing.method == method and not reached.is_set():
            reached.set()
            go_on.wait(20)

    with proxy(server.url, before=before) as address:
        target = url.replace(server.url, address)
        process = popen(
            "diagnose", "--scratch", target.rpartition("/")[0] + "/", target, measured=False, answer_seconds=1
        )
        wait_for(reached.is_set)
        process.send_signal(number)
        # What was on its way arrives while davlock is leaving, or never.
        status, out, err = finish(process)
        go_on.set()
    assert (status, out) == (code, "")
    assert "Traceback" not in err
    if method == "MKCOL":
        assert "may exist" in err.splitlines()[-1]
    else:
        assert "removed " in err.splitlines()[-1]
        assert nothing_left(server, url)


def test_interrupted_twice(serve: Serve) -> None:
    """An impatient second Ctrl-C does not keep the collection."""

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0]
            if method == b"MKCOL" or (method == b"DELETE" and methods(server.requests).count("DELETE") == 1):
                conversation.pause(30)
                return
            if method == b"PROPFIND" and "DELETE" not in methods(server.requests):
                conversation.say(multistatus(element()))
            elif method == b"PROPFIND":
                conversation.say(response("404 Not Found"))
            else:
                conversation.say(response("204 No Content"))

    server = serve(play)
    process = popen("diagnose", "--scratch", f"{server.url}/", f"{server.url}/a.txt", measured=False)
    wait_for(lambda: "MKCOL" in methods(server.requests))
    process.send_signal(signal.SIGINT)
    wait_for(lambda: "DELETE" in methods(server.requests))
    process.send_signal(signal.SIGINT)
    status, _, err = finish(process)
    assert status == 130
    assert methods(server.requests).count("DELETE") == 2
    assert "removed " in err.splitlines()[-1]


def test_thousands_of_locks_are_not_all_released(serve: Serve) -> None:
    """We took two, whatever the server lists; it refuses to remove anything."""
    many = "".join(active_lock(f"urn:lock:{number}", scope="shared", root=None) for number in range(2000))

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0]
            path = request.split(b" ", 2)[1].decode()
            if method == b"PROPFIND":
                conversation.say(multistatus(element(path, locks=many if "scratch" in path else "")))
            elif method == b"LOCK":
                conversation.say(granted(root=path))
            elif method == b"DELETE":
                conversation.say(response("423 Locked"))
            else:
                conversation.say(response("201 Created"))

    server = serve(play)
    done = scratch(f"{server.url}/a.txt")
    assert "could not remove" in done.err
    assert methods(server.requests).count("UNLOCK") < 10

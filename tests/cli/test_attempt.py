"""``diagnose --attempt lock``: it tells where locks are hidden, and leaves nothing behind."""

import subprocess
from collections.abc import Callable

import pytest

from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, element, granted, methods, multistatus
from tests.cli.command import popen, run, wait_for
from tests.cli.conftest import MakeFile
from tests.cli.test_interrupt import SIGNALS, finish
from tests.conftest import ServerFor
from tests.saying import Say
from tests.servers import Server
from tests.servers.proxy import Passing, proxy
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

FILE = "<D:resourcetype/>"


def attempt(*arguments: str) -> tuple[str, ...]:
    return ("diagnose", "--attempt", "lock", "--json", *arguments)


def test_a_free_file_is_proven_free_and_stays_free(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    done = run(*attempt(url))
    assert (done.code, done.result["verdict"]) == (0, "clear")
    assert [(found["id"], found["certainty"]) for found in done.result["findings"]] == [("no-lock", "certain")]
    assert url in done.err
    assert "releases it. If that fails, " in done.err
    # Were the lock still there, this write would be refused.
    assert run("put", "-", url, stdin=b"next\n").code == 0


@pytest.mark.parametrize(
    ("kind", "variant", "more"), [("rclone", "", ["lock-store-in-memory"]), ("apache", "hidelocks", [])]
)
def test_a_hidden_lock_is_found(
    server_for: ServerFor, make_file: MakeFile, kind: str, variant: str, more: list[str]
) -> None:
    url = make_file(server_for(kind, variant=variant), "a.txt")
    assert run("lock", "--no-ledger", "--timeout", "60", url).code == 0
    assert run("diagnose", "--json", url).result["verdict"] != "blocked"
    done = run(*attempt(url))
    assert (done.code, done.result["verdict"], done.ids) == (1, "blocked", ["423-token-withheld", *more])


def test_what_is_shown_is_not_tried(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    assert run("lock", "--no-ledger", "--timeout", "60", url).code == 0
    done = run(*attempt(url))
    assert (done.code, done.err) == (1, "")
    assert "LOCK" not in {exchange["method"] for exchange in done.result["exchanges"]}
    assert "LOCK" in {entry["what"] for entry in done.result["skipped"]}


def test_a_lock_of_ours_that_is_hidden_is_not_tried_against(server_for: ServerFor, make_file: MakeFile) -> None:
    """It would be refused for the very lock whose token is given."""
    url = make_file(server_for("rclone"), "a.txt")
    token = run("lock", "-q", "--timeout", "60", url).out.strip()
    done = run(*attempt("--token", token, url))
    assert (done.code, done.result["verdict"]) == (3, "unknown")
    assert "LOCK" not in {exchange["method"] for exchange in done.result["exchanges"]}


def test_a_name_that_does_not_exist_is_never_locked(any_server: Server, folder: Callable[[Server], str]) -> None:
    url = folder(any_server) + "none.txt"
    done = run(*attempt(url))
    assert done.err == ""
    assert "LOCK" not in {exchange["method"] for exchange in done.result["exchanges"]}
    assert not any_server.path(url).exists()


def test_a_lock_that_cannot_be_released_is_told(say: Say) -> None:
    server = say(
        {
            "PROPFIND": [
                multistatus(element(more=FILE)),
                multistatus(element("/", more="<D:resourcetype><D:collection/></D:resourcetype>")),
                multistatus(element(locks=active_lock(), more=FILE)),
            ],
            "OPTIONS": OPTIONS,
            "LOCK": granted(),
            "UNLOCK": response("403 Forbidden"),
        }
    )
    done = run(*attempt(f"{server.url}/a.txt"))
    assert TOKEN in done.err.splitlines()[-1]
    assert "403" in done.err.splitlines()[-1]
    assert [entry["what"] for entry in done.result["skipped"]] == ["UNLOCK"]


def test_a_token_that_cannot_be_sent_is_the_fault_of_the_server(say: Say) -> None:
    token = "urn:x:a>) (<urn:x:b"
    free = [
        multistatus(element(more=FILE)),
        multistatus(element("/", more="<D:resourcetype><D:collection/></D:resourcetype>")),
    ]
    body = granted().replace(TOKEN.encode(), token.replace("<", "&lt;").encode())
    server = say({"PROPFIND": free, "OPTIONS": OPTIONS, "LOCK": body})
    done = run(*attempt(f"{server.url}/a.txt"))
    assert done.code == 6
    assert "stays until its time is over" in done.err
    assert "UNLOCK" not in methods(server.requests)


def test_a_lock_that_stays_unseen_is_told_too(say: Say) -> None:
    """Where locks are hidden, only the refusal of the UNLOCK tells."""
    hidden = element(status="404 Not Found").replace(
        "</D:response>",
        "<D:propstat><D:prop><D:resourcetype/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>",
    )
    answers: dict[str, bytes | list[bytes]] = {
        "PROPFIND": multistatus(hidden),
        "OPTIONS": OPTIONS,
        "LOCK": [granted(), response("423 Locked")],
    }
    server = say(answers, default=response("403 Forbidden"))
    done = run(*attempt(f"{server.url}/a.txt"))
    assert TOKEN in done.err.splitlines()[-1]
    assert [(found["id"], found["certainty"]) for found in done.result["findings"]] == [("no-lock", "likely")]
    assert "did not release it" in done.result["findings"][0]["headline"]


def test_a_collection_is_not_its_members(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("wsgidav"), "a.txt")
    assert run("lock", "--no-ledger", "--timeout", "60", url).code == 0
    done = run(*attempt(url.rpartition("/")[0] + "/"))
    # A lock is granted on the collection, and DELETE and MOVE are refused over its member.
    assert (done.result["verdict"], done.ids) == ("blocked", ["423-member-lock"])
    assert done.result["findings"][0]["headline"].startswith("The folder itself is not locked")


def test_a_lock_made_by_a_request_that_failed_is_released(serve: Serve) -> None:
    """WsgiDAV answered 500 to a LOCK and kept the lock: it is found by its owner."""
    mark: list[str] = []

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0]
            if method == b"LOCK":
                mark.append(request.partition(b"<D:owner>")[2].partition(b"</D:owner>")[0].decode())
                conversation.say(response("500 Internal Server Error"))
            elif method == b"PROPFIND":
                conversation.say(multistatus(element(locks=active_lock(owner=mark[0]) if mark else "", more=FILE)))
            elif method == b"UNLOCK":
                mark.clear()
                conversation.say(response("204 No Content"))
            else:
                conversation.say(OPTIONS)

    server = serve(play)
    done = run(*attempt(f"{server.url}/a.txt"))
    assert "UNLOCK" in methods(server.requests)
    assert done.code != 70
    assert mark == []


def test_a_lock_of_somebody_else_is_never_released(serve: Serve) -> None:
    """The LOCK failed, and a lock is there: not ours."""
    answers = by_method(
        {
            "PROPFIND": [
                multistatus(element(more=FILE)),
                multistatus(element("/")),
                multistatus(element(locks=active_lock())),
            ],
            "OPTIONS": OPTIONS,
            "LOCK": response("500 Internal Server Error"),
        }
    )
    server = serve(answers)
    run(*attempt("--token", TOKEN, f"{server.url}/a.txt"))
    assert "UNLOCK" not in methods(server.requests)


def hanging_at(method: str) -> Play:
    """A server that grants locks, and hangs the first time it meets ``method`` after the LOCK has come."""
    seen: list[str] = []

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            now = request.split(b" ", 1)[0].decode()
            owner = request.partition(b"<D:owner>")[2].partition(b"</D:owner>")[0].decode()
            if now == "LOCK":
                seen.append(owner)
            if now == method and seen and "hung" not in seen:
                seen.append("hung")
                conversation.pause(30)
                return
            locked = bool(seen) and "released" not in seen
            if now == "LOCK":
                conversation.say(granted())
            elif now == "UNLOCK":
                seen.append("released")
                conversation.say(response("204 No Content"))
            elif now == "PROPFIND":
                conversation.say(multistatus(element(locks=active_lock(owner=seen[0]) if locked else "", more=FILE)))
            else:
                conversation.say(OPTIONS)

    return play


def stop(server: ScriptedServer, process: subprocess.Popen[bytes], method: str, number: int) -> tuple[int, str, str]:
    wait_for(lambda: "LOCK" in methods(server.requests) and methods(server.requests)[-1] == method)
    process.send_signal(number)
    return finish(process)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("method", ["LOCK", "UNLOCK", "PROPFIND"])
def test_interrupted(serve: Serve, number: int, code: int, method: str) -> None:
    """Wherever it is stopped, the lock is released before davlock ends."""
    server = serve(hanging_at(method))
    url = f"{server.url}/a.txt"
    process = popen("diagnose", "--attempt", "lock", url, measured=False, answer_seconds=1)
    status, out, err = stop(server, process, method, number)
    assert (status, out) == (code, "")
    assert f"Lock-Token: <{TOKEN}>".encode() in b"".join(server.requests)
    assert "released it" in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_interrupted_where_the_lock_cannot_be_found(serve: Serve, number: int, code: int) -> None:
    """Whether the LOCK had an effect is not known then, and is said so."""

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"LOCK"):
                conversation.pause(30)
                return
            conversation.say(OPTIONS if request.startswith(b"OPTIONS") else multistatus(element(more=FILE)))

    server = serve(play)
    url = f"{server.url}/a.txt"
    process = popen("diagnose", "--attempt", "lock", url, measured=False, answer_seconds=1)
    status, _, err = stop(server, process, "LOCK", number)
    assert status == code
    assert "may exist" in err.splitlines()[-1]
    assert f"davlock locks {url}" in err.splitlines()[-1]
    assert "davlock ledger recover" in err.splitlines()[-1]


def test_an_unlock_that_does_nothing(server_for: ServerFor, make_file: MakeFile) -> None:
    """The lock that stays is ours: nobody is told that another holds it."""
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")

    def before(passing: Passing) -> None:
        if passing.method == "UNLOCK":
            passing.status = 204

    with proxy(server.url, before=before) as address:
        done = run(*attempt(url.replace(server.url, address)))
    assert "could not be released" in done.err
    assert done.ids[0] == "unlock-had-no-effect"
    assert "423-held-by-other" not in done.ids


def test_an_unlock_is_sent_again_after_a_fault(server_for: ServerFor, make_file: MakeFile) -> None:
    server = server_for("wsgidav")
    url = make_file(server, "a.txt")
    unlocks: list[str] = []

    def before(passing: Passing) -> None:
        if passing.method == "UNLOCK":
            unlocks.append(passing.path)
            passing.status = 503 if len(unlocks) == 1 else 0

    with proxy(server.url, before=before) as address:
        done = run(*attempt(url.replace(server.url, address)))
    assert (done.code, done.ids, len(unlocks)) == (0, ["no-lock"], 2)
    assert run("put", "-", url, stdin=b"next\n").code == 0


@pytest.mark.parametrize("status", [200, 502])
def test_a_lock_whose_token_and_owner_are_lost(server_for: ServerFor, make_file: MakeFile, status: int) -> None:
    """nginx shows no owner, so the lock cannot be told from another's, and is left alone: that is said."""
    server = server_for("nginx")
    url = make_file(server, "a.txt")

    def after(passing: Passing) -> None:
        if passing.method == "LOCK":
            passing.status, passing.headers, passing.body = status, [], b""

    with proxy(server.url, after=after) as address:
        done = run(*attempt(url.replace(server.url, address)))
    assert "may exist" in done.err
    assert "UNLOCK" not in {exchange["method"] for exchange in done.result["exchanges"]}
    assert ("423-held-by-other", "certain") not in {(f["id"], f["certainty"]) for f in done.result["findings"]}

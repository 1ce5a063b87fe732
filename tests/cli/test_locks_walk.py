"""``davlock locks -r`` on real servers, and on scripted ones for what real ones cannot be made to do."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from jsonschema import Draft202012Validator

from davlock.cli.progress import ProgressLine
from davlock.render.schema import schema
from tests.cli.answers import TOKEN, active_lock, document, field
from tests.cli.command import Done, leave_early, popen, run, run_process, wait_for
from tests.cli.test_interrupt import SIGNALS, finish
from tests.conftest import ServerFor
from tests.operations.walk.test_walk import told
from tests.servers import Server
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

ALICE, BOB = ("-u", "alice:alice"), ("-u", "bob:bob")


def plant(server: Server, url: str) -> None:
    """``a/b/z.txt``, ``a/y.txt`` and ``x.txt`` below ``url``."""
    top = server.path(url)
    for name in ("a", "a/b"):
        (top / name).mkdir()
    for name in ("x.txt", "a/y.txt", "a/b/z.txt"):
        (top / name).write_text(name)
    owner = top.stat()
    for path in top.rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid)


def locked(url: str, *more: str) -> str:
    done = run("lock", "-q", "--no-ledger", *more, url)
    assert done.code == 0, done
    return done.out.strip()


def roots(done: Done, url: str) -> dict[str, str]:
    return {entry["token"]: (entry["lockroot"] or "").removeprefix(url) for entry in done.result["locks"]}


# --- real servers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "8"])
def test_every_lock_once(any_server: Server, folder: Callable[[Server], str], jobs: str) -> None:
    url = folder(any_server)
    plant(any_server, url)
    deep = locked(f"{url}a/b/", "--depth", "infinity")
    file = locked(f"{url}x.txt")
    done = run("locks", "-r", "-j", jobs, "--json", url)
    if any_server.kind == "rclone":
        assert (done.code, done.result["locks"]) == (3, None)
        assert "does not show" in done.err
        return
    assert (done.code, done.err) == (0, "")
    assert {token: root.rstrip("/") for token, root in roots(done, url).items()} == {deep: "a/b", file: "x.txt"}
    assert all(entry["inside"] is True and entry["seen_at"] for entry in done.result["locks"])
    assert done.result["walk"] == {"collections": 3, "resources": 6, "locks": 2, "unread": 0}
    Draft202012Validator(schema()).validate(done.json)


def test_a_root_above_the_tree(any_server: Server, folder: Callable[[Server], str]) -> None:
    url = folder(any_server)
    plant(any_server, url)
    token = locked(f"{url}a/", "--depth", "infinity")
    done = run("locks", "-r", "--json", f"{url}a/b/")
    if any_server.kind in ("rclone", "wsgidav"):  # which shows a lock on its root alone
        assert not done.result["locks"]
        return
    (found,) = done.result["locks"]
    assert (found["token"], found["inside"], found["direct"]) == (token, False, False)
    assert found["lockroot"].rstrip("/") == f"{url}a"


def test_names_that_need_escapes(any_server: Server, folder: Callable[[Server], str]) -> None:
    if any_server.kind == "rclone":
        return
    url = folder(any_server)
    odd = any_server.path(url) / "ö #1 50%"
    odd.mkdir()
    (odd / "a?b.txt").write_text("x")
    owner = odd.parent.stat()
    for path in (odd, odd / "a?b.txt"):
        os.chown(path, owner.st_uid, owner.st_gid)
    token = locked(f"{url}%C3%B6%20%231%2050%25/a%3Fb.txt")
    assert list(roots(run("locks", "-r", "--json", url), url)) == [token]


@pytest.mark.parametrize("credentials", [ALICE, BOB])
def test_behind_a_login(basic_server: Server, folder: Callable[[Server], str], credentials: tuple[str, str]) -> None:
    url = folder(basic_server)
    plant(basic_server, url)
    token = locked(f"{url}a/y.txt", *ALICE)
    assert run("locks", "-r", url).code == 4
    done = run("locks", "-r", "--json", *credentials, url)
    if basic_server.kind != "rclone":
        assert list(roots(done, url)) == [token]


def test_rows_and_a_tree(server_for: ServerFor, folder: Callable[[Server], str]) -> None:
    server = server_for("lighttpd")
    url = folder(server)
    plant(server, url)
    deep = locked(f"{url}a/b/", "--depth", "infinity")
    file = locked(f"{url}x.txt")
    rows = run("locks", "-r", url).rows
    assert [(cells[0].removeprefix(url), cells[4]) for cells in rows] == [("a/b/", deep), ("x.txt", file)]
    assert run("locks", "-r", "--tree", url).out.splitlines() == [
        url,
        "  a/",
        f"    b/\texclusive\tinfinity\t\tSecond-600\t{deep}",
        f"  x.txt\texclusive\t0\t\tSecond-600\t{file}",
    ]
    drawn = run("locks", "-r", "--tree", "--tokens", "--color", "never", url, tty=True).out
    places = [drawn.index(part) for part in (url, "├── a/", "│   └── b/", "└── x.txt", deep, file)]
    assert places == sorted(places)
    listed = run("locks", "-r", "--color", "never", url, tty=True).out
    assert deep not in listed
    assert deep in run("locks", "-r", "--tokens", url, tty=True).out


def test_an_age_that_is_not_known(server_for: ServerFor, folder: Callable[[Server], str]) -> None:
    """Nobody can say that a lock of unknown age is young."""
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    lock = locked(f"{url}x.txt", "--timeout", "7200")
    for options in (("-r", url), (f"{url}x.txt",)):
        done = run("locks", "--older-than", "8h", "--fail-if-any", *options)
        assert (done.code, done.out) == (3, "")
        assert "1 lock may belong here, and is not listed: its last renewal is not known" in done.err
    (result,) = json.loads(run("locks", "-r", "--json", "--older-than", "8h", url).out)["results"]
    assert (result["locks"], result["filter"]) == ([], {"left_out": 0, "unknown": 1})
    assert result["methods"]["DELETE"] == {"verdict": "blocked", "lock": None, "why": "1 member of it is locked"}
    metrics = run("locks", "-r", "--format", "openmetrics", "--older-than", "8h", url).out
    assert f'davlock_locks_complete{{target="{url}"}} 0' in metrics
    assert f'davlock_locks_undecided{{target="{url}"}} 1' in metrics
    screen = run("locks", "-r", "--older-than", "8h", url, tty=True)
    assert f"1 lock below {url} may be one: its last renewal is not known" in " ".join(screen.out.split())
    assert "may belong" not in screen.err
    every = run("locks", "-r", "--format", "openmetrics", url).out
    assert f'davlock_locks_age_unknown{{target="{url}"}} 1' in every
    (result,) = json.loads(run("locks", "-r", "--json", url).out)["results"]
    assert [entry["token"] for entry in result["locks"]] == [lock]
    assert (result["methods"]["DELETE"]["lock"], "filter" in result) == (0, False)


def test_what_is_selected(server_for: ServerFor, folder: Callable[[Server], str]) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    short = locked(f"{url}x.txt", "--timeout", "60", "--owner", "me")
    long = locked(f"{url}a/y.txt", "--timeout", "7200", "--owner", "you")

    def chosen(*options: str) -> set[str]:
        return set(roots(run("locks", "-r", "--json", *options, url), url))

    assert chosen() == {short, long}
    assert chosen("--expires-after", "1h") == {long}
    assert chosen("--expires-within", "1h") == {short}
    assert chosen("--owner", "^me$") == {short}
    assert chosen("--under", "a") == chosen("--under", f"{url}a/") == {long}
    assert chosen("--under", url.removeprefix(server.url.rstrip("/"))) == {short, long}
    assert chosen("--mine") == chosen("--older-than", "0s") == chosen("--infinite") == set()
    assert run("locks", "-r", "--fail-if-any", url).code == 1
    assert run("locks", "-r", "--fail-if-any", "--mine", url).code == 0


def deep_tree(server: Server, url: str, levels: int) -> str:
    """A file below ``levels`` folders of one name, and its URL."""
    names = "a/" * levels
    bottom = server.path(url) / names
    bottom.mkdir(parents=True)
    (bottom / "f.txt").write_text("x")
    owner = server.path(url).stat()
    for path in server.path(url).rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid)
    return f"{url}{names}f.txt"


@pytest.mark.parametrize("kind", ["nginx", "lighttpd", "apache", "wsgidav"])
def test_a_lock_below_folders_of_one_name_is_not_missed(
    server_for: ServerFor, folder: Callable[[Server], str], kind: str
) -> None:
    server = server_for(kind)
    url = folder(server)
    token = locked(deep_tree(server, url, 8))
    done = run("locks", "-r", "--json", url)
    assert (done.code, list(roots(done, url)), done.result["walk"]["unread"]) == (0, [token], 0)
    assert run("locks", "-r", "--fail-if-any", url).code == 1
    assert token in run("cleanup", "--all", url).out


@pytest.mark.parametrize(
    ("links", "most"), [({"loop": "."}, 50), ({"b/up": ".."}, 90), ({"here": ".", "b/there": ".."}, 100)]
)
def test_a_folder_with_links_to_itself_is_read_once(
    server_for: ServerFor, folder: Callable[[Server], str], links: dict[str, str], most: int
) -> None:
    """nginx follows links, up to 40 in a path. Apache and WsgiDAV hide them, lighttpd calls them files."""
    server = server_for("nginx")
    url = folder(server)
    plant(server, url)
    (server.path(url) / "b").mkdir()
    for name, aim in links.items():
        (server.path(url) / name).symlink_to(aim)
    token = locked(f"{url}x.txt")
    done = run("locks", "-r", "--json", url)
    assert (done.code, done.err, list(roots(done, url))) == (0, "", [token])
    assert done.result["walk"]["unread"] == 0
    assert done.result["walk"]["collections"] < most + 40, "the folders beside the links are not read in each round"
    assert any("loop that davlock did not follow" in entry["why"] for entry in done.result["skipped"])


# --- scripted ---------------------------------------------------------------------------------------------------------


def by_path(
    answers: Mapping[str, bytes], pause: Mapping[str, threading.Event] | None = None, *, away: float = 0
) -> Play:
    """Depth infinity is refused, Depth 0 is the first resource of Depth 1, and that is by path.

    Each answer takes ``away`` seconds: a walk asks one at a time where the server is near.
    """

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None and conversation.pause(away):
            path = request.split(b" ")[1].decode()
            depth = field(request, "Depth")
            if depth == "infinity":
                conversation.say(response("403 Forbidden"))
            elif depth == "0":
                conversation.say(listing(told(path)))
            else:
                if pause and path in pause:
                    pause[path].wait(20)
                conversation.say(answers[path])

    return play


def listing(*elements: str) -> bytes:
    return response("207 Multi-Status", document(*elements), "Content-Type: application/xml")


A_FILE = told("/f/x.txt", active_lock(TOKEN, root="/f/x.txt"))
MIXED = {"/f/": listing(told("/f/"), A_FILE, told("/f/a/"), told("/f/b/")), "/f/a/": listing(told("/f/a/"))}


@pytest.mark.parametrize("command", [("locks", "-r"), ("cleanup", "--all")])
def test_what_may_be_a_loop_without_an_end_is_not_called_complete(serve: Serve, command: tuple[str, ...]) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            path = request.split(b" ")[1].decode()
            if field(request, "Depth") == "infinity":
                conversation.say(response("403 Forbidden"))
            elif field(request, "Depth") == "0":
                conversation.say(listing(told(path)))
            else:
                conversation.say(listing(told(path), told(f"{path}a/"), told(f"{path}x.txt")))

    url = f"{serve(play).url}/f/"
    done = run(*command, "--json", url)
    assert (done.code, done.result["walk"]["unread"]) == (7, 1)
    complaint, *more = done.err.splitlines()
    assert f"{url}: 1 collection was not read" in complaint
    assert f"{url}{'a/' * 65} may be a loop: name it as the URL" in complaint
    assert not more or command[0] == "cleanup"
    assert run(*command, "--format", "tsv", url).code == 7


def test_a_line_before_the_walk_ends(serve: Serve) -> None:
    gate = threading.Event()
    answers = {**MIXED, "/f/b/": listing(told("/f/b/"))}
    process = popen("locks", "-r", "--format", "jsonl", f"{serve(by_path(answers, {'/f/b/': gate})).url}/f/")
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert not gate.is_set()
    gate.set()
    status, out, err = finish(process)
    (last,) = map(json.loads, out.splitlines())
    assert (status, err) == (0, "")
    assert [entry["token"] for entry in first["locks"]] == [TOKEN]
    assert first["target"].endswith("/f/x.txt")
    assert (last["target"][-3:], last["locks"], last["walk"]["locks"]) == ("/f/", [], 1)
    for line in (first, last):
        Draft202012Validator({**schema(), "$ref": "#/$defs/result", "required": [], "properties": {}}).validate(line)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_while_workers_wait(serve: Serve, number: int, code: int) -> None:
    gate = threading.Event()
    server = serve(by_path({**MIXED, "/f/b/": listing(told("/f/b/"))}, {"/f/a/": gate, "/f/b/": gate}, away=0.02))
    process = popen("locks", "-r", f"{server.url}/f/")
    wait_for(lambda: sum(field(request, "Depth") == "1" for request in server.requests) == 3)
    process.send_signal(number)
    status, out, err = finish(process)
    assert not gate.is_set()
    gate.set()
    assert (status, out, err.strip()) == (code, "", "")


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (response("500 Oops"), 7, "1 collection was not read"),
        (response("404 Not Found"), 0, ""),
        (response("429 Too Many Requests"), 8, "429"),
        (response("503 Busy"), 8, "503"),
        (response("401 Unauthorized"), 4, "401"),
    ],
)
def test_a_member_that_is_not_read(serve: Serve, given: bytes, code: int, words: str) -> None:
    url = f"{serve(by_path({**MIXED, '/f/b/': given})).url}/f/"
    done = run("locks", "-r", "--json", url)
    assert done.code == code
    assert [entry["token"] for entry in done.result["locks"]] == [TOKEN]
    assert words in done.err
    assert len(done.err.splitlines()) == (1 if words else 0)
    assert done.result["skipped"]
    failing = run("locks", "-r", "--fail-if-any", url).code
    assert failing == (code if code in (4, 8) else 1)


@pytest.mark.parametrize(
    ("given", "code"), [("404 Not Found", 1), ("401 Unauthorized", 4), ("429 Slow Down", 8), ("405 Never", 6)]
)
def test_a_target_that_is_not_read(serve: Serve, given: str, code: int) -> None:
    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            conversation.say(response(given))

    done = run("locks", "-r", "--json", f"{serve(play).url}/f/")
    assert (done.code, done.result["locks"]) == (code, None)
    assert given[:3] in done.err


def test_nobody_is_there() -> None:
    done = run("locks", "-r", "--json", "http://127.0.0.1:1/f/")
    assert (done.code, done.result["locks"]) == (5, None)


@pytest.mark.parametrize("shape", ["tsv", "jsonl", "json", "table"])
def test_nobody_reads_to_the_end(serve: Serve, shape: str) -> None:
    elements = [told(f"/f/{n}", active_lock(f"urn:x:{n}", root=f"/f/{n}")) for n in range(3000)]
    server = serve(by_path({"/f/": listing(told("/f/"), *elements)}))
    process = popen("locks", "-r", "--format", shape, f"{server.url}/f/")
    assert leave_early(process) == (b"", 0)


@pytest.mark.parametrize("shape", ["tsv", "table", "jsonl", "json"])
@pytest.mark.parametrize("tree", [(), ("--tree",)])
def test_hostile_names(serve: Serve, shape: str, tree: tuple[str, ...]) -> None:
    """Escape sequences in a name, and a lock root of five thousand names."""
    if tree and shape.startswith("json"):
        return
    odd = "/f/%1b]0;x%07/\u202egpj.exe"
    elements = [
        told(odd, active_lock("urn:1\u202e", root=odd)),
        told("/f/y", active_lock("urn:2", root="/f/" + "d/" * 5000)),
        told("/f/z", active_lock("urn:3", root="//[::1")),
    ]
    server = serve(by_path({"/f/": listing(told("/f/"), *elements)}))
    done = run_process("locks", "-r", *tree, "--format", shape, f"{server.url}/f/")
    assert done.code == 0, done.err
    assert "gpj.exe" in done.out
    assert ("urn:2" in done.out) is (shape != "table")
    assert not {"\x1b", "\x07", "\u202e"} & set(done.out)
    assert done.err == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-r", "--depth", "1"), "--depth"),
        (("--tree",), "-r"),
        (("-r", "--tree", "--json"), "--tree"),
        (("-r", "-j", "0"), "-j"),
        (("-r", "--older-than", "soon"), "duration"),
    ],
)
def test_bad_arguments(options: tuple[str, ...], words: str) -> None:
    done = run("locks", *options, "http://127.0.0.1:1/")
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert words in done.err


# --- the line of progress ---------------------------------------------------------------------------------------------


def test_progress_of_a_walk(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    @contextmanager
    def telling(self: ProgressLine, words: Callable[[], str]) -> Iterator[None]:
        yield
        said.append(words())

    monkeypatch.setattr(ProgressLine, "telling", telling)
    run("locks", "-r", f"{serve(by_path({**MIXED, '/f/b/': listing(told('/f/b/'))})).url}/f/")
    assert said == ["3 folders read, 1 lock found"]

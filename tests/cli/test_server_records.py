"""Who holds a lock, and since when, on servers that record it themselves: Subversion and Nextcloud's files_lock."""

import base64
import http.client
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cli.command import run
from tests.conftest import ServerFor
from tests.servers import Server
from tests.servers.files_lock import ROOT, FileLock, FilesLock
from tests.transport.scripted import ScriptedServer

Serve = Callable[..., ScriptedServer]

AS = {user: ("-u", f"{user}:{user}", "--no-ledger") for user in ("alice", "bob")}

LOCKINFO = (
    b'<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype><D:owner>until Friday</D:owner></D:lockinfo>"
)


def ask(method: str, url: str, user: str, body: bytes = b"", **fields: str) -> http.client.HTTPResponse:
    """One request that is not davlock's."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    login = base64.b64encode(f"{user}:{user}".encode()).decode()
    headers = {"Authorization": f"Basic {login}"} | {name.replace("_", "-"): value for name, value in fields.items()}
    connection.request(method, parts.path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.fixture
def svn(server_for: ServerFor) -> Server:
    return server_for("svn", auth="basic")


@pytest.fixture
def tree(svn: Server, request: pytest.FixtureRequest) -> str:
    """A folder with one file that alice has locked, and one that bob has."""
    url = f"{svn.url}{request.node.name.partition('[')[0]}/"
    assert ask("MKCOL", url, "alice").status == 201
    for user in ("alice", "bob"):
        assert ask("PUT", f"{url}{user}.txt", user, b"x").status == 201
        locked = ask("LOCK", f"{url}{user}.txt", user, LOCKINFO, Timeout="Second-600", Content_Type="application/xml")
        assert locked.status == 200
    return url


def by_name(result: Any) -> dict[str, Any]:
    return {lock["url"].rpartition("/")[2]: lock for lock in result["locks"]}


# -- Subversion


def test_subversion_names_the_user_and_the_date(tree: str) -> None:
    """The owner element is a comment, and the fields of the answer say who took the lock, and when."""
    done = run("diagnose", f"{tree}alice.txt", "--json", *AS["bob"])
    (lock,) = done.result["locks"]
    assert (done.code, lock["owner"], lock["mine"]) == (1, "alice", None)
    assert lock["vendor"]["X-SVN-Lock-Owner"] == "alice"
    assert lock["vendor"]["comment"] == "until Friday"
    assert lock["age"]["source"] == "X-SVN-Creation-Date"
    assert 0 <= lock["age"]["seconds"] < 300
    (found,) = [entry for entry in done.result["findings"] if entry["id"] == "423-svn-lock"]
    assert (found["certainty"], found["headline"]) == ("certain", "User alice holds a Subversion lock on it")


def test_subversion_says_which_lock_is_yours(tree: str) -> None:
    """By the user's name, though this client does not have the token: a write is refused all the same."""
    done = run("diagnose", f"{tree}alice.txt", "--json", *AS["alice"])
    (lock,) = done.result["locks"]
    assert (done.code, lock["mine"], done.result["verdict"]) == (1, True, "blocked")


def test_each_lock_of_a_listing_has_its_own_user(tree: str) -> None:
    """The fields in the answer to a listing speak of its last lock alone."""
    for depth in (("--depth", "1"), ("-r",)):
        done = run("locks", *depth, tree, "--json", *AS["bob"])
        owners = {name: lock["owner"] for name, lock in by_name(done.result).items()}
        assert owners == {"alice.txt": "alice", "bob.txt": "bob"}, depth
        assert all(lock["age"]["source"] == "X-SVN-Creation-Date" for lock in done.result["locks"]), depth


def test_tree_watch_and_cleanup_name_the_user(tree: str) -> None:
    done = run("locks", "-r", "--tree", tree, *AS["bob"])
    assert "alice.txt\texclusive\t0\talice\t" in done.out
    watched = run("watch", f"{tree}alice.txt", "--for", "1s", "--format", "jsonl", *AS["bob"])
    assert json.loads(watched.out.splitlines()[0])["lock"]["owner"] == "alice"
    plan = run("cleanup", "--all", tree, "--json", *AS["bob"]).result["plan"]
    assert {entry["lock"]["owner"] for entry in plan} == {"alice", "bob"}
    chosen = run("cleanup", "--owner", "^bob$", tree, "--json", *AS["bob"]).result["plan"]
    decisions = {entry["lock"]["owner"]: entry["decision"] for entry in chosen}
    assert decisions == {"alice": "skip", "bob": "release"}


def test_run_holds_a_lock_on_subversion(svn: Server) -> None:
    """davlock's own lock, renewed and released."""
    url = f"{svn.url}run.txt"
    assert ask("PUT", url, "alice", b"x").status == 201
    assert run("run", url, *AS["alice"], "--", "true").code == 0
    assert run("locks", url, "--json", *AS["alice"]).result["locks"] == []


def test_copy_and_refresh_on_subversion_blame_no_header(tree: str) -> None:
    """A renewal by another user is refused for the user, and no proxy is blamed for it."""
    token = by_name(run("locks", "--depth", "1", tree, "--json", *AS["bob"]).result)["alice.txt"]["token"]
    done = run("refresh", f"{tree}alice.txt", "--token", token, "--json", *AS["bob"])
    assert done.code != 0
    assert "proxy-header-dropped" not in done.ids
    assert done.result["locks"][0]["mine"] is None


def test_a_scratch_run_on_subversion_says_what_stays(tree: str) -> None:
    done = run("diagnose", f"{tree}alice.txt", "--scratch", tree, "--json", *AS["alice"])
    assert "Subversion mod_dav_svn keeps versions: each of some tens of writes stays in its history" in done.err


# -- Nextcloud's files_lock


@pytest.fixture
def cloud() -> FilesLock:
    return FilesLock(files={"a.odt": b"a", "b.odt": b"b"})


@pytest.fixture
def url(cloud: FilesLock, serve: Serve) -> str:
    return serve(cloud.play).url + ROOT


def test_files_lock_names_the_user_and_what_is_left(cloud: FilesLock, url: str) -> None:
    """lockdiscovery shows the time that was granted: what is left follows from nc:lock-time."""
    cloud.locks["a.odt"] = FileLock(user="alice", taken=cloud.now() - 600, timeout=1800)
    for command in (("diagnose", f"{url}a.odt"), ("locks", f"{url}a.odt"), ("locks", "--depth", "1", url)):
        done = run(*command, "--json", *AS["bob"])
        (lock,) = done.result["locks"]
        assert lock["owner"] == "Alice Smith", command
        assert lock["age"] == {"seconds": 600, "source": "nc:lock-time", "certainty": "certain"}, command
        ends = datetime.fromtimestamp(cloud.now() + 1200, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert lock["expires_at"] == ends, command
    found = run("diagnose", f"{url}a.odt", "--json", *AS["bob"]).result["findings"][0]
    assert (found["id"], found["retry"]) == (
        "423-nextcloud-user-lock",
        {"verdict": "after-wait", "after_seconds": 1200},
    )


@pytest.mark.parametrize("timeout", [0, -1, -60])
def test_a_files_lock_without_end_is_not_over(cloud: FilesLock, url: str, timeout: int) -> None:
    """The app writes an endless lock as a time of zero or below."""
    cloud.locks["a.odt"] = FileLock(user="alice", kind=0, taken=cloud.now() - 600, timeout=timeout)
    done = run("diagnose", f"{url}a.odt", "--json", *AS["bob"])
    (lock,) = done.result["locks"]
    assert (lock["timeout"]["infinite"], lock["expires_at"]) == (True, None)
    assert "time is over" not in done.out
    assert done.result["findings"][0]["retry"]["verdict"] == "after-change"


def test_a_walk_and_a_plan_name_the_users_of_files_lock(cloud: FilesLock, url: str) -> None:
    cloud.locks["a.odt"] = FileLock(user="alice", taken=cloud.now() - 600)
    cloud.locks["b.odt"] = FileLock(user="bob", kind=0, taken=cloud.now() - 60)
    walked = by_name(run("locks", "-r", url, "--json", *AS["bob"]).result)
    assert {name: (lock["owner"], lock["mine"]) for name, lock in walked.items()} == {
        "a.odt": ("Alice Smith", None),
        "b.odt": ("Bob Jones", True),
    }
    plan = run("cleanup", "--older-than", "5m", url, "--json", *AS["bob"]).result["plan"]
    assert {entry["lock"]["owner"] for entry in plan} == {"Alice Smith", "Bob Jones"}


def test_an_app_is_named_by_its_editor(cloud: FilesLock, url: str) -> None:
    cloud.locks["a.odt"] = FileLock(user="alice", kind=1, editor="richdocuments", taken=cloud.now() - 60)
    done = run("diagnose", f"{url}a.odt", "--json", *AS["bob"])
    assert done.result["locks"][0]["owner"] == "richdocuments"


def test_a_put_under_a_files_lock_is_refused_for_its_user(cloud: FilesLock, url: str, tmp_path: Any) -> None:
    cloud.locks["a.odt"] = FileLock(user="alice", taken=cloud.now() - 60)
    file = tmp_path / "f"
    file.write_bytes(b"new")
    done = run("put", str(file), f"{url}a.odt", "--json", *AS["bob"])
    assert (done.code, done.ids[0]) == (1, "423-nextcloud-user-lock")
    assert "Alice Smith" in done.result["findings"][0]["headline"]

"""What is said of other users: nothing where the server does not tell users apart, and one request decides."""

from collections.abc import Callable

import click
import pytest

from davlock.checks.registry import CHECKS
from davlock.checks.suite import ONE_USER as SKIPPED
from davlock.cli.credentials import has_login, without_login
from davlock.cli.options import Shared
from davlock.cli.session import open_sender
from davlock.diagnosis.users import ONE_USER
from tests.cli.answers import OPTIONS, active_lock, element, field, methods, multistatus
from tests.cli.command import Done, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say
from tests.servers import Server
from tests.transport.scripted import ScriptedServer, response

Folder = Callable[[Server], str]
Serve = Callable[..., ScriptedServer]

ALICE, BOB = ("-u", "alice:alice"), ("-u", "bob:bob")
BOTH = (*ALICE, "--user2", "bob:bob")
PRINCIPALS = ("--select", "put,lock,lock-protects,principals")
OTHERS = {check.id for check in CHECKS if check.about.two_users}


def says_who(done: Done) -> bool:
    """Whether anything claims that users are told apart."""
    words = ("others are refused", "many servers let only the user", "lets only", "will be refused")
    return any(word in done.out + done.err for word in words)


def ids(done: Done) -> list[str]:
    return [finding["id"] for finding in done.result["findings"]]


def without(done: Done) -> list[int | None]:
    """The statuses of the PROPFINDs after the first: what was asked without the login."""
    return [one["status"] for one in done.result["exchanges"] if one["method"] == "PROPFIND"][1:]


# -- check


@pytest.mark.parametrize("login", [BOTH, ALICE])
def test_check_does_not_blame_a_server_without_logins(
    server_for: ServerFor, folder: Folder, login: tuple[str, ...]
) -> None:
    server = server_for("apache")
    url = folder(server)
    done = run("check", "--json", *PRINCIPALS, *login, url)
    assert done.code == 0
    assert {one["id"]: one["why"] for one in done.result["checks"] if one["outcome"] == "skip"} == dict.fromkeys(
        OTHERS, SKIPPED
    )
    (finding,) = done.result["findings"]
    assert (finding["id"], finding["severity"], finding["certainty"]) == ("users-not-told-apart", "notice", "certain")
    (quote,) = finding["evidence"]
    asked = done.result["exchanges"][quote["exchange"]]
    assert (asked["method"], asked["status"]) == ("PUT", 201)
    assert list(server.path(url).iterdir()) == []


def test_the_table_says_that_there_is_one_user(server_for: ServerFor, folder: Folder) -> None:
    url = folder(server_for("apache"))
    done = run("check", *PRINCIPALS, *BOTH, url, tty=True, env={"COLUMNS": "200"})
    assert "it treats everybody as one user" in done.out
    assert "7 not run (they need a server that tells users apart)" in done.out
    assert SKIPPED in run("check", "--why", *PRINCIPALS, *BOTH, url, tty=True, env={"COLUMNS": "200"}).out


@pytest.mark.parametrize("auth", ["basic", "digest", "writes"])
def test_check_skips_nothing_where_a_write_wants_a_login(server_for: ServerFor, folder: Folder, auth: str) -> None:
    server = server_for("apache", auth=auth)
    url = folder(server)
    done = run("check", "--json", *PRINCIPALS, *BOTH, url)
    assert done.code == 0
    assert {one["outcome"] for one in done.result["checks"]} == {"pass"}
    assert done.result["findings"] == []
    assert [path.name for path in server.path(url).iterdir()] == []


def test_check_asks_nothing_without_a_login(server_for: ServerFor, folder: Folder) -> None:
    done = run("check", "--json", *PRINCIPALS, folder(server_for("apache")))
    assert {one["why"] for one in done.result["checks"] if one["outcome"] == "skip"} == {
        "it needs a second user: --user2"
    }
    assert done.result["findings"] == []


# -- diagnose and the others


def locked(server: Server, make_file: MakeFile, *login: str) -> str:
    url = make_file(server, "a.txt")
    assert run("lock", "--no-ledger", "-q", *login, url).code == 0
    return url


def test_diagnose_does_not_say_that_others_are_refused_where_there_is_one_user(
    server_for: ServerFor, make_file: MakeFile
) -> None:
    url = locked(server_for("apache"), make_file, *ALICE)
    done = run("diagnose", "--json", "--no-ledger", *BOB, url)
    assert not says_who(done)
    assert ONE_USER in done.out
    assert ids(done) == ["423-held-by-other", "users-not-told-apart"]
    assert without(done) == [207]
    assert done.result["findings"][1]["evidence"][0]["exchange"] == len(done.result["exchanges"]) - 1


def test_without_a_login_the_reading_itself_tells(server_for: ServerFor, make_file: MakeFile) -> None:
    url = locked(server_for("apache"), make_file)
    done = run("diagnose", "--json", "--no-ledger", url)
    assert not says_who(done)
    assert ONE_USER in done.out
    assert (ids(done), without(done)) == (["423-held-by-other"], [])


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_where_a_login_is_wanted_others_are_still_said_to_be_refused(
    server_for: ServerFor, make_file: MakeFile, auth: str
) -> None:
    url = locked(server_for("apache", auth=auth), make_file, *ALICE)
    done = run("diagnose", "--json", "--no-ledger", *BOB, url)
    assert "lets only the login that took a lock release it" in done.out
    assert ids(done) == ["423-held-by-other"]
    assert without(done) == [401]


def test_a_server_that_lets_everybody_read_may_tell_users_apart(server_for: ServerFor, make_file: MakeFile) -> None:
    url = locked(server_for("apache", auth="writes"), make_file, *ALICE)
    done = run("diagnose", "--json", "--no-ledger", *BOB, url)
    (finding,) = [one for one in done.result["findings"] if one["id"] == "users-not-told-apart"]
    assert finding["certainty"] == "possible"
    assert finding["alternatives"]


def test_nothing_is_asked_where_no_sentence_rests_on_it(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("apache", auth="basic"), "a.txt")
    done = run("diagnose", "--json", *ALICE, url)
    asked = [(one["method"], one["status"]) for one in done.result["exchanges"]]
    assert asked == [("PROPFIND", 207), ("OPTIONS", 200), ("PROPFIND", 207)]  # the last is of the collection above


def test_nothing_is_asked_where_every_user_may_use_a_token(server_for: ServerFor, make_file: MakeFile) -> None:
    url = locked(server_for("nginx", auth="basic"), make_file, *ALICE)
    done = run("diagnose", "--json", "--no-ledger", *BOB, url)
    assert "401" not in [str(one["status"]) for one in done.result["exchanges"]]


def test_a_server_is_asked_once_for_all_urls(say: Say) -> None:
    lock = element(locks=active_lock())
    server = say({"PROPFIND": multistatus(lock), "OPTIONS": OPTIONS})
    run("diagnose", "--basic", *BOB, *(f"{server.url}/{name}.txt" for name in "abc"))
    asked = [request for request in server.requests if field(request, "Authorization") is None]
    assert methods(asked) == ["PROPFIND"]


SECRETS = (
    ("-u", "bob:secret"),
    ("--oauth2-bearer", "secret"),
    ("-H", "Authorization: secret"),
    ("-H", "Cookie: session=secret"),
    ("-H", "X-Api-Key: secret"),
)


@pytest.mark.parametrize("login", SECRETS)
def test_no_login_goes_with_the_question(say: Say, login: tuple[str, ...]) -> None:
    lock = element(locks=active_lock())
    server = say({"PROPFIND": multistatus(lock), "OPTIONS": OPTIONS})
    done = run("diagnose", "--json", *login, "-H", "X-Team: red", f"{server.url}/a.txt")
    asked = server.requests[-1]
    assert b"secret" not in asked
    assert field(asked, "Authorization") is None
    assert field(asked, "X-Team") == "red", "what says nothing of who asks is needed to get through"
    assert "users-not-told-apart" in ids(done)


def test_no_login_of_the_url_goes_with_the_question(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element(locks=active_lock())), "OPTIONS": OPTIONS})
    done = run("diagnose", "--basic", "--json", server.url.replace("://", "://bob:secret@") + "/a.txt")
    assert field(server.requests[0], "Authorization") is not None
    assert field(server.requests[-1], "Authorization") is None
    assert "users-not-told-apart" in ids(done)


def test_an_unlock_that_is_refused_is_not_certainly_about_the_user(say: Say) -> None:
    """Nobody knows who asks, so that it can hardly be the reason."""
    server = say(
        {
            "PROPFIND": multistatus(element(locks=active_lock())),
            "OPTIONS": OPTIONS,
            "UNLOCK": response("403 Forbidden"),
        }
    )
    token = "opaquelocktoken:e71d4fae-5dec-22d6-fea5-00a0c91e6be4"
    done = run("unlock", "--json", *BOB, f"{server.url}/a.txt", "--token", token)
    (finding,) = [one for one in done.result["findings"] if one["id"] == "403-unlock-not-owner"]
    assert finding["certainty"] == "possible"
    assert "accepts its token only from" not in finding["headline"]


def test_cleanup_does_not_say_that_some_will_be_refused_where_there_is_one_user(
    server_for: ServerFor, make_file: MakeFile
) -> None:
    url = locked(server_for("apache"), make_file, *ALICE)
    done = run("cleanup", "--no-ledger", "--all", "--yes", *BOB, url.rpartition("/")[0] + "/")
    assert not says_who(done)
    assert ONE_USER in done.err
    assert done.code == 0


def test_cleanup_says_that_some_will_be_refused_where_users_are_told_apart(
    server_for: ServerFor, make_file: MakeFile
) -> None:
    url = locked(server_for("apache", auth="basic"), make_file, *ALICE)
    done = run("cleanup", "--no-ledger", "--all", "--yes", *BOB, url.rpartition("/")[0] + "/")
    assert "it will refuse those that bob did not take" in done.err


# -- what a login is


@pytest.mark.parametrize(
    "shared",
    [
        Shared(user="alice:x"),
        Shared(oauth2_bearer="x"),
        Shared(netrc=True),
        Shared(cert="/a.pem", key="/a.key"),
        Shared(header=("Authorization: Basic x", "X-Team: red")),
        Shared(header=("COOKIE : a=b",)),
        Shared(user="alice", password_file="/x"),
    ],
)
def test_without_a_login_nothing_says_who_asks(shared: Shared) -> None:
    url = "https://dav.example/"
    assert has_login(shared, url)
    nobody = without_login(shared)
    assert not has_login(nobody, url)
    assert (nobody.cert, nobody.key, nobody.password_file) == (None, None, None)


def test_a_login_in_the_url() -> None:
    assert has_login(Shared(), "https://alice:x@dav.example/")
    assert not has_login(Shared(header=("Proxy-Authorization: x",)), "https://dav.example/")


def test_a_password_is_not_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean-up opens a connection for each collection."""
    asked: list[str] = []

    def prompt(words: str, **options: object) -> str:
        asked.append(words)
        return "secret"

    monkeypatch.delenv("CI", raising=False)
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "prompt", prompt)
    with click.Context(click.Command("check")):
        for user in ("alice", "alice", "bob"):
            with open_sender(Shared(user=user), "https://dav.example/"):
                pass
    assert asked == ["Password for alice", "Password for bob"]


# -- a token that was refused


@pytest.mark.parametrize("act", [("put", "-"), ("put", "--if-match", "current", "-"), ("refresh",)], ids=" ".join)
@pytest.mark.parametrize("kind", ["wsgidav", "apache", "lighttpd"])
def test_a_token_that_was_refused_is_no_way_past_the_lock(
    server_for: ServerFor, make_file: MakeFile, kind: str, act: tuple[str, ...]
) -> None:
    """lighttpd renews the lock for any login, and would refuse what that login writes."""
    url = make_file(server_for(kind, auth="basic"), "a.txt")
    token = run("lock", "-q", "--no-ledger", *BOB, url).out.strip()
    done = run(act[0], "--json", *ALICE, "--token", token, *act[1:], url, stdin=b"new\n")
    renewed = (kind, act[0]) == ("lighttpd", "refresh")
    assert (done.code == 0, done.result["verdict"]) == (renewed, "unknown" if renewed else "blocked"), done
    if act[0] == "put":
        assert done.result["methods"]["PUT"]["verdict"] == "blocked"
    theirs = run(act[0], "--json", *BOB, "--token", token, *act[1:], url, stdin=b"new\n")
    assert (theirs.code, theirs.result["verdict"]) == (0, "unknown" if renewed else "clear"), theirs


def test_a_refusal_for_the_entity_tag_says_nothing_for_the_token(server_for: ServerFor, make_file: MakeFile) -> None:
    """Apache looks at If-Match first, and the tag does not hold: the token may be another user's all the same."""
    url = make_file(server_for("apache", auth="basic"), "a.txt")
    token = run("lock", "-q", "--no-ledger", *BOB, url).out.strip()
    done = run("put", "--json", *ALICE, "--token", token, "--if-match", "gone", "-", url, stdin=b"new\n")
    assert (done.code, done.result["verdict"]) == (1, "unknown"), done

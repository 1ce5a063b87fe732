"""``davlock check``: sound and unsound servers, what stands between, what is left behind, and what scripts rely on."""

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from davlock.checks.registry import CHECKS, PROFILES
from davlock.render.schema import schema
from tests.cli.answers import active_lock, by_method, element, methods, multistatus
from tests.cli.command import Done, popen, run
from tests.cli.test_interrupt import finish
from tests.cli.test_scratch import Faker
from tests.conftest import ServerFor
from tests.servers import Server
from tests.servers.proxy import Hook, Passing, proxy
from tests.transport.scripted import Conversation, ScriptedServer, response

Folder = Callable[[Server], str]

FAST = ("--select", "discovery,exclusive,proxy")
ONE = ("--select", "lock-protects,put,lock")


def ids(done: Done, outcome: str) -> set[str]:
    return {row[1] for row in done.rows if row[0] == outcome}


def left(server: Server, url: str) -> list[str]:
    """What is in a folder that was empty, besides what servers keep for themselves."""
    return sorted({path.name for path in server.path(url).iterdir()} - {".davlock", ".DAV"})


def behind(server: Server, url: str, before: Hook, *arguments: str) -> Done:
    """A check by way of a proxy that keeps the host, as it should."""

    def hook(passing: Passing) -> None:
        passing.set("Host", passing.host)
        before(passing)

    with proxy(server.url, before=hook, prompt=True) as address:
        return run("check", *arguments, url.replace(server.url, address))


# -- the whole suite, on each server

NO_CODES = {"code-token-submitted", "code-no-conflicting-lock"}  # a 423 without a body, or with HTML or plain text

FAILS: dict[str, set[str]] = {
    "wsgidav": {
        "deep-shown",  # it enforces the lock of a collection on its members, and does not show it there
        "if-tagged",  # conditions are looked at in untagged lists alone
        "shared-one-of-two",  # every holder's token is wanted
        "if-match-star",  # makes a file where nothing is
        "code-token-submitted",  # it says no-conflicting-lock to a PUT
    },
    "apache": {*NO_CODES, "code-token-matches"},
    "lighttpd": {
        # A lock on a collection covers its members, not the list of them.
        "depth-0-members",
        "depth-0-delete",
        "deep-keeps-out-new",
        "mkcol-in-locked",
        "delete-over-locked",  # members are not looked at
        # 200 to a refresh with an invented token
        "refresh-wrong-token",
        "refresh-unlocked",
        "other-refreshes",
        "owner-kept",  # dropped
        "timeout-ends",  # it counts seconds as hours
        "timeout-counts-down",  # what was granted is shown
        "refresh-tagged",  # 400
        "name-slash",  # 308
        "code-token-submitted",
    },
    "nginx": {
        # Always an hour
        "timeout-header",
        "timeout-granted",
        "depth-0",  # covers everything below
        "unmapped-no-parent",  # 409, and the name is locked
        "delete-over-locked",
        "refresh-unlocked",
        # It reads tokens from If, and no conditions; If-Match on PUT neither.
        "if-evaluated",
        "if-match-wrong",
        "if-none-match-star",
        "if-unmodified-since",
        "if-match-delete",
        "owner-kept",
        "name-slash",
        *NO_CODES,
        "lock-member-named",
        # It knows no users.
        "other-writes-with-token",
        "other-refreshes",
        "other-unlocks",
    },
    "rclone": {
        # golang.org/x/net/webdav does not show its locks at all.
        "lockdiscovery",
        "lock-discovered",
        # Only what was locked itself is protected.
        "depth-0-members",
        "depth-0-delete",
        "mkcol-in-locked",
        "delete-over-locked",
        "delete-token",  # the lock outlives its file
        "move-token",  # 412 without the token of the new name
        "unlock-other-url",  # a token is enough
        # Entity tags in If and in If-Match are not looked at.
        "if-wrong-etag",
        "if-lists-fail",
        "if-etag-unlocked",
        "if-match-wrong",
        "if-none-match-star",
        "if-unmodified-since",
        "if-match-delete",
        *NO_CODES,
        "code-token-matches",
        "lock-member-named",
        # It knows no users.
        "other-writes-with-token",
        "other-refreshes",
        "other-unlocks",
    },
}

WARNS: dict[str, set[str]] = {
    "wsgidav": {"if-other-resource", "if-match-weak"},
    "apache": {
        "depth-0-delete",  # 424
        "refresh-without-timeout",  # Infinite
        # 400, not 409
        "unlock-wrong-token",
        "unlock-other-url",
        "unlock-twice",
        "if-other-resource",
        "unmapped-lock",  # a lock-null resource
        "lockroot",  # there is none
        "member-named",  # a multistatus in a 424
    },
    "lighttpd": {"if-other-resource", "unmapped-no-parent"},
    "nginx": {
        "dav-header",  # 2 without 1
        "refresh-wrong-token",  # 423
        # 204 to every UNLOCK
        "unlock-wrong-token",
        "unlock-no-token",
        "unlock-other-url",
        "unlock-twice",
        "unlock-missing",
        # The URL in If is compared without decoding it.
        "name-space",
        "name-upper-escapes",
        "name-lower-escapes",
        "name-nfc",
        "name-nfd",
        "name-reserved",
        "name-percent",
        "name-unescaped-lockroot",
        "put-no-parent",  # 500
        "if-no-lock",  # 423
    },
    "rclone": {
        "refresh-without-timeout",  # endless
        "if-not-alone",  # 412, not 423
        "unmapped-no-parent",  # 500
        "token-uri",  # a number
        "put-no-parent",  # 404
    },
}


@pytest.mark.waits
@pytest.mark.parametrize("kind", FAILS)
def test_all_of_it(server_for: ServerFor, folder: Folder, kind: str, tmp_path: Path) -> None:
    server = server_for(kind, auth="basic")
    url, known = folder(server), tmp_path / "known"
    login = ("-u", "alice:alice", "--user2", "bob:bob")
    done = run("check", "--json", "--report", f"expect={known}", *login, url)
    Draft202012Validator(schema()).validate(done.json)
    checks = done.result["checks"]
    of = {one["id"]: one["outcome"] for one in checks}
    assert {id for id, outcome in of.items() if outcome == "fail"} == FAILS[kind]
    assert {id for id, outcome in of.items() if outcome == "warn"} == WARNS[kind]
    assert {id for id, outcome in of.items() if outcome == "unknown"} == (
        {"timeout-ends"} if kind == "nginx" else set()  # an hour is too long to wait
    )
    assert list(of) == [check.id for check in CHECKS]
    grave = {one["id"] for one in checks if one["outcome"] == "fail" and one["level"] == "MUST"}
    assert done.code == (1 if grave else 0)
    assert (done.result["left"], done.result["stopped"]) == ("", "")
    assert sum(done.result["counts"].values()) == len(checks)
    assert left(server, url) == []
    assert run("propfind", "-u", "alice:alice", url).code == 0, "it still answers"
    assert set(known.read_text("utf-8").split()) == FAILS[kind]
    for one in checks:
        assert one["why"] or one["outcome"] == "pass"
        assert all(index < len(done.result["exchanges"]) for index in one["exchanges"])
    assert "alice:alice" not in done.out


# -- misconfigured servers, and what stands between: the first line is the failure that matters

FIRST_LINE = [
    ("apache", "nolockdb", "propfind", "500-lock-database"),
    ("apache", "badlockdb", "scratch", "500-lock-database"),
    ("apache", "hidelocks", "lock-discovered", ""),
    ("nginx", "nolock", "dav-header", "lock-not-supported"),
    ("lighttpd", "nolock", "dav-header", "lock-not-supported"),
]


@pytest.mark.parametrize(("kind", "variant", "first", "finding"), FIRST_LINE)
def test_a_misconfigured_server(
    server_for: ServerFor, folder: Folder, kind: str, variant: str, first: str, finding: str
) -> None:
    server = server_for(kind, variant=variant)
    url = folder(server)
    done = run("check", *FAST, url)
    assert (done.code, done.rows[0][:2], done.rows[0][6]) == (1, ["fail", first], finding)
    assert left(server, url) == []


@pytest.mark.parametrize("kind", ["wsgidav", "apache"])
@pytest.mark.parametrize(
    ("header", "first"),
    [("If", "token-in-if"), ("Depth", "depth-header"), ("Lock-Token", "unlock"), ("Destination", "destination-header")],
)
def test_a_proxy_that_drops_a_header(server_for: ServerFor, folder: Folder, kind: str, header: str, first: str) -> None:
    server = server_for(kind)
    url = folder(server)
    done = behind(server, url, lambda passing: passing.drop(header), "--select", f"discovery,proxy,{first}")
    assert (done.code, done.rows[0][:2], done.rows[0][6]) == (1, ["fail", first], "proxy-header-dropped")
    assert left(server, url) == []


@pytest.mark.parametrize(("header", "check"), [("If", "token-in-if"), ("If", "refresh"), ("Lock-Token", "unlock")])
def test_where_the_token_is_dropped(any_server: Server, folder: Folder, header: str, check: str) -> None:
    """Also where locks are not shown (rclone). nginx finds nothing wrong with an UNLOCK that names no lock."""
    url = folder(any_server)
    done = behind(any_server, url, lambda passing: passing.drop(header), "--select", check)
    nothing_happened = (any_server.kind, check) == ("nginx", "unlock")
    finding = "unlock-had-no-effect" if nothing_happened else "proxy-header-dropped"
    assert (done.code, done.rows[0][:2], done.rows[0][6]) == (1, ["fail", check], finding)
    assert left(any_server, url) == []


def test_a_lock_that_is_not_released_is_told_once(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    url = folder(server)
    done = behind(server, url, lambda passing: passing.drop("Lock-Token"), "--select", "exclusive,shared,names")
    assert [row[1] for row in done.rows if row[0] == "fail" and row[2] == "MUST"] == ["unlock"]


@pytest.mark.parametrize("kind", ["wsgidav", "lighttpd", "rclone"])
def test_a_proxy_under_another_name(server_for: ServerFor, folder: Folder, kind: str) -> None:
    """The server does not know that it is meant by the Destination."""
    server = server_for(kind)
    url = folder(server)
    with proxy(server.url) as address:
        done = run("check", "--select", "destination-header", url.replace(server.url, address))
    assert (done.code, done.rows[0][:2], done.rows[0][6]) == (
        1,
        ["fail", "destination-header"],
        "proxy-destination-mismatch",
    )
    assert left(server, url) == []


@pytest.mark.parametrize("same_token", [True, False])
@pytest.mark.parametrize("kind", ["wsgidav", "apache"])
def test_fake_locks(server_for: ServerFor, folder: Folder, kind: str, same_token: bool) -> None:
    server = server_for(kind)
    url = folder(server)
    done = behind(server, url, Faker(same_token=same_token), "--select", "discovery,exclusive")
    assert (done.code, done.rows[0][:2], done.rows[0][6]) == (1, ["fail", "lock-protects"], "fake-lock")
    assert left(server, url) == []


def test_locks_that_cannot_be_released_through_a_proxy(server_for: ServerFor, folder: Folder) -> None:
    """It drops Lock-Token; the files are deleted with their tokens in If."""
    server = server_for("wsgidav")
    url = folder(server)
    without_token: Hook = lambda passing: passing.drop("Lock-Token")  # noqa: E731
    done = behind(server, url, without_token, "--select", "exclusive,unmapped-lock,name-nfc,shared-twice")
    assert (done.code, done.rows[0][1]) == (1, "unlock")
    assert left(server, url) == []


# -- what it sends, and what it leaves


def test_read_only(any_server: Server, folder: Folder) -> None:
    url, asked = folder(any_server), []
    done = behind(any_server, url, lambda passing: asked.append(passing.method), "--read-only")
    assert set(asked) == {"OPTIONS", "PROPFIND"}
    assert {row[1] for row in done.rows} == set(PROFILES["read-only"])
    assert done.err == ""
    assert run("check", "--profile", "read-only", url).code == done.code


def test_read_only_and_a_check_that_writes(server_for: ServerFor) -> None:
    done = run("check", "--read-only", "--select", "put", server_for("wsgidav").url)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)


def test_keep(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    done = run("check", "--keep", *ONE, url)
    assert done.code == 0
    (name,) = left(server, url)
    assert f"{url}{name}/, kept (--keep)" in done.err
    assert run("lock", "--depth", "infinity", url).code == 0, "no lock was kept"


def test_it_says_what_it_is_about_to_write(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    done = run("check", *ONE, folder(server))
    assert "removed at the end" in done.err
    assert run("check", "-q", *ONE, folder(server)).err == ""


def test_a_url_without_its_slash(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    done = run("check", "--json", *ONE, url.rstrip("/"))
    assert (done.code, done.result["target"]) == (0, url)
    assert done.result["scratch"].startswith(f"{url}davlock-check-")


def test_what_a_killed_run_has_left_is_removed(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    assert run("check", "--keep", *ONE, url).code == 0
    (name,) = left(server, url)
    server.path(f"{url}davlock-check-mine").mkdir()
    member = next(path.name for path in server.path(f"{url}{name}/").glob("*.txt"))
    assert run("lock", f"{url}{name}/{member}").code == 0, "as a run that was killed leaves it"
    done = run("check", "--clean-up", url)
    assert (done.code, done.rows) == (0, [["removed", f"{url}{name}/"]])
    assert left(server, url) == ["davlock-check-mine"], "no run of ours has such a name"
    again = run("check", "--clean-up", url)
    assert (again.code, again.out) == (0, "")
    assert "there is nothing to remove" in again.err


def test_clean_up_does_not_release_a_lock_of_the_collection_above(server_for: ServerFor, folder: Folder) -> None:
    """Apache shows it on every member, without its lockroot."""
    server = server_for("apache")
    url = folder(server)
    assert run("check", "--keep", *ONE, url).code == 0
    (name,) = left(server, url)
    taken = run("lock", "-q", "--depth", "infinity", url)
    assert taken.code == 0, taken
    done = run("check", "--clean-up", url)
    assert (done.code, done.out) == (1, "")
    assert f"could not remove {url}{name}/: the server refused DELETE (423 Locked). {url} is locked by " in done.err
    assert taken.out.strip() in run("locks", "--json", url).out
    assert run("unlock", url).code == 0
    assert run("check", "--clean-up", url).code == 0
    assert left(server, url) == []


def test_clean_up_says_what_it_removes_before_it_does(server_for: ServerFor, folder: Folder) -> None:
    url = folder(server_for("wsgidav"))
    assert run("check", "--keep", *ONE, url).code == 0
    done = run("check", "--clean-up", url)
    assert done.err == f"davlock: removing {done.rows[0][1]} with all its locks and files\n"


NOT_OURS = [
    "davlock-check-mine/",
    "davlock-check-0123456/",
    "davlock-check-0123456789abcdef0123456789abcdef0/",
    "davlock-check-0123456789ab/../../precious/",
    "%2e%2e/davlock-check-0123456789ab/",
    "sub/davlock-check-0123456789ab/",
    "..%5cdavlock-check-0123456789ab/",
    "davlock-check-0123456789ab%2f..%2fprecious/",
    "//other.example/dav/davlock-check-0123456789ab/",
    "davlock-scratch-mine/",
    "davlock-check-0123456789ab.d/",
    "/davlock-check-0123456789ab/",
]


@pytest.mark.parametrize("href", NOT_OURS)
def test_clean_up_does_not_touch_what_is_no_scratch_collection_right_there(
    serve: Callable[..., ScriptedServer], href: str
) -> None:
    there = element("/dav/", more="<D:resourcetype><D:collection/></D:resourcetype>")
    server = serve(by_method({"PROPFIND": multistatus(there, element(href))}, default=response("204 No Content")))
    done = run("check", "--clean-up", f"{server.url}/dav/")
    assert (done.code, done.out) == (0, "")
    assert methods(server.requests) == ["PROPFIND"]


def test_clean_up_does_not_leave_its_collection(serve: Callable[..., ScriptedServer]) -> None:
    """The server lists names in it that lead out of it: they are named, and nothing is sent to them."""
    names = ("", "%2e%2e/precious.txt", "a%2f..%2f..%2fb.txt", "..%5cb.txt", "a.txt")
    own = "/dav/davlock-check-0123456789ab/"
    members = "".join(element(own + name, locks=active_lock(root=own + name)) for name in names)
    server = serve(by_method({"PROPFIND": multistatus(members), "UNLOCK": response("204 No Content")}))
    done = run("check", "--clean-up", f"{server.url}/dav/")
    assert done.code == 1
    written = {request.split(b" ")[1].decode() for request in server.requests if not request.startswith(b"PROPFIND")}
    assert written == {own, f"{own}a.txt"}
    assert done.err.count(" alone: a name in it leads elsewhere once it is decoded") == 3


# -- which checks


def test_list() -> None:
    done = run("check", "--list")
    assert [row[0] for row in done.rows] == [check.id for check in CHECKS]
    assert {len(row) for row in done.rows} == {6}
    shown = run("check", "--list", tty=True, env={"COLUMNS": "140"})
    assert all(check.id in shown.out for check in CHECKS)
    document = run("check", "--list", "--json")
    Draft202012Validator(schema()).validate(document.json)
    assert [one["id"] for one in document.result["checks"]] == [check.id for check in CHECKS]
    assert (done.code, shown.code, document.code) == (0, 0, 0)
    line = json.loads(run("check", "--list", "--format", "jsonl").out)
    assert line["checks"] == document.result["checks"]


@pytest.mark.parametrize("name", PROFILES)
def test_list_of_a_profile(name: str) -> None:
    assert {row[0] for row in run("check", "--list", "--profile", name).rows} == set(PROFILES[name])


SELECTED = [
    (("--select", "lock"), {"scratch", "lock"}),
    (("--select", "dav-header"), {"dav-header"}),
    (("--select", "lock,put", "--select", "copy-locked"), {"scratch", "put", "lock", "copy-locked"}),
    (("--select", "unmapped", "--ignore", "unmapped-lock,unmapped-unlock"), None),
    (("--profile", "office", "--select", "exclusive"), None),
]


@pytest.mark.parametrize(("arguments", "expected"), SELECTED)
def test_select(arguments: tuple[str, ...], expected: set[str] | None) -> None:
    found = {row[0] for row in run("check", "--list", *arguments).rows}
    if expected is None:
        group = arguments[arguments.index("--select") + 1]
        gone = arguments[-1].split(",") if "--ignore" in arguments else []
        expected = {"scratch", *(check.id for check in CHECKS if check.about.group == group)} - set(gone)
    assert found == expected


def test_ignore() -> None:
    found = {row[1] for row in run("check", "--list", "--ignore", "names,timeouts").rows}
    assert found == {check.about.group for check in CHECKS} - {"names", "timeouts"}


WRONG = [
    (("--select", "lock-protect"), "did you mean lock-protects?"),
    (("--ignore", "nmaes"), "did you mean names?"),
    (("--select", "zzzzzzzz"), "--list"),
    (("--profile", "finder"), "class2, office, macos"),
    (("--select", "put", "--ignore", "put,scratch"), "no check is left"),
    (("--fail-level", "never"), "'never'"),
    (("--repeat", "0"), "0"),
    (("--report", "expect"), "KIND=FILE"),
    (("--report", "pdf=x"), "KIND is one of"),
    (("--report", "json=/nowhere/at/all"), "cannot write --report"),
    (("--report", "json=-", "--report", "tap=-"), "two reports"),
    (("--report", "json=-", "--format", "tsv"), "both go to stdout"),
    (("--expect", "/nowhere"), "No such file or directory; write it first: davlock check URL --report expect=/nowhere"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_wrong_arguments(arguments: tuple[str, ...], words: str) -> None:
    """Nothing is sent: nobody listens at this address."""
    done = run("check", *arguments, "http://127.0.0.1:9/")
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert words in line


def test_no_url() -> None:
    assert run("check").code == 2


# -- what was expected


def test_what_is_known_to_fail(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    """A baseline is written, and read; what was mended is told."""
    server, known = server_for("lighttpd"), tmp_path / "known"
    arguments = ("--select", "put,refresh-wrong-token,depth-0-members")
    url = folder(server)
    first = run("check", *arguments, "--report", f"expect={known}", url)
    assert first.code == 1
    assert known.read_text("utf-8").split() == ["refresh-wrong-token", "depth-0-members"]
    again = run("check", "--json", *arguments, "--expect", str(known), url)
    assert again.code == 0
    assert {one["id"]: one["expected"] for one in again.result["checks"] if one["outcome"] == "fail"} == {
        "depth-0-members": True,
        "refresh-wrong-token": True,
    }
    known.write_text("# what nobody mends\nput\n\ndepth-0-members fail # so it says\n", "utf-8")
    fixed = run("check", *arguments, "--expect", str(known), url, tty=True)
    assert fixed.code == 1, "refresh-wrong-token is not in it"
    assert "passed, although --expect names it: put" in " ".join(fixed.out.split())
    before = known.read_text("utf-8")
    nothing = run("check", *arguments, "--report", f"expect={known}", f"{url}no/such/")
    assert nothing.code == 1
    assert "is not written, because not every check ran" in nothing.err
    assert known.read_text("utf-8") == before, "a list that would miss failures replaced it"


@pytest.mark.parametrize("text", ["nonsense\n", "put pass fail\n", "put perhaps\n", "put\n\nlok\n"])
def test_a_broken_baseline(tmp_path: Path, text: str) -> None:
    known = tmp_path / "known"
    known.write_text(text, "utf-8")
    done = run("check", "--expect", str(known), "http://127.0.0.1:9/")
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert f"line {len(text.splitlines())}" in line


def test_a_baseline_that_is_no_text(tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_bytes(b"\xff\xfe")
    assert run("check", "--expect", str(known), "http://127.0.0.1:9/").code == 2


def test_nothing_failed(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    url, known = folder(server_for("wsgidav")), tmp_path / "known"
    assert run("check", *ONE, "--report", f"expect={known}", url).code == 0
    assert run("check", *ONE, "--expect", str(known), url).code == 0


def test_fail_level(server_for: ServerFor, folder: Folder) -> None:
    """What fails on Apache here is a SHOULD."""
    url = folder(server_for("apache"))
    arguments = ("--select", "code-token-submitted")
    assert run("check", *arguments, url).code == 0
    assert run("check", *arguments, "--fail-level", "should", url).code == 1
    assert run("check", *arguments, "--fail-level", "MAY", url).code == 1


# -- several


def test_repeat(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    once, twice = (run("check", "--json", *ONE, "--repeat", count, url) for count in ("1", "2"))
    assert (once.code, twice.code) == (0, 0)
    assert len(twice.result["exchanges"]) == 2 * len(once.result["exchanges"])
    assert [one["id"] for one in twice.result["checks"]] == [one["id"] for one in once.result["checks"]]
    assert twice.err.count("removed at the end") == 2
    assert left(server, url) == []


def test_a_fault_that_comes_and_goes(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url, locks = folder(server), iter(range(100))

    def before(passing: Passing) -> None:
        if passing.method == "LOCK" and passing.body and next(locks) == 1:
            passing.status, passing.reason = 500, "Once"

    done = behind(server, url, before, "--select", "put,lock", "--repeat", "3")
    assert done.code == 1
    assert done.rows[0][:2] == ["fail", "lock"]
    assert done.rows[0][3].startswith("in 1 of 3 runs: ")


def test_several_urls(server_for: ServerFor, folder: Folder) -> None:
    good, bad = folder(server_for("wsgidav")), folder(server_for("nginx", variant="nolock"))
    done = run("check", "--json", *ONE, good, bad)
    assert [result["target"] for result in done.json["results"]] == [good, bad]
    assert done.code == 7
    listed = run("check", *ONE, "-", stdin=f"{good}\n{good}\n".encode())
    assert listed.code == 0
    assert len(listed.rows) == 2 * 4
    lines = run("check", "--format", "jsonl", *ONE, good, bad).out.splitlines()
    assert [json.loads(line)["target"] for line in lines] == [good, bad]


# -- exit statuses


def why_stopped(done: Done, url: str, words: str = "no check was run") -> str:
    """What the first line on stderr says of it: of a refused login, the second says what to type."""
    line, *others = done.err.splitlines()
    assert len(others) == (1 if done.code == 4 else 0)
    lead = f"davlock: {words} at {url}: "
    assert line.startswith(lead), line
    return line.removeprefix(lead).partition(":")[0]


def test_a_wrong_password(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav", auth="basic")
    url = folder(server)
    done = run("check", "-q", "-u", "alice:wrong", url)
    assert (done.code, done.out) == (4, "")
    assert why_stopped(done, url) == (
        "the server answered 401 Not Authorized to PROPFIND. The server did not accept the password of alice"
        " (it offers Basic; Basic was sent)"
    )
    assert f"davlock check -u alice -q {url}" in done.err.splitlines()[1]
    assert "(it offers Basic; none was sent)" in run("check", "-q", url).err
    second = run("check", *ONE, "--select", "other-locks", "-u", "alice:alice", "--user2", "bob:wrong", url)
    assert second.code == 4
    assert left(server, url) == []


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    done = run("check", url)
    assert (done.code, done.out, why_stopped(done, url)) == (5, "", "the server did not answer PROPFIND")
    shown = run("check", url, tty=True, env={"COLUMNS": "300", "NO_COLOR": "1"})
    assert shown.out.splitlines() == [f"✗ {done.err.removeprefix('davlock: ').strip()}"]


@pytest.mark.parametrize(("method", "number"), [("OPTIONS", 1), ("MKCOL", 1), ("PUT", 1), ("LOCK", 3)])
def test_a_server_that_wants_to_be_asked_less(server_for: ServerFor, folder: Folder, method: str, number: int) -> None:
    server = server_for("wsgidav")
    url, count = folder(server), iter(range(1, 1000))

    def before(passing: Passing) -> None:
        if passing.method == method and next(count) == number:
            passing.status, passing.reason = 429, "Too Many Requests"

    done = behind(server, url, before, "-q", "--select", "dav-header,exclusive")
    assert (done.code, len(done.err.splitlines())) == (8, 1)
    assert f": the server answered 429 Too Many Requests to {method}: " in done.err
    reached = {"OPTIONS": 0, "MKCOL": 1, "PUT": 2, "LOCK": 5}[method]
    assert len(done.rows) == reached, "a check that was not reached has no line"
    assert done.err.startswith(f"davlock: {'ended early' if reached else 'no check was run'} at ")
    assert left(server, url) == []


def test_a_folder_where_nothing_can_be_made(server_for: ServerFor, folder: Folder) -> None:
    def before(passing: Passing) -> None:
        if passing.method == "MKCOL":
            passing.status, passing.reason = 403, "Forbidden"

    server = server_for("wsgidav")
    done = behind(server, folder(server), before, *ONE)
    assert (done.code, done.rows[0][:2]) == (4, ["fail", "scratch"])


# -- output


def test_the_columns(server_for: ServerFor, folder: Folder) -> None:
    url = folder(server_for("nginx", variant="nolock"))
    done = run("check", *FAST, url)
    assert {len(row) for row in done.rows} == {9}
    order = [row[0] for row in done.rows]
    assert order == sorted(order, key=["fail", "unknown", "warn", "skip", "pass"].index)
    row = done.rows[0]
    assert row[:3] == ["fail", "dav-header", "MUST"]
    assert row[4:7] == ["RFC 4918 §18.2", "options", "lock-not-supported"]
    assert float(row[7]) > 0
    assert row[8] == ""


def test_the_table(server_for: ServerFor, folder: Folder) -> None:
    url = folder(server_for("nginx", variant="nolock"))
    done = run("check", *FAST, url, tty=True, env={"NO_COLOR": "1"})
    lines = done.out.splitlines()
    assert lines[0].startswith("✗ The server announces no locks: ")
    assert any(line.startswith("  dav-header · MUST · RFC 4918 §18.2 · lock-not-supported") for line in lines)
    assert " failed, " in done.out
    assert "on nginx" in " ".join(done.out.split())
    assert len(lines) <= 20
    good = run("check", *ONE, folder(server_for("wsgidav")), tty=True, env={"NO_COLOR": "1"})
    assert "✗" not in good.out
    assert good.out.startswith("OK: 4 passed in ")


def test_a_report_on_stdout_is_all_there(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    url, path = folder(server_for("wsgidav")), tmp_path / "found.tsv"
    done = run("check", *ONE, "--report", "json=-", "--report", f"tsv={path}", url)
    assert done.result["target"] == url
    assert [line.split("\t")[1] for line in path.read_text("utf-8").splitlines()] == [
        "scratch",
        "put",
        "lock",
        "lock-protects",
    ]
    assert sorted(one.name for one in tmp_path.glob(".davlock-*")) == []


# -- interrupts

MANY = ("--select", "discovery,exclusive,depth,shared,names")
PLACES = (1, 3, 8, 9, 14, 40, 90, 130)
SIGNALS = ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143))
ONCE = [(place, number, code) for place, (number, code) in zip(PLACES, cycle(SIGNALS), strict=False)]


class Signaller:
    """A hook that sends a signal to a process when it has asked so often."""

    def __init__(self, number: int, *places: int) -> None:
        self.number = number
        self.places = places
        self.count = 0
        self.ready = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None

    def __call__(self, passing: Passing) -> None:
        passing.set("Host", passing.host)
        self.count += 1
        if self.count in self.places:
            assert self.ready.wait(20)
            assert self.process is not None
            self.process.send_signal(self.number)

    def run(self, server: Server, url: str) -> tuple[int, str, str]:
        """The exit status, stdout and stderr of a check that is signalled."""
        with proxy(server.url, before=self, prompt=True) as address:
            self.process = popen("check", *MANY, url.replace(server.url, address), measured=False)
            self.ready.set()
            return finish(self.process)


def nothing_is_left(server: Server, url: str) -> bool:
    """Neither a file nor a lock, which would refuse one from above."""
    return left(server, url) == [] and run("lock", "--depth", "infinity", url).code == 0


@pytest.mark.parametrize(("place", "number", "code"), ONCE)
def test_a_signal(server_for: ServerFor, folder: Folder, place: int, number: int, code: int) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    status, out, err = Signaller(number, place).run(server, url)
    assert status == code
    assert "stopping" in err
    assert "Traceback" not in err
    assert "could not remove" not in err
    assert "you interrupted it" in err
    assert len(out.splitlines()) < 40, "a check that was not reached has no line"
    assert nothing_is_left(server, url)


@pytest.mark.parametrize(("place", "number", "code"), ONCE[1::2])
def test_the_same_signal_again(server_for: ServerFor, folder: Folder, place: int, number: int, code: int) -> None:
    """While it removes what it made."""
    server = server_for("wsgidav")
    url = folder(server)
    status, _, err = Signaller(number, place, place + 1).run(server, url)
    assert status == code
    assert "Traceback" not in err
    assert nothing_is_left(server, url)


def test_a_collection_that_was_read_is_not_called_missing(serve: Callable[..., ScriptedServer]) -> None:
    """Subversion without SVNAutoversioning: 409 to MKCOL in a collection that PROPFIND has shown before."""
    there = element("/svn/", more="<D:resourcetype><D:collection/></D:resourcetype>")
    own = "Server: Apache/2.4.71 (Debian) SVN/1.14.2"
    url = serve(
        by_method(
            {
                "OPTIONS": response("200 OK", b"", "DAV: 1,2", "Allow: OPTIONS,PROPFIND,LOCK,UNLOCK", own),
                "PROPFIND": multistatus(there, fields=(own,)),
                "MKCOL": response("409 Conflict", b"", own),
            }
        )
    ).url
    done = run("check", "--json", "--select", "dav-header,propfind,scratch", f"{url.rstrip('/')}/svn/")
    (scratch,) = [one for one in done.result["checks"] if one["id"] == "scratch"]
    assert (done.code, scratch["outcome"], scratch["findings"]) == (1, "fail", ["409-unexplained"])
    (finding,) = done.result["findings"]
    assert "SVNAutoversioning" in finding["remedies"][0]["title"]


@pytest.mark.parametrize(
    "answer",
    [
        response("302 Found", b"", "Location: http://["),
        response("302 Found"),
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["302 to a bad URL", "302 to nowhere", "an empty 200 to everything"],
)
def test_nothing_is_written_where_no_webdav_is(serve: Callable[..., ScriptedServer], answer: bytes) -> None:
    """The exit status is that of the other commands."""
    server = serve(lambda conversation: _always(conversation, answer))
    url = f"{server.url}/"
    done = run("check", url)
    assert (done.code, run("locks", url).code) == (6, 6), done
    assert "no WebDAV server" in done.err
    assert "MKCOL" not in methods(server.requests)


def _always(conversation: Conversation, answer: bytes) -> None:
    while conversation.request() is not None:
        conversation.say(answer)

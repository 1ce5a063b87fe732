"""The main job, from the first lock to the last proof that it is gone, on each of the real servers."""

import http.client
import os
import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import pytest

from tests.cli.command import Done, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.servers import Server

ALICE = ("-u", "alice:alice")
BOB = ("-u", "bob:bob")
DEAD = "opaquelocktoken:00000000-0000-4000-8000-000000000000"

Folder = Callable[[Server], str]


def take(*arguments: str) -> str:
    """``davlock lock -q``, which must succeed; its token."""
    done = run("lock", "-q", *arguments)
    assert done.code == 0, done
    return done.out.strip()


def put(url: str, *arguments: str, content: bytes = b"next\n") -> Done:
    """With the tokens that are given, and no others."""
    return run("put", "--json", "--no-ledger", "-", url, *arguments, stdin=content)


def content(server: Server, url: str) -> bytes:
    return server.path(url).read_bytes()


# -- one lock's life


def test_life_of_a_lock(basic_server: Server, make_file: MakeFile) -> None:
    server, url = basic_server, make_file(basic_server, "report.txt")
    hides = server.kind == "rclone"

    locked = run("lock", "--json", *ALICE, "--timeout", "10m", "--owner", "alice at her desk", url)
    assert locked.code == 0, locked
    assert "lock-granted" in locked.ids
    token = locked.result["locks"][0]["token"]
    assert locked.result["locks"][0]["mine"] is True
    assert locked.result["verdict"] == ("unknown" if hides else "clear")

    shown = run("locks", "--json", *BOB, url)
    if hides:
        assert shown.code == 3
        assert shown.result["locks"] is None
        assert shown.result["verdict"] == "unknown"
        assert [entry["what"] for entry in shown.result["skipped"]] == ["locks"]
    else:
        assert shown.code == 0
        assert [lock["token"] for lock in shown.result["locks"]] == [token]
        assert shown.result["locks"][0]["scope"] == "exclusive"
        assert shown.result["locks"][0]["depth"] == "0"
        drops_owner = server.kind in ("lighttpd", "nginx")
        owner = shown.result["locks"][0]["owner"]
        assert owner is None if drops_owner else re.fullmatch("alice at her desk \\(davlock [0-9a-f]{16}\\)", owner)
        assert shown.result["verdict"] == "blocked"

    for user in (ALICE, BOB):
        refused = put(url, *user)
        assert refused.code == 1
        assert refused.ids[0] == ("423-token-withheld" if hides else "423-held-by-other")
        assert refused.result["verdict"] == "blocked"
        assert content(server, url) == b"first\n"

    diagnosed = run("diagnose", "--json", *BOB, url)
    assert diagnosed.code == (3 if hides else 1)
    assert diagnosed.result["verdict"] == ("unknown" if hides else "blocked")
    assert diagnosed.result["server"]["product"] == {"rclone": "golang-webdav"}.get(server.kind, server.kind)

    written = put(url, *ALICE, "--token", token)
    assert written.code == 0
    assert written.result["findings"] == [] or all(
        f["severity"] in ("ok", "notice") for f in written.result["findings"]
    )
    assert content(server, url) == b"next\n"

    refreshed = run("refresh", "--json", *ALICE, "--token", token, "--timeout", "5m", url)
    assert refreshed.code == 0
    assert "lock-granted" in refreshed.ids

    stolen = run("unlock", "--json", *BOB, "--token", token, url)
    if server.kind in ("wsgidav", "apache", "lighttpd"):
        assert stolen.code == 4
        assert stolen.ids[0] == "403-unlock-not-owner"
        assert put(url).code == 4
        assert put(url, *ALICE).code == 1
        released = run("unlock", "--json", *ALICE, "--token", token, url)
        assert released.code == 0
        assert released.ids == ["unlocked"]
    else:
        assert stolen.code == 0
        assert stolen.ids == ["unlocked"]
    assert stolen.result["locks"] == (None if hides else stolen.result["locks"])

    assert put(url, *BOB, content=b"bob's\n").code == 0
    assert content(server, url) == b"bob's\n"
    if not hides:
        free = run("locks", "--json", *BOB, url)
        assert (free.code, free.result["locks"], free.result["verdict"]) == (0, [], "clear")


def test_refused_second_lock(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    take(url)
    again = run("lock", "--json", url)
    assert again.code == 1
    assert again.ids[0] in ("423-held-by-other", "423-lock-conflict", "423-token-withheld")
    quiet = run("lock", "-q", url)
    assert (quiet.code, quiet.out) == (1, "")
    assert again.ids[0] in quiet.err


def test_unlock_twice(any_server: Server, make_file: MakeFile) -> None:
    """nginx answers 204 to it, too, but the lock was seen to be gone before it was asked."""
    url = make_file(any_server, "a.txt")
    token = take(url)
    first = run("unlock", "--json", "--token", token, url)
    assert (first.code, first.ids) == (0, ["unlocked"])
    second = run("unlock", "--json", "--token", token, url)
    if any_server.kind == "rclone":
        # Locks are not shown: the token locks nothing, and whether another one does is not to be learned.
        assert (second.code, second.ids) == (3, ["409-unlock-token-mismatch"])
    else:
        broken = ["malformed-answer"] if any_server.kind == "lighttpd" else []
        assert (second.code, second.ids) == (0, ["409-unlock-already-gone", *broken])


def test_unlock_with_the_wrong_token(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    take(url)
    wrong = run("unlock", "--json", "--token", DEAD, url)
    if any_server.kind == "rclone":
        assert (wrong.code, wrong.ids[0], wrong.result["verdict"]) == (3, "409-unlock-token-mismatch", "unknown")
    elif any_server.kind == "nginx":
        assert (wrong.code, wrong.ids[0]) == (1, "unlock-had-no-effect")
    else:
        assert (wrong.code, wrong.ids[0]) == (1, "409-unlock-token-mismatch")
    assert put(url).code == 1


def test_refresh_with_a_dead_token(any_server: Server, make_file: MakeFile) -> None:
    """lighttpd answers 200 and prints a lock that does not exist."""
    url = make_file(any_server, "a.txt")
    dead = run("refresh", "--json", "--token", DEAD, url)
    assert (dead.code, dead.ids[0]) == (1, "412-refresh-lost-lock")


def test_put_with_a_dead_token(any_server: Server, make_file: MakeFile) -> None:
    """RFC 4918 §10.4: an unlocked resource does not have the token; nginx and WsgiDAV ignore that."""
    url = make_file(any_server, "a.txt")
    dead = put(url, "--token", DEAD)
    if any_server.kind in ("nginx", "wsgidav"):
        assert dead.code == 0
    else:
        assert dead.code == 1
        assert dead.ids[0] == "412-if-token-unknown"


def test_put_with_a_raw_if_header(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    token = take(url)
    header = run("lock", "--print", "if", make_file(any_server, "b.txt"))
    assert header.out.startswith("If: <http://127.0.0.1")
    assert put(url, "--if", f"<{url}> (<{token}>)").code == 0


def test_steal(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    take(url)
    stolen = run("unlock", "--json", "--steal", url)
    if any_server.kind == "rclone":
        assert (stolen.code, stolen.result["locks"]) == (3, None)
        assert "does not show its locks" in stolen.err
        assert "--token TOKEN" in stolen.err
    else:
        assert (stolen.code, stolen.ids) == (0, ["unlocked"])
        assert put(url).code == 0
        nothing = run("unlock", "--steal", url)
        assert nothing.code == 1
        assert "no lock" in nothing.err


# -- names


@pytest.mark.parametrize("name", ["with space.txt", "grüße.txt", "日本.txt", "100% #1.txt", "a&b;c.txt"])
def test_names(any_server: Server, make_file: MakeFile, name: str) -> None:
    """nginx compares the tag of an If header without decoding it, so that it takes a second, untagged try."""
    url = make_file(any_server, name)
    url = url[: -len(name)] + quote(name)
    token = take(url)
    refused = put(url)
    assert refused.code == 1
    written = put(url, "--token", token)
    assert written.code == 0, written
    assert content(any_server, url) == b"next\n"
    tried_again = any(entry["what"] == "tagged If" for entry in written.result["skipped"])
    assert tried_again is (any_server.kind == "nginx")
    assert run("unlock", "--token", token, url).code == 0
    assert put(url).code == 0


def test_a_name_as_typed(any_server: Server, make_file: MakeFile) -> None:
    """Spaces and letters beyond ASCII need not be escaped by hand."""
    url = make_file(any_server, "grüß dich.txt")
    token = take(url)
    assert put(url, "--token", token).code == 0
    assert run("unlock", "--token", token, url).code == 0


def test_a_missing_name_is_not_created(any_server: Server, folder: Folder) -> None:
    url = folder(any_server) + "new.txt"
    refused = run("lock", "--json", url)
    assert refused.code == 1
    assert "--create" in refused.result["skipped"][0]["why"]
    assert [entry["method"] for entry in refused.result["exchanges"]] == ["PROPFIND"]
    assert not any_server.path(url).exists()
    created = run("lock", "--json", "--create", url)
    assert created.code == 0
    assert "lock-granted" in created.ids
    token = created.result["locks"][0]["token"]
    assert put(url).code == 1
    assert put(url, "--token", token).code == 0
    assert run("unlock", "--token", token, url).code == 0


def test_missing_parent(any_server: Server, folder: Folder) -> None:
    url = folder(any_server) + "nowhere/new.txt"
    refused = put(url)
    assert refused.code == 1
    assert refused.ids[0] == "409-missing-parent"
    assert not any_server.path(url).exists()


def test_missing_parent_of_a_lock(any_server: Server, folder: Folder) -> None:
    """lighttpd says 403 and Go 500, and mean the same."""
    url = folder(any_server) + "nowhere/new.txt"
    refused = run("lock", "--json", "--create", url)
    assert refused.ids[0] == "409-missing-parent"
    assert refused.code == 1


# -- collections


def test_deep_lock(any_server: Server, make_file: MakeFile) -> None:
    """The lock root is found even where no lockroot is sent (Apache), or a member shows nothing (WsgiDAV)."""
    url = make_file(any_server, "member.txt")
    above = url.removesuffix("member.txt")
    token = take("--no-ledger", "--depth", "infinity", above)
    refused = put(url)
    assert refused.code == 1
    if any_server.kind == "rclone":
        assert refused.ids[0] == "423-token-withheld"
        assert refused.result["locks"] is None
    else:
        assert refused.ids[0] == "423-ancestor-lock"
        assert [(lock["token"], lock["lockroot"], lock["direct"]) for lock in refused.result["locks"]] == [
            (token, above, False)
        ]
        asked = run("diagnose", "--json", url)
        assert asked.code == 1
        assert asked.result["locks"] == refused.result["locks"] or asked.result["locks"][0]["lockroot"] == above
        elsewhere = run("unlock", "--json", "--token", token, url)
        assert elsewhere.code == 2
        assert "--at-root" in elsewhere.err
    assert put(url, "--token", token).code == 0
    released = run("unlock", "--json", "--token", token, *(() if any_server.kind == "rclone" else ("--at-root",)), url)
    assert released.code == 0, released
    assert put(url).code == 0


def test_new_member_of_a_locked_collection(any_server: Server, folder: Folder) -> None:
    """Apache answers 207, with the failure inside."""
    above = folder(any_server)
    token = take("--depth", "infinity", above)
    url = above + "new.txt"
    refused = put(url)
    assert refused.code == 1
    assert not any_server.path(url).exists()
    assert refused.result["verdict"] == "blocked"
    if any_server.kind == "apache":
        assert "207-write-failed" in refused.ids
    if any_server.kind == "rclone":
        assert refused.ids[0] == "423-token-withheld"
    else:
        assert "423-ancestor-lock" in refused.ids
        assert [lock["lockroot"] for lock in refused.result["locks"]] == [above]
    assert run("unlock", "--token", token, above).code == 0
    assert put(url).code == 0


def test_deep_lock_over_a_locked_member(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "member.txt")
    take(url)
    refused = run("lock", "--json", "--depth", "infinity", url.removesuffix("member.txt"))
    assert refused.code == 1
    assert refused.ids[0] in (
        "423-member-lock",
        "207-lock-refused-by-member",
        "423-lock-conflict",
        "423-token-withheld",
    )
    if any_server.kind == "apache":
        assert "207-lock-refused-by-member" in refused.ids


def test_listing_of_a_folder(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    token = take("--owner", "somebody", url)
    done = run("locks", "--json", "--depth", "1", url.removesuffix("a.txt"))
    if any_server.kind == "rclone":
        assert (done.code, done.result["locks"]) == (3, None)
        return
    assert done.code == 0
    assert [(lock["url"], lock["token"]) for lock in done.result["locks"]] == [(url, token)]
    assert run("locks", "--fail-if-any", "--depth", "1", url.removesuffix("a.txt")).code == 1
    none = run("locks", "--json", "--fail-if-any", "--scope", "shared", url)
    assert (none.code, none.result["locks"]) == (0, [])
    assert run("locks", "--json", "--infinite", url).result["locks"] == []
    assert len(run("locks", "--json", "--expires-within", "1d", url).result["locks"]) == 1
    assert run("locks", "--json", "--expires-within", "1s", url).result["locks"] == []
    named = run("locks", "--json", "--owner", "^some", url).result["locks"]
    assert len(named) == (0 if any_server.kind in ("lighttpd", "nginx") else 1)


# -- scopes


def test_shared_locks(any_server: Server, make_file: MakeFile) -> None:
    """nginx makes every lock exclusive, Go refuses with 501."""
    url = make_file(any_server, "a.txt")
    first = run("lock", "--json", "--scope", "shared", url)
    if any_server.kind == "rclone":
        assert first.code == 1
        assert first.ids[0] == "exclusive-only"
        return
    assert first.code == 0, first
    if any_server.kind == "nginx":
        assert first.result["locks"][0]["scope"] == "exclusive"
        return
    one = first.result["locks"][0]["token"]
    two = take("--scope", "shared", url)
    refused = put(url)
    assert (refused.code, refused.ids[0]) == (1, "423-shared-lock")
    assert {lock["token"] for lock in refused.result["locks"]} == {one, two}
    exclusive = run("lock", "--json", url)
    assert exclusive.code == 1
    assert exclusive.ids[0] in ("423-shared-lock", "423-lock-conflict")
    stolen = run("unlock", "--steal", url)
    assert stolen.code == 2
    assert f"→ davlock locks --tokens {url}" in stolen.err
    assert {one, two} <= set(run("locks", "--tokens", url, tty=True).out.split())
    with_one = put(url, "--token", one)
    assert with_one.code == (1 if any_server.kind == "wsgidav" else 0)
    assert run("unlock", "--token", one, url).code == 0
    still = run("locks", "--json", url)
    assert [lock["token"] for lock in still.result["locks"]] == [two]
    assert run("unlock", "--token", two, url).code == 0
    assert put(url).code == 0


# -- conditions

IGNORES_IF_MATCH = ("nginx", "rclone")


def test_if_match(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    wrong = put(url, "--if-match", "wrong")
    if any_server.kind in IGNORES_IF_MATCH:
        assert wrong.code == 0
    else:
        assert (wrong.code, wrong.ids[0]) == (1, "412-etag-changed")
        assert content(any_server, url) == b"first\n"


def test_if_match_stale(any_server: Server, make_file: MakeFile) -> None:
    """The tag was right until somebody else wrote."""
    url = make_file(any_server, "a.txt")
    told = run("propfind", "--json", "-p", "getetag", url)
    if any_server.kind == "nginx":
        assert told.result["properties"] == []
        return
    (etag,) = [entry["value"] for entry in told.result["properties"]]
    assert put(url, content=b"somebody else's, and longer\n").code == 0
    stale = put(url, "--if-match", etag)
    if any_server.kind in IGNORES_IF_MATCH:
        assert stale.code == 0
    else:
        assert (stale.code, stale.ids[0]) == (1, "412-etag-changed")
        assert content(any_server, url) == b"somebody else's, and longer\n"


def test_if_match_current(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    done = put(url, "--if-match", "current")
    if any_server.kind == "nginx":
        assert done.code == 3  # the server withholds the tag
        assert "no entity tag" in done.err
        assert content(any_server, url) == b"first\n"
    else:
        assert done.code == 0, done
        assert content(any_server, url) == b"next\n"


def test_if_match_current_on_a_missing_name(any_server: Server, folder: Folder) -> None:
    url = folder(any_server) + "none.txt"
    done = put(url, "--if-match", "current")
    assert done.code == 1
    assert done.ids[0] == "404-not-found"
    assert not any_server.path(url).exists()


def test_if_none_match(any_server: Server, make_file: MakeFile, folder: Folder) -> None:
    url = make_file(any_server, "a.txt")
    there = put(url, "--if-none-match", "*")
    if any_server.kind in IGNORES_IF_MATCH:
        assert there.code == 0
    else:
        assert (there.code, there.ids[0]) == (1, "412-none-match-exists")
        assert content(any_server, url) == b"first\n"
    assert put(folder(any_server) + "new.txt", "--if-none-match", "*").code == 0


def test_if_unmodified_since(any_server: Server, make_file: MakeFile) -> None:
    url = make_file(any_server, "a.txt")
    done = put(url, "--if-unmodified-since", "Sat, 01 Jan 2000 00:00:00 GMT")
    if done.code:
        assert (done.code, done.ids[0]) == (1, "412-etag-changed")


def test_put_a_file_into_a_collection(any_server: Server, folder: Folder, tmp_path: "os.PathLike[str]") -> None:
    path = os.path.join(tmp_path, "draft.txt")
    with open(path, "wb") as file:
        file.write(b"d" * 200_000)
    above = folder(any_server)
    done = run("put", "--json", path, above, "--content-type", "text/plain")
    assert done.code == 0
    assert done.result["target"] == above + "draft.txt"
    assert len(content(any_server, above + "draft.txt")) == 200_000


# -- servers that are not as they should be


def test_apache_that_hides_its_locks(server_for: ServerFor, make_file: MakeFile) -> None:
    """``DavLockDiscovery Off`` (2.4.55): the lock is verified by its token; an empty answer proves nothing."""
    url = make_file(server := server_for("apache", variant="hidelocks"), "a.txt")
    locked = run("lock", "--json", url)
    assert locked.code == 0, locked
    token = locked.result["locks"][0]["token"]
    assert any(entry["what"] == "lockdiscovery" for entry in locked.result["skipped"])
    assert locked.ids[0] == "lock-granted"
    listed = run("locks", "--json", url)
    assert (listed.code, listed.result["locks"]) == (0, [])
    asked = run("diagnose", "--json", url)
    assert asked.code == 0
    assert [(f["id"], f["certainty"]) for f in asked.result["findings"]] == [("no-lock", "likely")]
    refused = put(url)
    assert refused.code == 1
    assert refused.ids[0] == "423-token-withheld"
    assert refused.result["verdict"] == "blocked"
    assert content(server, url) == b"first\n"
    assert run("refresh", "--token", token, url).code == 0
    wrong = run("unlock", "--json", "--token", DEAD, url)
    assert wrong.code != 0 or wrong.result["findings"][0]["certainty"] != "certain"
    released = run("unlock", "--json", "--token", token, url)
    assert (released.code, released.ids[0]) == (0, "unlocked")
    assert put(url).code == 0


def test_unlock_refused_where_locks_are_hidden(server_for: ServerFor, make_file: MakeFile) -> None:
    """An empty lockdiscovery after a 403 is no proof that the lock is gone."""
    url = make_file(server_for("apache", "basic", variant="hidelocks"), "a.txt")
    token = take(*ALICE, url)
    stolen = run("unlock", "--json", *BOB, "--token", token, url)
    assert (stolen.code, stolen.ids[0]) == (4, "403-unlock-not-owner")
    assert put(url, *BOB).code == 1


def test_apache_without_a_lock_database(server_for: ServerFor, make_file: MakeFile) -> None:
    """With no DavLockDB even PROPFIND of lockdiscovery is 500."""
    url = make_file(server_for("apache", variant="nolockdb"), "a.txt")
    careful = run("lock", "--json", url)
    assert careful.code == 1
    assert "--create" in careful.result["skipped"][0]["why"]
    refused = run("lock", "--json", "--create", url)
    assert refused.code in (1, 3)
    assert refused.ids[0] == "500-lock-database"
    for command, code in (("diagnose", 1), ("locks", 3)):  # an error outranks what is not known
        asked = run(command, "--json", url)
        assert (asked.code, asked.result["verdict"], asked.result["locks"]) == (code, "unknown", None)
    assert run("diagnose", "--json", url).ids == ["500-lock-database"]


@pytest.mark.parametrize(("kind", "variant"), [("apache", "badlockdb"), ("lighttpd", "nolock"), ("nginx", "nolock")])
def test_locking_does_not_work(server_for: ServerFor, make_file: MakeFile, kind: str, variant: str) -> None:
    url = make_file(server_for(kind, variant=variant), "a.txt")
    refused = run("lock", "--json", url)
    assert refused.code == 1, refused
    assert refused.ids[0] in ("lock-not-supported", "500-lock-database")
    assert refused.result["verdict"] != "blocked"
    quiet = run("lock", "-q", url)
    assert quiet.out == ""


def test_apache_that_grants_more_than_was_asked(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("apache", variant="mintimeout"), "a.txt")
    locked = run("lock", "--json", "--timeout", "60", url)
    assert locked.code == 0
    assert 590 <= locked.result["locks"][0]["timeout"]["seconds"] <= 600


# -- authentication


def test_wrong_password(basic_server: Server, make_file: MakeFile) -> None:
    url = make_file(basic_server, "a.txt")
    for command in (
        ("diagnose", "--json", url),
        ("locks", "--json", url),
        ("propfind", "--json", url),
        ("lock", "--json", url),
        ("refresh", "--json", "--token", DEAD, url),
        ("unlock", "--json", "--token", DEAD, url),
        ("put", "--json", "-", url),
    ):
        done = run(*command, "-u", "alice:wrong-secret")
        assert done.code == 4, command
        assert done.ids[0] == "401-not-authenticated"
        assert "wrong-secret" not in done.out + done.err
        assert done.result["verdict"] == "unknown"


@pytest.mark.parametrize("kind", ["wsgidav", "apache", "lighttpd"])
def test_digest(server_for: ServerFor, make_file: MakeFile, kind: str) -> None:
    url = make_file(server_for(kind, auth="digest"), "a.txt")
    token = take(*ALICE, url)
    assert run("put", "-", url, *ALICE, "--digest", "--token", token, stdin=b"x").code == 0
    assert run("diagnose", *ALICE, "--basic", url).code == 4


def test_several_urls(any_server: Server, make_file: MakeFile) -> None:
    one, two = make_file(any_server, "a.txt"), make_file(any_server, "b.txt")
    take(one)
    done = run("lock", "--json", one, two)
    assert done.code == 7
    assert [entry["target"] for entry in done.json["results"]] == [one, two]
    listed = run("locks", "--json", "-", stdin=f"# a comment\n\n{one}\n{two}\n".encode())
    assert [entry["target"] for entry in listed.json["results"]] == [one, two]
    assert listed.code == (3 if any_server.kind == "rclone" else 0)


def exchange(method: str, url: str, body: str = "", **fields: str) -> tuple[str, str]:
    """A request that is not davlock's with its answer, as a capture, and the token that Lock-Token names."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    connection.request(method, parts.path, body, fields)
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    asked = [f"{method} {parts.path} HTTP/1.1", f"Host: {parts.netloc}", *(f"{key}: {fields[key]}" for key in fields)]
    said = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{key}: {value}" for key, value in answer.getheaders())]
    both = ("\n".join([*lines, "", text]) for lines, text in ((asked, body), (said, content)))
    return "\n%%%%%%%% RESPONSE %%%%%%%%\n".join(both), (answer.getheader("Lock-Token") or "").strip("<>")


@pytest.mark.parametrize("kind", ["wsgidav", "apache", "lighttpd"])
def test_a_lock_ends_with_its_resource(server_for: ServerFor, make_file: MakeFile, kind: str) -> None:
    """What is written there anew without its token passes no lock."""
    url = make_file(server_for(kind), "a.txt")
    wish = (
        '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
        "<D:locktype><D:write/></D:locktype></D:lockinfo>"
    )
    locked, token = exchange("LOCK", url, wish, Depth="0", Timeout="Second-600")
    deleted, _ = exchange("DELETE", url, If=f"<{url}> (<{token}>)")
    written, _ = exchange("PUT", url, "hello")
    assert "HTTP/1.1 201" in written
    story = "\n%%%%%%%% NEXT %%%%%%%%\n".join((locked, deleted, written))
    done = run("explain", "--json", "-", stdin=story.encode())
    assert (done.code, done.ids, done.result["verdict"]) == (0, [], "clear"), done
    kept = "\n%%%%%%%% NEXT %%%%%%%%\n".join((locked, written))
    assert "lock-bypassed" in run("explain", "--json", "-", stdin=kept.encode()).ids

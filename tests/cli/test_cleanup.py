"""``davlock cleanup`` on real servers: what is selected is released, and nothing else."""

import contextlib
import http.client
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from davlock.cli.cleaning import Cleanup
from davlock.cli.commands.cleanup import command
from davlock.render.plan import COLUMNS
from tests.cli.answers import active_lock, by_method, element, multistatus
from tests.cli.command import Done, popen, run, wait_for
from tests.cli.test_locks_walk import plant
from tests.conftest import ServerFor
from tests.servers import Server
from tests.transport.scripted import Conversation, ScriptedServer, response

Folder = Callable[[Server], str]
ALICE, BOB = ("-u", "alice:alice"), ("-u", "bob:bob")
SHOWS_LOCKS = ("wsgidav", "apache", "lighttpd", "nginx")
COUNTS_DOWN = ("wsgidav", "apache")


@pytest.fixture(params=SHOWS_LOCKS)
def server(request: pytest.FixtureRequest, server_for: ServerFor) -> Server:
    return server_for(request.param)


def take(url: str, *more: str) -> str:
    """A lock of somebody else."""
    done = run("lock", "-q", "--no-ledger", *more, url)
    assert done.code == 0, done
    return done.out.strip()


def cleanup(*arguments: str, stdin: bytes = b"") -> Done:
    return run("cleanup", "--json", *arguments, stdin=stdin)


def wait_for_question(process: subprocess.Popen[bytes]) -> None:
    """Until --interactive asks."""
    assert process.stderr is not None
    said = b""
    while b"[q]uit" not in said:
        more = os.read(process.stderr.fileno(), 4096)
        assert more, said
        said += more


def outcomes(done: Done) -> dict[str, str]:
    """By token."""
    return {entry["lock"]["token"]: entry["outcome"] for entry in done.result["outcomes"]}


def plan(done: Done) -> dict[str, str]:
    return {entry["lock"]["token"]: entry["decision"] for entry in done.result["plan"]}


def shown(url: str) -> set[str]:
    return {lock["token"] for lock in run("locks", "-r", "--json", url).result["locks"]}


# -- what is asked for


def test_nothing_is_sent_without_being_asked(server: Server, folder: Folder) -> None:
    url = folder(server)
    plant(server, url)
    tokens = {take(f"{url}x.txt"), take(f"{url}a/b/", "--depth", "infinity")}
    unselected = run("cleanup", url)
    assert (unselected.code, unselected.out, len(unselected.err.splitlines())) == (2, "", 1)
    dry = cleanup("--all", url)
    assert (dry.code, plan(dry), dry.result["outcomes"]) == (0, dict.fromkeys(tokens, "release"), [])
    assert "UNLOCK" not in {exchange["method"] for exchange in dry.result["exchanges"]}
    assert shown(url) == tokens
    assert not (Path(os.environ["XDG_STATE_HOME"]) / "davlock" / "journals").exists()
    done = cleanup("--all", "--yes", url)
    assert (done.code, outcomes(done)) == (0, dict.fromkeys(tokens, "released"))
    assert shown(url) == set()
    again = run("cleanup", "--all", "--yes", url)
    assert (again.code, again.out) == (0, "")
    assert "nothing to release" in again.err


def test_selectors(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    short = take(f"{url}x.txt", "--timeout", "60", "--owner", "scanner@host")
    long = take(f"{url}a/y.txt", "--timeout", "7200", "--owner", "jane", "--scope", "shared")
    deep = take(f"{url}a/b/", "--depth", "infinity", "--timeout", "600", "--owner", "jane")

    def chosen(*options: str) -> set[str]:
        found = plan(cleanup(*options, url))
        assert set(found) == {short, long, deep}, "the plan says of every lock why it is in or out"
        return {token for token, decision in found.items() if decision == "release"}

    assert chosen("--owner", "^scanner") == {short}
    assert chosen("--scope", "shared") == {long}
    assert chosen("--expires-after", "1h") == {long}
    assert chosen("--expires-within", "5m") == {short}
    assert chosen("--under", "a") == {long, deep}
    assert chosen("--under", "a", "--owner", "jane", "--scope", "exclusive") == {deep}
    assert chosen("--infinite") == set()
    assert chosen("--owner", "nobody") == set()
    assert chosen("--older-than", "1s") == set(), "when it was last refreshed is not known here"
    assert chosen("--older-than", "1s", "--assume-old") == {short, long, deep}
    assert shown(url) == {short, long, deep}


@pytest.mark.waits
def test_age_is_the_time_since_the_last_refresh(server_for: ServerFor, folder: Folder) -> None:
    """nginx grants an hour to every lock, and counts it down."""
    server = server_for("nginx")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt")
    time.sleep(6.1)
    assert plan(cleanup("--older-than", "4s", "--even-if-alive", url)) == {token: "release"}
    assert plan(cleanup("--older-than", "1h", "--even-if-alive", url)) == {token: "skip"}
    assert run("refresh", f"{url}x.txt", "--token", token).code == 0
    assert plan(cleanup("--older-than", "4s", "--even-if-alive", url)) == {token: "skip"}


def test_mine(server: Server, folder: Folder) -> None:
    url = folder(server)
    plant(server, url)
    mine = run("lock", "-q", f"{url}x.txt").out.strip()
    other = take(f"{url}a/y.txt")
    done = cleanup("--mine", "--yes", url)
    assert (done.code, outcomes(done)) == (0, {mine: "released"})
    assert shown(url) == {other}
    assert run("ledger", "list").out == ""


def test_a_lock_above_is_not_touched(server: Server, folder: Folder) -> None:
    url = folder(server)
    plant(server, url)
    token = take(f"{url}a/", "--depth", "infinity")
    below = cleanup("--all", "--yes", f"{url}a/b/")
    assert below.code == 0
    assert "release" not in plan(below).values()
    assert shown(url) == {token}


def test_locks_of_others(server_for: ServerFor, folder: Folder) -> None:
    """Where only its owner may release a lock, that is said before anything is tried, and explained afterwards."""
    server = server_for("apache", auth="basic")
    url = folder(server)
    plant(server, url)
    hers, his = take(f"{url}x.txt", *ALICE), take(f"{url}a/y.txt", *BOB)
    dry = run("cleanup", "--all", *ALICE, url)
    assert "only the login that took a lock" in dry.err
    done = cleanup("--all", "--yes", *ALICE, url)
    assert (done.code, outcomes(done)) == (7, {hers: "released", his: "refused"})
    assert done.result["verdict"] == "blocked"
    assert [found["id"] for found in done.result["findings"]] == ["403-unlock-not-owner"]
    only = cleanup("--all", "--yes", *ALICE, url)
    assert (only.code, outcomes(only), only.result["verdict"]) == (4, {his: "refused"}, "blocked")
    last = cleanup("--all", "--yes", *BOB, url)
    assert (outcomes(last), last.result["verdict"]) == ({his: "released"}, "clear")


def test_locks_are_hidden(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("rclone")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt")
    done = run("cleanup", "--all", "--yes", url)
    assert (done.code, done.out) == (3, "")
    assert "does not show" in done.err


def test_the_limit(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("lighttpd")
    url = folder(server)
    plant(server, url)
    tokens = {take(f"{url}x.txt"), take(f"{url}a/y.txt")}
    refused = run("cleanup", "--all", "--yes", "--limit", "1", url)
    assert (refused.code, "--limit is 1" in refused.err) == (1, True)
    assert shown(url) == tokens
    assert run("cleanup", "--all", "--yes", "--limit", "2", url).code == 0
    assert shown(url) == set()


def test_one_by_one(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("nginx")
    url = folder(server)
    plant(server, url)
    for name in ("x.txt", "a/y.txt", "a/b/z.txt"):
        take(url + name)
    done = cleanup("--all", "--interactive", url, stdin=b"maybe\nn\ny\nq\n")
    assert sorted(outcomes(done).values()) == ["released", "skipped", "skipped"]
    assert done.err.count("[q]uit") == 4, "what is no answer is asked again"
    assert len(shown(url)) == 2
    assert done.code == 7
    rest = cleanup("--all", "-i", url, stdin=b"a\n")
    assert sorted(outcomes(rest).values()) == ["released", "released"]


def test_a_script_that_resumes_what_was_asked_one_by_one(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    """Nobody answers there: locks that stay are no success, and --yes is no answer to a question that is asked."""
    server = server_for("wsgidav")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt")
    journal = str(tmp_path / "journal")
    assert cleanup("--all", "-i", "--journal", journal, url).code == 7
    refused = cleanup("--resume", journal, "--yes")
    assert (refused.code, refused.out) == (2, "")
    assert "--interactive" in refused.err
    resumed = cleanup("--resume", journal)
    assert (resumed.code, list(outcomes(resumed).values()), resumed.result["verdict"]) == (7, ["skipped"], "blocked")
    assert len(shown(url)) == 1
    done = cleanup("--resume", journal, stdin=b"y\n")
    assert (done.code, shown(url)) == (0, set())


def test_several_trees_that_overlap(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}a/y.txt")
    done = run("cleanup", "--json", "--all", "--yes", url, f"{url}a/")
    assert done.code == 0
    assert [len(result["plan"]) for result in done.json["results"]] == [1, 0]
    assert done.json["results"][0]["outcomes"][0]["lock"]["token"] == token


# -- what was not renewed


@pytest.mark.waits
@pytest.mark.parametrize("kind", COUNTS_DOWN)
def test_what_is_renewed_is_left_alone(server_for: ServerFor, folder: Folder, kind: str) -> None:
    server = server_for(kind)
    url = folder(server)
    plant(server, url)
    silent = take(f"{url}x.txt", "--timeout", "18")
    renewed = take(f"{url}a/y.txt", "--timeout", "18")
    long = take(f"{url}a/b/z.txt", "--timeout", "7d")
    with popen("cleanup", "--json", "--unrenewed-for", "6s", "--yes", url) as process:
        while process.poll() is None:
            run("refresh", "--timeout", "18", "--token", renewed, f"{url}a/y.txt")
            time.sleep(0.4)
        out, err = process.communicate(timeout=60)
    done = Done(process.returncode, out.decode(), err.decode())
    entries = {entry["lock"]["token"]: entry for entry in done.result["plan"]}
    assert (done.code, outcomes(done)) == (7, {silent: "released"}), done
    assert entries[silent]["why"].startswith("not renewed for ")
    assert entries[renewed]["why"].startswith("it was renewed: ")
    assert (entries[long]["decision"], entries[long]["may_be_alive"]) == ("skip", True)
    assert "may-be-alive, 7 days are left: --even-if-alive releases it" in entries[long]["why"]
    assert re.search(r"waiting \d+ s, until ", done.err), "until shortly before the end"
    assert "1 lock with more than 60 s left may be in use and stays; --even-if-alive releases it" in done.err
    assert shown(url) == {renewed, long}


@contextlib.contextmanager
def holder(url: str, token: str, *, granted: int, every: float, first: float | None = None) -> Iterator[float]:
    """Renews on time, as davfs2 and LibreOffice do, ``first`` after so many seconds. Yields when it began."""
    parts, ended, begun = urlsplit(url), threading.Event(), time.monotonic()
    fields = {"If": f"(<{token}>)", "Timeout": f"Second-{granted}"}
    answers: list[int] = []

    def renew() -> None:
        while not ended.wait(begun + every * len(answers) + (first or every) - time.monotonic()):
            connection = http.client.HTTPConnection(parts.netloc, timeout=10)
            connection.request("LOCK", parts.path, headers=fields)
            answers.append(connection.getresponse().status)
            connection.close()

    thread = threading.Thread(target=renew)
    thread.start()
    try:
        yield begun
    finally:
        ended.set()
        thread.join()
    assert answers
    assert set(answers) == {200}, "it lived on its lock all the time"


@pytest.mark.waits
def test_a_holder_that_renews_at_85_percent_is_never_released_while_it_lives(
    server_for: ServerFor, folder: Folder
) -> None:
    """The first reading leaves time for a second, and the renewal falls in between: when 3 s are left."""
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt", "--timeout", "20")
    with holder(f"{url}x.txt", token, granted=20, every=17) as begun:
        time.sleep(begun + 7.8 - time.monotonic())
        done = cleanup("--unrenewed-for", "8s", "--yes", url)
    assert (done.code, plan(done), outcomes(done)) == (0, {token: "skip"}, {}), done
    assert done.result["plan"][0]["why"].startswith("it was renewed: "), done
    assert shown(url) == {token}


@pytest.mark.waits
@pytest.mark.parametrize(("part", "granted", "taken"), [(0.85, 10, 10), (0.97, 40, 12)])
def test_a_holder_is_never_released_for_a_silence_as_long_as_its_own(
    server_for: ServerFor, folder: Folder, part: float, granted: int, taken: int
) -> None:
    """Whether the lock is read before or after a renewal: it would end before it had been silent for so long."""
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    every = granted * part
    left = granted - every
    token = take(f"{url}x.txt", "--timeout", str(taken))
    reasons = set()
    with holder(f"{url}x.txt", token, granted=granted, every=every, first=taken - 2.5 - left) as begun:
        while time.monotonic() < begun + taken + 3 - left:
            done = cleanup("--unrenewed-for", f"{every:.1f}s", "--yes", url)
            assert (done.code, plan(done), outcomes(done)) == (0, {token: "skip"}, {}), done
            reasons.add(done.result["plan"][0]["why"].rstrip(" s0123456789"))
            time.sleep(0.2)
    assert shown(url) == {token}
    assert reasons == {"it ends by itself in"}


@pytest.mark.waits
def test_a_silence_shorter_than_its_own_does_not_release_a_lock_in_use(server_for: ServerFor, folder: Folder) -> None:
    """It renews when 7 of 20 s are left, and is silent for 13 s before that: davfs2 with 15 of 60 s looks the same."""
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt", "--timeout", "20")
    with holder(f"{url}x.txt", token, granted=20, every=13) as begun:
        time.sleep(begun + 1 - time.monotonic())
        done = cleanup("--unrenewed-for", "5s", "--yes", url)
    assert (done.code, plan(done), outcomes(done)) == (0, {token: "skip"}, {}), done
    assert done.result["plan"][0]["why"].startswith("it was renewed: "), done
    assert shown(url) == {token}


def test_an_age_from_the_ledger_does_not_release_a_lock_that_another_program_renews(
    server_for: ServerFor, folder: Folder
) -> None:
    """Who has the token can renew the lock, and our ledger does not learn of it."""
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = run("lock", "-q", "--timeout", "90", f"{url}x.txt").out.strip()
    time.sleep(3)
    run("refresh", "--no-ledger", "--timeout", "90", "--token", token, f"{url}x.txt")
    done = cleanup("--older-than", "2s", "--yes", url)
    assert (done.code, outcomes(done), shown(url)) == (1, {}, {token}), done
    assert done.result["plan"][0]["may_be_alive"] is True
    asked = cleanup("--older-than", "2s", "--even-if-alive", "--yes", url)
    assert (asked.code, outcomes(asked), shown(url)) == (0, {token: "released"}, set()), asked


@pytest.mark.waits
def test_a_lock_that_nobody_renews_any_more_is_released_in_its_last_minute(
    server_for: ServerFor, folder: Folder
) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt", "--timeout", "20")
    with holder(f"{url}x.txt", token, granted=20, every=1.5):
        time.sleep(3)
    done = cleanup("--unrenewed-for", "5s", "--yes", url)
    assert (done.code, outcomes(done), shown(url)) == (0, {token: "released"}, set()), done
    assert done.result["plan"][0]["may_be_alive"] is False


@pytest.mark.waits
def test_a_holder_that_may_be_alive_is_never_released_without_being_asked_for(
    server_for: ServerFor, folder: Folder
) -> None:
    """With 82 s left, a holder that renews at 85 or 97 % of its time has not renewed yet."""
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt", "--timeout", "90")
    dry = cleanup("--unrenewed-for", "5s", url)
    assert (dry.code, plan(dry), dry.result["plan"][0]["may_be_alive"]) == (0, {token: "skip"}, True)
    done = cleanup("--unrenewed-for", "5s", "--yes", url)
    assert (done.code, outcomes(done), shown(url)) == (1, {}, {token}), done
    assert "--even-if-alive" in done.err
    assert "no lock is selected" not in done.err
    _, _, printed = dry.err.partition("to list them without waiting again: ")
    assert printed.startswith("--even-if-alive --first-look "), dry.err
    assert plan(cleanup("--unrenewed-for", "5s", *printed.split(), url)) == {token: "release"}
    again = cleanup("--unrenewed-for", "5s", *printed.split(), "--yes", url)
    assert (outcomes(again), "waiting" in again.err) == ({token: "released"}, False), again


@pytest.mark.waits
@pytest.mark.parametrize("consent", ["--even-if-alive", "-i"])
def test_who_says_so_releases_what_may_be_alive(server_for: ServerFor, folder: Folder, consent: str) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt", "--timeout", "10m")
    if consent == "-i":
        with popen("cleanup", "--json", "--unrenewed-for", "5s", "-i", url) as process:
            wait_for_question(process)
            out, err = process.communicate(b"y\n", timeout=60)
        done = Done(process.returncode, out.decode(), err.decode())
    else:
        done = cleanup("--unrenewed-for", "5s", "--yes", consent, url)
    assert (done.code, outcomes(done)) == (0, {token: "released"}), done
    assert done.result["plan"][0]["may_be_alive"] is True
    assert "may-be-alive" in done.result["plan"][0]["why"]


def test_an_age_that_comes_from_the_time_left_does_not_release_a_lock_that_may_be_alive(
    server_for: ServerFor, folder: Folder
) -> None:
    server = server_for("nginx")  # which grants an hour to every lock, and counts it down
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt")
    time.sleep(4.1)
    done = cleanup("--older-than", "2s", "--yes", url)
    assert (done.code, plan(done), shown(url)) == (1, {token: "skip"}, {token})
    assert done.result["plan"][0]["may_be_alive"] is True
    named = cleanup("--scope", "exclusive", url)
    assert (plan(named), named.result["plan"][0]["may_be_alive"]) == ({token: "release"}, False)
    assert cleanup("--older-than", "2s", "--even-if-alive", "--yes", url).code == 0


def test_a_lock_that_ends_by_itself_is_left_to_end(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt", "--timeout", "20")
    done = cleanup("--unrenewed-for", "10m", "--yes", url)
    assert (done.code, "it ends by itself in" in done.result["plan"][0]["why"]) == (0, True), done
    assert "waiting" not in done.err


def test_a_wait_that_is_too_long_is_said(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt", "--timeout", "1d")
    done = cleanup("--unrenewed-for", "2h", "--yes", url)
    assert (done.code, "is longer than --wait 60 min" in done.result["plan"][0]["why"]) == (0, True), done


def test_where_a_renewal_does_not_show_it_is_unsure(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("lighttpd")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt")
    done = cleanup("--unrenewed-for", "5s", "--yes", url)
    assert (done.code, plan(done)) == (0, {token: "skip"})
    assert "unsure: the time that this server shows is no measure" in done.result["plan"][0]["why"]


def without_sleep(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Runs ``davlock cleanup`` in this process, where any sleep raises."""

    def sleep(seconds: float) -> None:
        raise AssertionError(f"it sleeps for {seconds} s")

    defaults = Cleanup.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "sleep", sleep)
    return int(command.main(["--json", *arguments], standalone_mode=False))


@pytest.mark.waits
def test_a_first_look_never_waits(
    server_for: ServerFor, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even for a lock that is new, and not on a server that nobody knows."""
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    known = take(f"{url}x.txt", "--timeout", "50")
    before = tmp_path / "before.json"
    before.write_text(run("locks", "-r", "--json", url).out)
    assert json.loads(before.read_text())["results"][0]["locks"][0]["server_time"] is not None
    new = take(f"{url}a/y.txt", "--timeout", "50")
    early = cleanup("--unrenewed-for", "6s", "--first-look", str(before), "--yes", url)
    assert (early.code, plan(early)) == (0, {known: "skip", new: "skip"})
    why = {entry["lock"]["token"]: entry["why"] for entry in early.result["plan"]}
    assert why[new].startswith("first seen now")
    assert why[known].startswith("not renewed for ")
    assert "waiting" not in early.err
    assert without_sleep(monkeypatch, "--unrenewed-for", "6s", "--first-look", str(before), url) == 0
    time.sleep(7)
    done = cleanup("--unrenewed-for", "6s", "--first-look", str(before), "--yes", url)
    assert (done.code, outcomes(done)) == (0, {known: "released"}), done
    assert shown(url) == {new}


def test_a_first_look_never_waits_on_a_server_that_nobody_knows(
    serve: Callable[..., ScriptedServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            conversation.say(multistatus(element("/a.txt", locks=active_lock(timeout="Second-600", root="/a.txt"))))

    file = tmp_path / "before.json"
    file.write_text('{"results": []}')
    url = serve(play).url + "/a.txt"
    assert without_sleep(monkeypatch, "--unrenewed-for", "1m", "--first-look", str(file), url) == 0


def test_a_first_look_that_never_ends() -> None:
    done = run("cleanup", "--unrenewed-for", "5m", "--first-look", "/dev/zero", "http://127.0.0.1:1/")
    assert done.code == 2
    assert done.err.startswith("davlock: --first-look /dev/zero: it is larger than 32 MiB; give what ")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "no json", '{"results": [{"locks": [{}]}]}', "7", '{"results": [{"locks": [LOCK]}]}']
)
def test_a_first_look_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "listing"
    lock = '{"timeout": {"seconds": NaN, "as_sent": "", "infinite": false}, "token": "a", "lockroot": "http://h/"'
    file.write_text(text.replace("LOCK", lock + ', "seen_at": "2026-01-01T00:00:00Z"}'))
    done = run("cleanup", "--unrenewed-for", "5m", "--first-look", str(file), "http://127.0.0.1:1/")
    assert (done.code, len(done.err.splitlines())) == (2, 1) if text else (5, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--abandoned", "http://127.0.0.1:1/"), "--unrenewed-for"),
        (("--abandoned", "--yes", "http://127.0.0.1:1/"), "--unrenewed-for"),
        (("--unrenewed-for", "4s", "http://127.0.0.1:1/"), "5 s or longer"),
        (("--first-look", "f", "--all", "http://127.0.0.1:1/"), "add --unrenewed-for"),
        (("--even-if-alive", "--all", "http://127.0.0.1:1/"), "--even-if-alive needs"),
    ],
)
def test_what_is_refused_before_anything_is_sent(arguments: tuple[str, ...], words: str) -> None:
    done = run("cleanup", *arguments)
    assert (done.code, len(done.err.splitlines())) == (2, 1), done
    assert words in done.err


def test_a_journal_that_was_selected_as_abandoned_is_not_resumed(
    server_for: ServerFor, folder: Folder, tmp_path: Path
) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt")
    journal = tmp_path / "j.jsonl"
    run("cleanup", "--owner", ".*", "--yes", "--limit", "0", "--journal", str(journal), url)
    assert run("cleanup", "--all", "--yes", "--journal", str(journal), url).code == 0
    first, *others = journal.read_text().splitlines()
    begun = json.loads(first)
    begun["settings"]["abandoned"] = True
    del begun["crc"]
    journal.write_text("\n".join([json.dumps(begun), *(line for line in others if '"outcome"' not in line), ""]))
    token = take(f"{url}x.txt")
    done = run("cleanup", "--resume", str(journal))
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1), done
    assert "--unrenewed-for" in done.err
    assert shown(url) == {token}


@pytest.mark.parametrize("login", ["", "alice"])
def test_a_lock_that_a_davlock_of_this_machine_holds_is_left_alone(
    server_for: ServerFor, folder: Folder, login: str
) -> None:
    """Whoever asks."""
    import fcntl
    import sqlite3

    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = run("lock", "-q", f"{url}x.txt").out.strip()
    state = Path(os.environ["XDG_STATE_HOME"]) / "davlock"
    rows = sqlite3.connect(state / "ledger.sqlite")
    rows.execute("UPDATE locks SET kept = 0, sign = ?, login = ?", ("a" * 16, login))
    rows.commit()
    rows.close()
    with open(state / "alive" / ("a" * 16), "w", encoding="utf-8") as sign:
        fcntl.flock(sign, fcntl.LOCK_EX)
        done = cleanup("--all", "--yes", url)
        assert plan(done) == {token: "skip"}
        assert "still runs" in done.result["plan"][0]["why"]
    assert shown(url) == {token}


def test_without_knowing_what_is_in_use_nothing_is_released(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt")
    ledger = Path(os.environ["XDG_STATE_HOME"]) / "davlock" / "ledger.sqlite"
    ledger.parent.mkdir(parents=True, exist_ok=True)
    ledger.write_bytes(b"no database" * 500)
    done = run("cleanup", "--all", "--yes", url)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert shown(url) == {token}
    assert run("cleanup", "--all", "--yes", "--no-ledger", url).code == 0


@pytest.mark.parametrize(("column", "value"), [("sign", "alive"), ("state", "hold"), ("pid", "x")])
def test_a_damaged_row_does_not_give_a_lock_of_a_davlock_away(
    server_for: ServerFor, folder: Folder, column: str, value: str
) -> None:
    """Whether its process runs cannot be told any more."""
    import sqlite3

    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    token = run("lock", "-q", f"{url}x.txt").out.strip()
    rows = sqlite3.connect(Path(os.environ["XDG_STATE_HOME"]) / "davlock" / "ledger.sqlite")
    rows.execute(f"UPDATE locks SET {column} = ?", (value,))  # noqa: S608 -- a name of a column
    rows.commit()
    rows.close()
    done = cleanup("--all", "--yes", url)
    assert plan(done) == {token: "skip"}
    assert shown(url) == {token}
    assert run("cleanup", "--all", "--yes", "--no-ledger", url).code == 0


# -- the journal


def steps(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_journal(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    server = server_for("wsgidav", auth="basic")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt", *ALICE)
    journal = tmp_path / "j.jsonl"
    named = url.replace("://", "://alice:alice@")
    assert run("cleanup", "--all", "--yes", "--journal", str(journal), named).code == 0
    assert [step.get("step") for step in steps(journal)] == [
        *(None, "planning", "plan", "planned", "unlock", "outcome", "end"),
    ]
    assert "alice:alice" not in journal.read_text()
    assert journal.stat().st_mode & 0o777 == 0o600
    again = run("cleanup", "--all", "--yes", "--journal", str(journal), named)
    assert (again.code, "no lock is selected" in again.err) == (0, True)
    done = cleanup("--resume", str(journal), *ALICE)
    assert (done.code, list(outcomes(done).values())) == (0, ["released"]), "it is all told, and nothing is left"


def test_a_journal_that_cannot_be_written(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    plant(server, url)
    token = take(f"{url}x.txt")
    for place in ("/dev/full", str(tmp_path / "file" / "j.jsonl"), str(tmp_path)):
        (tmp_path / "file").write_text("")
        done = run("cleanup", "--all", "--yes", "--journal", place, url)
        assert (done.code, len(done.err.splitlines())) == (2, 1), done
    assert shown(url) == {token}


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}", b"nonsense\n", b'{"journal": "davlock-cleanup/1"}\n', b"\xff\xfe"]
)
def test_a_journal_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(content)
    done = run("cleanup", "--resume", str(path))
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert run("cleanup", "--resume", str(tmp_path / "none")).code == 2
    assert run("cleanup", "--resume", str(path), "--all", "http://h/").code == 2


@pytest.mark.parametrize("kind", SHOWS_LOCKS)
def test_killed_and_resumed(server_for: ServerFor, folder: Folder, tmp_path: Path, kind: str) -> None:
    """Whenever it is killed, the same locks are released in the end, and the journal tells of every one."""
    server = server_for(kind)
    url = folder(server)
    top = server.path(url)
    names = [f"{number}.txt" for number in range(12)]
    for name in names:
        (top / name).write_text("")
        os.chown(top / name, top.stat().st_uid, top.stat().st_gid)
    kept = {take(url + name) for name in names[:3]}
    chance = random.Random(kind)  # noqa: S311 -- to be the same each time
    for turn in range(3):
        mine = {run("lock", "-q", url + name).out.strip() for name in names[3:]}
        journal = tmp_path / f"{turn}.jsonl"
        with popen(
            "cleanup", "--mine", "--yes", "--jobs", "2", "--journal", str(journal), url, measured=False
        ) as process:
            wanted = chance.randrange(1, 2 * len(mine))
            while process.poll() is None and not (
                journal.exists() and journal.read_bytes().count(b'"step": "unlock"') * 2 >= wanted
            ):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        assert run("cleanup", "--resume", str(journal)).code == 0
        assert shown(url) == kept
        told = {step["n"]: step["outcome"] for step in steps(journal) if step.get("step") == "outcome"}
        planned = [step["n"] for step in steps(journal) if step.get("decision") == "release"]
        assert set(planned) <= set(told)
        assert set(told.values()) <= {"released", "already-gone"}
        assert run("ledger", "list").out == ""


def test_interrupted_between_two_locks(serve: Callable[..., ScriptedServer], tmp_path: Path) -> None:
    """What was begun is finished, the rest stays, and both are told."""
    from tests.cli.answers import active_lock, element, multistatus

    released: set[str] = set()

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            line = request.split(b"\r\n")[0].decode()
            path = line.split(" ")[1]
            if request.startswith(b"UNLOCK"):
                released.add(path)
                process.send_signal(signal.SIGINT)
                conversation.pause(2)
                conversation.say(response("204 No Content"))
            elif path == "/t/":
                members = [
                    element(f"/t/{n}.txt", locks=active_lock(f"urn:x:{n}", root=f"/t/{n}.txt", timeout="Infinite"))
                    for n in range(4)
                ]
                own = element("/t/", more="<D:resourcetype><D:collection/></D:resourcetype>")
                conversation.say(multistatus(own, *(members if b"Depth: 0" not in request else ())))
            else:
                number = path.removeprefix("/t/").removesuffix(".txt")
                lock = active_lock(f"urn:x:{number}", root=path, timeout="Infinite")
                conversation.say(multistatus(element(path, locks="" if path in released else lock)))

    server = serve(play)
    journal = tmp_path / "j"
    arguments = ("cleanup", "--json", "--all", "--yes", "--jobs", "1", "--journal", str(journal), f"{server.url}/t/")
    process: subprocess.Popen[bytes] = popen(*arguments, measured=False)
    with process:
        out, err = process.communicate(timeout=60)
    done = Done(process.returncode, out.decode(), err.decode())
    assert done.code == 130, done
    assert sorted(outcomes(done).values()) == ["released", "skipped", "skipped", "skipped"]
    assert len(released) == 1
    assert "--resume" in done.err
    assert [step["outcome"] for step in steps(journal) if step.get("step") == "outcome"] == ["released"]


def test_the_server_wants_no_more(serve: Callable[..., ScriptedServer]) -> None:
    from tests.cli.answers import active_lock, element, multistatus

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            path = request.split(b" ")[1].decode()
            if path != "/t/":
                conversation.say(response("429 Too Many Requests", b"", "Retry-After: 30"))
                continue
            locks = [
                element(f"/t/{n}.txt", locks=active_lock(f"urn:x:{n}", root=f"/t/{n}.txt", timeout="Infinite"))
                for n in range(3)
            ]
            own = element("/t/", more="<D:resourcetype><D:collection/></D:resourcetype>")
            conversation.say(multistatus(own, *(locks if b"Depth: 0" not in request else ())))

    done = cleanup("--all", "--yes", "--jobs", "1", f"{serve(play).url}/t/")
    assert sorted(outcomes(done).values()) == ["skipped", "skipped", "unsure"]
    assert done.code in (3, 8)


def test_shown_to_people(server_for: ServerFor, folder: Folder) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt", "--owner", "e\u202evil")
    take(f"{url}a/y.txt", "--owner", "jane")
    table = run("cleanup", "--owner", "vil", "--color", "never", url, tty=True, env={"COLUMNS": "80"})
    assert [line.split()[0] for line in table.out.splitlines()[:3:2]] == ["WOULD", "x.txt"]
    assert "y.txt" not in table.out
    assert table.out.splitlines()[3] == "1 of 2 locks. 1 stays (--show-kept)."
    assert table.out.splitlines()[4] == f"→ davlock cleanup --owner vil --color never --yes {url}"
    assert "\u202e" not in table.out
    kept = run("cleanup", "--owner", "vil", "--show-kept", "--color", "never", url, tty=True)
    assert any(line.startswith("a/y.txt  jane") for line in kept.out.splitlines())
    did = run("cleanup", "--owner", "vil", "--yes", "--color", "never", url, tty=True, env={"COLUMNS": "60"})
    assert [line.rstrip() for line in did.out.splitlines()] == [
        "RELEASED  HOLDER",
        "────────────────────",
        "x.txt     e\\u202evil",
        "1 released. 1 stays (--show-kept).",
    ]
    rows = run("cleanup", "--all", "--yes", url).rows
    assert {row[0] for row in rows} == {"released"}
    assert all(len(row) == 9 for row in rows)
    assert run("cleanup", "--all", "--columns", url).rows == [list(COLUMNS)]
    (line,) = run("cleanup", "--all", "--format", "jsonl", url).out.splitlines()
    assert [json.loads(line)[key] for key in ("target", "plan")] == [url, []]


@pytest.mark.waits
def test_a_lock_that_runs_out_while_you_think(server_for: ServerFor, folder: Folder) -> None:
    """Apache answers 404 for lockdiscovery from then on, until the next write."""
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt", "--timeout", "8")
    with popen("cleanup", "--json", "--all", "-i", url) as process:
        wait_for_question(process)
        wait_for(lambda: not shown(url))
        time.sleep(3)  # how a server rounds is not known, so its end is known to two seconds
        out, err = process.communicate(b"y\n", timeout=60)
    done = Done(process.returncode, out.decode(), err.decode())
    assert (done.code, list(outcomes(done).values())) == (0, ["already-gone"]), done
    assert done.result["outcomes"][0]["why"] == "its time is over"


@pytest.mark.parametrize(("kind", "told"), [("0", True), ("1", True), ("2", False)])
@pytest.mark.parametrize("command", ["cleanup", "unlock"])
def test_a_lock_that_a_person_took_in_nextcloud(
    serve: Callable[..., ScriptedServer], kind: str, told: bool, command: str
) -> None:
    """Neither a client nor a token took it: UNLOCK says with a field of its own that it means such a lock."""
    from tests.cli.answers import active_lock, element, multistatus

    released: list[bytes] = []

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            dav = "DAV: 1, 2, 3, nextcloud-checksum-update, nc-calendar-search"
            path = request.split(b" ")[1].decode()
            if request.startswith(b"UNLOCK"):
                released.append(request)
                conversation.say(response("200 OK", b"", dav))
            elif not request.startswith(b"PROPFIND"):
                conversation.say(response("200 OK", b"", dav))
            else:
                vendor = (
                    '<n:lock-owner-type xmlns:n="http://nextcloud.org/ns">' + kind + "</n:lock-owner-type>"
                    '<n:lock-time xmlns:n="http://nextcloud.org/ns">1795341600</n:lock-time>'
                )
                asked = vendor if b"lock-owner-type" in request and not released else ""
                lock = "" if released else active_lock("files_lock/1", root="/t/a.txt", timeout="Infinite")
                file = element("/t/a.txt", locks=lock, more=asked)
                own = element("/t/", more="<D:resourcetype><D:collection/></D:resourcetype>")
                listed = (own, file) if path == "/t/" and b"Depth: 0" not in request else (own,)
                conversation.say(multistatus(*(listed if path == "/t/" else (file,)), fields=(dav,)))

    url = f"{serve(play).url}/t/"
    if command == "cleanup":
        done = run("cleanup", "--json", "--infinite", "--yes", url)
        assert outcomes(done) == {"files_lock/1": "released"}, done
    else:
        done = run("unlock", "--json", "--token", "files_lock/1", f"{url}a.txt")
    assert done.code == 0, done
    assert len(released) == 1
    assert (b"X-User-Lock: 1" in released[0]) is told


@pytest.mark.parametrize("name", ["50%25.txt", "a b.txt", "grüße.txt", "100% #1.txt", "a&b;c.txt"])
def test_names(server: Server, folder: Folder, name: str) -> None:
    from urllib.parse import quote

    url = folder(server)
    path = server.path(url) / name
    path.write_text("")
    os.chown(path, path.parent.stat().st_uid, path.parent.stat().st_gid)
    token = take(url + quote(name))
    done = cleanup("--all", "--yes", url)
    assert (done.code, outcomes(done)) == (0, {token: "released"})
    assert run("put", "--no-ledger", "-", url + quote(name), stdin=b"x").code == 0


def test_what_was_refused_is_no_success_when_it_is_resumed(
    server_for: ServerFor, folder: Folder, tmp_path: Path
) -> None:
    server = server_for("apache", auth="basic")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt", *BOB)
    journal = tmp_path / "j"
    assert run("cleanup", "--all", "--yes", "--journal", str(journal), *ALICE, url).code == 4
    assert run("cleanup", "--resume", str(journal), *ALICE).code == 1


def test_a_journal_whose_plan_is_for_another_tree(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    url = folder(server_for("wsgidav"))
    plant(server_for("wsgidav"), url)
    take(f"{url}x.txt")
    journal = tmp_path / "j"
    assert run("cleanup", "--all", "--yes", "--journal", str(journal), url).code == 0
    first, *others = journal.read_text().splitlines()
    other = json.loads(first)
    other["settings"]["urls"] = [f"{url}a/"]
    del other["crc"]
    journal.write_text("\n".join([json.dumps(other), *others, ""]))
    done = run("cleanup", "--resume", str(journal))
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert f"locks below {url}" in done.err


def test_no_password_of_a_criterion_in_the_journal(server_for: ServerFor, folder: Folder, tmp_path: Path) -> None:
    server = server_for("apache")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt")
    journal = tmp_path / "j"
    under = url.replace("://", "://alice:sekret@")
    assert run("cleanup", "--under", under, "--yes", "--journal", str(journal), url).code == 0
    assert "sekret" not in journal.read_text()


@pytest.mark.waits
def test_a_refresh_that_only_the_ledger_knows_of(server_for: ServerFor, folder: Folder) -> None:
    """lighttpd shows the time that was granted, whenever that was."""
    server = server_for("lighttpd")
    url = folder(server)
    plant(server, url)
    assert run("lock", f"{url}x.txt").code == 0
    time.sleep(6.1)
    with popen("cleanup", "--json", "--older-than", "4s", "-i", url) as process:
        wait_for_question(process)
        assert run("refresh", f"{url}x.txt").code == 0
        out, _ = process.communicate(b"y\n", timeout=60)
    (outcome,) = json.loads(out)["results"][0]["outcomes"]
    assert outcome["outcome"] == "skipped"
    assert run("unlock", f"{url}x.txt").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--under", "http://["),
        ("--owner", "a{99999999999999999999}"),
        ("--owner", "(" * 3000),
        ("--owner", "("),
        ("--all", "--yes", "--journal", "x" * 300),
    ],
)
def test_arguments_that_make_no_sense(arguments: tuple[str, ...], server_for: ServerFor, folder: Folder) -> None:
    server = server_for("wsgidav")
    url = folder(server)
    plant(server, url)
    take(f"{url}x.txt")
    done = run("cleanup", *arguments, url)
    assert (done.code, len(done.err.splitlines())) == (2, 1), done


@pytest.mark.parametrize("settings", ["[]", '{"urls": 5}', '{"urls": ["http://h/"], "owner": 5}', '{"urls": ["x"]}'])
def test_a_journal_whose_settings_make_no_sense(tmp_path: Path, settings: str) -> None:
    path = tmp_path / "j"
    path.write_text(f'{{"journal": "davlock-cleanup/1", "settings": {settings}}}\n')
    done = run("cleanup", "--resume", str(path))
    assert (done.code, len(done.err.splitlines())) == (2, 1), done


@pytest.mark.parametrize(("status", "code"), [("429 Too Many Requests", 8), ("503 Service Unavailable", 8)])
def test_unlock_too_often(serve: Callable[..., ScriptedServer], tmp_path: Path, status: str, code: int) -> None:
    from tests.cli.answers import active_lock, element, multistatus

    unlocks: list[bytes] = []

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            path = request.split(b" ")[1].decode()
            if request.startswith(b"UNLOCK"):
                unlocks.append(request)
                conversation.say(response(status))
                continue
            locks = [
                element(f"/t/{n}.txt", locks=active_lock(f"urn:x:{n}", root=f"/t/{n}.txt", timeout="Infinite"))
                for n in range(5)
            ]
            own = element("/t/", more="<D:resourcetype><D:collection/></D:resourcetype>")
            if path != "/t/":
                conversation.say(multistatus(locks[int(path[3])]))
            else:
                conversation.say(multistatus(own, *(locks if b"Depth: 0" not in request else ())))

    journal = tmp_path / "j"
    done = cleanup("--all", "--yes", "--journal", str(journal), f"{serve(play).url}/t/")
    assert len(unlocks) == 1
    assert done.code == code
    assert "--resume" in done.err
    assert steps(journal)[-1]["whole"] is False


def tree(*locks: str, unlock: bytes) -> Callable[[Conversation], None]:
    """A collection /t/ with a file for each lock, and one answer to every UNLOCK."""
    from tests.cli.answers import element, multistatus

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            path = request.split(b" ")[1].decode()
            files = [element(f"/t/{n}.txt", locks=lock) for n, lock in enumerate(locks)]
            own = element("/t/", more="<D:resourcetype><D:collection/></D:resourcetype>")
            if request.startswith(b"UNLOCK"):
                conversation.say(unlock)
            elif path == "/t/":
                conversation.say(multistatus(own, *(files if b"Depth: 0" not in request else ())))
            else:
                conversation.say(multistatus(files[int(path[3])]))

    return play


def test_tokens_that_are_withheld(serve: Callable[..., ScriptedServer]) -> None:
    """sabre/dav 1.8: what was meant is not gone, and that is no success."""
    from tests.cli.answers import active_lock

    hidden = [active_lock(None, root=f"/t/{n}.txt", owner=owner) for n, owner in enumerate(("al", "bo", "bo"))]
    url = f"{serve(tree(*hidden, unlock=response('204 No Content'))).url}/t/"
    dry = cleanup("--owner", "bo", url)
    assert (dry.code, dry.result["plan"][0]["why"]) == (0, "the holder is “al”")
    assert "the token of 2 selected locks; only their holders" in dry.err
    assert "nothing to release" not in dry.err
    assert dry.result["verdict"] == "blocked", "a lock that is selected and cannot be released stands"
    assert cleanup("--owner", "bo", "--yes", url).code == 3
    assert cleanup("--owner", "xx", "--yes", url).code == 0


def test_what_is_refused_is_bad_news(serve: Callable[..., ScriptedServer]) -> None:
    """Tomcat: 409 where another user took it."""
    from tests.cli.answers import active_lock

    lock = active_lock("urn:x:0", root="/t/0.txt", timeout="Infinite")
    url = f"{serve(tree(lock, unlock=response('409 Conflict'))).url}/t/"
    done = cleanup("--all", "--yes", url)
    assert [entry["outcome"] for entry in done.result["outcomes"]] == ["refused"]
    assert (done.code, done.result["verdict"]) == (1, "blocked")
    (line,) = run("cleanup", "--all", "--yes", "--format", "jsonl", url).out.splitlines()
    assert json.loads(line)["verdict"] == "blocked"


def test_a_member_that_keeps_its_collection_locked(serve: Callable[..., ScriptedServer]) -> None:
    """Zope answers UNLOCK of such a collection with 207: a refusal, as any other is."""
    from tests.cli.answers import active_lock, element, multistatus

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if request.startswith(b"UNLOCK"):
                status = "<D:status>HTTP/1.1 400 Bad Request</D:status>"
                conversation.say(multistatus(f"<D:response><D:href>/t/a.txt</D:href>{status}</D:response>"))
                continue
            lock = active_lock("urn:x:1", root="/t/", timeout="Second-60")
            conversation.say(
                multistatus(element("/t/", locks=lock, more="<D:resourcetype><D:collection/></D:resourcetype>"))
            )

    done = cleanup("--all", "--yes", f"{serve(play).url}/t/")
    assert outcomes(done) == {"urn:x:1": "refused"}
    assert done.code == 1, done


def test_an_unlock_without_effect_leaves_the_file_blocked(serve: Callable[..., ScriptedServer]) -> None:
    """The server answers with a success, and shows the lock as before."""
    from tests.cli.answers import active_lock

    lock = active_lock("urn:x:0", root="/t/0.txt", timeout="Infinite")
    url = f"{serve(tree(lock, unlock=response('204 No Content'))).url}/t/"
    done = cleanup("--all", "--yes", url)
    (entry,) = done.result["outcomes"]
    assert (entry["outcome"], entry["stands"], done.result["verdict"], done.code) == ("unsure", True, "blocked", 1)
    assert "STILL LOCKED" in run("cleanup", "--all", "--yes", url, tty=True).out


@pytest.mark.waits
def test_a_dry_run_is_the_default_and_forbids_to_release(serve: Callable[..., ScriptedServer]) -> None:
    url = f"{serve(by_method({'PROPFIND': multistatus(element(locks=active_lock()))})).url}/a.txt"
    plan, dry = (run("cleanup", *typed, "--all", "--format", "table", url) for typed in ((), ("-n",)))
    assert (dry.code, dry.out) == (plan.code, plan.out)
    assert f"→ davlock cleanup --all --format table --yes {url}\n" in dry.out
    for typed, other in (("-y", "--yes"), ("-i", "--interactive"), ("--resume=journal", "--resume")):
        done = run("cleanup", "--dry-run", typed, "--all", url)
        assert done.code == 2
        assert done.err == f"davlock: --dry-run only shows the plan, and {other} releases locks; use one of them\n"

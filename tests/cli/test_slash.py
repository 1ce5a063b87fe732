"""A slash too many behind the name of a file: every command says that it is the slash."""

from collections.abc import Callable

import pytest

from tests.cli.command import run
from tests.conftest import ServerFor

WORDS = "Your URL ends in a slash, but it names a file"


@pytest.mark.parametrize("kind", ["apache", "wsgidav", "lighttpd", "nginx"])
def test_the_slash_is_named(server_for: ServerFor, make_file: Callable[..., str], kind: str) -> None:
    url = make_file(server_for(kind), "f.txt")
    if run("propfind", f"{url}/").code == 0:
        return  # to this server it is one name
    for command in ("diagnose", "lock"):
        done = run(command, f"{url}/", "--json")
        (finding,) = [entry for entry in done.result["findings"] if entry["severity"] == "error"]
        assert finding["headline"] == WORDS, command
        assert finding["remedies"][0]["command"] == ["davlock", "diagnose", url]
    for command in ("locks", "propfind"):
        assert f"{WORDS}\n" in run(command, f"{url}/").err, command
    assert run("locks", url).rows == [], "and no lock was taken"


def test_what_is_missing_without_the_slash_too_is_missing(server_for: ServerFor, make_file: Callable[..., str]) -> None:
    url = make_file(server_for("apache"), "f.txt").replace("f.txt", "none/")
    assert "404-not-found" in run("diagnose", f"{url}x/").out + run("diagnose", f"{url}x/").err


@pytest.mark.parametrize("kind", ["apache", "lighttpd", "wsgidav", "nginx"])
def test_a_url_below_a_file_is_named_as_that(server_for: ServerFor, make_file: Callable[..., str], kind: str) -> None:
    url = make_file(server_for(kind), "f.txt")
    done = run("diagnose", f"{url}/x.txt", "--json")
    said = " ".join(finding["headline"] + finding["explanation"] for finding in done.result["findings"])
    assert "is a file" in said
    assert url in said
    assert "filter" not in said
    assert done.code == 1


@pytest.mark.parametrize("kind", ["apache", "lighttpd"])
def test_the_slash_and_the_lock_on_the_file_are_both_named(
    server_for: ServerFor, make_file: Callable[..., str], kind: str
) -> None:
    url = make_file(server_for(kind), "f.txt")
    assert run("lock", url, "--no-ledger").code == 0
    done = run("diagnose", f"{url}/", "--no-ledger", "--format", "table")
    shown = " ".join(done.out.split())
    assert WORDS[1:] in shown
    assert "The file itself is locked, too" in shown
    assert "No lock is involved" not in shown


@pytest.mark.parametrize("kind", ["apache", "lighttpd", "nginx"])
def test_a_lock_is_seen_through_the_slash(server_for: ServerFor, make_file: Callable[..., str], kind: str) -> None:
    """nginx answers both spellings, and keeps the lock under one of them."""
    url = make_file(server_for(kind), "g.txt")
    assert run("lock", url, "--no-ledger").code == 0
    done = run("diagnose", f"{url}/", "--no-ledger", "--json")
    assert (done.code, done.result["verdict"], len(done.result["locks"])) == (1, "blocked", 1)
    listed = run("locks", f"{url}/", "--no-ledger", "--json")
    assert len(listed.result["locks"]) == 1
    assert listed.code == (0 if kind == "nginx" else 3)  # nginx alone answers that URL


def test_the_lock_of_a_collection_is_listed_without_its_slash(
    server_for: ServerFor, make_file: Callable[..., str]
) -> None:
    url = make_file(server_for("nginx"), "f.txt").removesuffix("/f.txt")
    assert run("lock", f"{url}/", "--no-ledger").code == 0
    done = run("locks", url, "--no-ledger", "--json")
    assert (done.code, len(done.result["locks"])) == (0, 1)

"""What is left of a lock: a number only where the server shows it."""

from collections.abc import Callable

from tests.cli.command import run
from tests.conftest import ServerFor
from tests.servers import Server

MakeFile = Callable[[Server, str], str]

ALICE, BOB = ("-u", "alice:alice"), ("-u", "bob:bob")


def held_by_alice(server: Server, make_file: MakeFile) -> str:
    url = make_file(server, "f.txt")
    assert run("lock", url, "--timeout", "60s", *ALICE).code == 0
    return url


def test_no_number_where_the_server_shows_what_it_granted(server_for: ServerFor, make_file: MakeFile) -> None:
    """lighttpd shows the time that it granted for as long as the lock lasts."""
    url = held_by_alice(server_for("lighttpd", auth="basic"), make_file)
    done = run("diagnose", url, "--json", *BOB)
    found = done.result["findings"][0]
    assert found["retry"] == {"verdict": "after-wait", "after_seconds": None}
    assert "does not show how much is left" in found["headline"]
    assert "more unless" not in done.out
    assert found["explanation"].endswith("The server does not say who holds it.")
    assert done.result["locks"][0]["expires_at"] is None


def test_a_number_where_the_server_counts_down(server_for: ServerFor, make_file: MakeFile) -> None:
    url = held_by_alice(server_for("apache", auth="basic"), make_file)
    done = run("diagnose", url, "--json", *BOB)
    found = done.result["findings"][0]
    assert found["retry"]["verdict"] == "after-wait"
    assert 0 < found["retry"]["after_seconds"] <= 60
    assert "more unless its holder refreshes it" in found["headline"]


def test_an_inferred_lock_root_says_so(server_for: ServerFor, make_file: MakeFile) -> None:
    """Apache sends no lockroot: beside the row that names one, the evidence does not only say that there is none."""
    url = held_by_alice(server_for("apache", auth="basic"), make_file)
    shown = run("diagnose", url, "--format", "table", *BOB, env={"COLUMNS": "400"})
    assert f"{url} (inferred)" in shown.out
    assert f"no lockroot (inferred: {url})" in shown.out

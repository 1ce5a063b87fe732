"""``davlock check`` where nothing can be checked: each report says it once, and none is green."""

import json
import socket
from collections.abc import Callable, Iterable

import pytest
from lxml import etree
from prometheus_client import Metric
from prometheus_client.openmetrics import parser

from tests.cli.answers import OPTIONS, by_method, element, multistatus
from tests.cli.command import Done, run
from tests.conftest import ServerFor
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]

metrics: Callable[[str], Iterable[Metric]] = parser.text_string_to_metric_families
"""It says no types of its own."""


@pytest.fixture
def dead() -> str:
    """A URL where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}/"


@pytest.fixture
def closed(serve: Serve) -> str:
    """A URL whose server refuses every login."""
    return f"{serve(by_method({}, default=response('401 Unauthorized', b'', 'WWW-Authenticate: Basic'))).url}/"


@pytest.fixture(params=["dead", "closed"])
def place(request: pytest.FixtureRequest) -> tuple[str, int]:
    """The URL, and the exit status that belongs to it."""
    return request.getfixturevalue(request.param), {"dead": 5, "closed": 4}[request.param]


def report(place: tuple[str, int], kind: str) -> Done:
    done = run("check", "-u", "alice:wrong", "--format", kind, place[0])
    assert done.code == place[1]
    assert len(done.err.splitlines()) == {5: 1, 4: 2}[done.code], "why, and for a login what to type; nothing else"
    return done


def test_tsv_has_no_line(place: tuple[str, int]) -> None:
    done = report(place, "tsv")
    assert done.out == ""
    assert done.err.startswith(f"davlock: no check was run at {place[0]}: the server ")


def test_junit_has_one_error(place: tuple[str, int]) -> None:
    root = etree.fromstring(report(place, "junit").out.encode())
    assert [root.get(name) for name in ("tests", "errors", "failures")] == ["1", "1", "0"]
    assert root[0].get("skipped") == "0"


def test_tap_bails_out(place: tuple[str, int]) -> None:
    lines = report(place, "tap").out.splitlines()
    assert lines[:3] == ["TAP version 14", "1..1", "not ok 1 - the checks are run"]
    assert lines[-1].startswith("Bail out! the server ")


def test_github_has_one_error(place: tuple[str, int]) -> None:
    (line,) = report(place, "github").out.splitlines()
    assert line.startswith("::error title=davlock check was stopped::the server ")


def test_openmetrics_says_that_it_is_down(place: tuple[str, int]) -> None:
    samples = {
        sample.name: sample.value for family in metrics(report(place, "openmetrics").out) for sample in family.samples
    }
    assert (samples["davlock_check_up"], samples["davlock_check_success"]) == (0, 0)
    assert "davlock_check_outcome" not in samples


def test_json_has_no_checks(place: tuple[str, int]) -> None:
    result = report(place, "json").result
    assert result["checks"] == []
    assert result["stopped"].startswith("the server ")
    assert result["skipped"][-1]["why"] == "the run ended before them"
    assert json.loads(report(place, "jsonl").out)["checks"] == []


def test_several_targets_are_told_apart(dead: str) -> None:
    done = run("check", dead, f"{dead}b/")
    assert (done.code, len(done.err.splitlines())) == (5, 2)


def test_a_server_that_speaks_no_http(serve: Serve) -> None:
    url = f"{serve(lambda conversation: conversation.say(b'SSH-2.0-OpenSSH_9.2p1' + bytes([13, 10]))).url}/"
    done = run("check", url)
    assert (done.code, done.out, len(done.err.splitlines())) == (6, "", 1)
    assert "something that is not HTTP" in done.err


def test_a_login_that_is_refused_after_options(serve: Serve) -> None:
    """Many servers answer OPTIONS to anybody: the checks that were not reached have no line either."""
    refused = response("401 Unauthorized", b"", "WWW-Authenticate: Basic")

    def place() -> str:
        """Its first PROPFIND is answered: what is at the URL is asked before any check."""
        anybody = response("200 OK", b"", "DAV: 1,2", "Allow: OPTIONS,PROPFIND,LOCK,UNLOCK")
        there = multistatus(element("/", more="<D:resourcetype><D:collection/></D:resourcetype>"))
        return f"{serve(by_method({'OPTIONS': anybody, 'PROPFIND': [there, there, refused]}, default=refused)).url}/"

    url = place()
    done = run("check", "-u", "alice:wrong", url)
    assert (done.code, [row[:2] for row in done.rows]) == (4, [["pass", "dav-header"], ["pass", "allow-header"]])
    line, what_to_type = done.err.splitlines()
    assert line.startswith(f"davlock: ended early at {url}: the server answered 401 Unauthorized to PROPFIND")
    assert f"davlock check -u alice {url}" in what_to_type
    root = etree.fromstring(run("check", "-u", "alice:wrong", "--format", "junit", place()).out.encode())
    assert [root.get(name) for name in ("tests", "errors")] == ["3", "1"], "it is not green"


def test_repeated_runs_of_which_one_is_stopped(serve: Serve) -> None:
    """The checks that the last run did not reach have the outcome of the first."""
    answers = [*[response("200 OK", b"", "DAV: 1,2", "Allow: LOCK,UNLOCK")] * 3, response("503 Busy")]
    url = f"{serve(by_method({'OPTIONS': answers})).url}/"
    done = run("check", "--repeat", "2", "--select", "dav-header,allow-header", url)
    assert done.code == 8
    assert [row[:2] for row in done.rows] == [["pass", "dav-header"], ["pass", "allow-header"]]


def test_the_root_is_no_collection(serve: Serve) -> None:
    """Xandikos and others have a page at their root, and nothing lies above it."""
    page = multistatus(element("/", more="<D:resourcetype/>"))
    url = f"{serve(by_method({'OPTIONS': OPTIONS, 'PROPFIND': page})).url}/"
    done = run("check", url)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"davlock: no check was run at {url}: this is no collection; name one below it\n"


@pytest.mark.parametrize("kind", ["apache", "lighttpd", "nginx"])
def test_there_is_no_collection(server_for: ServerFor, make_file: Callable[..., str], kind: str) -> None:
    """One line says what is wrong, the next what to type, and nothing is made."""
    file = make_file(server_for(kind), "f.txt")
    above = file.removesuffix("f.txt")
    missing = run("check", "-u", "alice", "--no-input", "-k", f"{above}no/such/", env={"DAVLOCK_PASSWORD": "alice"})
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == (
        f"davlock: no check was run at {above}no/such/: nothing is there; the path exists down to"
        f" {above}; create each missing collection, beginning here\n→ curl --anyauth -u alice -k -X MKCOL {above}no/\n"
    )
    assert f"; create it\n→ curl -X MKCOL {above}new/\n" in run("check", f"{above}new").err
    on_file = run("check", file)
    assert (on_file.code, on_file.out) == (1, "")
    why = f"no check was run at {file}/: this is a file; check the folder that it is in"
    assert on_file.err == f"davlock: {why}\n→ davlock check {above}\n"
    assert run("propfind", "--depth", "1", above, "-p", "resourcetype").rows[-1][0] in (file, above)

"""What the functions return: the same as the commands say, in values."""

import ast
import copy
import dataclasses
import functools
import inspect
import itertools
import math
import pickle
import re
import ssl
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

import davlock
from davlock.library.arguments import argument_for
from davlock.protocol.message import Request
from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, element, multistatus
from tests.cli.command import run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say, Saying
from tests.servers.certificate import Certificate
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]

LOCKED = {"PROPFIND": multistatus(element(locks=active_lock()), fields=("Server: Apache/2.4.62",)), "OPTIONS": OPTIONS}

SECRET = "correct-horse-7"


def plain(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what each run has of its own, and without what only a person at a terminal is warned of."""
    exchanges = [{**exchange, "elapsed_ms": None} for exchange in result["exchanges"]]
    findings = [finding for finding in result["findings"] if finding["id"] != "insecure-login"]
    return {**result, "exchanges": exchanges, "findings": findings}


def of_command(*words: str) -> dict[str, Any]:
    """The one result of a command."""
    (result,) = run(*words, "--json").json["results"]
    return plain(result)


def test_a_diagnosis_is_that_of_the_command(say: Say) -> None:
    server = say(LOCKED)
    url = f"{server.url}/a.txt"
    diagnosis = davlock.diagnose(url, auth=("alice", SECRET), transport=server)
    assert plain(diagnosis.to_dict()) == of_command("diagnose", "-u", f"alice:{SECRET}", "--no-ledger", url)
    assert diagnosis.verdict is davlock.Verdict.BLOCKED
    assert diagnosis.methods["DELETE"] is davlock.Verdict.BLOCKED
    assert diagnosis.headline.startswith("a.txt is LOCKED by alice@example.org")
    assert str(diagnosis) == diagnosis.headline
    assert [step.harmful for step in diagnosis.steps][-1:] == [True]
    assert diagnosis.steps[0].commands[0][:4] == ("davlock", "wait", "-u", "alice")
    assert SECRET not in repr(diagnosis) + repr(diagnosis.steps) + str(diagnosis.to_dict())
    (lock,) = diagnosis.locks or ()
    assert lock.to_dict() == diagnosis.to_dict()["locks"][0]  # type: ignore[index]  # JSON
    assert (lock.url, lock.root, lock.token, lock.scope, lock.depth) == (url, url, TOKEN, "exclusive", "0")
    assert (lock.timeout, lock.infinite, lock.owner) == (540, False, "mailto:alice@example.org")
    assert TOKEN not in repr(diagnosis)


@pytest.mark.parametrize("tokens", [TOKEN, [TOKEN], f"<{TOKEN}>", {f" <{TOKEN}>"}])
def test_a_token_that_you_hold_is_not_in_your_way(tokens: str | list[str], say: Say) -> None:
    server = say(LOCKED)
    diagnosis = davlock.diagnose(f"{server.url}/a.txt", tokens=tokens, timeout=math.inf, transport=server)
    assert diagnosis.verdict is davlock.Verdict.CLEAR


def test_a_verdict_is_for_the_method(say: Say) -> None:
    locks = active_lock(root="/", depth="infinity")
    server = say({**LOCKED, "PROPFIND": multistatus(element("/a.txt", locks=locks))})
    url = f"{server.url}/a.txt"
    methods: tuple[Any, ...] = ("DELETE", "delete", "PUT")  # mypy refuses lower case
    verdicts = [str(davlock.diagnose(url, method=method, transport=server)) for method in methods]
    assert verdicts[0] == verdicts[1] != verdicts[2]
    with pytest.raises(davlock.LocalProtocolError, match="no verdict for the method 'GET'; choose PUT, DELETE"):
        davlock.diagnose(url, method="GET", transport=server)  # type: ignore[arg-type]  # what mypy refuses is tried


@pytest.mark.parametrize("recursive", [False, True])
def test_a_discovery_is_that_of_the_command(recursive: bool, server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("wsgidav", auth="basic"), "a.txt")
    above = url.rpartition("/")[0] + "/"
    asked = above if recursive else url
    with davlock.lock(url, auth=("bob", "bob")) as lock:
        found = davlock.discover(asked, recursive=recursive, auth=("alice", "alice"))
        words = ("-r",) if recursive else ()
        shown = of_command("locks", "-u", "alice:alice", "--no-ledger", *words, asked)
        assert [entry.token for entry in found.locks or ()] == [lock.token]
    assert found.complete
    assert not found.why
    assert found.to_dict().keys() == shown.keys()
    assert [finding.id for finding in found.findings] == [finding["id"] for finding in shown["findings"]]


UNREADABLE = {
    "hidden": ({"PROPFIND": multistatus(element(status="404 Not Found")), "OPTIONS": OPTIONS}, "does not show"),
    "missing": ({"PROPFIND": response("404 Not Found")}, "there is nothing at this URL"),
    "login": ({"PROPFIND": response("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"')}, "answered 401"),
}


@pytest.mark.parametrize("recursive", [False, True])
@pytest.mark.parametrize("name", UNREADABLE)
def test_locks_that_cannot_be_read_are_not_an_empty_tuple(name: str, recursive: bool, say: Say) -> None:
    answers, why = UNREADABLE[name]
    server = say(answers)
    found = davlock.discover(f"{server.url}/a.txt", recursive=recursive, transport=server)
    assert found.locks is None
    assert not found.complete
    assert why in found.why


def test_a_folder_that_cannot_be_read_makes_a_tree_incomplete(say: Say) -> None:
    folder = "<D:resourcetype><D:collection/></D:resourcetype>"

    def answer(request: httpx.Request) -> bytes:
        if request.method == "OPTIONS":
            return OPTIONS
        if request.headers["Depth"] == "infinity" or request.url.path == "/b/":
            return response("403 Forbidden")
        members = [element("/b/", more=folder), element("/a.txt", locks=active_lock())]
        return multistatus(element("/", more=folder), *(members if request.headers["Depth"] == "1" else []))

    server = say(answer)
    found = davlock.discover(f"{server.url}/", recursive=True, transport=server)
    assert [lock.token for lock in found.locks or ()] == [TOKEN]
    assert not found.complete
    assert found.why == "davlock could not read 1 folder"


def test_no_answer_raises(say: Say) -> None:
    server = say({"PROPFIND": httpx.ConnectError("[Errno 111] Connection refused")})
    tree = functools.partial(davlock.discover, recursive=True)
    for function in (davlock.discover, tree, davlock.diagnose):
        with pytest.raises(davlock.NoResponse) as raised:
            function(f"{server.url}/a.txt", transport=server)
        assert raised.value.kind is davlock.NoResponseKind.CONNECT
    with pytest.raises(davlock.NoResponse), davlock.lock(f"{server.url}/a.txt", transport=server):
        pytest.fail("the block began")


def pickled(value: object) -> object:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 -- our own


SENT_ON: tuple[Callable[[object], object], ...] = (copy.copy, copy.deepcopy, pickled)


@pytest.mark.parametrize("sent_on", SENT_ON, ids=["copy", "deep copy", "pickle"])
def test_errors_and_values_can_be_sent_to_another_process(sent_on: Callable[[object], Any], say: Say) -> None:
    """As a pool of processes does."""
    server = say({**LOCKED, "LOCK": response("423 Locked")})
    url = f"{server.url}/a.txt"
    with pytest.raises(davlock.LockRefused) as refused, davlock.lock(url, transport=server):
        pytest.fail("the block began")
    errors: list[davlock.DavlockError] = [
        refused.value,
        davlock.NoResponse(davlock.NoResponseKind.DNS, url, "no such host", hint="check it", sent=False),
        davlock.LocalProtocolError("this", "that", steps=("one", "two")),
        davlock.RemoteProtocolError("LOCK", "is none"),
        davlock.LockLost(url, TOKEN, "it is gone"),
        davlock.ReleaseFailed(url, TOKEN, "no answer"),
    ]
    for error in errors:
        error.add_note("noted")
        again = sent_on(error)
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert again.__dict__ == error.__dict__
    found = [davlock.discover(url, recursive=tree, transport=server) for tree in (False, True)]
    values: list[davlock.LockDiagnosis | davlock.LockDiscovery] = [refused.value.diagnosis, *found]
    for value in values:
        assert sent_on(value).to_dict() == value.to_dict()
    assert sent_on(refused.value.diagnosis).steps == refused.value.diagnosis.steps


def test_an_answer_that_is_too_large_is_a_remote_protocol_error(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """One kind of error, whatever the function, and wherever the limit was met."""
    monkeypatch.setattr("davlock.operations.large_answers.COLLECT_LIMIT", 1 << 17)
    server = say({"PROPFIND": response("207 Multi-Status", b"<x>" + b"a" * (1 << 18)), "OPTIONS": OPTIONS})
    url = f"{server.url}/a.txt"
    for function in (davlock.discover, functools.partial(davlock.discover, recursive=True), davlock.diagnose):
        with pytest.raises(davlock.RemoteProtocolError):
            function(url, transport=server)
    with pytest.raises(davlock.RemoteProtocolError, match=url), davlock.lock(url, transport=server):
        pytest.fail("the block began")


def test_locks_that_were_not_kept_are_no_free_resource(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.operations.listing.KEPT_LIMIT", 100)
    server = say({"PROPFIND": multistatus(element(locks=active_lock())), "OPTIONS": OPTIONS})
    found = davlock.discover(f"{server.url}/a.txt", transport=server)
    assert (found.complete, "1 of 1 resources are left out" in found.why) == (False, True)


def test_advice_names_arguments_and_not_options(say: Say) -> None:
    slow = say({"PROPFIND": httpx.ReadTimeout("")})
    with pytest.raises(davlock.NoResponse, match=r"allow more with timeout=$"):
        davlock.discover(f"{slow.url}/a.txt", transport=slow)
    with pytest.raises(davlock.LocalProtocolError, match=r'cert=\("FILE", "KEY-FILE" or None, "PASSWORD"\)$'):
        davlock.discover("https://127.0.0.1:1/", cert="/nonexistent")
    missing = say({"PROPFIND": response("404 Not Found"), "OPTIONS": OPTIONS})
    with pytest.raises(davlock.LockRefused) as refused, davlock.lock(f"{missing.url}/a.txt", transport=missing):
        pytest.fail("the block began")
    assert "(create=True allows that)" in refused.value.diagnosis.skipped[0].why
    source = "".join(path.read_text() for path in Path(davlock.__file__).parent.rglob("*.py"))
    options = set(re.findall(r"""\bspell\(['"](-[^'"]+)""", source))
    assert {option for option in options if not argument_for(option)} == {"--resolve"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://dav.example/", "not an http or https URL"),
        ("dav.example", "not an http"),
        ("http://a/#b", "fragment"),
        ("http://[::1", "Invalid IPv6 URL"),
        ("http://alice:p@ss/word@127.0.0.1:9/", r'looks like a password.*give auth=\("alice", "PASSWORD"\)$'),
        (None, "the URL is None"),
        ("http://a/\ud800", "surrogates"),
    ],
)
def test_a_url_that_cannot_be_asked_is_refused(url: Any, words: str) -> None:
    for function in (davlock.discover, davlock.diagnose, davlock.lock):
        with pytest.raises(davlock.LocalProtocolError, match=words):
            function(url)


def test_nothing_but_lock_writes(say: Say) -> None:
    from davlock.library.session import open_session

    server = say(LOCKED)
    with (
        open_session("diagnose", f"{server.url}/a.txt", {"transport": server}) as session,
        pytest.raises(davlock.LocalProtocolError, match="only reads"),
    ):
        session.send(Request(method="UNLOCK", url=f"{server.url}/a.txt"))
    assert server.requests == []


def sent_with(server: Saying, **network: Any) -> bytes:
    davlock.discover(f"{server.url}/a.txt", transport=server, **network)
    return server.requests[-1]


def test_the_arguments_reach_the_server(say: Say) -> None:
    server = say(LOCKED)
    assert b"Authorization: Bearer t0ken" in sent_with(server, auth="t0ken")
    assert b"Authorization: Basic" in sent_with(server, auth=("alice", SECRET))
    assert b"X-Team: blue" in sent_with(server, headers={"X-Team": "blue"})
    davlock.discover(server.url.replace("//", f"//alice:{SECRET}@"), transport=server)
    assert b"Authorization: Basic" in server.requests[-1]


@pytest.mark.parametrize("how", ["path", "context", "not at all", "by default"])
def test_whom_to_trust(how: str, serve: Serve, certificate: Certificate) -> None:
    play = by_method({"PROPFIND": LOCKED["PROPFIND"], "OPTIONS": OPTIONS})
    server = serve(play, tls=certificate.server_context())
    own = ssl.create_default_context(cafile=certificate.cert)
    verify: Any = {"path": certificate.cert, "context": own, "not at all": False, "by default": True}[how]
    if how == "by default":
        with pytest.raises(davlock.NoResponse) as raised:
            davlock.discover(f"{server.url}/a.txt", verify=verify)
        assert raised.value.kind is davlock.NoResponseKind.TLS
        assert 'verify="FILE"; verify=False skips the check' in str(raised.value)
    else:
        assert davlock.discover(f"{server.url}/a.txt", verify=verify).locks
    assert own.check_hostname


# -- explain


def test_responses_of_httpx_and_requests_are_explained_alike() -> None:
    url = f"http://alice:{SECRET}@dav.example/a.txt"
    fields = {"If": f"(<{TOKEN}>)", "Authorization": f"Bearer {SECRET}"}
    page = f"<html>{SECRET}</html>".encode()
    request = httpx.Request("PUT", url, headers=fields, content=b"new")
    of_httpx = httpx.Response(412, content=page, request=request)
    of_requests = SimpleNamespace(
        status_code=412,
        reason="Precondition Failed",
        headers={"Content-Length": str(len(page))},
        content=page,
        history=[],
        request=SimpleNamespace(method="PUT", url=url, headers=fields, body=b"new"),
    )
    for answer in (of_httpx, of_requests):
        diagnosis = davlock.explain(answer)
        assert diagnosis.url == "http://dav.example/a.txt"
        assert diagnosis.findings[0].id.startswith("412-")
        assert SECRET not in str(diagnosis.to_dict()) + repr(diagnosis) + diagnosis.headline + diagnosis.meaning
    assert [finding.id for finding in davlock.explain(of_httpx).findings] == [
        finding.id for finding in davlock.explain(of_requests).findings
    ]


def test_an_echo_of_an_earlier_request_shows_no_short_password() -> None:
    first = httpx.Request("PUT", "http://dav.example/a", headers={"Authorization": "Basic Ym9iOnNla3JpdA=="})
    moved = httpx.Response(302, headers={"Location": "/b"}, request=first)
    echo = b"you sent Basic Ym9iOnNla3JpdA== sekrit"
    answer = httpx.Response(423, content=echo, request=httpx.Request("PUT", "http://dav.example/b"), history=[moved])
    diagnosis = davlock.explain(answer)
    assert "you sent Basic (hidden) (hidden)" in str(diagnosis.to_dict())


def test_a_response_without_its_request_or_body_is_explained_too() -> None:
    stream = httpx.Response(423, stream=httpx.ByteStream(b"not read"))
    assert davlock.explain(stream, method="put", url="http://dav.example/a.txt").url == "http://dav.example/a.txt"
    assert davlock.explain(httpx.Response(423)).findings[0].id.startswith("423-")
    asked = SimpleNamespace(method="LOCK", url="http://dav.example/a.txt", headers={}, body=None)
    empty = SimpleNamespace(status_code=400, headers={}, content=b"", request=asked)
    assert davlock.explain(empty).findings[0].id.startswith("400-")


def test_a_good_answer_has_nothing_to_say() -> None:
    diagnosis = davlock.explain(httpx.Response(204, request=httpx.Request("PUT", "http://dav.example/a.txt")))
    assert diagnosis.findings == ()


def test_a_capture_is_explained_as_the_command_does() -> None:
    text = f"UNLOCK /a.txt HTTP/1.1\nHost: dav.example\nLock-Token: <{TOKEN}>\n\nHTTP/1.1 409 Conflict\n\n"
    (diagnosis,) = davlock.explain(text)
    done = run("explain", "-", "--json", stdin=text.encode())
    assert diagnosis.to_dict() == done.json["results"][0]


@pytest.mark.parametrize("source", ["no capture at all", b"\0\1", 3])
def test_what_is_no_answer_is_refused(source: Any) -> None:
    with pytest.raises(davlock.LocalProtocolError):
        davlock.explain(source)


# -- the package


def test_importing_davlock_imports_nothing_else() -> None:
    script = "import sys; before = set(sys.modules); import davlock; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["davlock"]


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    names: dict[str, object] = {}
    exec("from davlock import *", names)  # noqa: S102
    assert set(davlock.__all__) <= names.keys() & set(dir(davlock))
    for name in davlock.__all__:
        assert name == "__version__" or getattr(davlock, name).__doc__
    errors = [value for name in davlock.__all__ if isinstance(value := getattr(davlock, name), type)]
    assert all(issubclass(error, davlock.DavlockError) for error in errors if issubclass(error, Exception))
    with pytest.raises(AttributeError, match="no attribute 'unlock'"):
        _ = davlock.unlock  # type: ignore[attr-defined]


def test_every_attribute_of_a_public_value_says_what_it_is() -> None:
    silent = []
    for value in (getattr(davlock, name) for name in davlock.__all__):
        if not isinstance(value, type) or not (dataclasses.is_dataclass(value) or value is davlock.NetworkOptions):
            continue
        (made,) = ast.parse(textwrap.dedent(inspect.getsource(value))).body
        assert isinstance(made, ast.ClassDef)
        for field, after in itertools.pairwise([*made.body, ast.Pass()]):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                silent += [] if documented or field.target.id.startswith("_") else [(value.__name__, field.target.id)]
    assert silent == []


def test_the_library_has_no_command_line_and_no_screens() -> None:
    script = (
        "import sys, davlock; from davlock import *; davlock.explain('HTTP/1.1 423 Locked\\n\\n')[0].headline;"
        "print(*(name for name in ('click', 'rich', 'davlock.cli') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []

"""Whose fault it is, as the exit status tells it: each networked command meets each kind of trouble."""

import socket
from collections.abc import Callable

import pytest

from davlock.cli.exit_status import ExitStatus
from tests.cli.answers import OPTIONS, TOKEN, active_lock, by_method, document, element, multistatus
from tests.cli.command import Done, run
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

KEPT = ("--token", TOKEN)

COMMANDS: dict[str, tuple[str, ...]] = {
    "diagnose": ("diagnose", "URL"),
    "diagnose --attempt": ("diagnose", "--attempt", "lock", "URL"),
    "diagnose --scratch": ("diagnose", "--scratch", "URL", "URL"),
    "locks": ("locks", "URL"),
    "locks -r": ("locks", "-r", "URL"),
    "propfind": ("propfind", "URL"),
    "lock": ("lock", "URL"),
    "lock --create": ("lock", "--create", "URL"),
    "refresh": ("refresh", *KEPT, "URL"),
    "unlock": ("unlock", *KEPT, "URL"),
    "unlock --steal": ("unlock", "--steal", "URL"),
    "put": ("put", "-", "URLx"),
    "put --if-match current": ("put", "--if-match", "current", "-", "URLx"),
    "wait": ("wait", "-w", "0", "URL"),
    "wait --then lock": ("wait", "--then", "lock", "-w", "0", "URL"),
    "watch": ("watch", "--for", "0.1s", "URL"),
    "cleanup": ("cleanup", "--all", "URL"),
    "cleanup --yes": ("cleanup", "--all", "--yes", "URL"),
    "check": ("check", "URL"),
    "check --clean-up": ("check", "--clean-up", "URL"),
    "run": ("run", "-n", "URL", "--", "true"),
}


def call(command: str, url: str, *more: str) -> Done:
    words = COMMANDS[command]
    at = words.index("--") if "--" in words else len(words)
    return run(*(word.replace("URL", url) for word in words[:at]), *more, *words[at:], stdin=b"content")


def always(answer: bytes) -> Play:
    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            conversation.say(answer)

    return play


def once(answer: bytes) -> Play:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(answer)

    return play


def reset(conversation: Conversation) -> None:
    conversation.request()
    conversation.reset()


def silent(conversation: Conversation) -> None:
    conversation.request()
    conversation.pause(30)


PAGE = response("200 OK", b"<html><body>hello</body></html>", "Content-Type: text/html")

XML = "Content-Type: application/xml; charset=utf-8"

LOCKED = document(element(locks=active_lock(), more="<D:resourcetype/>"))

EVERYWHERE = {"run": ExitStatus.RUN_FAILED}
"""``run`` has the statuses of its child, so that all other trouble is one."""

JUDGED = {"check": ExitStatus.FOUND}
"""What ``check`` makes of an answer is a failed check."""

REFUSED = {
    **dict.fromkeys(("diagnose", "diagnose --attempt", "diagnose --scratch", "check"), ExitStatus.FOUND),
    **dict.fromkeys(("lock", "lock --create", "wait --then lock", "refresh"), ExitStatus.FOUND),
    **dict.fromkeys(("put", "put --if-match current"), ExitStatus.FOUND),
}
"""Where an answer that tells nothing of locks is bad news: what was asked for was not done, or an error was found."""

BUSY = {"unlock": ExitStatus.FOUND, **dict.fromkeys(("wait", "wait --then lock", "run"), ExitStatus.NOT_ACQUIRED)}

SIX, FIVE, EIGHT, FOUR = (
    ExitStatus.BAD_RESPONSE,
    ExitStatus.NO_RESPONSE,
    ExitStatus.THROTTLED,
    ExitStatus.AUTH,
)

FAULTS: dict[str, tuple[Play, ExitStatus, dict[str, ExitStatus]]] = {
    "200 without a body": (always(response("200 OK")), SIX, {}),
    "a web page": (always(PAGE), SIX, {}),
    "204 to everything": (always(response("204 No Content")), SIX, {}),
    "207 without a body": (always(response("207 Multi-Status", b"", XML)), SIX, JUDGED),
    "a truncated 207": (always(response("207 Multi-Status", LOCKED[:200], XML)), SIX, JUDGED),
    "405 to everything": (always(response("405 Method Not Allowed")), SIX, JUDGED),
    "a redirect to nonsense": (always(response("302 Found", b"", "Location: http://[")), SIX, {}),
    "a redirect without a place": (always(response("302 Found")), SIX, {}),
    "no HTTP": (once(b"SSH-2.0-OpenSSH_9.2\r\n"), SIX, {}),
    "401": (always(response("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"')), FOUR, {}),
    "403": (always(response("403 Forbidden")), FOUR, {}),
    "407": (always(response("407 Proxy Authentication Required")), FOUR, {}),
    "429": (always(response("429 Too Many Requests")), EIGHT, {}),
    "429 with Retry-After": (always(response("429 Too Many Requests", b"", "Retry-After: 60")), EIGHT, {}),
    "503": (always(response("503 Service Unavailable")), EIGHT, {}),
    "503 with Retry-After": (always(response("503 Service Unavailable", b"", "Retry-After: 60")), EIGHT, {}),
    "404": (always(response("404 Not Found")), ExitStatus.FOUND, {}),
    "500": (always(response("500 Internal Server Error")), ExitStatus.UNKNOWN, REFUSED),
    "423": (always(response("423 Locked")), ExitStatus.UNKNOWN, REFUSED | BUSY),
    "reset": (reset, FIVE, {}),
    "closed": (once(b""), FIVE, {}),
}
"""What every request is answered, the exit status of every command, and the commands that have another."""


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_of_the_server_or_the_network_is_never_the_callers(serve: Serve, fault: str) -> None:
    play, status, others = FAULTS[fault]
    server = serve(play)
    codes = {command: call(command, f"{server.url}/d/").code for command in COMMANDS}
    assert codes == {command: (EVERYWHERE | others).get(command, status) for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_answers(serve: Serve, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port without a server, one without TLS, one that says nothing, and a name that nobody knows."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    plain = serve(once(response("400 Bad Request")))
    expected = EVERYWHERE.get(command, ExitStatus.NO_RESPONSE)
    assert call(command, f"http://127.0.0.1:{port}/d/").code == expected
    assert call(command, plain.url.replace("http:", "https:") + "/d/", "--max-time", "1s").code == expected
    assert call(command, f"{serve(silent).url}/d/", "--max-time", "0.1s").code == expected

    def unknown(*arguments: object, **more: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert call(command, "http://İ.example/d/").code == expected


CALLERS: dict[str, tuple[str, ...]] = {
    "a file that is not there": ("put", "/nonexistent/file", "http://h/a"),
    "a file that cannot be read": ("put", "/proc/self/mem/x", "http://h/a"),
    "a bundle in no folder": ("diagnose", "--bundle", "/nonexistent/x.zip", "http://h/a"),
    "a report in no folder": ("check", "--report", "junit=/nonexistent/x.xml", "http://h/a"),
    "a first look that is not there": (
        *("cleanup", "--unrenewed-for", "90s", "--first-look", "/nonexistent/x", "http://h/a"),
    ),
    "a baseline that is not there": ("check", "--expect", "/nonexistent/x", "http://h/a"),
    "a journal that is not there": ("cleanup", "--resume", "/nonexistent/x"),
    "a password file that is not there": ("locks", "-u", "me", "--password-file", "/nonexistent/x", "http://h/a"),
    "an authority that is not there": ("locks", "--cacert", "/nonexistent/x", "https://127.0.0.1:1/a"),
    "a token that cannot be sent": ("unlock", "--token", "a\nb", "http://127.0.0.1:1/a"),
    "an entity tag that cannot be sent": ("put", "--if-match", '"a', "-", "http://127.0.0.1:1/a"),
    "a port that cannot be": ("locks", "http://h:99999/a"),
    "a URL without a host": ("locks", "http://:80/a"),
}


@pytest.mark.parametrize("fault", CALLERS)
def test_the_fault_of_the_caller_is_found_before_anything_is_sent(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*arguments: object, **more: object) -> object:
        pytest.fail("something was sent")

    monkeypatch.setattr("davlock.transport.network.socket.getaddrinfo", connect)
    done = run(*CALLERS[fault], stdin=b"content")
    assert done.code == ExitStatus.USAGE, done


def test_a_stale_token_that_was_typed_is_bad_news_and_no_misuse(serve: Serve) -> None:
    free = multistatus(element("/d/", more="<D:resourcetype><D:collection/></D:resourcetype>"))
    refused = response("409 Conflict", b'<D:error xmlns:D="DAV:"><D:lock-token-matches-request-uri/></D:error>', XML)
    server = serve(by_method({"PROPFIND": free, "OPTIONS": OPTIONS, "LOCK": response("412 Nope"), "UNLOCK": refused}))
    assert call("refresh", f"{server.url}/d/").code == ExitStatus.FOUND
    assert call("unlock", f"{server.url}/d/").code in (ExitStatus.OK, ExitStatus.FOUND)


HOSTILE_ROOTS = [
    "http://[",
    "http://[::1]:99999/d/",
    "//",
    "\\\\host\\d",
    "http://xn--/d/",
    "javascript:x",
    "http://İ/d/",
]


@pytest.mark.parametrize("root", HOSTILE_ROOTS)
@pytest.mark.parametrize("command", ["unlock --steal", "unlock", "refresh", "diagnose", "locks -r"])
def test_an_address_that_the_server_made_up_is_no_misuse(serve: Serve, root: str, command: str) -> None:
    locked = element("/d/", locks=active_lock(root=root), more="<D:resourcetype><D:collection/></D:resourcetype>")
    stray = element(root, locks=active_lock(root=root))
    answers = {"PROPFIND": multistatus(locked, stray), "OPTIONS": OPTIONS, "UNLOCK": response("204 No Content")}
    server = serve(by_method(answers, response("423 Locked")))
    more = ("--at-root",) if command.startswith("unlock") else ()
    done = call(command, f"{server.url}/d/", *more)
    assert done.code not in (ExitStatus.USAGE, ExitStatus.BUG), done


def test_an_entity_tag_that_the_server_made_up_is_no_misuse(serve: Serve) -> None:
    tagged = multistatus(element("/d/x", more='<D:getetag>"a&#x4e2d;b"</D:getetag><D:resourcetype/>'))
    server = serve(by_method({"PROPFIND": tagged, "OPTIONS": OPTIONS}))
    assert call("put --if-match current", f"{server.url}/d/").code == ExitStatus.BAD_RESPONSE


def test_an_entity_tag_that_is_not_shown_is_no_misuse(serve: Serve) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element("/d/x", more="<D:resourcetype/>")), "OPTIONS": OPTIONS}))
    done = call("put --if-match current", f"{server.url}/d/")
    assert done.code == ExitStatus.UNKNOWN
    assert "leave out --if-match current" in done.err

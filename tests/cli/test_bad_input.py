"""Everything that can be wrong on the way: what was typed, the network, and what a server sends."""

import base64
import contextlib
import errno
import functools
import gzip
import http.server
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from davlock.render.plain import LOCK_COLUMNS
from tests.cli.answers import (
    OPTIONS,
    OTHER,
    TOKEN,
    active_lock,
    by_method,
    document,
    element,
    granted,
    methods,
    multistatus,
)
from tests.cli.command import Done, run
from tests.saying import Say
from tests.servers.certificate import Certificate
from tests.servers.process import free_port
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

XML = "Content-Type: application/xml"


def one_line(done: Done) -> str:
    """The only line on stderr, which is about the person's trouble and not about ours."""
    assert "Traceback" not in done.err
    (line,) = done.err.splitlines()
    assert line.startswith("davlock")
    return line


# -- what was typed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("diagnose", "nas/x"), "write https://nas/x", id="no-scheme"),
        pytest.param(("lock", "dav.example/x"), "write https://dav.example/x", id="guess-in-a-command-that-writes"),
        pytest.param(("diagnose", "ftp://dav.example/x"), "davlock does not speak ftp://", id="ftp"),
        pytest.param(("diagnose", "http://dav.example:99999/"), "Port out of range", id="port-too-large"),
        pytest.param(("diagnose", "http://dav.example:0/"), "no usable host", id="port-0"),
        pytest.param(("diagnose", "http://dav.example:http/"), "is not a URL", id="port-word"),
        pytest.param(("diagnose", "http://[::1/"), "is not a URL", id="bracket"),
        pytest.param(("diagnose", "http://:80/x"), "no usable host", id="no-host"),
        pytest.param(("diagnose", "https://][::%\udcaf"), "write https://host/path", id="brackets-around-bytes"),
        pytest.param(("locks", "http://xn--/"), "http://xn--: ", id="punycode-of-nothing"),
        pytest.param(("locks", "http://xn--a/"), "http://xn--a: ", id="punycode-of-no-letter"),
        pytest.param(("locks", "http://xn--.com/"), "http://xn--.com: ", id="punycode-of-nothing-below-com"),
        pytest.param(("locks", "http://h/", "-x", "http://xn--/"), "the proxy's URL is not valid", id="proxy-punycode"),
        pytest.param(("locks", "http://h/", "-x", "xn--a:80"), "the proxy's URL is not valid", id="proxy-no-letter"),
        pytest.param(("diagnose", "http://dav.example/a#1"), "%23", id="fragment"),
        pytest.param(("diagnose", "http://dav.example/a#"), "%23", id="empty-fragment"),
        pytest.param(("diagnose", "http://dav.example/a\nb"), "line break", id="line-break"),
        pytest.param(("diagnose", ""), "the URL is empty", id="empty"),
        pytest.param(("diagnose",), "URL is missing; for example: davlock diagnose", id="no-url"),
        pytest.param(("diagnose", "-"), "no URL was given on stdin", id="nothing-on-stdin"),
        pytest.param(("put", "-"), "URL is missing; for example: davlock put", id="no-target"),
        pytest.param(("put", "/does/not/exist", "http://127.0.0.1:1/"), "/does/not/exist: No such file", id="no-file"),
        pytest.param(("put", "/", "http://127.0.0.1:1/a"), "Is a directory", id="directory"),
        pytest.param(("diagnos", "http://127.0.0.1:1/"), "there is no command 'diagnos'", id="command"),
        pytest.param(("diagnose", "--dept", "1", "http://h/"), "there is no option", id="option"),
        pytest.param(("locks", "--dept", "1", "http://h/"), "--depth", id="near-option"),
        pytest.param(("locks", "--depth", "2", "http://h/"), "'2' is not one of '0', '1', 'infinity'", id="choice"),
        pytest.param(("locks", "--owner", "(", "http://h/"), "regular expression", id="regex"),
        pytest.param(("lock", "--timeout", "soon", "http://h/"), "write 90, 90s, 10m, 2h or 7d", id="duration"),
        pytest.param(("lock", "--timeout", "-5", "http://h/"), "write 90, 90s, 10m, 2h or 7d", id="negative"),
        pytest.param(("lock", "--timeout", "0", "http://h/"), "choose 1 to 4294967295", id="no-time"),
        pytest.param(("refresh", "--timeout", "50000d", "--token", TOKEN, "http://h/"), "choose 1 to", id="too-long"),
        pytest.param(("lock", "--owner", "a\x1b[31m", "http://h/"), "control character", id="owner"),
        pytest.param(("unlock", "--token", TOKEN, "--steal", "http://h/"), "leave out --token", id="both"),
        pytest.param(("unlock", "--token", "urn:a\r\nX: y", "http://h/"), "line break", id="token-line-break"),
        pytest.param(("unlock", "--token", "<urn:a", "http://h/"), "give one token", id="token-bracket"),
        pytest.param(("put", "-", "http://h/a", "--token", TOKEN, "--if", "(<a:b>)"), "one of them", id="two-ifs"),
        pytest.param(("put", "-", "http://127.0.0.1:1/a", "--if-match", 'a"b'), "entity tag", id="etag"),
        pytest.param(("propfind", "-p", "a b", "http://h/"), "is not a property name", id="property"),
        pytest.param(("propfind", "-p", "getetag", "--allprop", "http://h/"), "leave out -p", id="allprop"),
        pytest.param(("diagnose", "-H", "nonsense", "http://127.0.0.1:1/"), "write -H 'Name: value'", id="header"),
        pytest.param(("diagnose", "-H", ": x", "http://127.0.0.1:1/"), "write -H 'Name: value'", id="no-name"),
        pytest.param(("diagnose", "-u", "alice", "http://127.0.0.1:1/"), "--password-file", id="no-terminal"),
        pytest.param(
            ("diagnose", "-u", "a", "--password-file", "/does/not/exist", "http://127.0.0.1:1/"),
            "--password-file /does/not/exist: No such file",
            id="password-file",
        ),
        pytest.param(
            ("diagnose", "--password-file", "/dev/null", "http://127.0.0.1:1/"), "add -u USER", id="file-without-user"
        ),
        pytest.param(("diagnose", "--netrc", "http://127.0.0.1:1/"), "--netrc", id="netrc"),
        pytest.param(("diagnose", "--cacert", "/does/not/exist", "https://127.0.0.1:1/"), "/does/not/exist", id="ca"),
        pytest.param(("diagnose", "--as", "", "http://127.0.0.1:1/"), "--as '': this cannot be", id="as-empty"),
        pytest.param(("diagnose", "--as", "a\x1b[31m", "http://127.0.0.1:1/"), "cannot be a User", id="as-ctl"),
        pytest.param(("diagnose", "--as", "dav\u0444s", "http://127.0.0.1:1/"), "one of finder", id="as-not-ascii"),
        pytest.param(("diagnose", "--if-match", " ", "http://127.0.0.1:1/"), "--if-match: ' '", id="if-match-empty"),
        pytest.param(("diagnose", "--if-match", "\u0444", "http://127.0.0.1:1/"), "--if-match", id="if-match-odd"),
        pytest.param(("put", "-", "http://127.0.0.1:1/a", "--if-none-match", ""), "--if-none-match", id="no-etag"),
        pytest.param(("diagnose", "--scratch", "", "http://127.0.0.1:1/"), "--scratch: the URL is empty", id="scratch"),
        pytest.param(("diagnose", "--scratch", "/x/", "http://127.0.0.1:1/"), "--scratch: ", id="scratch-path"),
        pytest.param(
            ("diagnose", "--scratch", "http://127.0.0.1:1/x?y=/", "http://127.0.0.1:1/"), "%3F", id="scratch-query"
        ),
        pytest.param(("diagnose", "--bundle", "", "http://127.0.0.1:1/"), "--bundle : this cannot", id="bundle-empty"),
        pytest.param(("lock", "--owner", "a\ufffe", "http://127.0.0.1:1/"), "control character", id="owner-no-xml"),
        pytest.param(("lock", "--owner", "a\udcff", "http://127.0.0.1:1/"), "not valid UTF-8", id="owner-bytes"),
        pytest.param(("decode",), "KIND is missing", id="no-kind"),
        pytest.param(("decode", "iff", "(<urn:a>)"), "'iff' is not one of 'if'", id="kind"),
        pytest.param(("decode", "if", "a", "b"), "too many arguments: b; write: davlock decode", id="two-texts"),
        pytest.param(("decode", "retry-after", "-5"), "there is no option", id="text-like-an-option"),
        pytest.param(("decode", "etag", "x", "--held", "urn:a"), "--held is for decode if", id="held-elsewhere"),
        pytest.param(("decode", "timeout", "x", "--etag", "a"), "--etag is for decode if", id="etag-elsewhere"),
        pytest.param(
            ("decode", "if", "x", "--now", "2026-11-22"), "--now is for decode retry-after", id="now-elsewhere"
        ),
        pytest.param(("decode", "if", "x", "--url", "/"), "--url is for decode lockdiscovery", id="url-elsewhere"),
        pytest.param(("decode", "if", "(", "--held", "a b"), "--held: ", id="held"),
        pytest.param(("decode", "if", "(<urn:a>)", "--held", "urn:a\x1b"), "control character", id="held-control"),
        pytest.param(("decode", "if", "(<urn:a>)", "--etag", 'a"b'), "--etag: ", id="etag-quote"),
        pytest.param(("decode", "retry-after", "5", "--now", "soon"), "write 2026-11-22T12:00:00Z", id="now"),
        pytest.param(("decode", "lockdiscovery", "<a/>", "--url", "a\nb"), "line break", id="captured-url"),
        pytest.param(("diagnose", "--format", "xml", "http://h/"), "'xml' is not one of", id="format"),
        pytest.param(("diagnose", "--format", "http://h/"), "is not one of", id="format-left-out"),
    ],
)
def test_what_was_typed(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = run(*arguments, env={"NETRC": str(tmp_path / "none")})
    assert done.code == 2, done
    assert words in one_line(done)
    assert "\x1b" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("proxy", "why"),
    [
        ("http://u:S3C@[bad", "is not valid"),
        ("http://u:S3C@127.0.0.1:abc", "no valid port"),
        ("http://u:S3C@127.0.0.1:99999", "no valid port"),
        ("u:S3C@127.0.0.1:0", "no valid port"),
        ("http://u:S3C/x@127.0.0.1:1", "one of the signs / ? #"),
        ("http://u:PX#S3C@127.0.0.1:1", "one of the signs / ? #"),
        ("http://u:1?S3C@127.0.0.1:1", "one of the signs / ? #"),
        ("http://u:S3C@", "no host"),
        ("http://u:S3C@\nb", "is not valid"),
    ],
)
@pytest.mark.parametrize("variable", ["", "http_proxy", "all_proxy", "DAVLOCK_PROXY"])
def test_a_proxy_that_cannot_be(proxy: str, why: str, variable: str) -> None:
    """Its words quote nothing: a piece of the password can stand anywhere."""
    typed = () if variable else ("-x", proxy)
    done = run("locks", *typed, "http://127.0.0.1:1/", env={variable: proxy} if variable else {})
    assert (done.code, done.out) == (2, "")
    assert why in one_line(done)
    assert "S3C" not in done.err
    assert "PX" not in done.err


@pytest.mark.parametrize(("verb", "other"), [("refresh", "--token TOKEN."), ("unlock", "can then lose work.")])
def test_no_lock_was_taken(verb: str, other: str) -> None:
    done = run(verb, "http://h/a.odt")
    assert done.code == 2
    what, step, more = done.err.splitlines()
    assert what == "davlock: you took no lock on a.odt with davlock"
    assert step == "→ davlock diagnose http://h/a.odt   (who holds it)"
    assert more.endswith(other)


def test_bytes_that_no_locale_decodes(say: Say) -> None:
    """Python keeps them as surrogates; the server is asked for the name with exactly these bytes."""
    server = say({"PROPFIND": multistatus(element("/%FF%C3%BC"))})
    assert run("locks", f"{server.url}/\udcff\udcc3\udcbc").code == 0
    assert server.requests[0].startswith(b"PROPFIND /%FF%C3%BC HTTP/1.1")


def test_an_owner_typed_where_the_locale_is_not_utf_8(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element()), "LOCK": granted()})
    run("lock", "--owner", "J\udcc3\udcbcrgen", f"{server.url}/a.txt")
    assert b"J&#252;rgen" in server.requests[1]


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("diagnose", "--help")])
def test_help(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert "Usage: davlock" in done.out + done.err
    assert done.code == (0 if arguments else 2)


def test_duration_that_is_no_duration() -> None:
    done = run("lock", "--timeout", "10 parsecs", "http://h/")
    assert done.code == 2
    assert "'10 parsecs' is not a duration" in one_line(done)


# -- passwords

SECRET = "open-sesame-42"
CODED = base64.b64encode(f"alice:{SECRET}".encode()).decode()


def no_secret(done: Done) -> None:
    assert SECRET not in done.out + done.err
    assert CODED not in done.out + done.err


@pytest.mark.parametrize(
    "url",
    [
        f"http://alice:{SECRET}@127.0.0.1:1/a.txt",
        f"http://alice:{SECRET}@127.0.0.1:99999/",
        f"http://alice:{SECRET}@127.0.0.1:port/",
        f"http://alice:{SECRET}@[::1/",
        f"http://alice:{SECRET}@/a",
        f"dav://alice:{SECRET}@127.0.0.1/",
        f"alice:{SECRET}@127.0.0.1/a",
        f"//alice:{SECRET}@127.0.0.1/a",
        f"http://alice:{SECRET}@127.0.0.1/a#b",
        f"http://alice:#{SECRET}@127.0.0.1/",
        f"http://alice:1/{SECRET}@127.0.0.1:80/#",
        f"http://alice:{SECRET}#@127.0.0.1/",
        f"http://alice:{SECRET}/@127.0.0.1/",
    ],
)
@pytest.mark.parametrize("command", ["diagnose", "locks", "lock", "propfind"])
def test_no_password_in_an_error(command: str, url: str) -> None:
    done = run(command, "-v", "--json", url)
    assert done.code in (2, 5)
    no_secret(done)
    assert "Traceback" not in done.err


@pytest.mark.parametrize("arguments", [(), ("-v",), ("-v", "--trace-tokens"), ("--json",), ("--format", "table")])
@pytest.mark.parametrize("status", ["207", "401", "500"])
def test_no_password_in_any_output(serve: Serve, arguments: tuple[str, ...], status: str) -> None:
    answer = {
        "207": multistatus(element(locks=active_lock())),
        "401": response("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="here"', "Set-Cookie: sid=abc123"),
        "500": response("500 Oops", b"<html>"),
    }[status]
    server = serve(by_method({"PROPFIND": answer, "OPTIONS": OPTIONS}))
    by_url = f"http://alice:{SECRET}@127.0.0.1:{server.port}/a.txt"
    plain = f"http://127.0.0.1:{server.port}/a.txt"
    for typed in ((by_url,), ("-u", f"alice:{SECRET}", plain), ("-u", f"alice:{SECRET}", "--basic", plain)):
        done = run("diagnose", *arguments, *typed)
        no_secret(done)
        assert "abc123" not in done.out + done.err
    assert any(CODED.encode() in request for request in server.requests)


def test_tokens_are_hidden_in_a_trace(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element(locks=active_lock())), "UNLOCK": response("403 No")})
    url = f"{server.url}/a.txt"
    hidden = run("unlock", "-v", "--token", TOKEN, url)
    assert TOKEN not in hidden.err
    assert "UNLOCK" in hidden.err
    shown = run("unlock", "-v", "--trace-tokens", "--token", TOKEN, url)
    assert TOKEN in shown.err


def test_bearer(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS})
    done = run("diagnose", "-v", "--oauth2-bearer", SECRET, f"{server.url}/a.txt")
    assert done.code == 0
    no_secret(done)
    assert f"Authorization: Bearer {SECRET}".encode() in server.requests[-1]


def test_credentials_from_files(serve: Serve, tmp_path: Path) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    url = f"{server.url}/a.txt"
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\nsecond line\n")
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login alice password {SECRET}\n")
    netrc.chmod(0o600)
    for arguments, stdin in (
        (("-u", "alice", "--password-file", str(file), url), b""),
        (("-u", "alice", "--password-file", "-", url), f"{SECRET}\r\n".encode()),
        (("--password-file", str(file), url.replace("//", "//alice@")), b""),
        (("--netrc", url), b""),
        ((url.replace("//", f"//alice:{SECRET}@"),), b""),
    ):
        server.requests.clear()
        done = run("diagnose", "--basic", *arguments, stdin=stdin, env={"NETRC": str(netrc)})
        assert done.code == 0, done
        assert CODED.encode() in server.requests[0]
    missing = run("diagnose", "--netrc", "http://elsewhere.example/", env={"NETRC": str(netrc)})
    assert missing.code == 2
    assert "no entry for elsewhere.example" in one_line(missing)
    netrc.write_text("machine\n")
    broken = run("diagnose", "--netrc", url, env={"NETRC": str(netrc)})
    assert broken.code == 2
    one_line(broken)
    file.write_bytes(b"\xff\xfe\n")
    unreadable = run("diagnose", "-u", "alice", "--password-file", str(file), url)
    assert unreadable.code == 2
    one_line(unreadable)


def test_a_user_in_the_url_with_an_empty_password(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS})
    assert run("diagnose", "--basic", server.url.replace("//", "//alice:@") + "/a.txt").code == 0
    assert base64.b64encode(b"alice:") in server.requests[0]


def test_digest_alone_sends_no_basic(say: Say) -> None:
    challenge = response("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="here"')
    server = say({}, challenge)
    done = run("diagnose", "--digest", "-u", f"alice:{SECRET}", f"{server.url}/a.txt")
    assert done.code == 4
    assert not any(b"Authorization" in request for request in server.requests)


def test_environment(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS})
    done = run("diagnose", f"{server.url}/a.txt", env={"DAVLOCK_USER_AGENT": "from-env/1", "DAVLOCK_FORMAT": "json"})
    assert done.code == 0
    assert done.result["target"] == f"{server.url}/a.txt"
    assert b"from-env/1" in server.requests[0]
    typed = run("diagnose", "-A", "typed/1", "-H", "X-One: 1", "-H", "X-Two: 2", f"{server.url}/a.txt")
    assert typed.code == 0
    assert all(part in server.requests[-1] for part in (b"typed/1", b"X-One: 1", b"X-Two: 2"))


@pytest.mark.parametrize("name", ["http_proxy", "ALL_PROXY", "option"])
def test_proxy(serve: Serve, name: str) -> None:
    proxy = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    url = "http://dav.example/a.txt"
    if name == "option":
        done = run("diagnose", "--json", "-x", proxy.url, url)
    else:
        done = run("diagnose", "--json", url, env={name: proxy.url.removeprefix("http://")})
    assert done.code == 0, done
    assert proxy.requests[0].startswith(b"PROPFIND http://dav.example/a.txt ")
    assert done.result["target"] == url


def test_no_proxy(serve: Serve) -> None:
    proxy = serve(by_method({}))
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    env = {"http_proxy": proxy.url, "no_proxy": "127.0.0.1"}
    assert run("diagnose", f"{server.url}/a.txt", env=env).code == 0
    assert proxy.requests == []


# -- the network

COMMANDS = [
    ("diagnose",),
    ("locks",),
    ("propfind",),
    ("lock",),
    ("refresh", "--token", TOKEN),
    ("unlock", "--token", TOKEN),
    ("put", "-"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_nobody_listens(command: tuple[str, ...]) -> None:
    url = f"http://127.0.0.1:{free_port()}/a.txt"
    done = run(*command, "--json", url)
    assert done.code == 5
    assert url in one_line(done)
    assert done.result["target"] == url
    assert done.result["verdict"] == "unknown"
    assert done.result["locks"] is None
    assert any(entry["what"] == "answer" for entry in done.result["skipped"])


def test_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: object, **more: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    done = run("diagnose", "http://nowhere.example/")
    assert done.code == 5
    assert "nowhere.example" in one_line(done)


def test_tls(serve: Serve, certificate: Certificate) -> None:
    play = by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS})
    server = serve(play, certificate.server_context())
    url = f"{server.url}/a.txt"
    distrusted = run("diagnose", url)
    assert distrusted.code == 5
    assert "certificate" in one_line(distrusted)
    assert run("diagnose", "-k", url).code == 0
    assert run("diagnose", "--cacert", certificate.cert, url).code == 0
    plain = serve(by_method({}))
    confused = run("diagnose", "--max-time", "1", plain.url.replace("http://", "https://"))
    assert confused.code == 5
    one_line(confused)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_timeout(serve: Serve, command: tuple[str, ...]) -> None:
    def silent(conversation: Conversation) -> None:
        conversation.request()
        conversation.pause(30)

    done = run(*command, "--json", "--max-time", "0.3", f"{serve(silent).url}/a.txt")
    assert done.code == 5
    assert "0.3" in one_line(done)


def test_dribble(serve: Serve) -> None:
    """A byte now and then keeps no request alive for ever."""

    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 1000\r\n\r\n")
        while conversation.pause(0.05):
            conversation.say(b" ")

    assert run("locks", "--max-time", "0.4", serve(play).url).code == 5


def test_reset(serve: Serve) -> None:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.reset()

    done = run("diagnose", serve(play).url)
    assert done.code == 5
    one_line(done)


def test_garbage_instead_of_http(serve: Serve) -> None:
    def play(conversation: Conversation) -> None:
        conversation.request()
        conversation.say(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

    done = run("diagnose", serve(play).url)
    assert done.code in (5, 6)
    one_line(done)


def test_one_of_two_cannot_be_reached(serve: Serve) -> None:
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}))
    bad = f"http://127.0.0.1:{free_port()}/"
    done = run("diagnose", "--format", "jsonl", bad, f"{server.url}/a.txt")
    assert done.code == 7
    assert [json.loads(line)["target"] for line in done.out.splitlines()] == [bad, f"{server.url}/a.txt"]


# -- answers that are no DAV


@contextlib.contextmanager
def simple_server(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_plain_web_server(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with simple_server(tmp_path) as url:
        for command, code in (("diagnose", 6), ("locks", 6), ("propfind", 6), ("lock", 6)):
            done = run(command, "--json", url + "a.txt")
            assert done.code == code, command
            assert done.result["verdict"] == "unknown"
            assert done.result["locks"] is None
        assert run("put", "--json", "-", url + "a.txt").ids[0] in ("405-method-not-allowed", "lock-not-supported")


@pytest.mark.parametrize("above", ["405 Method Not Allowed", "200 OK"])
def test_what_stands_above_the_target_may_be_another_server(serve: Serve, above: str) -> None:
    """As where Subversion is below /svn/ of a plain httpd: the walk upwards ends there, and the target is read."""
    page = response(above, b"<html>not here</html>", "Content-Type: text/html")
    read = multistatus(element("/svn/a.txt"))
    refused = response("400 Bad Request", b"Only exclusive locks are supported")

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method, path = request.decode().split(" ")[:2]
            if method == "PROPFIND":
                conversation.say(read if path == "/svn/a.txt" else page)
            else:
                conversation.say(OPTIONS if method == "OPTIONS" else refused)

    url = f"{serve(play).url.rstrip(chr(47))}/svn/a.txt"
    done = run("diagnose", "--json", url)
    assert ("PROPFIND", 207) in [(one["method"], one["status"]) for one in done.result["exchanges"]]
    assert int(above[:3]) in [one["status"] for one in done.result["exchanges"] if one["method"] == "PROPFIND"]
    assert (done.code, done.result["verdict"]) == (0, "clear"), done.ids
    assert run("lock", url).code == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response("200 OK", b"<html>hello</html>", "Content-Type: text/html"), id="html-200"),
        pytest.param(response("405 Method Not Allowed", b"<html>no</html>"), id="405"),
        pytest.param(response("501 Not Implemented", b"<html>no</html>"), id="501"),
        pytest.param(response("207 Multi-Status", b"", XML), id="207-empty"),
        pytest.param(response("207 Multi-Status", b"<html>not xml", "Content-Type: text/html"), id="207-html"),
        pytest.param(response("207 Multi-Status", document(element())[:-30], XML), id="truncated"),
        pytest.param(response("207 Multi-Status", b"<D:multistatus xmlns:D='DAV:'><a></b>", XML), id="not-well-formed"),
        pytest.param(response("207 Multi-Status", b"<other/>", XML), id="another-root"),
        pytest.param(response("207 Multi-Status", b"\x00\xff\xfe\x01binary", XML), id="binary"),
        pytest.param(
            response(
                "207 Multi-Status",
                b'<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">'
                + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
                + b']><D:multistatus xmlns:D="DAV:"><D:response><D:href>&j;</D:href></D:response></D:multistatus>',
                XML,
            ),
            id="entity-bomb",
        ),
        pytest.param(
            response(
                "207 Multi-Status",
                b'<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                b'<D:multistatus xmlns:D="DAV:"><D:response><D:href>&x;</D:href></D:response></D:multistatus>',
                XML,
            ),
            id="external-entity",
        ),
    ],
)
@pytest.mark.parametrize("command", ["diagnose", "locks", "propfind", "lock"])
def test_unusable_answers(say: Say, command: str, answer: bytes) -> None:
    server = say({"PROPFIND": answer, "OPTIONS": OPTIONS})
    done = run(command, "--json", f"{server.url}/a.txt")
    assert done.code == 6, done
    assert "Traceback" not in done.err
    assert "root:" not in done.out
    assert "LOCK" not in methods(server.requests)
    assert done.result["locks"] is None
    assert done.result["verdict"] == "unknown"


def endless(head: bytes, piece: bytes, size: int) -> Callable[[Conversation], None]:
    def play(conversation: Conversation) -> None:
        while conversation.request() is not None:
            conversation.say(head)
            for _ in range(size // len(piece)):
                conversation.say(piece)

    return play


@pytest.mark.parametrize("status", ["200 OK", "207 Multi-Status"])
@pytest.mark.parametrize("command", ["diagnose", "locks"])
def test_500_megabytes(serve: Serve, command: str, status: str) -> None:
    """A body that is chunked and endless for all that we know is given up, before memory is."""
    content = b" " * 65536
    chunk = b"%x\r\n%s\r\n" % (len(content), content)
    head = f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\nContent-Type: application/xml\r\n\r\n".encode()
    start = document().removesuffix(b"</D:multistatus>")
    head += b"%x\r\n%s\r\n" % (len(start), start)
    # A multistatus is read to its end by the parser, in flat memory, and is then cut off.
    megabytes = 64 if command == "locks" and status.startswith("207") else 500
    done = run(
        command, "--json", serve(endless(head, chunk, megabytes * 1024 * 1024)).url + "/a.txt", "--max-time", "20"
    )
    assert done.code in (5, 6)
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", ["diagnose", "locks"])
def test_gzip_bomb(say: Say, command: str) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b" " * (1024 * 1024)
    body = b"".join([packer.compress(piece) for _ in range(200)]) + packer.flush()
    assert len(body) < 1024 * 1024
    answer = response("200 OK", body, "Content-Encoding: gzip", "Content-Type: text/html")
    done = run(command, say({"PROPFIND": answer, "OPTIONS": OPTIONS}).url + "/a.txt")
    assert done.code in (5, 6)
    assert "larger than" in one_line(done)


def test_gzip_that_is_honest(say: Say) -> None:
    body = gzip.compress(document(element(locks=active_lock())))
    answer = response("207 Multi-Status", body, "Content-Encoding: gzip", XML)
    done = run("locks", "--json", say({"PROPFIND": answer}).url + "/a.txt")
    assert [lock["token"] for lock in done.result["locks"]] == [TOKEN]


def test_5000_locks(say: Say) -> None:
    elements = [element(f"/f/{n}", locks=active_lock(f"urn:x:{n}", root=f"/f/{n}")) for n in range(5000)]
    server = say({"PROPFIND": multistatus(*elements)})
    done = run("locks", "--depth", "1", f"{server.url}/f/")
    assert done.code == 0
    assert len(done.rows) == 5000
    assert {len(row) for row in done.rows} == {len(LOCK_COLUMNS)}
    assert len(run("locks", "--depth", "1", "--json", f"{server.url}/f/").result["locks"]) == 5000


# -- hostile text

HOSTILE = "\u202eevil\u2066 \u009b31m [bold]red[/bold] :smile: tab\there"


def test_hostile_owner(say: Say) -> None:
    """XML cannot carry ESC, but everything else that repaints a terminal."""
    lock = active_lock(owner=HOSTILE, token="urn:\u202ex")
    server = say({"PROPFIND": multistatus(element(locks=lock)), "OPTIONS": OPTIONS})
    url = f"{server.url}/a.txt"
    for command in ("diagnose", "locks", "propfind"):
        for arguments in (("--format", "table"), ("--format", "tsv")):
            done = run(command, *arguments, url, tty=True)
            assert not set("\u202e\u2066\u009b\x1b") & set(done.out.replace("\x1b[", "")) or "--format" in arguments
            plain = run(command, *arguments, "--color", "never", url, tty=True).out
            assert not set("\u202e\u2066\u009b\x1b\x07") & set(plain)
            assert "[bold]red[/bold]" in " ".join(plain.split())
            assert ":smile:" in plain
            assert "\\u202e" in plain
    (lock_json,) = run("locks", "--json", url).result["locks"]
    assert lock_json["owner"] == HOSTILE
    assert lock_json["token"] == "urn:\u202ex"
    (row,) = run("locks", url).rows
    assert len(row) == len(LOCK_COLUMNS)
    assert "\\t" in row[3]


def test_hostile_words_of_a_server(say: Say) -> None:
    words = b"<html><title>\x1b]0;pwned\x07 \x1b[2J</title></html>"
    answer = response("403 \x1b[31mNo", words, "Content-Type: text/html", "Server: \x1b[5mblink")
    server = say({"PROPFIND": answer, "OPTIONS": answer, "PUT": answer})
    for arguments in (("diagnose",), ("diagnose", "-v"), ("put", "-"), ("locks",)):
        for shape in ("table", "tsv"):
            done = run(*arguments, "--format", shape, f"{server.url}/a.txt")
            assert "\x1b" not in done.out + done.err
            assert "\x07" not in done.out + done.err


# -- redirects


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent"])
def test_writes_are_never_redirected(say: Say, status: str) -> None:
    moved = response(status, b"", "Location: /elsewhere/a.txt")
    shown = multistatus(element(locks=active_lock()))
    server = say({"PROPFIND": shown, "LOCK": moved, "PUT": moved, "UNLOCK": moved})
    url = f"{server.url}/a.txt"
    for command in (("lock",), ("put", "-"), ("unlock", "--token", TOKEN), ("refresh", "--token", TOKEN)):
        server.requests.clear()
        done = run(*command, "--json", url)
        assert done.code == 1, command
        assert done.ids[0] == "redirected"
        assert not any(b"/elsewhere" in request.split(b"\r\n")[0] for request in server.requests)


def test_reads_follow_within_the_origin(serve: Serve) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            if b" /a " in request.split(b"\r\n")[0] + b" ":
                conversation.say(response("301 Moved Permanently", b"", "Location: /a/"))
            elif request.startswith(b"OPTIONS"):
                conversation.say(OPTIONS)
            else:
                conversation.say(multistatus(element("/a/", locks=active_lock(root="/a/"))))

    url = f"{serve(play).url}/a"
    done = run("locks", "--json", url)
    assert done.code == 0
    assert [lock["token"] for lock in done.result["locks"]] == [TOKEN]
    assert any("followed to" in entry["why"] for entry in done.result["skipped"])
    asked = run("diagnose", "--json", url)
    assert asked.code == 1
    assert any("followed to" in entry["why"] for entry in asked.result["skipped"])
    assert "followed to" in run("locks", "--format", "table", url).out


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/elsewhere", "//evil.example/", "https://127.0.0.1/", "http://["]
)
def test_reads_do_not_leave_the_origin(say: Say, location: str) -> None:
    server = say({}, response("302 Found", b"", f"Location: {location}"))
    done = run("diagnose", "--json", "--allow-insecure-auth", "-u", f"alice:{SECRET}", f"{server.url}/a.txt")
    assert done.code != 0
    assert done.ids == ["redirected"]
    assert {entry["url"] for entry in done.result["exchanges"]} == {f"{server.url}/a.txt"}


def test_redirects_in_a_circle_end(serve: Serve) -> None:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            there = b"/b" if b" /a " in request else b"/a"
            conversation.say(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % there)

    server = serve(play)
    done = run("locks", "--json", f"{server.url}/a")
    assert done.code in (1, 3)
    assert len(server.requests) == 6


# -- throttling


def test_throttled(say: Say) -> None:
    busy = response("429 Too Many Requests", b"", "Retry-After: 120")
    server = say({}, busy)
    for command in COMMANDS:
        server.requests.clear()
        done = run(*command, "--json", f"{server.url}/a.txt")
        assert done.code == 8, command
        assert done.ids[0] == "429-retry-after"
        assert done.result["findings"][0]["retry"] == {"verdict": "after-wait", "after_seconds": 120}
        assert len(server.requests) <= 2


def test_a_wait_within_the_budget(say: Say) -> None:
    busy = response("503 Service Unavailable", b"", "Retry-After: 0.01", "Retry-After: 1")
    server = say({"PROPFIND": [busy, multistatus(element())], "OPTIONS": OPTIONS})
    done = run("locks", "--retry-budget", "5s", f"{server.url}/a.txt")
    assert done.code == 0
    assert "asking again in" in done.err


# -- tokens that no URL would be


@pytest.mark.parametrize("token", ["1795350197", "urn:34d57e5f", "a b", "urn:x:" + "y" * 5000, "\u00fcrn:x"])
def test_odd_tokens(say: Say, token: str) -> None:
    lock = active_lock(token)
    server = say({"PROPFIND": multistatus(element(locks=lock)), "OPTIONS": OPTIONS})
    done = run("locks", "--json", f"{server.url}/a.txt")
    assert done.code == 0
    assert done.result["locks"][0]["token"] == token
    (row,) = run("locks", f"{server.url}/a.txt").rows
    assert row[4] == token


def test_token_with_a_line_break_is_never_sent(say: Say) -> None:
    body = document(element(locks=active_lock("urn:x&#13;&#10;X-Injected: 1")))
    server = say({"PROPFIND": response("207 Multi-Status", body, XML), "UNLOCK": response("204 No Content")})
    done = run("unlock", "--steal", f"{server.url}/a.txt")
    assert done.code == 6
    assert "UNLOCK" not in methods(server.requests)
    assert not any(b"X-Injected" in request for request in server.requests)
    assert "Traceback" not in done.err


def test_answer_to_lock_with_a_token_that_breaks_out(say: Say) -> None:
    server = say(
        {
            "PROPFIND": multistatus(element()),
            "LOCK": granted("urn:x&#13;&#10;X-Injected: 1"),
        }
    )
    done = run("lock", "--json", f"{server.url}/a.txt")
    assert "Traceback" not in done.err
    assert done.code != 70
    assert not any(b"\r\nX-Injected" in request for request in server.requests)


def test_two_locks_to_steal(say: Say) -> None:
    locks = active_lock(scope="shared") + active_lock(OTHER, scope="shared")
    server = say({"PROPFIND": multistatus(element(locks=locks))})
    done = run("unlock", "--steal", f"{server.url}/a.txt")
    assert done.code == 2
    assert done.err.endswith(f"→ davlock locks --tokens {server.url}/a.txt\n")
    assert TOKEN not in done.err
    assert "UNLOCK" not in methods(server.requests)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "it has no memory left"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
        (RuntimeError("can't start new thread"), "it starts no more threads"),
        (OverflowError("timestamp too large to convert to C _PyTime_t"), "its clock is later than the year 2262"),
    ],
)
def test_what_the_system_refuses_is_no_bug(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    def refused(*arguments: object, **more: object) -> object:
        raise error

    monkeypatch.setattr("davlock.operations.investigate.diagnose", refused)
    done = run("diagnose", f"http://127.0.0.1:{free_port()}/")
    assert (done.code, done.err) == (2, f"davlock: this system keeps davlock from going on: {words}\n")


def test_a_bug_is_reported_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **more: object) -> object:
        raise RuntimeError("nobody expects \x1b[31mthis")

    monkeypatch.setattr("davlock.operations.investigate.diagnose", broken)
    url = f"http://127.0.0.1:{free_port()}/"
    done = run("diagnose", url)
    assert done.code == 70
    assert "a bug in davlock: RuntimeError: nobody expects \\x1b[31mthis" in one_line(done)
    assert "DAVLOCK_TRACEBACK=1" in done.err
    traced = run("diagnose", url, env={"DAVLOCK_TRACEBACK": "1"})
    assert traced.code == 70
    assert "Traceback (most recent call last)" in traced.err


def test_a_page_that_answers_everything_is_no_write(say: Say) -> None:
    """A login portal says 200 to PUT and to what is asked afterwards."""
    page = response("200 OK", b"<!DOCTYPE html><title>Log in</title>", "Content-Type: text/html")
    server = say({}, default=page)
    done = run("put", "--json", "-", f"{server.url}/a.txt", stdin=b"new\n")
    assert done.code == 6
    assert done.ids == ["not-dav"]
    assert "Log in" in done.result["findings"][0]["headline"]


def test_a_name_of_a_megabyte(say: Say) -> None:
    """One run of letters, which a careless search would go through once for each of them."""
    href = "/" + "A" * 1_000_000
    server = say({}, default=multistatus(element(href, locks=active_lock(root=href))))
    done = run("unlock", "--json", "--token", OTHER, f"{server.url}/a.txt")
    assert done.code in (0, 1, 3)


def test_a_bundle_that_is_no_file_is_refused_before_a_request(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element(locks=active_lock())), "OPTIONS": OPTIONS})
    done = run("diagnose", "--json", "--bundle", "/dev/full", f"{server.url}/a.txt")
    assert (done.code, server.requests) == (2, [])
    assert "--bundle /dev/full: it is not a regular file" in one_line(done)


def test_no_unlock_is_called_likely_by_who_answers_everything(say: Say) -> None:
    """The exit status and the findings agree: nobody knows what came of it."""
    server = say({}, default=response("200 OK"))
    done = run("unlock", "--json", "--token", TOKEN, f"{server.url}/a.txt")
    assert (done.code, done.ids) == (6, []), done
    assert "davlock cannot read the locks" in str(done.result["skipped"])

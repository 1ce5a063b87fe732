"""A login that others can read on its way: one line on stderr, a finding in JSON, and nothing is refused."""

from collections.abc import Callable

import pytest

from davlock.cli.insecure_login import is_loopback
from tests.cli.answers import OPTIONS, by_method, element, granted, multistatus
from tests.cli.command import run
from tests.conftest import ServerFor
from tests.saying import Say
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]

ELSEWHERE = "http://dav.example/a.txt"
"""Reached by way of a proxy on this machine."""

PASSWORD = "davlock: warning: the password of bob goes to http://dav.example unencrypted; use https"


def proxy(serve: Serve) -> tuple[ScriptedServer, tuple[str, str]]:
    """One that answers for every host, and the option that names it."""
    server = serve(by_method({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS, "LOCK": granted()}))
    return server, ("-x", f"http://127.0.0.1:{server.port}")


@pytest.mark.parametrize(
    ("login", "words", "scheme"),
    [
        (("-u", "bob:x"), PASSWORD, "Basic"),
        (("--basic", "-u", "bob:x"), PASSWORD, "Basic"),
        (("--oauth2-bearer", "t0ken"), "the bearer token goes to http://dav.example unencrypted", "Bearer"),
        (("-H", "Authorization: Basic Ym9iOng="), "the Authorization that you typed goes to", "Basic"),
        (("-H", "authorization:Bearer t0ken"), "the Authorization that you typed goes to", "Bearer"),
        (("-H", "Authorization: t0ken"), "the Authorization that you typed goes to", None),
    ],
)
def test_a_warning_and_a_finding(serve: Serve, login: tuple[str, ...], words: str, scheme: str | None) -> None:
    server, through = proxy(serve)
    done = run("diagnose", "--json", *through, *login, ELSEWHERE)
    assert done.code == 0
    assert words in done.err
    assert done.err.count("\n") == 1
    finding = next(finding for finding in done.result["findings"] if finding["id"] == "insecure-login")
    assert (finding["severity"], finding["certainty"]) == ("warning", "certain")
    assert finding["facts"] == {"scheme": scheme}
    assert finding["evidence"][0]["exchange"] == 0
    assert not any(secret in done.out + done.err for secret in ("t0ken", "Ym9iOng="))
    assert server.requests


def test_user_information_in_the_url(serve: Serve) -> None:
    _, through = proxy(serve)
    done = run("locks", *through, "http://bob:x@dav.example/a.txt")
    assert (done.code, done.out) == (0, "")
    assert PASSWORD in done.err
    assert ":x@" not in done.err


@pytest.mark.parametrize(
    "login",
    [
        (),
        ("--digest", "-u", "bob:x"),
        ("-H", 'Authorization: Digest username="bob"'),
        ("-H", "Authorization: Negotiate YII="),
        ("-u", "bob:x", "--allow-insecure-auth"),
    ],
)
def test_nothing_to_warn_of(serve: Serve, login: tuple[str, ...]) -> None:
    _, through = proxy(serve)
    done = run("diagnose", "--json", *through, *login, ELSEWHERE)
    assert "unencrypted" not in done.err
    assert "insecure-login" not in done.ids


@pytest.mark.parametrize(
    ("offers", "warned"),
    [('Digest realm="r", nonce="n", Basic', False), ('Digest realm="r", nonce="n"', False), ("Basic", True)],
)
def test_the_warning_comes_when_the_server_has_chosen_basic(say: Say, offers: str, warned: bool) -> None:
    refused = f"HTTP/1.1 401 No\r\nWWW-Authenticate: {offers}\r\n\r\n".encode()
    done = run("diagnose", "--json", "-u", "bob:x", f"{say({}, refused).url}/a.txt")
    assert ("the password of bob goes to http://dav.example unencrypted" in done.err) is warned
    assert ("insecure-login" in done.ids) is warned


def test_the_environment_can_say_that_it_is_allowed(serve: Serve) -> None:
    _, through = proxy(serve)
    done = run("locks", *through, "-u", "bob:x", ELSEWHERE, env={"DAVLOCK_ALLOW_INSECURE_AUTH": "1"})
    assert (done.code, done.err) == (0, "")


def test_this_machine_is_exempt(server_for: ServerFor, folder: Callable[..., str]) -> None:
    url = folder(server_for("apache", auth="basic"))
    for address in (url, url.replace("127.0.0.1", "localhost")):
        done = run("diagnose", "--json", "-u", "bob:bob", address)
        assert (done.code, done.err) == (0, "")
        assert "insecure-login" not in done.ids


def test_https_is_exempt(serve: Serve) -> None:
    """Also where it goes through a proxy, which sees no login."""
    server = serve(by_method({}, response("502 Bad Gateway")))
    done = run("locks", "-x", f"http://127.0.0.1:{server.port}", "-u", "bob:x", "https://dav.example/a.txt")
    assert "unencrypted" not in done.err


def test_a_proxy_elsewhere_reads_what_is_meant_for_this_machine() -> None:
    done = run("locks", "-x", "http://proxy.invalid:1", "--basic", "-u", "bob:x", "http://localhost/a.txt")
    assert "the password of bob goes to http://localhost unencrypted" in done.err


def test_one_line_for_each_server(serve: Serve) -> None:
    _, through = proxy(serve)
    urls = (ELSEWHERE, ELSEWHERE, "http://other.example/a.txt")
    done = run("locks", *through, "-u", "bob:x", *urls)
    assert done.code == 0
    assert done.err.count("http://dav.example unencrypted") == 1
    assert done.err.count("http://other.example unencrypted") == 1


def test_the_answer_for_people_and_scripts_stays_what_it_was(serve: Serve) -> None:
    """Rows and tables are about the target; the line on stderr is about the login."""
    _, through = proxy(serve)
    for tty in (False, True):
        warned = run("diagnose", *through, "-u", "bob:x", ELSEWHERE, tty=tty)
        silent = run("diagnose", *through, "-u", "bob:x", "--allow-insecure-auth", ELSEWHERE, tty=tty)
        assert (warned.code, warned.out) == (silent.code, silent.out)


def test_it_counts_as_a_warning_where_warnings_count(serve: Serve) -> None:
    _, through = proxy(serve)
    words = ("diagnose", *through, "--fail-on", "warning", "-u", "bob:x", ELSEWHERE)
    assert run(*words).code == 1
    assert run(*words, "--allow-insecure-auth").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("locks",),
        ("locks", "-r"),
        ("propfind",),
        ("lock", "--no-ledger"),
        ("wait", "-w", "1s"),
        ("watch", "--for", "0.2s", "--interval", "0.1s"),
        ("cleanup", "--all"),
        ("check", "--select", "dav-header"),
    ],
    ids=" ".join,
)
def test_every_command_says_it(serve: Serve, words: tuple[str, ...]) -> None:
    _, through = proxy(serve)
    done = run(*words, "--json", *through, "-u", "bob:x", "http://dav.example/a/")
    assert done.err.count("unencrypted") == 1
    ids = [finding["id"] for result in done.json["results"] for finding in result["findings"]]
    assert "insecure-login" in ids


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LocalHost.", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("127.1", True),
        ("0x7f.1", True),
        ("2130706433", True),
        ("0.0.0.0", True),  # noqa: S104
        ("::", True),
        ("::ffff:0.0.0.0", True),
        ("10.1", False),
        ("fe80::1%eth0", False),
        ("localhost.example", False),
        ("notlocalhost", False),
        ("", False),
    ],
)
def test_names_of_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_resolve_decides_and_not_the_name() -> None:
    words = ("locks", "--basic", "-u", "bob:x", "--connect-timeout", "0.1s", "--resolve", "localhost:81:192.0.2.2")
    assert "the password of bob goes to http://localhost:81 unencrypted" in run(*words, "http://localhost:81/a").err
    other = run("locks", "-u", "bob:x", "--resolve", "localhost:81:192.0.2.2", "http://localhost:9/a")
    assert "unencrypted" not in other.err


@pytest.mark.parametrize("name", ["Cookie", "X-Api-Key", "Proxy-Authorization", "x-auth-token"])
def test_other_secrets_that_were_typed(serve: Serve, name: str) -> None:
    _, through = proxy(serve)
    done = run("locks", *through, "-H", f"{name}: sid=0123456789", ELSEWHERE)
    assert f"the {name} that you typed goes to http://dav.example unencrypted" in done.err
    assert "0123456789" not in done.err
    assert run("locks", *through, "--allow-insecure-auth", "-H", f"{name}: sid=0123456789", ELSEWHERE).err == ""
    told = run("diagnose", "--json", *through, "-H", f"{name}: sid=0123456789", ELSEWHERE)
    finding = next(finding for finding in told.result["findings"] if finding["id"] == "insecure-login")
    assert finding["headline"] == f"The {name} went over plain http: others can read it"
    assert finding["evidence"][0]["source"] == f"request header {name}"
    assert "0123456789" not in told.out + told.err


def test_a_cookie_beside_a_login_that_nobody_can_read(serve: Serve) -> None:
    _, through = proxy(serve)
    done = run("diagnose", "--json", *through, "--digest", "-u", "bob:x", "-H", "Cookie: sid=0123456789", ELSEWHERE)
    headlines = [finding["headline"] for finding in done.result["findings"] if finding["id"] == "insecure-login"]
    assert headlines == ["The Cookie went over plain http: others can read it"]


def test_the_login_of_a_proxy_is_a_finding_too(say: Say) -> None:
    """It went to the proxy in clear, whatever the URL is."""
    say({"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS})
    words = ("diagnose", "--json", "-x", "http://pu:s3cret@proxy.invalid:1", "https://dav.example/a.txt")
    done = run(*words)
    finding = next(finding for finding in done.result["findings"] if finding["id"] == "insecure-login")
    assert finding["headline"] == "The proxy's password went over plain http: others can read it"
    assert [quote["quote"] for quote in finding["evidence"]] == ["proxy.invalid:1"]
    assert "s3cret" not in done.out + done.err
    assert "insecure-login" not in run(*words, "--allow-insecure-auth").ids


@pytest.mark.parametrize("header", ["Accept: text/xml", "Cookie:", 'Proxy-Authorization: Digest username="bob"'])
def test_fields_that_let_nobody_in(serve: Serve, header: str) -> None:
    _, through = proxy(serve)
    assert "unencrypted" not in run("locks", *through, "-H", header, ELSEWHERE).err


def test_an_empty_password_is_no_secret(serve: Serve) -> None:
    _, through = proxy(serve)
    assert run("locks", *through, "-u", "bob:", ELSEWHERE).err == ""


@pytest.mark.parametrize("url", [ELSEWHERE, "https://dav.example/a.txt", "http://localhost/a.txt"])
def test_the_login_of_a_proxy_elsewhere(url: str) -> None:
    """It goes to the proxy in clear, whatever the URL is."""
    done = run("locks", "-x", "http://pu:s3cret@proxy.invalid:1", url)
    line = "davlock: warning: the password of the proxy goes to http://proxy.invalid:1 unencrypted; use https"
    assert line in done.err
    assert "s3cret" not in done.err


@pytest.mark.parametrize(
    "proxy", ["https://pu:pw@proxy.invalid:1", "http://pu:@proxy.invalid:1", "http://pu:pw@127.1:9"]
)
def test_a_proxy_whose_login_nobody_reads(proxy: str) -> None:
    assert "unencrypted" not in run("locks", "-x", proxy, "https://dav.example/a.txt").err

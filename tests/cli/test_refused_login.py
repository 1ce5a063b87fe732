"""A 401: what was offered, what was sent, and what to type for the verb that was typed."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.cli.lock_options import FOR_EVER
from tests.cli.answers import OPTIONS, by_method, element, granted, multistatus
from tests.cli.command import Done, run
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor
from tests.saying import Say
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]

TOKEN = "opaquelocktoken:e71d4fae-5dec-22d6-fea5-00a0c91e6be4"

BASIC = 'Basic realm="dav"'

WRONG = "The server did not accept the password of bob (it offers Basic; Basic was sent)"


def only_finding(done: Done) -> tuple[str, list[str] | None]:
    """The headline of the refused login, and the command of its first remedy."""
    found = [finding for finding in done.result["findings"] if finding["id"] == "401-not-authenticated"]
    (finding,) = found
    command = finding["remedies"][0]["command"]
    return finding["headline"], command


def refusing(*offers: str) -> Play:
    """A server that wants another login than each that it gets."""
    fields = tuple(f"WWW-Authenticate: {offer}" for offer in offers)
    return by_method({}, response("401 Unauthorized", b"", *fields))


# -- every verb, on a real server

VERBS: tuple[tuple[str, ...], ...] = (
    ("diagnose", "URL"),
    ("locks", "URL"),
    ("locks", "-r", "FOLDER"),
    ("propfind", "-p", "getetag", "URL"),
    ("lock", "--timeout", "1m", "URL"),
    ("refresh", "--token", TOKEN, "URL"),
    ("unlock", "--token", TOKEN, "URL"),
    ("put", "--if-match", '"a b"', "LOCAL", "URL"),
    ("run", "-n", "URL", "--", "true"),
    ("wait", "-w", "1s", "URL"),
    ("wait", "-w", "1s", "--then", "lock", "URL"),
    ("watch", "--for", "1s", "URL"),
    ("cleanup", "--all", "FOLDER"),
    ("check", "--select", "dav-header", "FOLDER"),
    ("check", "--clean-up", "FOLDER"),
)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_names_itself(
    server_for: ServerFor, make_file: MakeFile, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    """With the password taken out, the user and all other options kept, and quoted for a shell."""
    url = make_file(server_for("apache", auth="basic"), "f.txt")
    local = tmp_path / "f.txt"
    local.write_text("x")
    places = {"URL": url, "FOLDER": url.rpartition("/")[0] + "/", "LOCAL": str(local)}
    words = [places.get(word, word) for word in verb]
    done = run(words[0], "-u", "bob:wrong", *words[1:])
    assert done.code == (125 if verb[0] == "run" else 4)
    told = done.out + done.err
    assert WRONG in told
    assert "wrong" not in told
    line = next(line for line in told.splitlines() if f"davlock {words[0]} -u bob" in line)
    printed = shlex.split(line[line.index(f"davlock {words[0]} -u") :].replace("\t", " "))
    assert sorted(printed) == sorted(["davlock", words[0], "-u", "bob", *words[1:]])
    # As pasted, with the right password, the server no longer refuses the login.
    again = run(*printed[1:], env={"DAVLOCK_PASSWORD": "bob"})
    assert again.code not in (2, 4, 125)
    assert "401" not in again.out + again.err


def test_the_ledger_names_itself(server_for: ServerFor, make_file: MakeFile, tmp_path: Path) -> None:
    url = make_file(server_for("apache", auth="basic"), "f.txt")
    env = {"XDG_STATE_HOME": str(tmp_path)}
    assert run("lock", "-u", "bob:bob", url, env=env).code == 0
    done = run("ledger", "recover", "--kept", "-u", "bob:wrong", env=env)
    assert done.code == 4
    assert f"{url}: unsure: the server answered 401 Unauthorized to PROPFIND. {WRONG}" in done.err
    assert f"davlock ledger recover -u bob --kept {url}" in done.err
    listed = run("ledger", "list", "--verify", "-u", "bob:wrong", env=env)
    assert listed.code == 4
    assert f"davlock ledger list -u bob --verify {url}" in listed.err
    assert run("unlock", "-u", "bob:bob", url, env=env).code == 0


# -- what was sent, against what is offered


def test_nothing_sent(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("apache", auth="basic"), "f.txt")
    done = run("put", "--json", "/dev/null", url)
    assert done.code == 4
    headline, command = only_finding(done)
    assert headline == "The server wants a login (it offers Basic; none was sent)"
    assert command is None, "the user name is not known"
    (finding,) = done.result["findings"]
    assert finding["remedies"][0]["title"] == "Log in: add -u and your user name to the command"
    assert finding["facts"] == {"offered": ["Basic"], "realm": "davlock tests", "sent": None, "user": None}
    assert "“davlock tests”" in finding["explanation"]


@pytest.mark.parametrize(
    ("auth", "scheme", "headline"),
    [
        ("basic", "--digest", "The server offers Basic, so --digest sent nothing"),
        ("digest", "--basic", "The server offers Digest, so --basic does not fit"),
    ],
)
def test_the_other_scheme(server_for: ServerFor, make_file: MakeFile, auth: str, scheme: str, headline: str) -> None:
    """With the right password: without the option, it works."""
    url = make_file(server_for("apache", auth=auth), "f.txt")
    done = run("locks", "--json", scheme, "-u", "bob:bob", url)
    assert done.code == 4
    found, command = only_finding(done)
    assert found == headline
    assert command == ["davlock", "locks", "-u", "bob", "--json", url]
    assert run(*command[1:], env={"DAVLOCK_PASSWORD": "bob"}).code == 0


def test_a_wrong_password_by_digest(server_for: ServerFor, make_file: MakeFile) -> None:
    url = make_file(server_for("apache", auth="digest"), "f.txt")
    for option in ((), ("--digest",)):
        done = run("locks", "--json", *option, "-u", "bob:wrong", url)
        headline, command = only_finding(done)
        assert headline == "The server did not accept the password of bob (it offers Digest; Digest was sent)"
        assert command == ["davlock", "locks", "-u", "bob", *option, "--json", url]


@pytest.mark.parametrize(
    ("offers", "login", "headline", "command"),
    [
        pytest.param(
            ("Negotiate", "NTLM"),
            ("-u", "bob:x"),
            "The server wants a Kerberos ticket (it offers Negotiate and NTLM)",
            ["davlock", "locks", "--negotiate", "--json", "URL"],
            id="negotiate-and-ntlm",
        ),
        pytest.param(
            ("NTLM",),
            ("-u", "bob:x"),
            "The server offers only NTLM, which davlock does not support",
            ["curl", "--ntlm", "-u", "bob", "-X", "PROPFIND", "-H", "Depth: 0", "URL"],
            id="ntlm",
        ),
        pytest.param(
            ('Digest realm="r", nonce="n", algorithm=SHA-512-256',),
            ("-u", "bob:x"),
            "The server offers only Digest with SHA-512-256, which davlock does not support",
            None,
            id="another-digest",
        ),
        pytest.param(
            ("Negotiate, NTLM", 'Basic realm="CORP"'),
            ("-u", "bob:x"),
            "The server did not accept the password of bob (it offers Negotiate, NTLM and Basic; Basic was sent)",
            ["davlock", "locks", "-u", "bob", "--json", "URL"],
            id="basic-among-others",
        ),
        pytest.param(
            ('Bearer realm="api"',),
            ("-u", "bob:x"),
            "The server wants a bearer token (it offers nothing else; none was sent)",
            ["davlock", "locks", "--json", "URL"],
            id="bearer-alone",
        ),
        pytest.param(
            ('Bearer error="invalid_token", error_description="The access token expired"',),
            ("--oauth2-bearer", "s3cret-token"),
            "The server did not accept the bearer token: The access token expired",
            ["davlock", "locks", "--json", "URL"],
            id="token-expired",
        ),
        pytest.param(
            ('Basic realm="dav"',),
            ("--oauth2-bearer", "s3cret-token"),
            "The server wants another kind of login (it offers Basic; a bearer token was sent)",
            None,
            id="token-at-a-basic-server",
        ),
        pytest.param(
            ('Basic realm="dav"',),
            ("-H", "Authorization: Basic czNjcmV0OnMzY3JldA=="),
            "The server did not accept the login (it offers Basic; Basic typed with -H was sent)",
            None,
            id="header",
        ),
        pytest.param(
            ('Basic realm="dav"',),
            ("-H", "Authorization: s3cret"),
            "The server wants another kind of login (it offers Basic; an Authorization typed with -H was sent)",
            None,
            id="header-without-scheme",
        ),
        pytest.param(
            (),
            ("-u", "bob:x"),
            "The server did not accept the password of bob (it offers no way to log in; Basic was sent)",
            ["davlock", "locks", "-u", "bob", "--json", "URL"],
            id="no-offer",
        ),
    ],
)
def test_offers(
    serve: Serve, offers: tuple[str, ...], login: tuple[str, ...], headline: str, command: list[str] | None
) -> None:
    url = f"{serve(refusing(*offers)).url}/a.txt"
    done = run("locks", "--json", *login, url)
    assert done.code == 4
    assert only_finding(done) == (headline, command and [url if word == "URL" else word for word in command])
    assert "s3cret" not in done.out + done.err
    assert "czNjcmV0" not in done.out + done.err


@pytest.mark.parametrize(
    ("login", "headline"),
    [
        ("", "The server wants a login (it offers Digest; none was sent)"),
        (
            "Authorization: Basic Ym9iOnMzY3JldA==\n",
            "The server wants another kind of login (it offers Digest; Basic was sent)",
        ),
        (
            'Authorization: Digest username="bob", response="s3cret"\n',
            "The server did not accept the login (it offers Digest; Digest was sent)",
        ),
    ],
)
def test_a_capture_says_what_was_sent(login: str, headline: str) -> None:
    request = f"PUT /a.txt HTTP/1.1\nHost: dav.example\n{login}\n"
    answer = 'HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Digest realm="x", nonce="y"\n\n'
    done = run("explain", "--json", "-", stdin=(request + answer).encode())
    assert only_finding(done) == (headline, None)
    assert "s3cret" not in done.out
    assert "Ym9i" not in done.out


def test_a_nextcloud_may_want_an_app_password(serve: Serve) -> None:
    server = serve(refusing('Basic realm="Nextcloud"', 'Bearer realm="Nextcloud"'))
    url = f"{server.url}/remote.php/dav/a.txt"
    done = run("locks", "--json", "-u", "bob:x", url)
    titles = [remedy["title"] for remedy in done.result["findings"][0]["remedies"]]
    assert len(titles) == 2
    assert "app password" in titles[1]


def test_a_login_page_is_not_this(serve: Serve) -> None:
    server = serve(by_method({}, response("302 Found", b"", "Location: https://sso.example/login")))
    done = run("diagnose", "--json", f"{server.url}/a.txt")
    assert "401-not-authenticated" not in done.ids


# -- a proxy


@pytest.mark.parametrize(
    ("userinfo", "headline"),
    [
        ("", "The proxy {proxy} wants a login (it offers Basic; none was sent)"),
        ("bob:s3cret@", "The proxy {proxy} did not accept the login (it offers Basic; Basic was sent)"),
    ],
)
def test_a_proxy_that_wants_a_login(serve: Serve, userinfo: str, headline: str) -> None:
    answer = response("407 Proxy Authentication Required", b"", 'Proxy-Authenticate: Basic realm="out"')
    server = serve(by_method({}, answer))
    proxy = f"127.0.0.1:{server.port}"
    done = run("locks", "--json", "-x", f"http://{userinfo}{proxy}", "http://dav.example/a.txt")
    assert done.code == 4
    assert only_finding(done) == (
        headline.format(proxy=proxy),
        ["davlock", "locks", "--json", "http://dav.example/a.txt"],
    )
    title = done.result["findings"][0]["remedies"][0]["title"]
    assert f"DAVLOCK_PROXY=http://USER:PASSWORD@{proxy}" in title
    assert "s3cret" not in done.out + done.err


@pytest.mark.parametrize("words", [("diagnose",), ("locks",), ("locks", "-r"), ("propfind",), ("lock",)], ids=" ".join)
def test_a_proxy_that_wants_a_login_before_https(serve: Serve, words: tuple[str, ...]) -> None:
    """The server is not reached, and the login is what stopped us."""
    answer = response("407 Proxy Authentication Required", b"", 'Proxy-Authenticate: Basic realm="out"')
    server = serve(by_method({}, answer))
    proxy = f"127.0.0.1:{server.port}"
    done = run(*words, "--json", "-x", f"http://bob:s3cret@{proxy}", "https://dav.example/a.txt")
    assert done.code == 4
    assert only_finding(done)[0] == f"The proxy {proxy} did not accept the login (for https; Basic was sent)"
    assert "s3cret" not in done.out + done.err


def test_a_check_stops_at_a_proxy_that_wants_a_login(serve: Serve) -> None:
    server = serve(by_method({}, response("407 Proxy Authentication Required")))
    proxy = f"http://127.0.0.1:{server.port}"
    done = run("check", "--json", "--select", "dav-header", "-x", proxy, "https://dav.example/c/")
    assert done.code == 4
    assert only_finding(done)[0].endswith("wants a login (for https; none was sent)")
    assert len(server.requests) == 1


def test_a_proxy_that_is_no_trouble_stays_in_the_command(serve: Serve) -> None:
    server = serve(refusing(BASIC))
    proxy = f"http://127.0.0.1:{server.port}"
    done = run("locks", "--json", "-u", "bob:x", "-x", proxy, "http://dav.example/a.txt")
    assert only_finding(done)[1] == [
        *("davlock", "locks", "-u", "bob", "-x", proxy, "--json", "http://dav.example/a.txt")
    ]


# -- the words that are printed again


def test_other_secrets_are_not_printed_again(serve: Serve) -> None:
    url = f"{serve(refusing(BASIC)).url}/a.txt"
    fields = ("-H", "X-Api-Key: s3cret", "-H", "X-Note: s3cret-password", "-H", "Depth: 0")
    done = run("locks", "--json", "-u", "bob:s3cret-password", *fields, url)
    assert only_finding(done)[1] == [
        *("davlock", "locks", "-u", "bob", "--json", "-H", "X-Api-Key: (hidden)", "-H", "X-Note: (hidden)"),
        *("-H", "Depth: 0", url),
    ]
    assert "s3cret" not in done.out + done.err


def test_what_would_do_something_else_is_not_printed_again(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file name with a dash would be an option. A password command without the password prints another."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-x y.odt").write_text("new", encoding="utf-8")
    url = f"{serve(refusing(BASIC)).url}/a.txt"
    done = run("put", "--json", "-u", "alice", "--password-command", "echo alice", "--", "-x y.odt", url)
    assert only_finding(done)[1] == ["davlock", "put", "-u", "alice", "--json", "./-x y.odt", url]
    done = run("put", "--json", "-u", "bob", "--password-command", "echo alice", "-", url)
    assert only_finding(done)[1] == ["davlock", "put", "-u", "bob", "--json", "-", url]


def test_of_several_urls_the_one_that_was_refused(serve: Serve) -> None:
    """Another login must not reach a server for which it was not meant."""
    refused = f"{serve(refusing(BASIC)).url}/a.txt"
    other = f"{serve(by_method({'PROPFIND': multistatus(element()), 'OPTIONS': OPTIONS})).url}/a.txt"
    for arguments, stdin in (((other, refused), b""), (("-",), f"{other}\n{refused}\n".encode())):
        done = run("locks", "--json", *arguments, stdin=stdin)
        assert done.code == 7
        (finding,) = done.json["results"][1]["findings"]
        assert finding["remedies"][0]["command"] is None
        assert done.json["results"][1]["target"] == refused


def test_a_user_in_the_url_is_kept_and_the_password_is_not(serve: Serve) -> None:
    server = serve(refusing(BASIC))
    done = run("locks", "--json", f"http://bob:s3cret@127.0.0.1:{server.port}/a.txt")
    assert only_finding(done)[1] == ["davlock", "locks", "-u", "bob", "--json", f"{server.url}/a.txt"]
    assert "s3cret" not in done.out + done.err


def test_run_keeps_the_command_of_the_child(serve: Serve) -> None:
    url = f"{serve(refusing(BASIC)).url}/a.txt"
    done = run("run", "-u", "bob:s3cret", "-w", url, "--", "sh", "-c", "echo $HOME; echo s3cret")
    assert f"davlock run -u bob -w {FOR_EVER} {url} -- sh -c 'echo $HOME; echo (hidden)'" in done.err
    assert "s3cret" not in done.err
    typed = run("run", "-H", "Authorization: Basic Ym9iOnMzY3JldA==", url, "--", "echo", "s3cret")
    assert "s3cret" not in typed.err


def test_the_second_user_of_a_check(serve: Serve) -> None:
    """Whose login was refused is said, and the person's own is not blamed."""

    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method = request.split(b" ", 1)[0]
            second = b"Authorization: Basic Ym9iOng=" in request
            answers = {b"OPTIONS": OPTIONS, b"LOCK": granted(), b"PROPFIND": multistatus(element("/c/"))}
            refused = response("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="dav"')
            conversation.say(refused if second else answers.get(method, response("201 Created")))

    url = f"{serve(play).url}/c/"
    done = run("check", "--json", "-u", "alice:y", "--user2", "bob:x", "--select", "principals", url)
    assert done.code == 4
    headline, command = only_finding(done)
    assert headline == WRONG
    assert command is not None
    assert command[command.index("--user2") :][:2] == ["--user2", "bob"]
    assert command[:4] == ["davlock", "check", "-u", "alice"]


@pytest.mark.parametrize(
    ("challenge", "missing"),
    [("Digest", "realm and nonce"), ('Digest realm="r"', "nonce"), ('Digest nonce="n"', "realm")],
)
def test_a_digest_challenge_that_lacks_something_is_broken(serve: Serve, challenge: str, missing: str) -> None:
    server = serve(refusing(challenge))
    done = run("diagnose", "--json", "-u", "bob:x", f"{server.url}/a")
    headline, command = only_finding(done)
    assert (done.code, headline) == (4, f"The server's Digest challenge is broken: it has no {missing}")
    assert command is None


@pytest.mark.parametrize("offers", [("",), ()])
def test_the_command_that_was_typed_is_not_advised(serve: Serve, offers: tuple[str, ...]) -> None:
    server = serve(refusing(*offers))
    done = run("diagnose", "--json", "--digest", "-u", "bob:x", f"{server.url}/a")
    headline, command = only_finding(done)
    assert (done.code, headline) == (4, "The server offers no way to log in, so --digest sent nothing")
    assert command is not None
    assert "--digest" not in command


def test_what_to_do_about_a_login_is_said_once(say: Say) -> None:
    server = say({}, response("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="files"'))
    urls = [f"{server.url}/{name}.txt" for name in "abc"]
    done = run("diagnose", "--allow-insecure-auth", "-u", "bob:wrong", *urls, tty=True)
    assert (done.out.count("REFUSED"), done.out.count("Try again with the right password")) == (3, 1), done
    why = run("diagnose", "--allow-insecure-auth", "-u", "bob:wrong", "--why", *urls, tty=True)
    assert why.out.count("Try again with the right password") >= 3

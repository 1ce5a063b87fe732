"""Profiles: what a target such as ``work:team/a.odt`` stands for, on real servers and with files of all kinds."""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from davlock.cli.main import COMMANDS, cli
from davlock.cli.options import shared_options
from davlock.cli.profile_keys import COMMAND_KEYS, HEADERS, OTHER_NAMES, SCHEMES, key_meant, keys
from davlock.cli.profile_names import profile_and_path
from davlock.cli.profile_targets import TARGET, TARGET_OR_OTHER, as_url
from davlock.diagnosis.invocation import Invocation, NamedServer
from davlock.diagnosis.printed_command import with_options
from tests.cli.answers import by_method, element, multistatus
from tests.cli.command import Done, run
from tests.conftest import ServerFor
from tests.transport.scripted import ScriptedServer

WriteConfig = Callable[..., dict[str, str]]


@pytest.fixture
def config(tmp_path: Path) -> WriteConfig:
    """``config(text, mode=0o600)``: the environment that names a file with that text."""

    def write(text: str | bytes, mode: int = 0o600) -> dict[str, str]:
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return {"DAVLOCK_CONFIG": str(path)}

    return write


def usage(done: Done) -> str:
    """The one line of a command that sent nothing."""
    assert (done.code, done.out) == (2, ""), done
    assert done.err.count("\n") == 1
    return done.err


# -- on real servers


@pytest.mark.parametrize(("kind", "auth"), [("apache", "digest"), ("wsgidav", "basic")])
def test_every_kind_of_command_through_a_profile(
    server_for: ServerFor, folder: Callable[..., str], config: WriteConfig, tmp_path: Path, kind: str, auth: str
) -> None:
    """Logins, names as people write them, and the commands that the screens print."""
    server = server_for(kind, auth=auth)
    where = folder(server)
    env = config(
        f'[servers.work]\nurl = "{where}"\nuser = "alice"\npassword = "alice"\nauth = "{auth}"\nconcurrency = 2\n'
    )
    file = tmp_path / "a #1 ü%20.txt"
    file.write_text("hello")
    target = f"work:{file.name}"

    def davlock(*words: str, code: int = 0, tty: bool = False) -> Done:
        done = run(*words, env=env, tty=tty)
        assert done.code == code, (words, done)
        return done

    davlock("put", str(file), "work:")
    assert (server.path(where) / file.name).read_text() == "hello"
    davlock("lock", target)
    assert davlock("diagnose", target, "--json").result["target"] == f"{where}a%20%231%20%C3%BC%2520.txt"
    run("unlock", target, env=env)
    davlock("lock", target, "--no-ledger", "--owner", "Alice Miller")
    screens = [
        davlock("diagnose", target, "--no-ledger", code=1, tty=True),
        davlock(target, code=1, tty=True),
        davlock("locks", "-r", "work:", tty=True),
        davlock("cleanup", "--all", "work:", tty=True),
        davlock("put", str(file), "work:", "--no-ledger", code=1, tty=True),
    ]
    lines = [line for screen in screens for line in re.sub(r"\x1b\[[0-9;]*m", "", screen.out).splitlines()]
    printed = [line.partition("davlock ")[2] for line in lines if "details: --why" not in line]
    commands = [shlex.split(words) for words in printed if words]
    assert len(commands) > len(screens)
    for words in commands:
        assert any(word.startswith("work:") for word in words), words
        assert not {"--basic", "--digest", "alice"} & set(words)
        if words[0] == "diagnose":
            davlock(*words, code=1)
    (row,) = davlock("locks", "-r", "work:").rows
    assert f"davlock wait -w 11m 'work:{file.name}'" == row[-1] or "davlock diagnose" in row[-1]
    davlock("cleanup", "--all", "--yes", "work:")
    davlock("wait", "-w", "1s", target)
    davlock("run", target, "--", "true")
    davlock("diagnose", target, "-u", "alice:wrong", code=4)
    refused = run("diagnose", target, env=env | {"DAVLOCK_PASSWORD": "wrong"}, tty=True)
    assert "Correct the password in DAVLOCK_PASSWORD" in refused.out
    for login, said in (
        ('user = "alice"\npassword = "wrong"', "Correct the password in [servers.work] in"),
        ('headers = { Authorization = "Basic d3Jvbmc6" }', "Correct Authorization in [servers.work] in"),
    ):
        env = config(f'[servers.work]\nurl = "{where}"\n{login}\n')
        refused = run("diagnose", target, env=env, tty=True)
        assert said in " ".join(refused.out.split())
        assert "d3Jvbmc6" not in refused.out


@pytest.fixture
def other_server() -> Iterator[ScriptedServer]:
    with closing(ScriptedServer(by_method({"PROPFIND": multistatus(element())}))) as server:
        yield server


def test_a_login_stays_at_its_server(
    server_for: ServerFor, folder: Callable[..., str], config: WriteConfig, other_server: ScriptedServer
) -> None:
    """Of two origins, the other gets nothing of the profile: neither beside a target of it, nor alone."""
    where = folder(server_for("wsgidav", auth="basic"))
    env = config(
        f'[servers.work]\nurl = "{where}"\nuser = "alice"\npassword = "alice"\nheaders = {{ X-Team = "secret-team" }}\n'
        f'[servers.other]\nurl = "{other_server.url}/"\n'
    )
    beside = (f"{other_server.url}/a", "other:a")
    for url in beside:
        assert "once for each" in usage(run("diagnose", "work:", url, env=env))
        assert "once for each" in usage(run("diagnose", "-", env=env, stdin=f"work:\n{url}\n".encode()))
    assert "once for each" in usage(run("diagnose", "work:", "--scratch", beside[0], env=env))
    for url in beside:
        assert run("propfind", url, env=env).code == 0
    sent = b"".join(other_server.requests).lower()
    assert b"propfind /a" in sent
    assert b"authorization" not in sent
    assert b"secret-team" not in sent


# -- the path


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("work:", ""),
        ("work:a b#c?d%20ü.txt", "a%20b%23c%3Fd%2520%C3%BC.txt"),
        ("work:team/", "team/"),
        ("work:/team", "team"),
        ("work:8080/x", "8080/x"),
        ("work:a;b&c+d/@e:f", "a%3Bb&c+d/@e:f"),
        ("work:a/\udcff", "a/%FF"),
    ],
)
def test_a_path_is_a_name_as_people_read_it(config: WriteConfig, typed: str, path: str) -> None:
    env = config('[servers.work]\nurl = "https://dav.example/dav"\n')
    target = run("config", "explain", typed, "--json", env=env).result["target"]
    assert target == f"https://dav.example/dav{'/' if path else ''}{path}"
    named = NamedServer(name="work", url="https://dav.example/dav")
    if "\udcff" in typed:
        assert named.word(target) is None
    else:
        assert named.word(target) == typed.replace("work:/", "work:")


def test_a_password_in_front_of_a_host_is_no_path(config: WriteConfig) -> None:
    """It would go to the server of the profile, and be shown. A slash says that the path is meant."""
    env = config('[servers.work]\nurl = "https://dav.example/dav"\n')
    for words in (["diagnose"], ["put", __file__], ["config", "explain"], []):
        said = usage(run(*words, "work:hush@h.example:80/a", env=env))
        assert "write work:/PATH for the path, or -u work https://HOST/PATH" in said
        assert "hush" not in said
    url = "https://dav.example/dav/a@b/c"
    assert run("config", "explain", "work:/a@b/c", "--json", env=env).result["target"] == url
    assert NamedServer(name="work", url="https://dav.example/dav").word(url) == "work:/a@b/c"


@pytest.mark.parametrize(
    "path", ["..", "../x", "a/../../x", "./x", "%2e%2e/x", "%252e%252e/x", "..\\x", "..;/x", "\uff0e\uff0e/x"]
)
def test_no_path_leaves_the_url_of_the_profile(config: WriteConfig, path: str) -> None:
    env = config('[servers.work]\nurl = "https://dav.example/dav/"\n')
    for words in (["diagnose"], ["put", __file__], ["config", "explain"], []):
        assert "leaves the profile's URL" in usage(run(*words, f"work:{path}", env=env))


def test_what_a_word_with_a_colon_can_be(config: WriteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = config('[servers.work]\nurl = "http://127.0.0.1:9/"\n[servers.nas]\nurl = "http://127.0.0.1:9/nas/"\n')
    assert [
        profile_and_path(word) for word in ("C:\\x", "https://h/", "http:x", "urn:uuid:1", "ms-word:ofe|u|https://h/")
    ] == [None] * 5
    assert "understood as http://localhost:9/x" in run("diagnose", "localhost:9/x", env=env).err
    assert "hush" not in run("diagnose", "alice:hush@localhost:9/x", env=env).err
    assert run("config", "explain", "nas:8080/x", "--json", env=env).result["target"] == "http://127.0.0.1:9/nas/8080/x"
    assert "has a login" in usage(run("locks", "work:x", "dav://bob@127.0.0.1:9/x", env=env))
    for other in ("dav://127.0.0.2:9/x", "127.0.0.2:9/x"):
        assert "is not on the server" in usage(run("locks", "nas:x", other, env=env))
    assert run("locks", "nas:x", "dav://127.0.0.1:9/x", env=env).err.count("connection refused") == 2
    assert "did you mean work:?" in usage(run("wrok:x", env=env))
    for words in (["config", "explain"], ["diagnose"], ["put", __file__], []):
        assert usage(run(*words, "work", env=env)).endswith("did you mean work:?\n")
    assert "did you mean work:a/b.txt?" in usage(run("diagnose", "work/a/b.txt", env=env))
    assert "there is no profile 'work'" in usage(run("work:x", env={"XDG_CONFIG_HOME": str(tmp_path)}))
    assert run("ledger", "forget", "opaquelocktoken:1", "ownform:1", env=env).code == 1
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work:a.txt").write_text("HTTP/1.1 423 Locked\r\n\r\n")
    assert run("work:a.txt", env=env).code == 0
    assert "./work:a.txt" in run("config", "explain", "work:a.txt", env=env).err
    unusable = config('[servers."wörk"]\nurl = "http://127.0.0.1:9/"\n')
    assert "did you mean" not in usage(run("work:x", env=unusable))


def test_a_host_alone_is_no_url_of_a_profile(config: WriteConfig) -> None:
    env = config('[servers.nas]\nurl = "nas"\n')
    assert "servers.nas.url: 'nas' has no scheme; write https://nas" in usage(run("nas:", env=env))
    assert "'nas' has no scheme; did you mean nas:?" in usage(run("locks", "nas", env=env))


def test_a_printed_url_outside_of_the_profile_has_its_options() -> None:
    """Nothing else reaches it: a lock may be on a folder above the profile's URL, and curl knows no profile."""
    server = NamedServer(name="work", url="https://h/team/", options=(("-u", "alice"), ("--cacert", "/ca.pem")))
    made = Invocation(verb=("davlock", "diagnose"), asks=(("-u", "bob"),), server=server)
    outside = ("davlock", "unlock", "--token", "http://h/team/t", "https://h/")
    assert with_options(outside, made) == (*outside[:2], "-u", "bob", "--cacert", "/ca.pem", *outside[2:])
    inside = ("davlock", "unlock", "--token", "http://h/team/t", "https://h/team/a%20b")
    assert with_options(inside, made) == (*inside[:2], "-u", "bob", *inside[2:4], "work:a b")
    assert with_options(("davlock", "locks"), made) == ("davlock", "locks", "-u", "bob")
    curl = ("curl", "-I", "https://h/team/a")
    assert with_options(curl, made) == ("curl", "-u", "bob", "--cacert", "/ca.pem", *curl[1:])
    assert with_options(("davlock", "explain", "423"), made) == ("davlock", "explain", "423")
    assert server.words("https://h/team/a%2Fb") == ("-u", "alice", "--cacert", "/ca.pem", "https://h/team/a%2Fb")


# -- which setting counts


def settings(*words: str, env: dict[str, str]) -> dict[str, tuple[object, str]]:
    rows = run("config", "explain", *words, "--json", env=env).result["settings"]
    return {row["setting"]: (row["value"], row["source"]) for row in rows if row["value"] not in (None, False)}


FULL = """
[servers.work]
url = "https://dav.example/dav/"
user = "alice"
password_command = "echo alice"
auth = "basic"
cert = "cert.pem"
key = "key.pem"
proxy = "http://bob:hush@proxy.example:3128"
noproxy = "other.example"
resolve = ["dav.example:443:192.0.2.1", "other.example:443:192.0.2.2"]
headers = { X-Team = "docs", Cookie = "hush" }
connect_timeout = 3
max_time = "2m"
insecure = true
concurrency = 3
as = "curl"
"""


def test_an_option_outweighs_a_variable_and_that_the_profile(config: WriteConfig, tmp_path: Path) -> None:
    env = config(FULL)
    plain = settings("work:a", env=env)
    assert plain["user"] == ("alice", "profile")
    assert plain["cert"] == (str(tmp_path / "cert.pem"), "profile")
    assert plain["proxy"] == ("http://proxy.example:3128", "profile")
    assert plain["header"] == ("Cookie: (hidden)", "profile")
    assert (plain["connect_timeout"], plain["max_time"]) == ((3.0, "profile"), (120.0, "profile"))
    assert (plain["concurrency"], plain["as"]) == ((3, "profile"), ("curl", "profile"))
    assert settings("work:a", "--max-time", "1", env=env)["max_time"] == (1.0, "option")
    assert settings("work:a", env=env | {"DAVLOCK_MAX_TIME": "1"})["max_time"] == (1.0, "environment")
    assert "insecure" not in settings("work:a", env=env | {"DAVLOCK_INSECURE": "0"})
    assert "user" not in settings("https://dav.example/dav/a", env=env)


@pytest.mark.parametrize(
    ("words", "variables", "gone"),
    [
        (("-u", "bob"), {}, {"password_command"}),
        ((), {"DAVLOCK_USER": "bob"}, {"password_command"}),
        (("-u", "alice"), {}, set()),
        (("-u", "alice:x"), {}, {"password_command"}),
        ((), {"DAVLOCK_PASSWORD": "x"}, {"password_command"}),
        (("--password-file", "f"), {}, {"password_command"}),
        (("--oauth2-bearer", "x"), {}, {"user", "password_command"}),
        (("-H", "Authorization: x"), {}, {"user", "password_command"}),
        (("--digest",), {}, {"basic"}),
        (("--negotiate",), {}, {"basic", "user", "password_command"}),
        (("--keyring",), {}, {"password_command"}),
        (("-x", "other.example"), {}, {"noproxy"}),
        (("--cert", "mine.pem"), {}, {"key"}),
        (("--unix-socket", "s"), {}, {"proxy"}),
    ],
)
def test_what_belongs_together_comes_from_one_place(
    config: WriteConfig, words: tuple[str, ...], variables: dict[str, str], gone: set[str]
) -> None:
    env = config(FULL)
    before = settings("work:a", env=env)
    after = settings("work:a", *words, env=env | variables)
    assert {name for name in before if name not in after} == gone
    assert {after[name][1] for name in ("connect_timeout", "concurrency")} == {"profile"}


@pytest.mark.parametrize("words", [("-u", "bob:x"), ("-H", "Authorization: x"), ("--oauth2-bearer", "x")])
def test_another_login_leaves_no_field_that_lets_somebody_in(config: WriteConfig, words: tuple[str, ...]) -> None:
    """Application keys and cookies say who asks, as a password does; other fields stay."""
    names = ("Cookie", "X-Api-Key", "X-Auth-Token", "Authorization", "X-Team")
    fields = ", ".join(f'{name} = "hush"' for name in names)
    env = config(f'[servers.work]\nurl = "https://dav.example/"\nheaders = {{ {fields} }}\n')
    rows = run("config", "explain", "work:", *words, "--json", env=env).result["settings"]
    fields_left = [row["value"] for row in rows if row["source"] == "profile" and row["setting"] == "header"]
    assert fields_left == ["X-Team: hush"]


def test_the_lines_name_the_url_and_the_words_to_change(config: WriteConfig, tmp_path: Path) -> None:
    rows = run("config", "explain", "work:a b", "-u", "bob", env=config(FULL)).rows
    assert ["url", "https://dav.example/dav/a%20b", "profile", f"{tmp_path}/config.toml:3"] in rows
    assert ["user", "bob", "option", "--user"] in rows
    unset = [row for row in rows if row[1] in ("", "false", "0.0") and row[2] == "default"]
    table = run("config", "explain", "work:a b", "-u", "bob", "--format", "table", env=config(FULL)).out
    assert f"{len(unset)} more are not set" in table
    assert ["url", "http://h/x", "option", "the URL"] in run("config", "explain", "http://bob:hush@h/x").rows


def test_the_proxy_of_the_environment_is_a_setting() -> None:
    proxy = {"http_proxy": "bob:hu/sh@proxy.example:3128"}
    assert settings("http://h/a", env=proxy)["proxy"] == ("http://proxy.example:3128", "environment")
    assert "proxy" not in settings("https://h/a", env=proxy)
    assert "proxy" not in settings("http://h/a", "--noproxy", "h", env=proxy)
    rows = run("config", "explain", "http://h/a", env=proxy | {"no_proxy": "h"}).rows
    assert ["proxy", "", "environment", "no_proxy"] in rows
    assert ["noproxy", "h", "environment", "no_proxy"] in rows
    typed = settings("http://h/a", "-x", "other.example", env=proxy | {"no_proxy": "h"})
    assert typed["proxy"] == ("http://other.example", "option")
    assert "noproxy" not in typed


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("dav://alice@127.0.0.1:9/a", "http://127.0.0.1:9/a"),
        (r"\\dav.example@SSL\team\a", "https://dav.example/team/a"),
        ("dav.example/a", "https://dav.example/a"),
    ],
)
def test_explain_understands_what_other_commands_do(target: str, url: str) -> None:
    done = run("config", "explain", target, "--json", env={})
    assert done.result["target"] == url
    assert f"understood as {url}" in done.err
    assert ("alice" in target) == ("alice" in [row["value"] for row in done.result["settings"]])


def test_lists_are_joined(config: WriteConfig) -> None:
    typed = ("-H", "x-team: mine", "--resolve", "dav.example:443:192.0.2.9")
    rows = run("config", "explain", "work:", *typed, "--json", env=config(FULL)).result["settings"]
    values = [(row["value"], row["source"]) for row in rows if row["setting"] in ("header", "resolve")]
    assert values == [
        ("dav.example:443:192.0.2.9", "option"),
        ("other.example:443:192.0.2.2", "profile"),
        ("x-team: mine", "option"),
        ("Cookie: (hidden)", "profile"),
    ]


# -- the file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server.work]\nurl = 'https://h/'", "server: davlock does not know this table; did you mean servers?"),
        ("servers = 1", "servers: this is not a table"),
        ("[servers]\nwork = 1", "servers.work: this is not a table"),
        ("[servers.work]\nuser = 'alice'", ":1: servers.work: the URL is missing"),
        (
            "[servers.work]\nurl = 'https://h/'\npassword-comand = 'x'",
            ":3: servers.work.password-comand: davlock does not",
        ),
        ("[servers.work]\nurl = 'https://h/'\npassword-comand = 'x'", "did you mean password_command?"),
        (
            "[servers.work]\nurl = 'https://h/'\n\ninsecure = 'yes'",
            ":4: servers.work.insecure: this is not true or false",
        ),
        ("[servers.work]\nurl = 'https://h/'\nmax_time = 'long'", "this is not a duration; write 90, 90s, 10m"),
        ("[servers.work]\nurl = 'h/x'", ":2: servers.work.url: "),
        ("[servers.work]\nurl = 'https://h/?q'", "the URL has a query"),
        (
            "[servers.work]\nurl = 'https://al:1234/hush@127.0.0.1:9/'",
            ":2: servers.work.url: the URL has an @ behind the first / ? or #, which looks like a password with such a "
            'sign; write %2F for /, %3F for ? and %23 for # in a password, %40 for @ in a path, or write user = "al" '
            "and password_command",
        ),
        ("[servers.work]\nurl = 'https://h/dav/../x/'", "a name in the URL leads elsewhere"),
        ("[servers.work]\nurl = 'https://h/%2e%2e'", "a name in the URL leads elsewhere"),
        (
            "[servers.work]\nurl = 'https://h/'\nproxy = 'http://u:hush/x@p'",
            "proxy: the login in the proxy's URL has one of the signs",
        ),
        ("[servers.work]\nurl = 'https://h/'\nproxy = 'u:80/hush@p'", "write it as %2F"),
        ("[servers.work]\nurl = 'https://h/'\nproxy = 'http://u:hush@[bad'", "the proxy's URL is not valid"),
        ("[servers.work]\nurl = 'https://h/'\nproxy = 'http://u:hush@p:99999'", "no host or no valid port"),
        ("[servers.work]\nurl = 'https://h/'\nproxy = 'ftp://u:hush@p'", "use http, https or socks5"),
        ("[servers.work]\nurl = 'https://h/'\nauth = 'kerberos'", "this is no way to log in"),
        ("[servers.work]\nurl = 'https://h/'\nheaders = ['a: b']", "this is not a table"),
        ("[servers.work]\nurl = 'https://h/'\nresolve = 'x'", "this is not a list"),
        ("[servers.work]\nurl = 'https://h/'\nconcurrency = 65", "not a number from 1 to 64"),
        ("[servers.work]\nurl = 'https://h/'\npassword_command = 'x'", "a password needs a user"),
        ("[servers.work]\nurl = 'https://a@h/'\nuser = 'b'", "the URL has a user, too"),
        ("[servers.work]\nurl = 'https://a:b@h/'\npassword = 'b'", "has a password, too"),
        ("[servers.work]\nurl = 'https://h/'\nkey = 'k'", "it needs a certificate"),
        ("[servers.work]\nurl = 'https://h/'\nproxy = 'p'\nunix_socket = 's'", "exclude each other"),
        (
            "[servers.work]\nurl = 'https://h/'\nauth = 'negotiate'\nuser = 'a'",
            "a Kerberos ticket is a login of its own",
        ),
        ("[servers.http]\nurl = 'https://h/'", "a scheme of URLs has this name"),
        ("[servers.w]\nurl = 'https://h/'", "this is no name of a profile"),
        ("[servers.work]\nurl = https://h/", ":2, column 7: this is not TOML: invalid value"),
        ("[servers.work]\nurl = 'https://h/'\npassword = 'hush' hush", "column 19: this is not TOML"),
        ("[servers.work]\n[servers.work]", ":2, column 14: the table [servers.work] stands twice; keep one"),
        ("[servers.work]\nurl = 'https://h/'\nurl = 'hush'", ":3: a key or a table stands twice; keep one"),
        ('[servers.work]\nuser = "CORP\\\\hush', "unterminated string; write KEY"),
        ('[servers.work]\nuser = "CORP\\hush"', ':2, column 15: this is not TOML: a backslash in "…" begins an escape'),
        ('[servers.work]\ncert = "C:\\Users\\hush"', "write '…' in place of \"…\", or each backslash twice"),
        ('[servers.work]\ncert = "C:\\hush\\"\n', 'a backslash in "…" begins an escape'),
        ("[servers.work]\nurl = 'https://h/'\npassword = \"a\\tb\"", 'a backslash in "…" makes some: write'),
        ("[servers.work]\nurl = ''", ":2: servers.work.url: this is empty; write https://HOST/PATH"),
        ("[servers.work]\nurl = 'dav://HOST/'", "this is no http or https URL; write http://HOST/"),
        ("[servers.work]\nurl = 'https://https://h/x'", "this is no http or https URL; write https://h/x"),
        ("[servers.work]\nurl = '\\\\host@SSL\\dav'", "this is no http or https URL; write https://host/dav"),
        (
            "[servers.work]\nurl = 'davs://alice:hush@host/x'",
            "write https://host/x, and the login in keys of its own",
        ),
        ("[work]\nurl = 'https://h/'", ":1: work: davlock does not know this table; write [servers.work]"),
        ("[profiles.work]\nurl = 'https://h/'", ":1: profiles: davlock does not know this table; write [servers.work]"),
        ("[server]\nurl = 'https://h/'", ":1: server: davlock does not know this table; write [servers.NAME]"),
        ("url = 'https://h/'", ":1: url: this key belongs to a profile; write it below [servers.NAME]"),
        ("[servers]\nurl = 'https://h/'", "servers.url: this key belongs to a profile; write it below [servers.NAME]"),
        ("colour = 'red'", ":1: colour: davlock does not know this key"),
        ("[servers.work", "this is not TOML"),
        (b"[servers.work]\nurl = '\xff'", ":2: this is not UTF-8 text"),
        (b"\0", "this is not TOML"),
        ("a = " + "[" * 5000, "this is not TOML"),
        ("n = " + "9" * 5000, "this is not TOML"),
        (".".join(["a"] * 1500) + " = 1", "too many dots"),
        (".".join(['"\\""'] * 1500) + " = 1", "too many dots"),
        ("a = { " + " . ".join(["'.'"] * 1000) + " = 1 }", "too many dots"),
        ("#" * 70_000, "larger than 64 KiB"),
        ("_" * 60_000, "longer than 8 KiB"),
        ("[servers.work]\n" + "".join(f"a{number} = 1\n" for number in range(5000)), "more than 100 faults"),
    ],
)
def test_each_fault_is_a_line(config: WriteConfig, text: str | bytes, said: str) -> None:
    env = config(text)
    checked = run("config", "check", env=env)
    assert checked.code == 2
    assert said in (checked.out or usage(checked))
    assert "hush" not in checked.out + checked.err
    usage(run("diagnose", "work:x", env=env))


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("username", "user"),
        ("passwd", "password"),
        ("password-comand", "password_command"),
        ("host", "url"),
        ("proxy_url", "proxy"),
        ("timeout", "max_time"),
        ("cacrt", "cacert"),
        ("foo", ""),
    ],
)
def test_the_key_that_is_meant(word: str, key: str) -> None:
    assert key_meant(word) == key
    assert not set(OTHER_NAMES) & set(keys())
    assert set(OTHER_NAMES.values()) <= set(keys())


def test_a_fault_in_another_profile_is_no_hindrance(config: WriteConfig) -> None:
    env = config("[servers.work]\nurl = 'https://h/'\n[servers.other]\nurl = 1\nfoo = 2\n")
    assert run("config", "explain", "work:", env=env).code == 0
    assert run("config", "check", env=env).out.count("\n") == 2
    listed = run("config", "list", "--json", env=env)
    assert [profile["name"] for profile in listed.result["profiles"]] == ["work"]
    assert "2 faults" in listed.err


def test_the_program_for_the_password_must_be_there(config: WriteConfig) -> None:
    line = "[servers.work]\nurl = 'https://h/'\nuser = 'a'\npassword_command = "
    for command, said in (("no-such-program x", "there is no program 'no-such-program'"), ('sh \\"', "No closing")):
        done = run("config", "check", env=config(f'{line}"{command}"\n'))
        assert (done.code, done.out.count("\n")) == (2, 1)
        assert ":4: " in done.out
        assert said in done.out
    assert run("config", "check", env=config(f"{line}'sh -c true'\n")).code == 0


SECRETS = (
    "password = 'hush'\nuser = 'a'",
    "user = 'a:hush'",
    "oauth2_bearer = 'hush'",
    "cert = '/dev/null'\nkey_password = 'hush'",
    "headers = { Authorization = 'Basic hush' }",
    "proxy = 'http://u:hush@proxy'",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_file_that_others_can_read_holds_no_secret(config: WriteConfig, secret: str) -> None:
    text = f"[servers.work]\nurl = 'https://h/'\n{secret}\n"
    for words in (("list",), ("check",), ("explain", "work:")):
        done = run("config", *words, env=config(text))
        assert (done.code, "hush" in done.out + done.err) == (0, False)
        for mode in (0o640, 0o604):
            assert "chmod 600" in usage(run("config", *words, env=config(text, mode)))
    open_ = config("[servers.work]\nurl = 'https://h/'\nuser = 'a'\npassword_command = 'true'\n", 0o644)
    assert run("config", "check", env=open_).code == 0
    assert "chmod 600" in usage(run("config", "check", env=config("[servers.work]\nurl = 'https://a:hush@h/'", 0o644)))


def test_a_file_of_another_kind(config: WriteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = config("[servers.work]\nurl = 'https://h/'\n")
    link, fifo = tmp_path / "link", tmp_path / "fifo"
    link.symlink_to(tmp_path / "config.toml")
    assert run("config", "check", env={"DAVLOCK_CONFIG": str(link)}).code == 0
    os.mkfifo(fifo)
    (tmp_path / "circle").symlink_to("circle")
    for path, said in (
        (fifo, "not a regular file"),
        (tmp_path, "not a regular file"),
        (Path("/dev/zero"), "not a regular file"),
        (tmp_path / "circle", "symbolic links"),
        (tmp_path / "missing", "no such file"),
    ):
        assert said in usage(run("diagnose", "work:", env={"DAVLOCK_CONFIG": str(path)}))
    assert "other users can write" in usage(run("diagnose", "work:", env=config("", 0o602)))
    other = os.stat(tmp_path / "config.toml").st_uid + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    if other != 1:
        assert "belongs to another user" in usage(run("diagnose", "work:", env=env))
    home = {"XDG_CONFIG_HOME": str(tmp_path / "home")}
    done = run("config", "path", env=home)
    assert (done.code, done.out) == (0, f"{tmp_path}/home/davlock/config.toml\n")
    assert "no such file yet" in done.err
    assert run("config", "list", env=home).code == 0
    usage(run("config", "check", env=home))


# -- contracts


def test_every_connection_option_is_a_key() -> None:
    """A new option is a key by itself. One that is not needs another form in this table."""
    renamed = {HEADERS: "headers", **dict.fromkeys(SCHEMES, "auth")}
    options = [str(option.name) for option in shared_options("connection")]
    assert {renamed.get(name, name) for name in options} | {"url", "password", *COMMAND_KEYS} == set(keys())
    assert "[servers.work]" in run("help", "profiles").out


def test_every_argument_that_takes_a_url_takes_a_profile() -> None:
    root = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(root, name)
        leaves = command.commands.values() if isinstance(command, click.Group) else [command]
        for leaf in filter(None, leaves):
            for parameter in leaf.params:
                if "URL" in (parameter.metavar or "") and parameter.name not in ("proxy", "urls_file"):
                    assert parameter.type in (TARGET, TARGET_OR_OTHER), (name, parameter.name)


def test_no_other_target_reads_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", lambda *words, **named: pytest.fail("a file was opened"))
    for word in ("https://dav.example/x", "C:\\x", "dav://h/x", "urn:uuid:1"):
        assert as_url(word) == word

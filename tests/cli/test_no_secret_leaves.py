"""Whatever a server repeats, no secret that davlock used is in its output or in any file that it writes."""

import base64
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.answers import TOKEN
from tests.cli.command import Done, run
from tests.cli.reflecting import (
    API_KEY,
    BEARER,
    CANARIES,
    COOKIE,
    OWN_KEY,
    PASSWORD,
    PROXY_PASSWORD,
    SECOND_PASSWORD,
    Reflecting,
    Search,
    digest_secrets,
)
from tests.transport.scripted import ScriptedServer

Serve = Callable[..., ScriptedServer]

MANNERS = ("works", "refuses", "challenges", "locked", "moves", "rubbish", "utf16")

TYPED_TOKEN = ("--token", TOKEN)

COMMANDS: dict[str, tuple[str, ...]] = {
    "diagnose": ("diagnose", "OPTIONS", "URL"),
    "attempt": ("diagnose", "OPTIONS", "--attempt", "lock", "URL"),
    "extras": ("diagnose", "OPTIONS", "--if-match", '"1"', "--as", "finder", "--scratch", "FOLDER", "URL"),
    "several": ("diagnose", "OPTIONS", "URL", "FOLDER"),
    "locks": ("locks", "OPTIONS", "URL", "FOLDER"),
    "walk": ("locks", "OPTIONS", "-r", "--max-requests", "6", "FOLDER"),
    "propfind": ("propfind", "OPTIONS", "--allprop", "URL"),
    "lock": ("lock", "OPTIONS", "--timeout", "60", "URL"),
    "refresh": ("refresh", "OPTIONS", *TYPED_TOKEN, "URL"),
    "unlock": ("unlock", "OPTIONS", *TYPED_TOKEN, "URL"),
    "steal": ("unlock", "OPTIONS", "--steal", "URL"),
    "put": ("put", "OPTIONS", "FILE", "URL"),
    "put-if": ("put", "OPTIONS", "--if-match", "current", "FILE", "URL"),
    "run": ("run", "OPTIONS", "--no-wait", "URL", "--", "true"),
    "wait": ("wait", "OPTIONS", "-w", "0.1s", "URL"),
    "wait-lock": ("wait", "OPTIONS", "-w", "0.1s", "--then", "lock", "URL"),
    "watch": ("watch", "OPTIONS", "--for", "0.2s", "--interval", "0.1s", "URL"),
    "cleanup": ("cleanup", "OPTIONS", "--all", "--max-requests", "6", "FOLDER"),
    "cleanup-yes": ("cleanup", "OPTIONS", "--all", "--yes", "--max-requests", "6", "FOLDER"),
    "check": ("check", "OPTIONS", "--select", "discovery,put,lock,lock-protects", "FOLDER"),
    "check-user2": ("check", "OPTIONS", "--user2", f"zoe:{SECOND_PASSWORD}", "--read-only", "FOLDER"),
    "ledger": ("ledger", "list", "OPTIONS", "--verify"),
    "recover": ("ledger", "recover", "OPTIONS", "--kept"),
}

LOGINS: dict[str, tuple[str, ...]] = {
    "basic": ("-u", f"anna:{PASSWORD}"),
    "only-basic": ("--basic", "-u", f"anna:{PASSWORD}"),
    "digest": ("--digest", "-u", f"anna:{PASSWORD}", "-H", "X-Wants: digest"),
    "any-digest": ("-u", f"anna:{PASSWORD}", "-H", "X-Wants: digest"),
    "bearer": ("--oauth2-bearer", BEARER),
    "in-url": (),
    "netrc": ("--netrc",),
    "password-file": ("-u", "anna", "--password-file", "PASSWORD-FILE"),
    "cookie": ("-H", f"Cookie: sid={COOKIE}; theme=dark"),
    "api-key": ("-H", f"X-Api-Key: {API_KEY}"),
    "own-field": ("-H", f"X-Our-Key: {OWN_KEY}"),
    "own-bearer": ("-H", f"Authorization: Bearer {BEARER}"),
    "proxy": ("-u", f"anna:{PASSWORD}", "-x", "PROXY"),
}

OUTPUTS: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("--json",), False),
    ((), False),
    ((), True),
    (("-v",), True),
    (("--format", "jsonl", "-v"), False),
    (("-v", "--trace-tokens", "--color", "always"), False),
)


@dataclass(frozen=True, slots=True)
class Case:
    command: str
    login: str
    manner: str
    output: int
    bundle: bool

    def __str__(self) -> str:
        return f"{self.command}-{self.login}-{self.manner}-{self.output}{'-bundle' if self.bundle else ''}"


def _cases() -> Iterator[Case]:
    """Every command with every manner; logins and outputs take turns, so that each meets each."""
    logins, outputs = itertools.cycle(LOGINS), itertools.cycle(range(len(OUTPUTS)))
    for number, (command, manner) in enumerate(itertools.product(COMMANDS, MANNERS)):
        yield Case(command, next(logins), manner, next(outputs), bundle=number % 3 != 2)


ALL = list(_cases())

QUICK = [
    Case(command, tuple(LOGINS)[place % len(LOGINS)], MANNERS[place % len(MANNERS)], place % len(OUTPUTS), bundle=True)
    for place, command in enumerate(COMMANDS)
]
"""Every command once, every login and every manner; all 161 runs take a minute: DAVLOCK_TEST_ALL_SECRETS=1."""

CASES = ALL if os.environ.get("DAVLOCK_TEST_ALL_SECRETS") else QUICK


def _login(case: Case) -> tuple[str, ...]:
    """The options of the login; a second user with a password of its own excludes --password-file."""
    clash = case.command == "check-user2" and case.login == "password-file"
    return LOGINS["basic" if clash else case.login]


class Place:
    """A reflecting server, and the files of one case."""

    def __init__(self, server: ScriptedServer, folder: Path) -> None:
        self._server = server
        self.written = folder / "written"
        self.written.mkdir()
        (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
        quoted = PASSWORD.replace('"', '\\"')
        (folder / "netrc").write_text(f'machine 127.0.0.1 login anna password "{quoted}"\n', encoding="utf-8")
        (folder / "netrc").chmod(0o600)
        (folder / "content").write_text("content\n")
        self._environment = {"NETRC": str(folder / "netrc"), "XDG_STATE_HOME": str(self.written)}
        self._folder = folder

    def run(self, case: Case) -> Done:
        """The command of ``case``, with everything that it needs."""
        base = self._server.url
        if case.login == "in-url":
            base = base.replace("//", f"//anna:{quote(PASSWORD, safe='')}@")
        names = {
            "URL": f"{base}/folder/a.txt",
            "FOLDER": f"{base}/folder/",
            "FILE": str(self._folder / "content"),
            "PASSWORD-FILE": str(self._folder / "password"),
            "PROXY": f"http://petra:{quote(PROXY_PASSWORD, safe='')}@127.0.0.1:{self._server.port}",
        }
        words, terminal = OUTPUTS[case.output]
        options = [*_login(case), *words, "--max-time", "5s"]
        if case.bundle:
            options += ["--bundle", str(self.written / "bundle.zip")]
        command = COMMANDS[case.command]
        at = command.index("OPTIONS")
        typed = [names.get(word, word) for word in (*command[:at], *options, *command[at + 1 :])]
        return run(*typed, tty=terminal, env=self._environment)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_secret_leaves(serve: Serve, tmp_path: Path, case: Case) -> None:
    """Neither on stdout or stderr, nor in a bundle, the ledger, a journal or any other file."""
    play = Reflecting("works")
    server = serve(play)
    place = Place(server, tmp_path)
    if case.command in ("ledger", "recover"):
        place.run(Case("lock", case.login, "works", 0, bundle=False))
    play.manner = case.manner
    done = place.run(case)
    assert done.code != 70, done
    assert server.requests, done
    search = Search((*CANARIES, *digest_secrets(server.requests)))
    found = search.leaks("stdout", done.out.encode()) + search.leaks("stderr", done.err.encode())
    assert found + search.leaks_in(place.written) == []
    if case.bundle:
        assert (place.written / "bundle.zip").stat().st_mode & 0o777 == 0o600


def test_the_search_finds_each_spelling() -> None:
    """A search that finds nothing anywhere would prove nothing."""
    search = Search(CANARIES)
    for secret in CANARIES:
        basic = base64.b64encode(f"u:{secret}".encode()).decode()
        for text in (secret, quote(secret, safe=""), json.dumps(secret), basic):
            assert search.leaks("text", f"<p>{text}</p>".encode()), (secret, text)
            assert search.leaks("text", f"<p>{text[:9]}\n  {text[9:]}</p>".encode()), (secret, text)


def test_a_printed_command_does_not_repeat_a_field_of_ones_own(serve: Serve, tmp_path: Path) -> None:
    """A 401 says how to log in, by the command line that was typed."""
    place = Place(serve(Reflecting("challenges")), tmp_path)
    done = place.run(Case("propfind", "own-field", "challenges", 1, bundle=False))
    assert done.code == 4
    assert Search(CANARIES).leaks("stderr", done.err.encode()) == []

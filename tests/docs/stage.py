"""Runs what a page tells people to type: on real servers, with the files and the locks that its words suppose.

``https://dav.example/`` becomes a new folder on a server of this machine, and comes back in the output.
"""

import contextlib
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.command import clean_environment, run
from tests.docs.pages import ROOT, Command, Section
from tests.servers import Server, new_folder
from tests.servers.proxy import proxy, untouched, without

EXAMPLE = "https://dav.example/"

FILES = (
    "team/report.odt",
    "team/plan.txt",
    "kids/a.txt",
    "kids/b.txt",
    "site/page.html",
    "a.odt",
    "a.csv",
    "nightly.lock",
    "ci/",
    "inbox/",
    "release/",
    "scratch/",
)
"""What is in each new folder of a server; a slash ends a collection."""

CHEAP = "exclusive"
"""The checks of a bare ``davlock check`` of which a page shows no output. All of them take a quarter of a minute."""

TIME_ZONE = "UTC0"
"""The pages show times in UTC. Whoever writes their outputs may live elsewhere."""

ALICE = "lock -q -u alice --owner 'Alice Miller' "
BOB = "lock -q -u bob --owner bob@laptop "

STATES: dict[str, tuple[str, ...]] = {
    "locked": (ALICE + "team/report.odt",),
    "tree": (ALICE + "team/report.odt", ALICE + "--timeout 50m team/plan.txt", BOB + "--timeout 7d kids/a.txt"),
    "svn-locked": ("svn lock --username alice --password alice -m 'cover page' team/report.odt",),
    "office": ("lock -q -u alice --owner 'LibreOffice -' team/report.odt",),
}
"""By the word behind a fence: what somebody did before, as they would type it. The reader's ledger does not know it."""

PROGRAMS = {
    "davlock": f'exec "{sys.executable}" -m davlock "$@"',
    "pass": 'echo "$DAVLOCK_PASSWORD"',
    "vi": "true",
    "svn": f'exec {shutil.which("svn")} --non-interactive --no-auth-cache --username bob --password bob "$@"',
}
"""What is on the PATH of a reader: also a password manager, and a Subversion that knows the login."""

OWN_PROGRAMS = ("upload", "deploy", "nightly")
"""What a reader has in the folder in which they type."""

_SHELL = re.compile(r"[|<>;&$`*~]|^\w+=|^davlock run |--exec")
"""What only a shell understands, and what starts a program, which writes to the streams of this process."""

_QUOTED = re.compile(r"'[^']*'")

_HERE_DOCUMENT = re.compile(r"(?P<line>.*) <<'END'\n(?P<text>.*\n)END\n?", re.DOTALL)

_folders = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left: its status, and all that a terminal would show of it."""

    code: int
    shown: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder of a server, and the folder in which a reader types. ``address`` is that of a proxy in front of it."""

    server: Server
    here: Path
    address: str = ""
    url: str = field(init=False)

    def __post_init__(self) -> None:
        name = f"r{next(_folders)}/"
        object.__setattr__(self, "url", (self.address or self.server.url) + name)
        if self.server.kind == "svn":
            self._import()
        else:
            self._write()
        shutil.copytree(Path(__file__).parent / "files", self.here, dirs_exist_ok=True)
        (self.here / "config.toml").write_text(f'[servers.work]\nurl = "{self.url}"\n')
        programs = self.here / ".bin"
        programs.mkdir()
        for name, script in PROGRAMS.items():
            _write_program(programs / name, script)
        for name in OWN_PROGRAMS:
            _write_program(self.here / name, "true")

    def _write(self) -> None:
        """Write the files of the new folder on the disk."""
        url = new_folder(self.server, self.url.split("/")[-2])
        owner = self.server.root.stat()
        for name in FILES:
            path = self.server.path(url) / name
            path.parent.mkdir(exist_ok=True)
            path.mkdir() if name.endswith("/") else path.write_text("a draft\n")
        for path in self.server.path(url).rglob("*"):
            if path.stat().st_uid != owner.st_uid:
                os.chown(path, owner.st_uid, owner.st_gid)
            # Apache's entity tags are weak within a second of the last change.
            os.utime(path, (owner.st_mtime - 3600,) * 2)

    def _import(self) -> None:
        """Commit the files of the new folder: Subversion keeps none on the disk."""
        with tempfile.TemporaryDirectory() as name:
            for file in FILES:
                path = Path(name) / file
                path.parent.mkdir(exist_ok=True)
                path.mkdir() if file.endswith("/") else path.write_text("a draft\n")
            login = (
                "--non-interactive",
                "--no-auth-cache",
                "--username",
                "bob",
                "--password",
                self.server.users["bob"],
            )
            subprocess.run(["svn", "import", "-q", *login, "-m", "files", name, self.url], check=True)

    def prepare(self, state: str) -> None:
        """Bring the server into ``state``."""
        for line in STATES[state]:
            *words, path = shlex.split(line)
            if words[0] == "svn":
                done = self._shell(shlex.join([*words, self.url + path]))
            else:
                done = self._davlock([*words, self.url + path], home=self.here / ".others", terminal=False)
            assert done.code == 0, (line, done.shown)

    def run(self, command: Command) -> Outcome:
        """Type ``command``. What needs no shell runs in this process, and meets a terminal."""
        typed = command.typed.replace(EXAMPLE, self.url)
        line, stdin = typed.replace("\\\n", " "), b""
        if (here_document := _HERE_DOCUMENT.fullmatch(typed)) is not None:
            line, stdin = here_document["line"], here_document["text"].encode()
        line = re.sub(r"\s+# .*", "", line)
        if (from_file := re.fullmatch(r"(.*) < (\S+)", line, re.DOTALL)) is not None:
            line, stdin = from_file[1], (self.here / from_file[2]).read_bytes()
        bare = line.startswith("davlock check ") and not re.search("--(select|profile|read-only|list|clean-up)", line)
        if bare and not command.output:  # what a page shows is what its own command prints
            line = typed = f"{line} --select {CHEAP}"
        if line.startswith("davlock ") and not _SHELL.search(_QUOTED.sub("", line)):
            outcome = self._davlock(shlex.split(line)[1:], home=self.here, terminal=True, stdin=stdin)
        else:
            outcome = self._shell(typed)
        return Outcome(outcome.code, outcome.shown.replace(self.url, EXAMPLE))

    def _environment(self, typed: str, home: Path) -> dict[str, str]:
        user = next(iter(re.findall(r"(?<!\S)-u (\w+)", typed)), "bob")
        netrc = self.here / ".netrc"
        netrc.write_text(f"machine 127.0.0.1 login {user} password {self.server.users[user]}\n")
        netrc.chmod(0o600)
        # Who names no user may rely on the environment.
        named = re.search(r"(?<!\S)(-u|--netrc|-n)\b", typed)
        return {
            **({} if named else {"DAVLOCK_USER": user}),
            "HOME": str(self.here),
            "SHELL": "/bin/bash",
            "XDG_STATE_HOME": str(home / ".state"),
            "DAVLOCK_CONFIG": str(self.here / "config.toml"),
            "DAVLOCK_PASSWORD": self.server.users[user],
            "DAVLOCK_NO_INPUT": "1",
            "NO_COLOR": "1",
            "COLUMNS": "80",
            "TZ": TIME_ZONE,
            "PATH": f"{self.here / '.bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        }

    def _davlock(self, words: list[str], *, home: Path, terminal: bool, stdin: bytes = b"") -> Outcome:
        with contextlib.chdir(self.here), _in_time_zone():
            done = run(*words, stdin=stdin, env=self._environment(shlex.join(words), home), tty=terminal)
        return Outcome(done.code, done.out + done.err)

    def _shell(self, typed: str) -> Outcome:
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=self.here,
            env=clean_environment(self._environment(typed, self.here)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout)


@contextlib.contextmanager
def _in_time_zone() -> Iterator[None]:
    """What runs in this process takes its zone from before, whatever is in its environment."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = TIME_ZONE
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def _write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


FRONTS = {"": untouched, "no-if": without("If")}
"""By the setting ``via`` of a block: what a proxy in front of the server does to requests."""


@contextlib.contextmanager
def stage_for(section: Section, server_for: Callable[[str, str, str], Server], here: Path) -> Iterator[Stage]:
    """A stage on the server that the blocks of ``section`` ask for: Apache, unless they say otherwise."""
    settings = {name: value for block in section.blocks for name, value in block.settings.items()}
    kind, _, variant = settings.get("on", "apache").partition("-")
    server = server_for(kind, "basic" if kind in ("apache", "wsgidav", "svn") else "none", variant)
    with contextlib.ExitStack() as stack:
        front = settings.get("via", "")
        address = stack.enter_context(proxy(server.url, before=FRONTS[front])) if front else ""
        stage = Stage(server, here, address)
        for block in section.blocks:
            if "file" in block.settings:
                (here / block.settings["file"]).write_text(block.text)
        yield stage


_CHANGING = (
    (r"opaquelocktoken:[\w-]+|urn:(?:uuid:)?[0-9a-f-]{8,}", "TOKEN"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| \w+)?", "TIME"),
    (r"\b\d\d:\d\d(:\d\d)?( CES?T| UTC)?", "TIME"),
    (r"\b[\d.,]+ ?(more )?(ms|s|sec|seconds?|min|minutes?|h|hours?|days?)\b", "DURATION"),
    (r"(-w|--wait) \d+[smhd]?", "-w DURATION"),
    (r"\"[0-9a-f]{1,6}-[0-9a-f]+\"|\"[0-9a-f-]{20,}\"", "ETAG"),
    (r"davlock-check-\w+", "davlock-check-RANDOM"),
    (r"Apache/[\d.]+( \(\w+\))?|nginx/[\d.]+|rclone/v[\d.]+|WsgiDAV/[\d.]+", "SERVER"),
    (r"davlock [\d.]+(dev\d+)?", "davlock VERSION"),
    (r"\s+", " "),
)


def comparable(text: str) -> str:
    """``text`` without what differs between two runs: times, tokens, versions, and where lines break."""
    for pattern, stand_in in _CHANGING:
        text = re.sub(pattern, stand_in, text)
    return text.strip()


def matches(expected: str, shown: str) -> bool:
    """Whether a page shows what a command printed. An ellipsis on a line of its own stands for any lines."""
    parts = [comparable(part) for part in re.split(r"(?m)^\s*…$", expected)]
    return re.fullmatch(".*".join(map(re.escape, parts)), comparable(shown), re.DOTALL) is not None

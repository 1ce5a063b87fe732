"""``make smoke``: install davlock as a person does, in a new folder, and try each command.

The environment has no tools of development and no compiler. It holds only what davlock needs to run. The server is the
one of the demo, in an environment of its own. ``python -m release.smoke WHEEL`` tries a wheel that is built already.
Needs nothing but Python.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]

DEVELOPMENT = ("pytest", "mypy", "ruff", "hypothesis", "wsgidav", "cheroot", "hatchling", "davlock_acme")
"""What the environment must not have, or the test would not be that of a new machine."""

REFUSED = "PUT /team/report.odt HTTP/1.1\r\nHost: dav.example\r\n\r\nHTTP/1.1 423 Locked\r\n\r\n"
LOCKED, FREE = "team/report.txt", "team/free.txt"


class Environment:
    """A new virtual environment, and commands that see nothing else of this machine."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        home = folder.parent / "home"
        home.mkdir(exist_ok=True)
        # CC: what is not there as a wheel must fail, also where there is a compiler.
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_")) or "proxy" in name}
        self.variables = {**kept, "PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(home), "CC": "/bin/false"}
        subprocess.run([sys.executable, "-m", "venv", *options, str(folder)], check=True)

    def install(self, what: str, *, into: "Environment | None" = None) -> None:
        """Install ``what`` here, or with this pip ``into`` another environment. Dependencies come as wheels."""
        place = str((into or self).bin / "python")
        words = ("-m", "pip", "--python", place, "--disable-pip-version-check", "--quiet", "install")
        subprocess.run([str(self.bin / "python"), *words, "--only-binary=:all:", what], check=True, env=self.variables)

    def expect(self, words: tuple[str, ...], part: str = "", *, status: int = 0, stdin: str = "") -> str:
        """What the command writes. Ends with a message if its exit status differs, or ``part`` is not in it."""
        done = subprocess.run(
            [str(self.bin / words[0]), *words[1:]],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.variables,
            cwd=self.folder.parent,
        )
        if done.returncode != status or part not in done.stdout:
            sys.exit(f"smoke: {' '.join(words)}: exit status {done.returncode}, expected {status}\n{done.stdout}")
        return done.stdout


def main() -> int:
    """Build, install and try; the exit status."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="davlock-smoke-") as name:
        folder = Path(name)
        user = Environment(folder / "user")
        wheel = Path(sys.argv[1]).resolve() if sys.argv[1:] else _built(user, folder)
        user.install(str(wheel))
        installed = time.monotonic()
        size = sum(file.stat().st_size for file in user.folder.rglob("*") if file.is_file())
        tried = _try_offline(user)
        host = Environment(folder / "host", "--without-pip")
        user.install(f"{wheel}[demo]", into=host)
        with _server(host) as url:
            tried += _try_on_server(user, url)
    now = time.monotonic()
    print(f"smoke: {size / 1e6:.0f} MB, installed in {installed - begun:.0f} s")
    print(f"smoke: {tried} commands, tried in {now - installed:.0f} s")
    return 0


def _built(user: Environment, folder: Path) -> Path:
    words = ("-m", "pip", "--disable-pip-version-check", "--quiet", "wheel", "--no-deps", "-w", str(folder), str(ROOT))
    subprocess.run([str(user.bin / "python"), *words], check=True, env=user.variables)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _try_offline(user: Environment) -> int:
    """What needs no server; how many commands it tried."""
    user.expect(("python", "-m", "pip", "check"), "No broken requirements")
    found = f"import importlib.util as u; print([n for n in {DEVELOPMENT!r} if u.find_spec(n)])"
    user.expect(("python", "-c", found), "[]")
    version = user.expect(("davlock", "--version"), "davlock ")
    user.expect(("python", "-W", "error", "-c", "import davlock; print('davlock', davlock.__version__)"), version)
    commands = user.expect(("python", "-c", "from davlock.cli.main import COMMANDS; print(*COMMANDS)")).split()
    user.expect(("davlock", "--help"), "diagnose")
    helps = f"from davlock.cli.main import run; print([n for n in {commands!r} if run([n, '--help'])])"
    user.expect(("python", "-W", "error", "-c", helps), "[]\n")
    for command in commands:
        page = user.folder / "share" / "man" / "man1" / f"davlock-{command}.1"
        if command != "help" and not page.is_file():
            sys.exit(f"smoke: {page} is missing")
    for words, stdin, part, status in (
        (("explain", "423"), "", "Locked", 0),
        (("explain", "-"), REFUSED, "423-token-required", 0),
        (("decode", "if", "(<urn:x:1>)"), "", "urn:x:1", 0),
        (("completion", "bash"), "", "complete", 0),
        (("help", "exit-status"), "", "wrong arguments", 0),
        (("demo",), "", "pip install wsgidav cheroot", 2),
        (("diagnose", "http://127.0.0.1:9/"), "", "refused", 5),
    ):
        user.expect(("davlock", *words), part, status=status, stdin=stdin)
    return len(commands) + 12


def _try_on_server(user: Environment, url: str) -> int:
    """A life of a lock; how many commands it tried."""
    alice, bob = ("-u", "alice:alice"), ("-u", "bob:bob")
    lines: tuple[tuple[tuple[str, ...], str, str, int], ...] = (
        (("lock", *alice, url + LOCKED), "", "", 0),
        (("diagnose", *bob, url + LOCKED), "", "423-held-by-other", 1),
        (("put", *bob, "-", url + LOCKED), "bob's", "423-held-by-other", 1),
        (("locks", *bob, "-r", url), "", "report.txt", 0),
        (("unlock", *alice, url + LOCKED), "", "", 0),
        (("run", *bob, url + LOCKED, "--", "true"), "", "", 0),
        (("put", *bob, "-", url + FREE), "bob's", "", 0),
        (("ledger", "list"), "", "", 0),
    )
    for words, stdin, part, status in lines:
        user.expect(("davlock", *words), part, status=status, stdin=stdin)
    return len(lines)


@contextmanager
def _server(host: Environment) -> Iterator[str]:
    """The URL of the demo's server."""
    words = [str(host.bin / "davlock"), "demo", "--serve"]
    environment = {**host.variables, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        try:
            line = server.stdout.readline()
            match = re.search(r"http://127\.0\.0\.1:\d+/", line)
            if match is None:
                sys.exit(f"smoke: davlock demo --serve says: {line}")
            yield match[0]
        finally:
            server.terminate()


if __name__ == "__main__":
    sys.exit(main())

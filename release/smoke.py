"""``make smoke``: install davlock as a person does, in a new folder, and try each command.

The environment has no tools of development and no compiler. It holds only what davlock needs to run. The server is the
one of the demo, in an environment of its own. ``python -m release.smoke WHEEL`` tries a wheel that is built already.
Needs nothing but Python.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release.environment import Environment

DEVELOPMENT = ("pytest", "mypy", "ruff", "hypothesis", "wsgidav", "cheroot", "hatchling", "davlock_acme")
"""What the environment must not have, or the test would not be that of a new machine."""

REFUSED = "PUT /team/report.odt HTTP/1.1\r\nHost: dav.example\r\n\r\nHTTP/1.1 423 Locked\r\n\r\n"
LOCKED, FREE = "team/report.txt", "team/free.txt"


def main() -> int:
    """Build, install and try; the exit status."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="davlock-smoke-") as name:
        folder = Path(name)
        user = Environment(folder / "user")
        wheel = Path(sys.argv[1]).resolve() if sys.argv[1:] else user.wheel(folder)
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

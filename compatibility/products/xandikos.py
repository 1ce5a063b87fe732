"""Xandikos, a server of calendars: it says that it has locks, and has none."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    options = ["-d", str(setup.root), "-l", "127.0.0.1", "-p", str(setup.port)]
    return [str(installed / "bin/xandikos"), "serve", *options, "--defaults", "--current-user-principal", "/user/"]


CANDIDATE = Candidate(
    name="xandikos",
    title="Xandikos",
    place="user/calendars/calendar/",
    source=pypi("xandikos"),
    login="none",
    serve=_serve,
    start="xandikos serve -d /srv/dav -l 127.0.0.1 -p 8080 --defaults   # calendars only; logins come from a proxy",
    see="There is nothing to see: Xandikos keeps no locks.",
    breaks=Break(words="There is nothing to break: Xandikos keeps no locks."),
    avoid=("LOCK. Calendar clients send If-Match.",),
)

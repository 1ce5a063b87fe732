"""Radicale, a server of calendars: it says that it has locks, and has none."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.accounts import USERS
from tests.servers.product import Setup

_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {users}
htpasswd_encryption = plain
[rights]
type = authenticated
[storage]
filesystem_folder = {root}
"""


def _serve(setup: Setup, installed: Path) -> list[str]:
    users = setup.write("users", "".join(f"{user}:{password}\n" for user, password in USERS.items()))
    config = setup.write("config", _CONFIG.format(port=setup.port, users=users, root=setup.root))
    return [str(installed / "bin/radicale"), "-C", str(config)]


CANDIDATE = Candidate(
    name="radicale",
    title="Radicale",
    source=pypi("radicale"),
    serve=_serve,
    start="radicale -C config   # calendars only: it takes no other files",
    see="There is nothing to see: Radicale keeps no locks.",
    breaks=Break(words="There is nothing to break: Radicale keeps no locks."),
    avoid=("LOCK. Calendar clients send If-Match.",),
)

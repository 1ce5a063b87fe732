"""X-wing, whose WebDAV grants every lock and keeps none."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.product import Setup

_EVERYBODY = "users:\n  '*':\n    read: true\n    write: true\n    delete: true\n"


def _serve(setup: Setup, installed: Path) -> list[str]:
    users = setup.write("users.yaml", _EVERYBODY)
    options = ["--root", str(setup.root), "--port", str(setup.port), "--no-open", "--users-config", str(users)]
    return [str(installed / "bin/xwing"), "serve", *options]


CANDIDATE = Candidate(
    name="xwing",
    title="X-wing",
    source=pypi("xwing"),
    login="none",
    serve=_serve,
    start="xwing serve --root /srv/dav --port 8080 --no-open --users-config users.yaml   # logins come from a proxy",
    see="There is nothing to see: X-wing keeps no locks.",
    breaks=Break(words="There is nothing to break: X-wing keeps no locks."),
)

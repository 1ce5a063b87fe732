"""copyparty, whose WebDAV grants every lock and keeps none."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.accounts import USERS
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    accounts = [option for user, password in USERS.items() for option in ("-a", f"{user}:{password}")]
    options = [
        "--usernames",
        "--daw",
        "-i",
        "127.0.0.1",
        "-p",
        str(setup.port),
        "-v",
        f"{setup.root}::A,{','.join(USERS)}",
    ]
    return [str(installed / "bin/copyparty"), *accounts, *options]


CANDIDATE = Candidate(
    name="copyparty",
    title="copyparty",
    source=pypi("copyparty"),
    serve=_serve,
    start="copyparty --usernames --daw -a alice:… -v /srv/dav::A,alice   # --daw: PUT may overwrite a file",
    see="There is nothing to see: copyparty keeps no locks.",
    breaks=Break(words="There is nothing to break: copyparty keeps no locks."),
)

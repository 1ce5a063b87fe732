"""pywebdavserver, which puts WsgiDAV in front of its storages."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    options = ["--path", str(setup.root), "--host", "127.0.0.1", "--port", str(setup.port), "--no-auth"]
    return [str(installed / "bin/pywebdavserver"), "serve", "--backend", "local", *options]


CANDIDATE = Candidate(
    name="pywebdavserver",
    title="pywebdavserver",
    source=pypi("pywebdavserver"),
    login="none",
    serve=_serve,
    start="pywebdavserver serve --backend local --path /srv/dav --host 127.0.0.1 --port 8080 --no-auth",
    see="The locks are in the memory of the server. `davlock locks -r` is the only list.",
    breaks=Break(words="Restart the server. This ends **all** locks.", stop=True),
)

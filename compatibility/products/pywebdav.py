"""PyWebDAV3."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    return [str(installed / "bin/davserver"), "-D", str(setup.root), "-H", "127.0.0.1", "-P", str(setup.port), "-n"]


CANDIDATE = Candidate(
    name="pywebdav3",
    title="PyWebDAV3",
    source=pypi("PyWebDAV3", "setuptools<81"),
    login="none",
    serve=_serve,
    start="davserver -D /srv/dav -H 127.0.0.1 -P 8080 -n   # it knows one user at most",
    see="The locks are in the memory of the server. `davlock locks` asks each file.",
    breaks=Break(words="Restart davserver. This ends **all** locks.", stop=True),
    avoid=("`If-Match` with an entity tag: the server gives none, so it refuses each. `If-Match: *` works.",),
    unknown=("Whether a lock ends: the server shows a timeout that is no number.",),
)

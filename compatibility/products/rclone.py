"""rclone serve webdav."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, debian
from tests.servers import rclone
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    return rclone.PRODUCT.command(setup)


CANDIDATE = Candidate(
    name="rclone",
    title="rclone serve webdav",
    source=debian("rclone"),
    serve=_serve,
    start="rclone serve webdav --addr 127.0.0.1:8080 --htpasswd users /srv/dav",
    see="Nobody can: the locks are in the memory of rclone, and lockdiscovery is not there.",
    breaks=Break(words="Restart rclone. This ends **all** locks.", stop=True),
    unknown=(
        "Whether a file is locked, who locked it, until when, unless it tries: `davlock diagnose --attempt lock`.",
    ),
)

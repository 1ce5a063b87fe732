"""nginx with nginx-dav-ext-module."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, debian
from tests.servers import nginx
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    return nginx.PRODUCT.command(setup)


CANDIDATE = Candidate(
    name="nginx",
    title="nginx dav-ext",
    source=debian("nginx-light", "libnginx-mod-http-dav-ext"),
    serve=_serve,
    start="""\
# in http: dav_ext_lock_zone zone=davlock:4m timeout=60m;
# in the location: dav_methods PUT DELETE MKCOL COPY MOVE;
#   dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK; dav_ext_lock zone=davlock;
systemctl restart nginx""",
    drops_root=True,
    see="The locks are in shared memory. `davlock locks -r` is the only list.",
    breaks=Break(words="Restart nginx (a reload keeps the locks). This ends **all** locks.", stop=True),
    unknown=(
        "Who holds a lock: the server keeps no owner.",
        "How long a lock lasts: it is the timeout of the zone, whatever was asked.",
    ),
)

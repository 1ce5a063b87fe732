"""Apache's mod_dav with files, as Debian ships it."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, debian
from tests.servers import apache
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    return apache.PRODUCT.command(setup)


CANDIDATE = Candidate(
    name="apache",
    title="Apache mod_dav_fs",
    source=debian("apache2-bin"),
    serve=_serve,
    start="""\
a2enmod dav dav_fs dav_lock auth_basic
# in the site: DavLockDB /var/lock/apache2/DAVLock, and in the Location: Dav On
systemctl restart apache2""",
    drops_root=True,
    see="The lock database cannot be read by people. `davlock locks -r` is the only list.",
    breaks=Break(
        words="Stop Apache, remove its lock database, start it. This ends **all** locks.",
        command="rm -f {store}*",
        store="/var/lock/apache2/DAVLock",
        scratch="lock/DavLock",
        stop=True,
    ),
    unknown=(
        "With `DavLockDiscovery Off` (Apache 2.4.55 and newer), the server hides every lock.",
        "The name of the login that holds a lock: lockdiscovery has what the client wrote.",
    ),
    avoid=(
        "Many LOCKs or UNLOCKs at the same moment. Apache answers 200 or 204, and forgets some of them: it can grant"
        " one file to two clients. See [servers.md](../servers.md#requests-at-the-same-moment).",
    ),
)

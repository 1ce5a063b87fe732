"""lighttpd's mod_webdav."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, debian
from tests.servers import lighttpd
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    return lighttpd.PRODUCT.command(setup)


CANDIDATE = Candidate(
    name="lighttpd",
    title="lighttpd mod_webdav",
    source=debian("lighttpd-mod-webdav", "lighttpd"),
    serve=_serve,
    start="""\
lighty-enable-mod webdav auth
# in 10-webdav.conf: webdav.sqlite-db-name = "/var/cache/lighttpd/webdav.db"
systemctl restart lighttpd""",
    see="""`sqlite3 /var/cache/lighttpd/webdav.db 'SELECT resource, owner, ownerinfo FROM locks'`""",
    breaks=Break(
        words="Delete the lock from the database. The server keeps running.",
        command="""sqlite3 {store} "DELETE FROM locks WHERE resource LIKE '%/report.txt'\"""",
        store="/var/cache/lighttpd/webdav.db",
        scratch="webdav.db",
        one=True,
    ),
    unknown=(
        "The name that the client wrote: the server keeps it (`ownerinfo`), and does not show it.",
        "When a lock ends. lighttpd 1.4.69 adds the seconds to the hour of the day, so that ten minutes never end.",
    ),
    avoid=("A list in Timeout, as `Infinite, Second-600`: it hangs lighttpd 1.4.69. Send one value.",),
)

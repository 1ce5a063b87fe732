"""Subversion's mod_dav_svn under Apache, with SVNAutoversioning."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, debian
from tests.servers import subversion
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    return subversion.PRODUCT.command(setup)


CANDIDATE = Candidate(
    name="subversion",
    title="Subversion mod_dav_svn",
    source=debian("libapache2-mod-svn", "apache2-bin", "subversion"),
    serve=_serve,
    start="""\
svnadmin create /srv/svn/repository
a2enmod dav_svn
# in the Location: DAV svn, SVNPath /srv/svn/repository, SVNAutoversioning on
systemctl restart apache2""",
    drops_root=True,
    place="svn/",
    see="`svnadmin lslocks /srv/svn/repository` lists every lock, its login and its comment.",
    breaks=Break(
        words="Remove the locks of one file. The server keeps running.",
        command="svnadmin rmlocks {store} /report.txt",
        store="/srv/svn/repository",
        scratch="repository",
        one=True,
    ),
    unknown=("Locks that `svn lock` took without `--force` look the same as those of WebDAV clients.",),
)

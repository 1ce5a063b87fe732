"""Every product, in the order of the matrix, and those that cannot be started from packages."""

from compatibility.candidate import Candidate, Refused
from compatibility.products import (
    apache,
    asgi_webdav,
    chezdav,
    copyparty,
    golang,
    lighttpd,
    nephele,
    nginx,
    pywebdav,
    pywebdavserver,
    radicale,
    rclone,
    sabre,
    subversion,
    tomcat,
    webdav_server,
    wsgidav,
    xandikos,
    xwing,
    yaws,
    zope,
)

CANDIDATES: tuple[Candidate, ...] = tuple(
    sorted(
        (
            apache.CANDIDATE,
            asgi_webdav.CANDIDATE,
            chezdav.CANDIDATE,
            copyparty.CANDIDATE,
            golang.CANDIDATE,
            lighttpd.CANDIDATE,
            nephele.CANDIDATE,
            nginx.CANDIDATE,
            pywebdav.CANDIDATE,
            pywebdavserver.CANDIDATE,
            radicale.CANDIDATE,
            rclone.CANDIDATE,
            sabre.CANDIDATE,
            subversion.CANDIDATE,
            tomcat.CANDIDATE,
            webdav_server.CANDIDATE,
            *wsgidav.CANDIDATES,
            xandikos.CANDIDATE,
            xwing.CANDIDATE,
            yaws.CANDIDATE,
            zope.CANDIDATE,
        ),
        key=lambda candidate: candidate.title.lower(),
    )
)

REFUSED = (
    Refused("fps-webdav 0.10.2", "PyPI", "with the fps that pip installs beside it, it ends at once with a NameError"),
    Refused(
        "manabi 1.5.0", "PyPI", "WsgiDAV inside an application that hands out URLs with a token; it has no command"
    ),
    Refused("djangodav 0.0.1b23", "PyPI", "needs Python 2"),
    Refused(
        "HTTP_WebDAV_Server 1.0.0RC8",
        "Debian, php-http-webdav-server",
        "a base class; its example keeps locks in MySQL",
    ),
    Refused("DAViCal", "Debian, davical", "needs PostgreSQL; it serves calendars, not files"),
    Refused("spice-webdavd", "Debian", "answers only inside a virtual machine's SPICE channel"),
    Refused("gnome-user-share", "Debian", "starts Apache's mod_dav_fs for a desktop session: see Apache"),
    Refused("Caddy", "Debian", "Debian's build has no WebDAV module"),
    Refused(
        "Nextcloud",
        "-",
        "in none of the three registries. From its source and its issues: [where its locks are]"
        "(servers.md#what-davlock-knows-about-each-product), [a lock of the files_lock app]"
        "(findings.md#423-nextcloud-user-lock), [a lock of one request](findings.md#423-transactional), [locks without"
        " a lock app](servers.md#servers-that-only-pretend)",
    ),
    Refused(
        "ownCloud, oCIS, SharePoint, IIS",
        "-",
        "in none of the three registries. From their sources and documents: [where their locks are]"
        "(servers.md#what-davlock-knows-about-each-product)",
    ),
)

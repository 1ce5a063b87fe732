"""What each product does differently: one file of data per product.

If two fit, the first in PROFILES wins: a product comes before the one that it is built on.
"""

from davlock.protocol.message import Exchange
from davlock.servers import (
    apache,
    asgi_webdav,
    copyparty,
    golang,
    iis,
    lighttpd,
    nephele,
    nextcloud,
    nginx,
    nutstore,
    ocis,
    owncloud,
    owncloud_family,
    phodav,
    pywebdav,
    sabre,
    seafdav,
    sharepoint,
    svn,
    tomcat,
    webdav_server,
    wsgidav,
    yaws,
    zope,
)
from davlock.servers.profile import Profile, Traits

PROFILES: tuple[Profile, ...] = (
    nextcloud.PROFILE,
    owncloud.PROFILE,
    ocis.PROFILE,
    owncloud_family.PROFILE,
    nutstore.PROFILE,
    sabre.PROFILE,
    webdav_server.PROFILE,
    seafdav.PROFILE,
    wsgidav.PROFILE,
    sharepoint.PROFILE,
    iis.PROFILE,
    asgi_webdav.PROFILE,
    copyparty.PROFILE,
    nephele.PROFILE,
    phodav.PROFILE,
    pywebdav.PROFILE,
    tomcat.PROFILE,
    yaws.PROFILE,
    zope.PROFILE,
    lighttpd.PROFILE,
    golang.PROFILE,
    svn.PROFILE,
    apache.PROFILE,
    nginx.PROFILE,
)


def recognise(exchanges: tuple[Exchange, ...], profiles: tuple[Profile, ...] = PROFILES) -> Profile | None:
    """Returns the first of ``profiles`` whose traits show in ``exchanges``, or ``None``."""
    traits = Traits.of(exchanges)
    return next((profile for profile in profiles if profile.recognise(traits)), None)

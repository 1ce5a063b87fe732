"""What each product does differently: data first, one file per product.

The order of PROFILES decides where two fit: a product before what it is built on.
"""

from davlock.protocol.message import Exchange
from davlock.servers import apache, golang, lighttpd, nextcloud, nginx, sabre, svn, webdav_server, wsgidav
from davlock.servers.profile import Profile, Traits

PROFILES: tuple[Profile, ...] = (
    nextcloud.PROFILE,
    sabre.PROFILE,
    wsgidav.PROFILE,
    webdav_server.PROFILE,
    lighttpd.PROFILE,
    golang.PROFILE,
    svn.PROFILE,
    apache.PROFILE,
    nginx.PROFILE,
)


def recognise(exchanges: tuple[Exchange, ...], profiles: tuple[Profile, ...] = PROFILES) -> Profile | None:
    """The product whose traits show in ``exchanges``, or ``None``: the first of ``profiles`` that fits."""
    traits = Traits.of(exchanges)
    return next((profile for profile in profiles if profile.recognise(traits)), None)

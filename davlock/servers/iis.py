"""The WebDAV module of IIS (7.5 and newer).

From Microsoft's documentation of its configuration. The only lock store that it ships keeps locks in memory.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Store, Traits

_PUBLIC = "OPTIONS,TRACE,GET,HEAD,POST,PROPFIND,PROPPATCH,MKCOL,PUT,DELETE,COPY,MOVE,LOCK,UNLOCK"
_ALLOW = late_pattern(r"OPTIONS,TRACE,GET,HEAD,POST,COPY,PROPFIND(,(DELETE|MOVE|PROPPATCH|MKCOL|PUT|LOCK|UNLOCK))*")


def recognise(traits: Traits) -> bool:
    """Whether the module's list of methods shows; every application on IIS has the Server header."""
    return _PUBLIC in traits.public or (
        "microsoft-iis/" in traits.server and any(_ALLOW.fullmatch(allow) for allow in traits.allow)
    )


PROFILE = Profile(
    name="iis",
    title="IIS WebDAV",
    recognise=recognise,
    lock_store="IIS keeps locks in memory: recycling the application pool drops every lock",
    store=Store.MEMORY,
    lock_setup="Allow locks in IIS: authoring/locks, lockStore webdav_simple_lock",
    source="learn.microsoft.com IIS configuration, webdav/globalSettings/lockStores",
)

"""PyWebDAV3.

Measured on 0.9.14 and 0.11.0. No lock ever ends; one of depth infinity covers only its root. It answers every UNLOCK
204 and every If-Match 412, because it has no entity tags. It does not show the lock of a collection whose URL ends in a
slash, nor of a name without a resource.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Store, Traits

_SERVER = late_pattern(r"(?<![a-z])dav/[\d.]+ python/")
_TIMEOUT = late_pattern(r"<d:timeout>second-(infinite|second-\d+)</d:timeout>")


def recognise(traits: Traits) -> bool:
    """Whether its Server header or its form of a timeout shows."""
    return _SERVER.search(traits.server) is not None or _TIMEOUT.search(traits.locks) is not None


PROFILE = Profile(
    name="pywebdav",
    title="PyWebDAV3",
    recognise=recognise,
    lock_store="PyWebDAV3 keeps locks in memory: a restart drops every lock",
    store=Store.MEMORY,
    unlock_answers_anything=True,
    shows_inherited=False,
    removes_locked_members=True,
    counts_down=False,
    timeout_misleads=True,
    keeps_longer="PyWebDAV3 never ends a lock by itself: it stays until the server restarts",
    honours_if_match=True,
    source="measured on 0.9.14 and 0.11.0; pywebdav lib/locks.py",
)

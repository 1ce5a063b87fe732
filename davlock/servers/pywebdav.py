"""PyWebDAV3.

Measured on 0.9.14 and 0.11.0. No lock ever ends; one of depth infinity covers nothing but its root. UNLOCK is answered
204 whatever its token; any If-Match is a 412, for there are no entity tags. The lock of a collection is not shown where
its URL ends in a slash, nor that of a name where nothing is.
"""

import re

from davlock.servers.profile import Profile, Store, Traits

_SERVER = re.compile(r"(?<![a-z])dav/[\d.]+ python/")
_TIMEOUT = re.compile(r"<d:timeout>second-(infinite|second-\d+)</d:timeout>")


def recognise(traits: Traits) -> bool:
    """By its Server header, or how it writes a timeout."""
    return _SERVER.search(traits.server) is not None or _TIMEOUT.search(traits.locks) is not None


PROFILE = Profile(
    name="pywebdav",
    title="PyWebDAV3",
    recognise=recognise,
    lock_store="PyWebDAV3 keeps locks in memory: a restart of the server frees every lock",
    store=Store.MEMORY,
    unlock_answers_anything=True,
    shows_inherited=False,
    removes_locked_members=False,
    counts_down=False,
    timeout_misleads=True,
    keeps_longer="PyWebDAV3 ends no lock by itself: it stays until the server restarts",
    honours_if_match=True,
    source="measured on 0.9.14 and 0.11.0; pywebdav lib/locks.py",
)

"""Nextcloud or ownCloud 10, if an answer does not show which.

Both have the PHP namespace ``OCA\\DAV`` in the exceptions of their errors, that of a transactional lock first of all.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Traits

_PATH = late_pattern(r"(?m)(?:^|/)remote\.php/(?:web)?dav(?:/|$)")


def recognise(traits: Traits) -> bool:
    """Whether an exception's or error's namespace shows, or the path if no answer has a body."""
    silent = not traits.bodies.strip() and "/spaces/" not in traits.urls  # oCIS has spaces
    return (
        "oca\\dav\\" in traits.errors
        or "owncloud.org/ns" in traits.errors
        or "oc-resource-sharing" in traits.dav
        or (silent and _PATH.search(traits.urls) is not None)
    )


PROFILE = Profile(
    name="nextcloud-or-owncloud",
    title="Nextcloud or ownCloud",
    recognise=recognise,
    lock_store="Locks are in the table oc_files_lock (Nextcloud) or oc_persistent_locks (ownCloud), short ones in"
    " oc_file_locks or Redis",
    honours_if_match=True,
    source="nextcloud/server and owncloud/core apps/dav/lib/Connector/Sabre; sabre/dav lib/DAV/Server.php",
)

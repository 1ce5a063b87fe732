"""copyparty.

Measured on 1.20. LOCK is always granted and UNLOCK always answered 204; nothing is ever locked, and lockdiscovery is
404.
"""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """By the header of its own that its answers vary with; it sends no Server header."""
    return any(vary.startswith("origin,pw,cookie") for vary in traits.vary)


PROFILE = Profile(
    name="copyparty",
    title="copyparty",
    recognise=recognise,
    lock_store="copyparty keeps no locks at all",
    store=Store.NOWHERE,
    honours_if_match=False,
    source="measured on 1.20.26; copyparty httpcli.py, handle_lock",
)

"""copyparty.

Measured on 1.20. It grants every LOCK and answers every UNLOCK with 204, but never locks anything; lockdiscovery is
404.
"""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """Whether answers vary with its own header; it sends no Server header."""
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

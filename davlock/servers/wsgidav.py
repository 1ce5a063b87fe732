"""WsgiDAV.

Measured on 4.4.0; the rest from wsgidav/lock_man/lock_manager.py. A member does not show the depth-infinity lock of its
collection, though it is enforced. Only the user who took a lock may use or release its token.
"""

from davlock.servers.profile import Profile, Traits


def recognise(traits: Traits) -> bool:
    """By its Server header, or the signature under its error pages."""
    return "wsgidav" in traits.server or "wsgidav/" in traits.bodies


PROFILE = Profile(
    name="wsgidav",
    title="WsgiDAV",
    recognise=recognise,
    lock_store="WsgiDAV keeps locks in memory unless lock_storage names a shelve file or Redis; in memory a"
    " restart frees"
    " every lock",
    shows_locks=True,
    shows_inherited=False,
    counts_down=True,
    shared_token_suffices=False,
    unlock_answer_proves=True,
    foreign_token_works=False,
    foreign_token_status=412,
    source="measured on 4.4.0; wsgidav lock_man/lock_manager.py, request_server.py",
)

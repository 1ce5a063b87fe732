"""lighttpd with mod_webdav.

Measured on 1.4.69; the rest from src/mod_webdav.c. Timeouts shown are those granted, never what remains; a refresh with
any token is answered 200 and prints that token.
"""

from davlock.servers.profile import Profile, Store, Traits


def recognise(traits: Traits) -> bool:
    """By its Server header."""
    return "lighttpd" in traits.server


PROFILE = Profile(
    name="lighttpd",
    title="lighttpd mod_webdav",
    recognise=recognise,
    lock_store="lighttpd keeps locks in the SQLite file that webdav.sqlite-db-name names; they survive a restart",
    store=Store.DISK,
    shows_locks=True,
    shows_inherited=True,
    counts_down=False,
    shared_token_suffices=True,
    unlock_answer_proves=True,
    foreign_token_works=False,
    foreign_token_status=423,
    source="measured on 1.4.69; lighttpd src/mod_webdav.c",
)

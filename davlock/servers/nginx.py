"""nginx with the third-party module nginx-dav-ext.

Measured on 1.22.1; the rest from ngx_http_dav_ext_module.c. Every lock is exclusive and lasts the zone's timeout
whatever was asked; UNLOCK is answered 204 whether or not it did anything.
"""

from davlock.servers.profile import Profile, Traits


def recognise(traits: Traits) -> bool:
    """By its own DAV header, a 2 without a 1; a Server header alone may be that of a proxy in front."""
    if "nginx" not in traits.server and "<center>nginx" not in traits.bodies:
        return False
    foreign = ("sabredav", "nextcloud", "apache.org", "calendar-access", "wsgidav")
    if any(word in traits.dav or word in traits.bodies for word in foreign):
        return False
    return traits.dav in ("", "1", "2", "2 2") or any(token.startswith("<urn:") for token in traits.tokens)


PROFILE = Profile(
    name="nginx",
    title="nginx dav-ext",
    recognise=recognise,
    lock_store="nginx keeps locks in the shared memory that dav_ext_lock_zone names; a full restart (not a"
    " reload) frees"
    " every lock",
    shows_locks=True,
    shows_inherited=True,
    counts_down=True,
    shared_token_suffices=None,
    unlock_answer_proves=False,
    foreign_token_works=True,
    source="measured on 1.22.1 with nginx-dav-ext 3.0; ngx_http_dav_ext_module.c",
)

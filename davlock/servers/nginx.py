"""nginx with the third-party module nginx-dav-ext.

Measured on 1.22.1; the rest from ngx_http_dav_ext_module.c. Every lock is exclusive and lasts the zone's timeout,
whatever the client asked for; it answers every UNLOCK 204, whether or not it did anything.
"""

import re

from davlock.late_pattern import late_pattern
from davlock.servers.profile import RFC_4918, MemberAct, Profile, Store, Traits

# ngx_http_dav_ext_module.c writes its methods in this order, and makes its tokens of eight hexadecimal digits.
_ALLOW = (
    "GET,HEAD,PUT,DELETE,MKCOL,COPY,MOVE,PROPFIND,OPTIONS",
    "GET,HEAD,PUT,DELETE,MKCOL,COPY,MOVE,PROPFIND,OPTIONS,LOCK,UNLOCK",
)
_TOKEN = late_pattern(r">\s*urn:[0-9a-f]{8}\s*<")


def recognise(traits: Traits) -> bool:
    """Whether the module's own text shows. A Server header alone is often a proxy's."""
    return (
        set(traits.dav.split()) == {"2"}
        or any(allow in traits.allow for allow in _ALLOW)
        or any(re.fullmatch(r"<urn:[0-9a-f]{8}>", token) for token in traits.tokens)
        or _TOKEN.search(traits.locks) is not None
    )


PROFILE = Profile(
    name="nginx",
    title="nginx dav-ext",
    recognise=recognise,
    lock_store="nginx keeps locks in shared memory: a full restart (not a reload) drops every lock",
    store=Store.MEMORY,
    lock_setup="Add LOCK UNLOCK to dav_ext_methods; set dav_ext_lock zone=…",
    shows_locks=True,
    # It treats a lock of depth 0 on a collection as a lock on its files, too.
    depth_zero_forbids=RFC_4918 | {MemberAct.PUT, MemberAct.LOCK},
    removes_locked_members=True,
    locked_member_bars_lock=True,
    shows_inherited=True,
    locks_by_spelling=True,
    counts_down=True,
    always_grants=3600,
    shared_token_suffices=None,
    unlock_answer_proves=False,
    unlock_answers_anything=True,
    foreign_token_works=True,
    honours_if_match=False,
    keeps_longer="nginx keeps the lock for the time of its lock zone, which can be an hour",
    useless_token_status=423,
    source="measured on 1.22.1 with nginx-dav-ext 3.0; ngx_http_dav_ext_module.c",
)

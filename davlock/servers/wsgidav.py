"""WsgiDAV.

Measured on 4.4.0; the rest from wsgidav/lock_man/lock_manager.py. A member does not show the depth-infinity lock of its
collection, although the server enforces it. Only the user who took a lock may use or release its token.
"""

import re

from davlock.late_pattern import late_pattern
from davlock.servers.profile import RFC_4918, MemberAct, Profile, Traits

# lock_manager.py: a random number of 32 bytes in hexadecimal digits.
_TOKEN = late_pattern(r"opaquelocktoken:0x[0-9a-f]{56,64}\b")


def recognise(traits: Traits) -> bool:
    """Whether its Server header, the signature under its error pages, or its tokens show: Seafile's is a fork."""
    return (
        "wsgidav" in traits.server
        or re.search(r">wsgidav/\d", traits.errors) is not None
        or any(_TOKEN.search(token) for token in traits.tokens)
        or _TOKEN.search(traits.locks) is not None
    )


PROFILE = Profile(
    name="wsgidav",
    title="WsgiDAV",
    recognise=recognise,
    lock_store="WsgiDAV keeps locks in memory, where a restart drops them, unless lock_storage names a file or Redis",
    shows_locks=True,
    # One can lock a new name in a locked collection, but not write to it.
    depth_zero_forbids=RFC_4918 - {MemberAct.LOCK_NEW},
    removes_locked_members=False,
    shows_inherited=False,
    counts_down=True,
    shared_token_suffices=False,
    unlock_answer_proves=True,
    foreign_token_works=False,
    foreign_token_status=412,
    honours_if_match=True,
    useless_token_status=412,
    useless_unlock_status=409,
    source="measured on 4.4.0; wsgidav lock_man/lock_manager.py, request_server.py",
)

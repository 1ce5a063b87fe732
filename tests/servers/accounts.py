"""The users of the test servers, and the two file formats in which the servers expect them."""

import base64
import hashlib
from collections.abc import Mapping

USERS: Mapping[str, str] = {"alice": "alice", "bob": "bob", "ci": "ci", "ci2": "secret"}
"""User name to password. Pipelines have users of their own: those of ``docs/check.md``."""

REALM = "davlock tests"


def htpasswd() -> str:
    """Apache, nginx and rclone all read ``{SHA}``, the one hash of htpasswd that the standard library can make."""
    return "".join(f"{user}:{{SHA}}{_sha1(password)}\n" for user, password in USERS.items())


def htdigest() -> str:
    """Apache's file for Digest: the H(A1) of RFC 7616 §3.4.2 with MD5."""
    return "".join(f"{user}:{REALM}:{_md5(f'{user}:{REALM}:{password}')}\n" for user, password in USERS.items())


def plain() -> str:
    """lighttpd's ``plain`` backend, which serves Basic and Digest alike."""
    return "".join(f"{user}:{password}\n" for user, password in USERS.items())


def _sha1(text: str) -> str:
    return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

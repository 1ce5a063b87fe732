"""``--token TOKEN``: what a person pastes, as a lock token."""

from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.protocol.headers import parse_lock_token
from davlock.protocol.lock import LockToken
from davlock.protocol.visible import has_control

AUTO = "auto"


def given_tokens(texts: tuple[str, ...]) -> tuple[LockToken, ...]:
    """The tokens typed, with or without angle brackets. ``auto`` means those that davlock keeps, and it keeps none
    yet.
    """
    return tuple(given_token(text) for text in texts if text != AUTO)


def given_token(text: str, option: str = "--token") -> LockToken:
    """One token typed for ``option``. Raises LocalProtocolError where it is none."""
    if has_control(text.strip()):
        raise LocalProtocolError("the token has a line break or another control character in it", "give it on one line")
    try:
        return parse_lock_token(text)[0]
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"{option}: {error.why}", "give one token, such as opaquelocktoken:…") from None

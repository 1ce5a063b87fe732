"""Arguments of the functions, checked before anything is sent: what cannot be used raises LocalProtocolError.

Also their names, for errors whose hint is an option of the command line there.
"""

import math
from collections.abc import Iterable

from davlock.diagnosis.lock_verdict import METHODS
from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.protocol.headers import parse_lock_token
from davlock.protocol.requests import fits_owner
from davlock.protocol.unescaped_login import refuse_unescaped_login
from davlock.protocol.url import escaped, without_credentials
from davlock.protocol.visible import has_control

_ARGUMENTS = {
    "--cacert FILE": 'verify="FILE"',
    "--cert FILE": 'cert="FILE"',
    "--create": "create=True",
    "--deadline": "deadline=",
    "--key": "the key's file",
    "--max-time": "timeout=",
    "--pass or in DAVLOCK_PASS": 'cert=("FILE", "KEY-FILE" or None, "PASSWORD")',
    "-k": "verify=False",
}


def argument_for(option: str) -> str:
    """Returns the argument in place of an option of the command line; empty if there is none."""
    return _ARGUMENTS.get(option, "")


def checked_url(url: object) -> str:
    """Returns ``url`` as it is sent, without credentials."""
    from davlock.transport.request import Target

    if not isinstance(url, str):
        raise LocalProtocolError(f"the URL is {_kind(url)}", "give it as a str, such as https://HOST/PATH")
    refuse_unescaped_login(url.strip(), instead='give auth=("{user}", "PASSWORD")')
    if "#" in url:
        raise LocalProtocolError("the URL has a fragment, which is never sent", "escape the # as %23")
    try:
        return without_credentials(Target.parse(escaped(url.strip())).shown)
    except ValueError as error:  # of urllib: brackets that do not match
        why = "" if "@" in url else f": {error}"  # its words can quote a password
        raise LocalProtocolError(f"the URL cannot be used{why}", "write it as https://HOST:PORT/PATH") from None


def checked_seconds(name: str, value: object, hint: str = "choose 0 or more, math.inf for ever") -> float:
    """Returns a number of seconds, at least 0; infinity is one, too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LocalProtocolError(f"{name} is {_kind(value)}, and no number of seconds", hint)
    if not value >= 0:  # as NaN
        raise LocalProtocolError(f"{name} is {value:g}, and no number of seconds", hint)
    return float(value)


def checked_owner(owner: object) -> str:
    """Returns a text that LOCK can carry."""
    if not isinstance(owner, str):
        raise LocalProtocolError(f"the owner is {_kind(owner)}", "give it as a str")
    if not fits_owner(owner):
        raise LocalProtocolError("the owner has a control character in it", "use plain text")
    return owner


def checked_method(method: object) -> str:
    """Returns one of the methods that a verdict is about, in capitals; empty for ``None``."""
    if method is None:
        return ""
    name = method.upper() if isinstance(method, str) else ""
    if name not in METHODS:
        raise LocalProtocolError(f"there is no verdict for the method {method!r}", f"choose {', '.join(METHODS)}")
    return name


def checked_tokens(tokens: object) -> tuple[str, ...]:
    """Returns lock tokens without angle brackets, from one or several of them."""
    several = (tokens,) if isinstance(tokens, str | bytes) or not isinstance(tokens, Iterable) else tuple(tokens)
    return tuple(map(_token, several))


def _token(token: object) -> str:
    if not isinstance(token, str):
        raise LocalProtocolError(f"a token is {_kind(token)}", "give each token as a str")
    if has_control(token.strip()):
        raise LocalProtocolError("a token has a line break or another control character in it", "give it on one line")
    try:
        return parse_lock_token(token)[0].uri
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"tokens: {error.why}", "give tokens such as opaquelocktoken:…") from None


def checked_callable(name: str, value: object) -> None:
    """Refuses what is neither ``None`` nor a function."""
    if value is not None and not callable(value):
        raise LocalProtocolError(f"{name} is {_kind(value)}", "give a function, or None")


def endless(seconds: float | None) -> bool:
    """Returns true if this is no limit: no clock counts 30 years."""
    return seconds is None or seconds > 1e9 or seconds == math.inf


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"

"""From the targets that were typed to URLs that can be asked, and what is said about them."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import click

from davlock.cli.credentials import authorization_typed, login_for
from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.cli.profile_targets import profile_hint, refuse_other_origin, words_from
from davlock.cli.target_forms.understand import understand
from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol.unescaped_login import refuse_unescaped_login
from davlock.protocol.url import escaped, without_credentials
from davlock.protocol.visible import has_control
from davlock.protocol.write_scope import refuse_dots

if TYPE_CHECKING:  # most targets are plain URLs
    from davlock.cli.target_forms.understood import Understood

_LOGINS = frozenset({"user", "oauth2_bearer"})

# An IPv6 zone as curl takes it. In a URL its "%" is escaped (RFC 6874), and one spelling is enough for the ledger.
_ZONE = late_pattern(r"(?<=//)([^/?#]*\[[0-9A-Fa-f:.]+)%(?!25[^\]])")

Writes = Callable[[str], object]
"""Returns something true for a URL that the command may change."""


def only_reads(url: str) -> bool:
    """For a command that changes nothing."""
    return False


def always_writes(url: str) -> bool:
    """For a command that changes what it is given."""
    return True


def urls_from(arguments: tuple[str, ...], shared: Shared, *, writes: Writes) -> list[str]:
    """The URLs of the targets that were typed; ``-`` stands for those on stdin, a line each.

    Credentials in them stay for ``open_sender`` to take out. Raises LocalProtocolError for what cannot be asked, and
    for a guess, or for ``..`` in the path, in a command that ``writes``.
    """
    urls = [url_from(text, shared, writes=writes) for text in words_from(arguments)]
    if arguments and not urls:
        raise LocalProtocolError("no URL was given on stdin", "pipe URLs to it, one a line")
    return urls


def url_from(typed: str, shared: Shared, *, writes: Writes) -> str:
    """The URL that one target means. What was understood is said on stderr, once for each target."""
    text = _one_line(typed)
    understood = understand(text, lambda url: login_for(shared, url))
    if understood is None:
        url = checked_url(text)
        if writes(bare := without_credentials(url)):
            refuse_dots(bare)
        return url
    user = _lent_user(understood, shared)
    url = checked_url(_with_user(understood.url, user))
    bare = without_credentials(url)
    if shared.from_profile is not None:
        refuse_other_origin(shared.from_profile.profile, bare)
    if writes(bare) and not understood.exact:
        raise LocalProtocolError(
            f"davlock changes something only at a URL that is certain, and here it would guess ({understood.why})",
            f"write {bare}",
        )
    if writes(bare):
        refuse_dots(bare)
    _say(text, bare, f"{understood.why}; the login is {user}" if user else understood.why, shared)
    return url


def url_meant(typed: str) -> str:
    """The URL that was made of ``typed`` in this command; ``typed`` itself where that is a URL."""
    context = click.get_current_context(silent=True)
    return typed if context is None else _meanings(context).get(typed.strip(), typed)


def _say(text: str, url: str, why: str, shared: Shared) -> None:
    context = click.get_current_context(silent=True)
    if context is not None:
        if text in _meanings(context):
            return
        _meanings(context)[text] = url
    if not shared.quiet:
        complain(f"understood as {url} ({why})")


def _meanings(context: click.Context) -> dict[str, str]:
    meanings: dict[str, str] = context.meta.setdefault(__name__, {})
    return meanings


def _lent_user(understood: "Understood", shared: Shared) -> str:
    """The user of a mount, where the person names no login."""
    names_one = _LOGINS & shared.typed or authorization_typed(shared) is not None
    return "" if names_one else understood.user


def _with_user(url: str, user: str) -> str:
    if not user:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}@{parts.netloc}"))


def checked_url(text: str, *, of_profile: bool = False) -> str:
    """``text`` as a URL that can be asked; nothing but a URL is understood. Raises LocalProtocolError.

    The URL ``of_profile`` stands in the file: its hints name keys, and no other profile.
    """
    url = _one_line(text)
    refuse_unescaped_login(url, instead='write user = "{user}" and password_command' if of_profile else "use -u {user}")
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or 0 < parts.port < 65536
    except ValueError as error:
        # The reason can quote a piece of a password, where that has a "/" or "#" in it.
        why = f": {error}" if "@" not in url else ""
        raise LocalProtocolError(f"{_harmless(url)!r} is not a URL{why}", "write https://host/path") from None
    if not parts.scheme or "://" not in url:
        shown = _harmless(url)
        hint = ("" if of_profile else profile_hint(url)) or f"write https://{shown.lstrip('/')}"
        raise LocalProtocolError(f"{shown!r} has no scheme", hint)
    if parts.scheme.lower() not in ("http", "https"):
        raise LocalProtocolError(f"davlock does not speak {parts.scheme}://", "write https://…")
    if not parts.hostname or not port_ok:
        raise LocalProtocolError(f"{_harmless(url)!r} has no usable host", "write https://host/path")
    if parts.fragment or url.endswith("#"):
        raise LocalProtocolError(
            "the URL has a fragment, which is never sent", "escape the # as %23 if it is part of the name"
        )
    try:
        return _ZONE.sub(r"\1%25", escaped(url))
    except ValueError:  # brackets around bytes that are no address once they are escaped
        raise LocalProtocolError(f"{_harmless(url)!r} has no usable host", "write https://host/path") from None


def _one_line(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise LocalProtocolError("the URL is empty", "write https://host/path")
    if has_control(stripped):
        raise LocalProtocolError(
            "the URL has a line break or another control character in it", "escape it as %0A and so on"
        )
    return stripped


def _harmless(url: str) -> str:
    """What can be shown of text that is no URL: nothing before the last @, for a password may stand there."""
    return re.sub(r"^([^/@]*//)?.*@", lambda match: match[1] or "", url)

"""From what was typed and what the environment says to a sender that is ready."""

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import click

from davlock import __version__
from davlock.capture.known_secrets import KnownSecrets
from davlock.cli.options import Shared
from davlock.errors import LocalProtocolError
from davlock.operations.write_gate import WriteGate
from davlock.protocol.url import escaped
from davlock.protocol.visible import has_control
from davlock.protocol.write_scope import WriteScope
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.operations.budget import Budget
    from davlock.transport.credentials import Credentials, Scheme


def checked_url(text: str) -> str:
    """``text`` as a URL that can be asked; credentials in it stay for :func:`open_sender` to take out."""
    url = text.strip()
    if not url:
        raise LocalProtocolError("the URL is empty, and has no scheme", "write https://host/path")
    if has_control(url):
        raise LocalProtocolError(
            "the URL has a line break or another control character in it", "escape it as %0A and so on"
        )
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or 0 < parts.port < 65536
    except ValueError as error:
        # The reason can quote a piece of a password, where that has a "/" or "#" in it.
        why = f": {error}" if "@" not in url else ""
        raise LocalProtocolError(f"{_harmless(url)!r} is not a URL{why}", "write https://host/path") from None
    if not parts.scheme or "://" not in url:
        shown = _harmless(url)
        raise LocalProtocolError(f"{shown!r} has no scheme", f"write https://{shown.lstrip('/')}")
    if parts.scheme.lower() not in ("http", "https"):
        hint = {"dav": "http", "davs": "https", "webdav": "http", "webdavs": "https"}.get(parts.scheme.lower())
        raise LocalProtocolError(
            f"{parts.scheme}:// is not a scheme that davlock speaks", f"write {hint or 'https'}://…"
        )
    if not parts.hostname or not port_ok:
        raise LocalProtocolError(f"{_harmless(url)!r} has no usable host", "write https://host/path")
    if parts.fragment or url.endswith("#"):
        raise LocalProtocolError(
            "the URL has a fragment, which is never sent", "escape the # as %23 if it is part of the name"
        )
    return escaped(url)


def _harmless(url: str) -> str:
    """What can be shown of text that is no URL: nothing before the last @, for a password may stand there."""
    return re.sub(r"^([^/@]*//)?.*@", lambda match: match[1] or "", url)


def urls_from(arguments: tuple[str, ...]) -> Iterator[str]:
    """The URLs that were typed; ``-`` stands for those on stdin, a line each."""
    for argument in arguments:
        if argument != "-":
            yield argument
            continue
        for line in sys.stdin:
            if line.strip() and not line.startswith("#"):
                yield line.strip()


class OpenSender(Protocol):
    """Opens a sender for one URL, as :func:`open_sender` does."""

    def __call__(
        self, shared: Shared, url: str, *scopes: WriteScope, budget: "Budget | None" = None
    ) -> contextlib.AbstractContextManager[Send]: ...


@contextlib.contextmanager
def open_sender(shared: Shared, url: str, *scopes: WriteScope, budget: "Budget | None" = None) -> Iterator[Send]:
    """A sender for ``url`` and its kind, with tracing and patience around it; closed at the end.

    It changes something only inside ``scopes``: without any, it only reads. No request outlasts the time of ``budget``.
    """
    from davlock.transport.connection import Connection
    from davlock.transport.hidden_secrets import without_known_secrets
    from davlock.transport.http import HttpSender

    credentials = _credentials(shared, url)
    proxy = shared.proxy or _proxy_from_environment(url)
    headers = tuple(_header(text) for text in shared.header)
    _register(shared.secrets, credentials, proxy, headers)
    settings = Connection(
        verify=not shared.insecure,
        cacert=shared.cacert,
        cert=shared.cert,
        key=shared.key,
        proxy=proxy,
        connect_timeout=shared.connect_timeout,
        max_time=shared.max_time,
        headers=headers,
        credentials=credentials,
        note_field=shared.secrets.add_field,
        user_agent=shared.user_agent or f"davlock/{__version__}",
        until=budget.until if budget is not None else lambda: None,
    )
    with HttpSender(settings, clock=time.monotonic) as sender:
        send = without_known_secrets(sender, shared.secrets)
        if shared.recorder is not None:
            send = shared.recorder.recording(send)
        if shared.verbose:
            from davlock.transport.trace import traced

            send = traced(send, _to_stderr, show_tokens=shared.trace_tokens)
        if shared.retry_budget > 0:
            from davlock.transport.throttle import patient

            send = patient(
                send,
                budget=shared.retry_budget,
                sleep=time.sleep,
                now=lambda: datetime.now(UTC),
                announce=_to_stderr,
                left=budget.seconds_left if budget is not None else lambda: None,
            )
        yield WriteGate(send, *scopes)


def has_login(shared: Shared, url: str) -> bool:
    """Whether requests to ``url`` carry anything that says who asks."""
    typed = (shared.user, shared.oauth2_bearer, shared.cert, urlsplit(url).username)
    return any(one is not None for one in typed) or shared.netrc or any(map(_lets_in, shared.header))


def without_login(shared: Shared) -> Shared:
    """What was typed, less all that says who asks. A URL that is asked with it must have no credentials in it."""
    header = tuple(text for text in shared.header if not _lets_in(text))
    nobody = replace(shared, user=None, password_file=None, oauth2_bearer=None, netrc=False, cert=None, key=None)
    return replace(nobody, header=header)


def _lets_in(header: str) -> bool:
    from davlock.capture.secret import SECRET_FIELDS

    name = header.partition(":")[0].strip().lower()
    return name in SECRET_FIELDS and name != "proxy-authorization"


def login_for(shared: Shared, url: str) -> str:
    """The user name that ``url`` is asked with; empty where none was given."""
    if shared.oauth2_bearer is not None:
        return ""
    if shared.user is not None:
        return shared.user.partition(":")[0]
    parts = urlsplit(url)
    if parts.username is not None:
        return unquote(parts.username)
    return _from_netrc(parts.hostname or "", _scheme(shared)).user if shared.netrc else ""


def _register(
    secrets: KnownSecrets, credentials: "Credentials | None", proxy: str | None, headers: tuple[tuple[str, str], ...]
) -> None:
    """Have ``secrets`` hide what the person gave to be let in, wherever it came from."""
    if credentials is not None:
        secrets.add_login(credentials.user, credentials.password)
    for name, value in headers:
        secrets.add_typed_field(name, value)
    userinfo = (proxy or "").partition("://")[2].partition("/")[0].rpartition("@")[0]
    user, _, password = userinfo.partition(":")
    for text in (password, unquote(password)):
        secrets.add_login(unquote(user), text)


def _to_stderr(line: str) -> None:
    click.echo(line.rstrip("\n"), err=True)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise LocalProtocolError("-H wants a name and a value", "write -H 'Name: value'")
    return name.strip(), value.strip()


def _credentials(shared: Shared, url: str) -> "Credentials | None":
    from davlock.transport.credentials import Credentials, Scheme

    if shared.oauth2_bearer is not None:
        return Credentials("", shared.oauth2_bearer, Scheme.BEARER)
    scheme = _scheme(shared)
    parts = urlsplit(url)
    if shared.user is not None:
        user, colon, password = shared.user.partition(":")
        if shared.password_file is not None:
            password = _first_line(shared.password_file)
        elif not colon:
            password = _asked(user)
        return Credentials(user, password, scheme)
    if parts.username is not None:
        user = unquote(parts.username)
        password = unquote(parts.password) if parts.password is not None else ""
        if shared.password_file is not None:
            password = _first_line(shared.password_file)
        return Credentials(user, password, scheme)
    if shared.password_file is not None:
        raise LocalProtocolError("--password-file was given without a user", "add -u USER")
    if shared.netrc:
        return _from_netrc(parts.hostname or "", scheme)
    return None


def _scheme(shared: Shared) -> "Scheme":
    from davlock.transport.credentials import Scheme

    return Scheme.DIGEST if shared.digest else Scheme.BASIC if shared.basic else Scheme.ANY


def _first_line(path: str) -> str:
    try:
        if path == "-":  # read once, for all URLs
            kept = click.get_current_context().meta
            if __name__ not in kept:
                kept[__name__] = sys.stdin.readline().rstrip("\r\n")
            return str(kept[__name__])
        with open(path, encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LocalProtocolError(f"--password-file {path}: {_why(error)}", "name a readable file") from None


def _asked(user: str) -> str:
    if not sys.stdin.isatty():
        raise LocalProtocolError(f"no password for {user}, and no terminal to ask at", "use --password-file FILE")
    kept = click.get_current_context().meta  # asked once, for all URLs and collections
    key = f"{__name__}, password of {user}"
    if key not in kept:
        kept[key] = click.prompt(f"Password for {user}", hide_input=True, err=True, default="", show_default=False)
    return str(kept[key])


def _from_netrc(host: str, scheme: "Scheme") -> "Credentials":
    import netrc

    from davlock.transport.credentials import Credentials

    path = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
    try:
        entry = netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError) as error:
        raise LocalProtocolError(f"--netrc: {_why(error)}", "name the file in NETRC, or use -u") from None
    if entry is None:
        raise LocalProtocolError(f"--netrc: {path} has no entry for {host}", f"add: machine {host} login … password …")
    return Credentials(entry[0], entry[2] or "", scheme)


def _why(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _proxy_from_environment(url: str) -> str | None:
    """As curl does: http_proxy, https_proxy, all_proxy, and what no_proxy excepts."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    if found and "://" not in found:
        found = f"http://{found}"
    return found or None

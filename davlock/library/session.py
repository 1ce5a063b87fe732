"""From the arguments of a call to a sender: how to reach the server, who asks, and the write gate in front."""

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, TypedDict, cast
from urllib.parse import unquote, urlsplit

from davlock.capture.known_secrets import KnownSecrets, is_secret_field
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.invocation import Invocation
from davlock.diagnosis.judge import judge
from davlock.diagnosis.skipped import Skipped
from davlock.errors import LimitExceeded, LocalProtocolError, NoResponse, NoResponseKind, RemoteProtocolError
from davlock.library.arguments import argument_for, checked_seconds, checked_url, endless
from davlock.operations.anonymous import AnonymousReader, read_anonymously
from davlock.operations.large_answers import ReadsLargeAnswers
from davlock.operations.server_clocks import ServerClocks
from davlock.operations.write_gate import WriteGate
from davlock.protocol.message import Exchange
from davlock.protocol.url import without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.transport.base import Send
from davlock.transport.hidden_secrets import without_known_secrets
from davlock.transport.settings import ConnectionSettings, Credentials, Scheme
from davlock.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from davlock.diagnosis.diagnosis import Diagnosis
    from davlock.locks.observed import ObservedLock
    from davlock.transport.http import HttpxTransport


class NetworkOptions(TypedDict, total=False):
    """How to reach the server, and who asks. Every function that sends something takes these as keyword arguments.

    A ``dict`` of this type can be handed on with ``**``.
    """

    auth: tuple[str, str] | str | None
    """``("alice", "secret")`` for Basic or Digest, whichever the server wants. A string is a bearer token."""
    verify: "bool | str | os.PathLike[str] | ssl.SSLContext"
    """False: accept any certificate. A path: a PEM file with the certificates to trust. Or a context of yours.

    Default: the system's certificates.
    """
    cert: str | tuple[str, str] | tuple[str, str | None, str] | None
    """A file with your certificate and its key (PEM or PKCS#12), or two files, or two files and the key's password.

    If one file has both and needs a password, the second part is None.
    """
    proxy: str | None
    """``http://``, ``https://`` or ``socks5://``. davlock reads no proxy from the environment here."""
    timeout: float | None
    """Seconds for one request as a whole, 60 by default; ``None``: no limit."""
    headers: Mapping[str, str]
    """More header fields of every request."""
    transport: "HttpxTransport | None"
    """An ``httpx.BaseTransport`` in place of the network, such as ``httpx.MockTransport`` in tests."""


TIMEOUT_HINT = "write timeout=30, or None for no limit"

_NAMES = frozenset(NetworkOptions.__annotations__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSession:
    """A sender for one URL, and what is known of who asks. Open one with :func:`open_session`."""

    url: str
    """Without credentials, and escaped."""
    send: Send
    clocks: ServerClocks
    anonymous: AnonymousReader
    invocation: Invocation

    @property
    def user(self) -> str:
        """Returns the user name; empty if there is none."""
        return self.invocation.user

    def seen_from_here(self, evidence: Evidence) -> Evidence:
        """Returns ``evidence`` with who asks, and how far the server's clock is ahead."""
        ahead = self.clocks.seconds_ahead(self.url)
        return replace(evidence, user=self.user, ahead=ahead, invocation=self.invocation)

    def judge(
        self,
        evidence: Evidence,
        *,
        skipped: "Iterable[Skipped]" = (),
        listed: "tuple[ObservedLock, ...] | None" = None,
    ) -> "Diagnosis":
        """Returns what davlock makes of ``evidence``, without any plug-in."""
        return judge(self.seen_from_here(evidence), skipped=skipped, listed=listed)

    def diagnose(self, evidence: Evidence, *, skipped: "Iterable[Skipped]" = ()) -> "Diagnosis":
        """Like :meth:`judge`; it also asks once without the login, if a finding rests on who asks."""
        return self.judge(self.anonymous.complete(evidence), skipped=skipped)


def why_no_answer(evidence: Evidence) -> NoResponse | RemoteProtocolError | None:
    """Returns what to raise if no answer came, or one that davlock cannot read; else ``None``."""
    error = evidence.no_response
    kinds = {NoResponseKind.TOO_LARGE: LimitExceeded, NoResponseKind.NOT_HTTP: RemoteProtocolError}
    if error is None or error.kind not in kinds:
        return error
    unreadable = kinds[error.kind](error.url, error.why)
    unreadable.url = error.url
    return unreadable


@contextmanager
def open_session(verb: str, url: str, network: Mapping[str, object], *scopes: WriteScope) -> Iterator[ServerSession]:
    """A sender for ``url``, which changes something only inside ``scopes``; without any, it only reads.

    ``verb`` is the command that does the same. Raises LocalProtocolError for arguments that cannot be used.
    """
    bare = checked_url(url)
    settings = connection_settings(url, network)
    transport = cast("HttpxTransport | None", network.get("transport"))
    clocks = ServerClocks(lambda: datetime.now(UTC))

    def ask(there: str) -> Exchange | None:
        with _sender(_without_login(settings), transport, clocks) as send:
            return read_anonymously(send, there)

    with _sender(settings, transport, clocks, *scopes) as send:
        yield ServerSession(
            url=bare,
            send=send,
            clocks=clocks,
            anonymous=AnonymousReader(ask, certificate=settings.cert is not None or settings.context is not None),
            invocation=_invocation(verb, bare, settings),
        )


@contextmanager
def _sender(
    settings: ConnectionSettings, transport: "HttpxTransport | None", clocks: ServerClocks, *scopes: WriteScope
) -> Iterator[Send]:
    import httpcore  # noqa: F401 -- all of it: what the command leaves out, other threads of a program may import

    from davlock.transport.http import HttpSender

    secrets = KnownSecrets()
    if settings.credentials is not None:
        secrets.add_login(settings.credentials.user, settings.credentials.password)
    for name, value in settings.headers:
        secrets.add_typed_field(name, value)
    secrets.add_url_login(settings.proxy or "")
    settings = replace(settings, note_field=secrets.add_field)
    with HttpSender(settings, clock=monotonic, transport=transport) as sender:
        send = clocks.recording(sender)
        yield WriteGate(ReadsLargeAnswers(without_known_secrets(send, secrets)), *scopes)


def connection_settings(url: str, network: Mapping[str, object]) -> ConnectionSettings:
    """The settings of a sender. Raises TypeError for an unknown name, and LocalProtocolError for an unusable value."""
    for name in network:
        if name not in _NAMES:
            raise TypeError(f"unexpected keyword argument {name!r}; davlock.NetworkOptions lists those that there are")
    verify, cert = network.get("verify", True), network.get("cert")
    headers, proxy = network.get("headers") or {}, network.get("proxy")
    timeout, transport = network.get("timeout", 60.0), network.get("transport")
    if not isinstance(headers, Mapping):
        raise LocalProtocolError("headers is not a mapping", "write headers={'Name': 'value'}")
    limit = None if timeout is None else checked_seconds("timeout", timeout, TIMEOUT_HINT)
    if limit == 0:
        raise LocalProtocolError("timeout is 0 seconds", TIMEOUT_HINT)
    if endless(limit):
        limit = None
    if transport is not None and not callable(getattr(transport, "handle_request", None)):
        raise LocalProtocolError("transport is no httpx.BaseTransport", "davlock needs one that works without asyncio")
    if proxy is not None and not isinstance(proxy, str):
        raise LocalProtocolError("proxy is not a URL", "write proxy='http://HOST:PORT'")
    parts = cert if isinstance(cert, tuple) else (cert,)
    if not 1 <= len(parts) <= 3 or not all(part is None or isinstance(part, str | os.PathLike) for part in parts):
        raise LocalProtocolError("cert is not a path", 'write cert="FILE", or cert=("FILE", "KEY-FILE")')
    certificate, key, password = (*(None if part is None else str(part) for part in parts), None, None)[:3]
    if isinstance(verify, str | os.PathLike):
        trusted = str(verify)
    elif isinstance(verify, bool | ssl.SSLContext):
        trusted = None
    else:
        raise LocalProtocolError("verify is not a path", "write verify=True, False, a PEM file, or an ssl.SSLContext")
    return ConnectionSettings(
        verify=verify is not False,
        cacert=trusted,
        context=verify if isinstance(verify, ssl.SSLContext) else None,
        cert=certificate,
        key=key,
        key_password=password,
        proxy=proxy,
        connect_timeout=None if limit is None else min(limit, 10.0),
        max_time=limit,
        spell=argument_for,
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        credentials=_credentials(network.get("auth"), url),
    )


def _credentials(auth: object, url: str) -> Credentials | None:
    """The login; without ``auth`` that of the URL."""
    if isinstance(auth, str):
        return Credentials("", auth, Scheme.BEARER)
    if isinstance(auth, tuple) and len(auth) == 2 and all(isinstance(part, str) for part in auth):
        return Credentials(*auth)
    if auth is not None:
        raise LocalProtocolError("auth is no login", 'write auth=("USER", "PASSWORD"), or auth="BEARER-TOKEN"')
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return None if parts.username is None else Credentials(unquote(parts.username), unquote(parts.password or ""))


def _without_login(settings: ConnectionSettings) -> ConnectionSettings:
    """The same server, and nothing that says who asks."""
    headers = tuple((name, value) for name, value in settings.headers if not is_secret_field(name, value))
    return replace(settings, credentials=None, context=None, cert=None, key=None, headers=headers)


def _invocation(verb: str, url: str, settings: ConnectionSettings) -> Invocation:
    """The command line that does the same, so that the steps of a diagnosis can be pasted."""
    login = settings.credentials
    user = login.user if login is not None else ""
    reach = (
        *((("-k",),) if not settings.verify else ()),
        *((("--cacert", settings.cacert),) if settings.cacert is not None else ()),
        *((("--cert", settings.cert),) if settings.cert is not None else ()),
        *((("--key", settings.key),) if settings.key is not None else ()),
        *((("-x", without_credentials(settings.proxy)),) if settings.proxy is not None else ()),
    )
    return Invocation(
        verb=("davlock", verb),
        login=("-u", user) if user else (),
        others=tuple(word for option in reach for word in option),
        arguments=(url,),
        reach=reach,
        asks=(("-u", user),) if user else (),
        user=user,
        bearer=login is not None and login.scheme is Scheme.BEARER,
        certificate=settings.cert is not None,
        kept_in="auth" if login is not None else "",
    )

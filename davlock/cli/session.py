"""From what was typed and what the environment says to a sender that is ready."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from time import sleep as pause
from typing import TYPE_CHECKING, Protocol

import click

from davlock import __version__
from davlock.capture.known_secrets import KnownSecrets
from davlock.cli.credentials import ChosenLogin, authorization_typed, chosen_login
from davlock.cli.insecure_login import exposed_fields, exposed_proxy_login, proxy_address, warn, warn_of
from davlock.cli.invocation import LoginUse, remember, remember_answer
from davlock.cli.login_memory import login_memory
from davlock.cli.login_prompt import LoginPrompt
from davlock.cli.options import Shared
from davlock.cli.output import complain, write_line
from davlock.cli.profile_targets import refuse_other_origin
from davlock.cli.proxy_environment import is_excepted, proxy_of_environment
from davlock.cli.question import telling_of_questions
from davlock.cli.server_clock import record_clock
from davlock.cli.signals import raising_signals
from davlock.errors import LocalProtocolError
from davlock.operations.large_answers import ReadsLargeAnswers
from davlock.operations.lock_answer import expect_locks
from davlock.operations.own_lock import made_no_lock
from davlock.operations.write_gate import WriteGate
from davlock.posix import POSIX
from davlock.protocol.challenge import scheme_of
from davlock.protocol.write_scope import WriteScope
from davlock.transport.base import Send
from davlock.transport.hidden_secrets import without_known_secrets
from davlock.transport.proxy_url import proxy_parts
from davlock.transport.settings import SOCKS_PACKAGE, ConnectionSettings, Scheme
from davlock.transport.throttle import patient

if TYPE_CHECKING:
    from davlock.operations.budget import Budget
    from davlock.transport.settings import Credentials


class OpenSender(Protocol):
    """Opens a sender for one URL, as :func:`open_sender` does."""

    def __call__(
        self,
        shared: Shared,
        url: str,
        *scopes: WriteScope,
        budget: "Budget | None" = None,
        logged_in: Callable[[], object] = ...,
    ) -> contextlib.AbstractContextManager[Send]: ...


@contextlib.contextmanager
def open_sender(
    shared: Shared,
    url: str,
    *scopes: WriteScope,
    budget: "Budget | None" = None,
    logged_in: Callable[[], object] = lambda: None,
) -> Iterator[Send]:
    """A sender for ``url`` and its kind, with tracing and patience around it; closed at the end.

    It changes something only inside ``scopes``: without any, it only reads. No request outlasts the time of
    ``budget``, which is that of ``shared`` unless it is given. ``logged_in`` is called if the person was asked who
    they are, after the first request.
    """
    budget = budget if budget is not None else shared.budget
    waiting = [clock.pass_over for clock in (budget, shared.activity) if clock is not None]
    with telling_of_questions(*waiting), _opened(shared, url, scopes, budget, logged_in) as send:
        yield send


@contextlib.contextmanager
def _opened(
    shared: Shared,
    url: str,
    scopes: tuple[WriteScope, ...],
    budget: "Budget | None",
    logged_in: Callable[[], object],
) -> Iterator[Send]:
    from davlock.transport.http import HttpSender
    from davlock.transport.resolution import AddressOverride

    if shared.from_profile is not None:
        refuse_other_origin(shared.from_profile.profile, url)
    # What was typed is read before anybody is asked for a password, or warned about one.
    resolve = tuple(AddressOverride.parse(text) for text in shared.resolve)
    headers = tuple(_header(text) for text in shared.header)
    family = _family(shared)
    proxy = _proxy(shared, url)
    if proxy is not None:
        proxy_parts(proxy)
        if proxy.lower().startswith(("socks5:", "socks5h:")):
            from davlock.cli.install_hint import require_package

            require_package(SOCKS_PACKAGE, "a SOCKS proxy")
    password_of_key = None
    if shared.cert is not None:
        from davlock.cli.client_certificate import key_password

        password_of_key = key_password(shared, url)
    login = chosen_login(shared, url)
    exposed = exposed_fields(shared, url, login.credentials, proxy)
    if exposed:
        warn(url, exposed[0].what)
    of_proxy = exposed_proxy_login(shared, proxy)
    if proxy is not None and of_proxy:
        warn_of(proxy_address(proxy), of_proxy)
    names = tuple(field.name for field in exposed)
    remember(LoginUse(url=url, login=login, exposed=names, exposed_proxy=bool(of_proxy), proxy=proxy))
    secrets = shared.secrets if shared.secrets is not None else KnownSecrets()
    _register(secrets, login.credentials, proxy, headers)
    if password_of_key is not None:
        secrets.add(password_of_key)
    settings = ConnectionSettings(
        verify=not shared.insecure,
        cacert=shared.cacert,
        cert=shared.cert,
        key=shared.key,
        key_password=password_of_key,
        proxy=proxy,
        resolve=resolve,
        unix_socket=shared.unix_socket,
        family=family,
        connect_timeout=shared.connect_timeout,
        max_time=shared.max_time,
        headers=headers,
        credentials=login.credentials,
        note_field=_noting(secrets, _noticing_basic(shared, url, login, proxy)),
        user_agent=shared.user_agent or f"davlock/{__version__}",
        until=budget.until if budget is not None else lambda: None,
    )
    with HttpSender(settings, clock=monotonic) as sender:
        send = record_clock(sender)
        send = expect_locks(send, announce=complain, breakable=raising_signals) if scopes else send
        send = without_known_secrets(send, secrets)
        if shared.recorder is not None:
            send = shared.recorder.recording(send)
        if shared.verbose:
            from davlock.transport.trace import traced

            send = traced(send, write_line, show_tokens=shared.trace_tokens)
        carried: list[object] = [login.credentials or authorization_typed(shared)]
        if login.credentials is None and shared.own_login:

            def log_in(answer: ChosenLogin) -> None:
                if answer.credentials is None:
                    return
                carried[0] = answer.credentials
                exposed = exposed_fields(shared, url, answer.credentials, proxy)
                remember_answer(url, answer, tuple(field.name for field in exposed))
                _register(secrets, answer.credentials, None, ())
                sender.log_in(answer.credentials)
                logged_in()

            send = LoginPrompt(shared=shared, url=url, proxy=proxy, log_in=log_in).answering(send)
        send = login_memory().heeding(send, lambda: carried[0])
        if shared.retry_budget > 0:
            send = patient(
                send,
                undone=partial(made_no_lock, send),
                budget=shared.retry_budget,
                sleep=pause,
                now=lambda: datetime.now(UTC),
                announce=write_line,
                left=budget.seconds_left if budget is not None else lambda: None,
            )
        if budget is not None:
            send = budget.bounding(send)
        if shared.activity is not None:
            send = shared.activity.observed(send)
        yield WriteGate(ReadsLargeAnswers(send), *scopes)


def _noting(secrets: KnownSecrets, basic: Callable[[], object]) -> Callable[[str, str], object]:
    """Notes a header field that is sent: ``secrets`` hides it from now on, and ``basic`` is called if it is Basic."""

    def note(name: str, value: str) -> None:
        secrets.add_field(name, value)
        if name.lower() == "authorization" and scheme_of(value) == "Basic":
            basic()

    return note


def _noticing_basic(shared: Shared, url: str, login: ChosenLogin, proxy: str | None) -> Callable[[], object]:
    """Called before Basic is sent: warns if others could read ``login``, and the server chose how it is sent."""
    credentials, context = login.credentials, click.get_current_context(silent=True)
    if credentials is None or credentials.scheme is not Scheme.ANY:
        return lambda: None
    exposed = exposed_fields(shared, url, replace(credentials, scheme=Scheme.BASIC), proxy)

    def notice() -> None:
        with context.scope(cleanup=False) if context is not None else contextlib.nullcontext():
            remember_answer(url, login, tuple(field.name for field in exposed))
            warn(url, exposed[0].what)

    return notice if exposed else lambda: None


def _register(
    secrets: KnownSecrets, credentials: "Credentials | None", proxy: str | None, headers: tuple[tuple[str, str], ...]
) -> None:
    """Have ``secrets`` hide what the person gave to be let in, wherever it came from."""
    if credentials is not None:
        secrets.add_login(credentials.user, credentials.password)
    for name, value in headers:
        secrets.add_typed_field(name, value)
    secrets.add_url_login(proxy or "")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise LocalProtocolError("-H needs a name and a value", "write -H 'Name: value'")
    return name.strip(), value.strip()


def _family(shared: Shared) -> socket.AddressFamily:
    if shared.ipv4 and shared.ipv6:
        raise LocalProtocolError("-4 and -6 exclude each other", "use one, also in the environment")
    return socket.AF_INET if shared.ipv4 else socket.AF_INET6 if shared.ipv6 else socket.AF_UNSPEC


def _proxy(shared: Shared, url: str) -> str | None:
    """Proxies are for networks: a Unix socket needs none. ``-x ''`` turns them off, as in curl."""
    if shared.unix_socket is None:
        if shared.noproxy is not None and is_excepted(url, shared.noproxy):
            return None
        if shared.proxy is not None:
            return shared.proxy or None
        # --noproxy takes the place of no_proxy.
        exceptions = {} if shared.noproxy is None else {"no_proxy": "", "NO_PROXY": ""}
        return proxy_of_environment(url, {**os.environ, **exceptions})
    if not shared.unix_socket:
        raise LocalProtocolError("--unix-socket is empty", "write --unix-socket PATH")
    if not POSIX:
        raise LocalProtocolError("--unix-socket works only on Linux and macOS", "write the server's URL")
    if shared.proxy:
        raise LocalProtocolError("--unix-socket and --proxy exclude each other", "use one, also in the environment")
    return None

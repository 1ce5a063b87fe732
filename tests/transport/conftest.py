"""Fixtures of the transport's tests."""

import contextlib
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from davlock.transport.http import HttpSender
from davlock.transport.settings import ConnectionSettings
from tests.servers.certificate import Certificate
from tests.transport.scripted import Play, ScriptedServer


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """``serve(play, tls=None, path=None)``: a server that plays a script until the test is over."""
    with contextlib.ExitStack() as stack:

        def start(play: Play, tls: ssl.SSLContext | None = None, path: str | None = None) -> ScriptedServer:
            server = ScriptedServer(play, tls=tls, path=path)
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture
def sender() -> Iterator[Callable[..., HttpSender]]:
    """``sender(server=None, **settings)``: a sender that is closed when the test is over.

    ``server`` stands in for the network (see :func:`tests.saying.saying`).
    """
    with contextlib.ExitStack() as stack:

        def make(server: httpx.BaseTransport | None = None, **settings: Any) -> HttpSender:
            send = HttpSender(ConnectionSettings(**settings), clock=time.monotonic, transport=server)
            return stack.enter_context(send)

        yield make


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For 127.0.0.1 and localhost."""
    return Certificate(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1", "DNS:localhost")

"""Fixtures of the transport's tests."""

import contextlib
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from davlock.transport.http import HttpSender
from davlock.transport.settings import ConnectionSettings
from tests.transport.scripted import Play, ScriptedServer


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """``serve(play, tls=None)``: a server that plays a script until the test is over."""
    with contextlib.ExitStack() as stack:

        def start(play: Play, tls: ssl.SSLContext | None = None) -> ScriptedServer:
            server = ScriptedServer(play, tls=tls)
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture
def sender() -> Iterator[Callable[..., HttpSender]]:
    """``sender(**settings)``: a sender that is closed when the test is over."""
    with contextlib.ExitStack() as stack:

        def make(**settings: Any) -> HttpSender:
            return stack.enter_context(HttpSender(ConnectionSettings(**settings), clock=time.monotonic))

        yield make


class Certificate:
    """A self-signed certificate for 127.0.0.1 and localhost, and its key, as files."""

    def __init__(self, directory: Path) -> None:
        self.cert = str(directory / "cert.pem")
        self.key = str(directory / "key.pem")
        names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-days", "2", "-subj", "/CN=davlock test", "-addext", names, "-keyout", self.key, "-out", self.cert]
        subprocess.run(command, check=True, capture_output=True)

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))

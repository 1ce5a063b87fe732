"""Of the plain names that are read without httpx, the same is made as httpx makes."""

import subprocess
import sys

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from davlock.errors import LocalProtocolError
from davlock.transport.origin import Origin

LABEL = st.from_regex(r"[A-Za-z0-9-]{1,6}", fullmatch=True)
NUMBER = st.integers(0, 400).map(str)
NAMES = st.lists(LABEL, min_size=1, max_size=4) | st.lists(NUMBER, min_size=3, max_size=5)
PORTS = st.none() | st.sampled_from(["80", "443", "080", "8080", "65535", "0"]) | st.integers(0, 65535).map(str)


@given(st.sampled_from(["http", "https"]), NAMES.map(".".join), PORTS)
@example("http", "127.0.0.1", "8080")
@example("http", "127.0.0.01", None)
@example("https", "XN--bcher-kva.example", "443")
def test_as_httpx_reads_it(scheme: str, name: str, port: str | None) -> None:
    host = name if port is None else f"{name}:{port}"
    try:
        url = httpx.URL(f"{scheme}://{host}")
    except httpx.InvalidURL:
        with pytest.raises(LocalProtocolError):
            Origin.parse(scheme, host)
        return
    origin = Origin.parse(scheme, host)
    assert (origin.scheme, origin.host, origin.raw_host) == (url.scheme, url.host, url.raw_host)
    assert (origin.port, origin.netloc.encode()) == (url.port, url.netloc)


@pytest.mark.parametrize("host", ["\u0130.com", "\u212a.com", "\u212a.com:8080"])
def test_letters_that_only_become_ascii_in_another_case_are_no_ascii(host: str) -> None:
    """Python matches them with [a-z] where case does not count, and lowers one of them to two characters."""
    url = httpx.URL(f"http://{host}")
    origin = Origin.parse("http", host)
    assert (origin.host, origin.raw_host, origin.port) == (url.host, url.raw_host, url.port)


@pytest.mark.parametrize("host", ["xn--", "xn--a", "xn--.com", "XN--", "xn--a:80", "\u017f.com"])
def test_a_name_that_cannot_be_in_the_dns_is_no_host(host: str) -> None:
    with pytest.raises(LocalProtocolError):
        Origin.parse("http", host)


def test_without_a_login_httpx_is_not_imported() -> None:
    code = """
import sys
from davlock.protocol.message import Request
from davlock.transport.connection import Connection
from davlock.transport.http import HttpSender
with HttpSender(Connection(), clock=lambda: 0.0) as send:
    send(Request(method="OPTIONS", url="http://127.0.0.1:1/"))
sys.exit("httpx" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0

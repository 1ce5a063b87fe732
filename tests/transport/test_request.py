"""A URL as httpx gets it: the server is httpx's to read, and the rest stays as it was typed."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from davlock.errors import LocalProtocolError
from davlock.transport.request import ExactUrl, Target, origin_of

LABEL = st.from_regex(r"[A-Za-z0-9-]{1,6}", fullmatch=True)
NUMBER = st.integers(0, 400).map(str)
NAMES = st.lists(LABEL, min_size=1, max_size=4) | st.lists(NUMBER, min_size=3, max_size=5)
PORTS = st.none() | st.sampled_from(["80", "443", "080", "8080", "65535", "0"]) | st.integers(0, 70000).map(str)


@given(st.sampled_from(["http", "https", "HTTP"]), NAMES.map(".".join), PORTS)
@example("http", "127.0.0.1", "8080")
@example("http", "127.0.0.01", None)
@example("https", "XN--bcher-kva.example", "443")
def test_a_host_is_a_server_or_the_callers_fault(scheme: str, name: str, port: str | None) -> None:
    host = name if port is None else f"{name}:{port}"
    url: httpx.URL | None
    try:
        url = httpx.URL(f"{scheme.lower()}://{host}")
        _ = url.host
    except (httpx.InvalidURL, UnicodeError):
        url = None
    if url is None or (url.port or 0) > 65535:
        with pytest.raises(LocalProtocolError):
            origin_of(scheme, host)
    else:
        assert origin_of(scheme, host) == url


@pytest.mark.parametrize("host", ["xn--", "xn--a", "xn--.com", "XN--", "xn--a:80", "\u017f.com"])
def test_a_name_that_cannot_be_in_the_dns_is_no_host(host: str) -> None:
    with pytest.raises(LocalProtocolError):
        origin_of("http", host)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [("/", "/", b""), ("/a%20b//../%c3%bc?q=%41&r", "/a b//../\u00fc", b"q=%41&r"), ("/a?b?c", "/a", b"b?c")],
)
def test_a_url_keeps_its_bytes(target: str, path: str, query: bytes) -> None:
    parsed = Target.parse(f"http://user@H.example:8080{target}")
    url = ExactUrl(parsed.origin, parsed.raw)
    assert (url.raw_path, url.path, url.query) == (target.encode(), path, query)
    assert str(url) == f"http://h.example:8080{target}"

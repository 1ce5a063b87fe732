"""Which proxy the environment names for a URL. AS_CURL is what curl 7.88 did with the same variables."""

import sys
import urllib.request
from collections.abc import Callable

import pytest

from davlock.cli.proxy_environment import is_excepted, proxy_of_environment
from tests.cli.answers import OPTIONS, by_method, element, multistatus
from tests.cli.command import run
from tests.transport.scripted import ScriptedServer

Serve = Callable[..., ScriptedServer]

DAV, DAV81, IPV4 = "http://dav.example/", "http://dav.example:81/", "http://10.1.2.3/"

AS_CURL = [
    (DAV, "", False),
    (DAV, "dav.example", True),
    (DAV, "example", True),
    (DAV, ".example", True),
    (DAV, ".dav.example", True),
    (DAV, "*.example", False),
    (DAV, "*", True),
    (DAV, "x, *", False),
    ("http://notdav.example/", "dav.example", False),
    ("http://DAV.example/", "dav.EXAMPLE", True),
    ("http://dav.example./", "dav.example", True),
    (DAV, "dav.example.", True),
    (DAV81, "dav.example:82", False),
    (DAV, "x dav.example", True),
    (DAV, "x , dav.example", True),
    (IPV4, "10.0.0.0/8", True),
    (IPV4, "10.1.2", False),
    (IPV4, "2.3", False),
    (IPV4, "10.1.2.3", True),
    (IPV4, ".10.1.2.3", False),
    (IPV4, "11.0.0.0/8", False),
    (IPV4, "10.1.2.3/33", False),
    (IPV4, "10.1.2.3/32", True),
    (IPV4, "10.1.2.0/x", False),
    ("http://[::1]/", "::1", True),
    ("http://[2001:db8::1]/", "2001:db9::/32", False),
    ("http://localhost/", "", False),
]

BEYOND_CURL = [
    (DAV81, "dav.example:81", True),
    (DAV, "dav.example:80", True),
    ("http://[::1]/", "[::1]", True),
    ("http://[::1]:81/", "[::1]:81", True),
    ("http://[::1]:81/", "[::1]:82", False),
    ("http://[2001:db8::1]/", "2001:0db8:0::1", True),
    ("http://[2001:db8::1]/", "2001:db8::/32", True),  # curl 7.88 has a fault there
    ("http://[fe80::1%25eth0]/", "fe80::/10", True),
    (IPV4, "0.0.0.0/0", True),
]


@pytest.mark.parametrize(("url", "exceptions", "direct"), AS_CURL + BEYOND_CURL)
def test_who_needs_no_proxy(url: str, exceptions: str, direct: bool) -> None:
    assert is_excepted(url, exceptions) is direct
    chosen = proxy_of_environment(url, {"http_proxy": "proxy:1", "no_proxy": exceptions})
    assert chosen == (None if direct else "http://proxy:1")


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("http://h/", {"HTTP_PROXY": "p"}, None),
        ("http://h/", {"http_proxy": "p"}, "http://p"),
        ("http://h/", {"http_proxy": "p", "REQUEST_METHOD": "GET"}, "http://p"),
        ("http://h/", {"ALL_PROXY": "socks5h://p:9"}, "socks5h://p:9"),
        ("http://h/", {"ALL_PROXY": "p", "all_proxy": "q"}, "http://q"),
        ("http://h/", {"http_proxy": "", "all_proxy": "p"}, "http://p"),
        ("https://h/", {"HTTPS_PROXY": "p"}, "http://p"),
        ("https://h/", {"HTTPS_PROXY": "p", "https_proxy": ""}, "http://p"),
        ("https://h/", {"HTTPS_PROXY": "p", "https_proxy": "q"}, "http://q"),
        ("https://h/", {"http_proxy": "p"}, None),
        ("http://h/", {"http_proxy": "p", "NO_PROXY": "h"}, None),
        ("http://h/", {"http_proxy": "p", "NO_PROXY": "h", "no_proxy": ""}, None),
        ("http://h/", {"http_proxy": "p", "NO_PROXY": "h", "no_proxy": "x"}, "http://p"),
    ],
)
def test_which_variable_counts(url: str, environment: dict[str, str], proxy: str | None) -> None:
    assert proxy_of_environment(url, environment) == proxy


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_the_systems_own_settings(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"http": "system:1"})
    monkeypatch.setattr(urllib.request, "proxy_bypass", lambda host: host == "near.example")
    assert proxy_of_environment(DAV, {}) == (None if platform == "linux" else "http://system:1")
    assert proxy_of_environment("http://near.example/", {}) is None
    env = {"ALL_PROXY": "p", "NO_PROXY": "dav.example"}
    assert proxy_of_environment(DAV, env) is None
    assert proxy_of_environment(IPV4, env) == "http://p"
    assert (proxy_of_environment(IPV4, {"HTTP_PROXY": "p"}) is not None) is (platform == "win32")


@pytest.mark.parametrize(
    ("arguments", "environment", "by_proxy"),
    [
        (("-x", "PROXY"), {}, True),
        (("-x", "PROXY"), {"no_proxy": "127.0.0.1"}, True),  # what was typed outweighs the environment
        (("-x", "PROXY", "--noproxy", "127.0.0.0/8"), {}, False),
        (("--noproxy", "x"), {"http_proxy": "PROXY", "no_proxy": "127.0.0.1"}, True),
        ((), {"http_proxy": "PROXY", "DAVLOCK_NOPROXY": "*"}, False),
        (("-x", ""), {"http_proxy": "PROXY"}, False),
    ],
)
def test_options_and_the_environment(
    serve: Serve, arguments: tuple[str, ...], environment: dict[str, str], by_proxy: bool
) -> None:
    answers = {"PROPFIND": multistatus(element()), "OPTIONS": OPTIONS}
    proxy, server = serve(by_method(answers)), serve(by_method(answers))
    words = [proxy.url if word == "PROXY" else word for word in arguments]
    env = {name: proxy.url if value == "PROXY" else value for name, value in environment.items()}
    assert run("locks", *words, f"{server.url}/a.txt", env=env).code == 0
    assert bool(proxy.requests) is by_proxy
    assert bool(server.requests) is not by_proxy

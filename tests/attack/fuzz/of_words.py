"""Readers of what people type: targets, URLs, durations, proxies, shards, addresses."""

from contextlib import suppress
from urllib.parse import urlsplit

import click

from davlock.cli.complete_words import suggestions
from davlock.cli.duration import DURATION
from davlock.cli.password_line import first_line
from davlock.cli.shard_option import parse_shard
from davlock.cli.target_forms.understand import understand
from davlock.cli.typed_urls import checked_url
from davlock.errors import LocalProtocolError
from davlock.operations.clients import user_agent
from davlock.protocol.spelling import differences
from davlock.protocol.url import (
    ancestors,
    at_origin,
    below,
    escaped,
    is_ancestor,
    is_path_above,
    names_of,
    origin,
    origin_name,
    path_below,
    resolve,
    resolve_name,
    resolve_raw_path,
    same_resource,
    without_credentials,
)
from davlock.protocol.visible import columns, visible
from davlock.protocol.write_scope import refuse_dots, why_outside
from davlock.transport.proxy_url import proxy_parts, shown_proxy
from davlock.transport.resolution import AddressOverride
from tests.attack.fuzz.reader import Reader, expect, expect_plain, text_of

BASE = "https://dav.example/files/a%20b/c.txt"
PASSWORD = "kanarie0Passw0rd1234"

_URLS = (
    *(
        b"https://dav.example/files/a.txt",
        b"http://[::1]:8080/a%2Fb/",
        b"/files/../x",
        b"//host/a",
        b"a/b%20c",
        b"..%2f..",
    ),
    *(
        b"https://cloud.example/index.php/apps/files/?dir=/a&fileid=3",
        b"dav://h/a",
        b"webdavs://alice@h:443/a",
        b"\\\\h\\a",
    ),
    *(
        b"https://x.sharepoint.com/:w:/r/sites/a/_layouts/15/Doc.aspx",
        b"ms-word:ofe|u|https://h/a.docx",
        b"dav.example:8080",
    ),
    *(b"https://h/files/spaces/personal/a/x", b"file:///etc/passwd", b"/run/user/1000/gvfs/dav:host=h,ssl=true/a"),
)
_WORDS = (
    *(
        b"https://",
        b"http://",
        b"dav://",
        b"%2F",
        b"%2e%2e",
        b"/../",
        b"//",
        b"?",
        b"#",
        b"@",
        b":",
        b"[::1]",
        b"%25",
        b"\\",
    ),
    *(b"index.php/apps/files", b"/f/1", b"?dir=", b"&fileid=", b"_layouts/15/", b"xn--", b"%zz", b";", b".", b"..;/"),
)


def _url(data: bytes) -> None:
    url = text_of(data)
    for made in (resolve(BASE, url), resolve_name(BASE, url), resolve_raw_path(BASE, url), at_origin(BASE, url)):
        expect("a URL is the same resource as itself", same_resource(made, made))
        expect("no URL is above itself", not is_ancestor(made, made))
        names_of(made), origin(made), origin_name(made), differences(BASE, made)
        if made.startswith("https://dav.example/"):
            expect("a server has nothing above it", all(origin(above) == origin(made) for above in ancestors(made)[:3]))
        is_path_above(made, BASE), why_outside(BASE, made)
    path = path_below("https://dav.example/files", url)
    if path is not None:
        expect("a path leads back", same_resource(below("https://dav.example/files", path), url))
    expect("a login is left out", PASSWORD not in without_credentials(f"http://alice:{PASSWORD}@h/{url}"))


def _target(data: bytes) -> None:
    text = text_of(data)
    with suppress(LocalProtocolError):
        understand(text, lambda url: "")
    try:
        url = checked_url(text)
    except LocalProtocolError:
        return
    expect("the path that is asked is ASCII", urlsplit(url).path.isascii())
    expect("a URL that is asked is escaped", escaped(url) == url)
    with suppress(LocalProtocolError):
        refuse_dots(url)


def _secret_target(data: bytes) -> None:
    """A login stands in what is typed; the error must not have its password."""
    behind = text_of(data)
    if PASSWORD in behind:
        return  # there it may be a port or a name
    text = f"http://alice:{PASSWORD}@{behind}"
    for read in (checked_url, lambda typed: understand(typed, lambda url: "")):
        try:
            read(text)
        except LocalProtocolError as error:
            expect("a password is not in the error", PASSWORD not in f"{error} {error.steps}")


def _proxy(data: bytes) -> None:
    text = text_of(data)
    with suppress(LocalProtocolError):
        proxy_parts(text)
    if PASSWORD in text:
        return  # there it may be the name of a host
    secret = f"http://alice:{PASSWORD}@{text}"
    expect("a login is left out", PASSWORD not in shown_proxy(secret))
    try:
        proxy_parts(secret)
    except LocalProtocolError as error:
        expect("a password is not in the error", PASSWORD not in str(error))


def _options(data: bytes) -> None:
    text = text_of(data)
    with suppress(click.UsageError):
        expect("a duration is no less than nothing", DURATION.convert(text, None, None) >= 0)
    for read in (parse_shard, AddressOverride.parse, user_agent):
        with suppress(LocalProtocolError):
            read(text)
    line = first_line(data)
    expect("one line has no line feed", line is None or b"\n" not in line)


def _visible(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape" if data[:1] == b"\xed" else "replace")
    shown = visible(text)
    expect_plain(shown.replace("\t", ""), "visible text")
    expect("what is visible stays as it is", visible(shown) == shown)
    expect("no command of a CI system", "##vso[" not in shown and not shown.lstrip().startswith("::"))
    expect("visible text has no lines", "\n" not in shown)
    expect("columns are counted", 0 <= columns(shown) <= 2 * len(shown))


def _completion(data: bytes) -> None:
    words = text_of(data).split(" ")
    list(suggestions(words[:-1], words[-1]))


READERS = (
    Reader(name="urls", read=_url, seeds=lambda: _URLS, words=_WORDS, count=150_000, longest=4096),
    Reader(name="targets", read=_target, seeds=lambda: _URLS, words=_WORDS, count=150_000, longest=4096),
    Reader(
        name="targets with a login", read=_secret_target, seeds=lambda: _URLS, words=_WORDS, count=150_000, longest=4096
    ),
    Reader(
        name="proxies",
        read=_proxy,
        seeds=lambda: (b"proxy:3128", b"http://proxy.example:3128", b"socks5h://[::1]:1080", b"proxy:0"),
        words=(b"socks5://", b"http://", b"@", b":", b"[::1]", b"/", b"%2F", b":99999"),
        count=150_000,
        longest=2048,
    ),
    Reader(
        name="durations, shards, addresses",
        read=_options,
        seeds=lambda: (
            b"90",
            b"1.5h",
            b"7d",
            b"1/4",
            b"0003/16",
            b"dav.example:443:192.0.2.7,[::1]",
            b"finder",
            b"Mozilla/5.0",
        ),
        words=(b"s", b"m", b"h", b"d", b"/", b":", b"443", b"[", b"]", b"*", b"xn--", b"1.", b"0"),
        count=150_000,
        longest=2048,
    ),
    Reader(
        name="visible text",
        read=_visible,
        seeds=lambda: (b"a.txt", "é👨‍👩‍👧 ::error::x".encode(), b"##vso[task]", "नमस्ते".encode(), b"a\x1b[31mb"),
        words=(b"::", b"##", b"\xe2\x80\x8d", b"\xef\xb8\x8f", b"\xf0\x9f\x91\xa9", b"\xcc\x81", b"\\x1b", b" ::"),
        count=150_000,
        longest=4096,
    ),
    Reader(
        name="completion",
        read=_completion,
        seeds=lambda: (b"locks --fo", b"check --only a,", b"help ", b"cleanup --token x --ol", b"-- x", b"ledger re"),
        words=(b" --", b"=", b",", b" -", b"locks ", b"check ", b"--format="),
        count=20_000,
        longest=512,
        growth=False,
    ),
)

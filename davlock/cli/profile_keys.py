"""The keys of a profile, and what each takes.

Every connection option is a key, under the name that it has on the command line, with underscores. So a new option is
a key without another line. Keys with another name, or another form, stand in this module.
"""

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from davlock.cli.options import shared_options
from davlock.cli.profile_file import BACKSLASH
from davlock.cli.profile_names import nearest
from davlock.cli.typed_urls import checked_url
from davlock.errors import LocalProtocolError
from davlock.protocol.url import below, without_credentials
from davlock.protocol.visible import has_control
from davlock.protocol.write_scope import why_outside
from davlock.transport.proxy_url import proxy_parts

SCHEMES = ("basic", "digest", "negotiate")
"""Options that ``auth`` chooses from."""

HEADERS = "header"
"""The option that the key ``headers`` stands for."""

COMMAND_KEYS = {"concurrency": "jobs", "as": "client"}
"""Keys that stand for a parameter of some commands alone: its name there."""

PATH_METAVARS = ("FILE", "PATH")
"""Metavars of options whose value is a path."""


@cache
def options_by_key() -> dict[str, click.Option]:
    """The keys that are options."""
    options = {str(option.name): option for option in shared_options("connection")}
    return {name: option for name, option in options.items() if name not in (*SCHEMES, HEADERS)}


def is_secret(option: click.Option) -> bool:
    """Whether the value of the option is a secret as a whole."""
    return option.metavar in ("PASSWORD", "TOKEN")


def keys() -> list[str]:
    """Every key of a profile."""
    return ["url", *options_by_key(), "auth", "headers", "password", *COMMAND_KEYS]


OTHER_NAMES = {
    **dict.fromkeys(("login", "account", "name"), "user"),
    **dict.fromkeys(("pass", "passwd", "pwd", "secret", "user_password"), "password"),
    **dict.fromkeys(("password_path", "passwordfile"), "password_file"),
    **dict.fromkeys(("server", "host", "hostname", "address", "uri", "endpoint", "base_url", "webdav_url"), "url"),
    **dict.fromkeys(("bearer", "token"), "oauth2_bearer"),
    **dict.fromkeys(("ca", "ca_file", "ca_bundle", "capath"), "cacert"),
    **dict.fromkeys(("verify", "ssl_verify", "tls_verify"), "insecure"),
    "timeout": "max_time",
    "jobs": "concurrency",
    "client": "as",
    "header": "headers",
}
"""Names of keys in the files of other programs, and the key of a profile."""


def key_meant(word: str) -> str:
    """The key that a person means by ``word``, which is not a key itself; empty if no key is near.

    A key with something behind it, as in ``username``, is nearer than one that only shares letters with it.
    """
    plain = word.replace("-", "_").lower()
    if plain in (known := keys()) or plain in OTHER_NAMES:
        return OTHER_NAMES.get(plain, plain)
    longest = max((key for key in known if len(key) > 2 and plain.startswith(key)), key=len, default="")
    return nearest(word, known, likeness=0.8) or longest or nearest(word, known)


def key_checks(folder: Path) -> dict[str, Callable[[object], Any]]:
    """What checks the value of each key, and raises WrongValue. A relative path is one below ``folder``."""
    return {
        "url": _url,
        **{key: _of_option(option, folder) for key, option in options_by_key().items()},
        "proxy": _proxy,
        "auth": _scheme,
        "headers": _headers,
        "password": _text,
        "concurrency": _whole(1, 64),
        "as": _text,
    }


class WrongValue(Exception):
    """A value that a key does not take: why, and what to write."""

    def __init__(self, why: str, hint: str) -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValue("this is not text", 'write it in quotes: KEY = "VALUE"')
    if not value:
        raise WrongValue("this is empty", "leave it out")
    if has_control(value):
        why = "this has a line break or another control character"
        raise WrongValue(why, f'a backslash in "…" makes some: {BACKSLASH}')
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise WrongValue("this is not a list", 'write ["VALUE", "VALUE"]')
    return tuple(map(_text, value))


def _headers(value: object) -> tuple[str, ...]:
    if not isinstance(value, dict):
        raise WrongValue("this is not a table", 'write { "NAME" = "VALUE" }')
    for name in value:
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise WrongValue("a name of a header has a character that it cannot have", 'write { "NAME" = "VALUE" }')
    return tuple(f"{name}: {_text(content)}" for name, content in value.items())


def _whole(least: int, most: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise WrongValue(f"this is not a number from {least} to {most}", "write a number without quotes")
        return value

    return check


def _scheme(value: object) -> str:
    if value not in (*SCHEMES, "any"):
        raise WrongValue(
            "this is no way to log in", f"write {', '.join(SCHEMES)} or any; for a token use oauth2_bearer"
        )
    return str(value)


def _of_option(option: click.Option, folder: Path) -> Callable[[object], Any]:
    """The check that the option itself makes, of what the file says in its place."""

    def check(value: object) -> Any:
        if option.is_flag:
            if not isinstance(value, bool):
                raise WrongValue("this is not true or false", "write true or false, without quotes")
            return value
        if option.multiple:
            return _texts(value)
        if option.type is not click.STRING and isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)  # a number of seconds
        text = _text(value)
        try:
            checked = option.type.convert(text, option, None)
        except click.UsageError as error:
            why, _, hint = error.message.replace(repr(text), "this").partition("; ")
            raise WrongValue(why, hint) from None
        return _path(text, folder) if option.metavar in PATH_METAVARS else checked

    return check


def _path(text: str, folder: Path) -> str:
    """A relative path is one beside the file: the working directory is another one each time."""
    if text == "-":
        raise WrongValue("a profile cannot read stdin", "name a file")
    return str(folder / os.path.expanduser(text))


def _proxy(value: object) -> str:
    try:
        proxy_parts(proxy := _text(value))
    except LocalProtocolError as error:
        raise WrongValue(error.what, error.hint) from None
    return proxy


def _url(value: object) -> str:
    if value == "":
        raise WrongValue("this is empty", "write https://HOST/PATH")
    text = _text(value).strip()
    try:
        _refuse_other_form(text)
        url = checked_url(text, of_profile=True)
    except LocalProtocolError as error:
        raise WrongValue(error.what, error.hint) from None
    if urlsplit(url).query or url.endswith("?"):
        raise WrongValue("the URL has a query", "write the URL of a collection")
    if why_outside(url, below(url, "name")):
        raise WrongValue("a name in the URL leads elsewhere, as .. does", "write the URL that it leads to")
    return url


def _refuse_other_form(text: str) -> None:
    """Raise WrongValue for what commands understand as a URL, such as a Windows path: the file names the URL itself.

    Raises LocalProtocolError for what can mean no URL, or several.
    """
    from davlock.cli.target_forms.understand import is_plain_url, understand

    understood = None if is_plain_url(text) else understand(text, lambda url: "")
    if understood is not None:
        url = checked_url(understood.url, of_profile=True)
        bare = without_credentials(url)
        login = "" if bare == url else ", and the login in keys of its own"
        raise WrongValue("this is no http or https URL", f"write {bare}{login}")

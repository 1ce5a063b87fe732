"""Which settings a profile supplies to one command line: those that neither an option nor the environment gave.

Settings that belong together come from one place. A password goes with the user that it was written for, and a key
with its certificate.
"""

import re
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

import click

from davlock.cli.credentials import lets_in
from davlock.cli.options import NAMES, Shared
from davlock.cli.password_sources import password_in_environment
from davlock.cli.profile_keys import HEADERS, SCHEMES
from davlock.cli.profiles import ConnectionProfile
from davlock.values import dataclass

_TOGETHER = (("cert", "key", "cert_type", "key_password"), ("proxy", "unix_socket"), ("ipv4", "ipv6"), SCHEMES)

_PASSWORDS = ("password_file", "password_command", "keyring", "netrc")

_LOGINS = ("user", "oauth2_bearer", "netrc", "negotiate")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUse:
    """What one command line takes from its profile: the names of settings, and a password that stands in the file."""

    profile: ConnectionProfile
    supplied: frozenset[str]
    password: str | None = field(default=None, repr=False)


def given_settings(context: click.Context) -> frozenset[str]:
    """The shared options that stand on the command line or in the environment."""
    return frozenset(name for name in NAMES if _is_given(context, name))


def _is_given(context: click.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source in (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT)


def with_profile(
    shared: Shared, kwargs: dict[str, Any], profile: ConnectionProfile, context: click.Context
) -> tuple[Shared, dict[str, Any]]:
    """``shared`` and the command's own parameters with what the profile supplies."""
    supplied = supplied_settings(shared, profile, given_settings(context))
    password = profile.password if "password" in supplied else None
    use = ProfileUse(profile=profile, supplied=frozenset(supplied), password=password)
    fields = {name: value for name, value in supplied.items() if name in NAMES}
    own = {
        name: value for name, value in profile.of_commands.items() if name in kwargs and not _is_given(context, name)
    }
    return replace(shared, from_profile=use, **fields), {**kwargs, **own}


def supplied_settings(shared: Shared, profile: ConnectionProfile, given: frozenset[str]) -> dict[str, Any]:
    """The settings of ``profile`` that nothing outweighs, by the names of options; and ``password``."""
    settings = dict(profile.settings)
    if profile.password is not None:
        settings["password"] = profile.password
    for name in _outweighed(shared, profile, given):
        settings.pop(name, None)
    if _login_is_given(shared, profile, given) and HEADERS in settings:
        settings[HEADERS] = tuple(text for text in settings[HEADERS] if not lets_in(text))
    for name, place in ((HEADERS, _name), ("resolve", _host_and_port)):
        if name in settings:
            settings[name] = _joined(getattr(shared, name), settings[name], place)
    return settings


def _outweighed(shared: Shared, profile: ConnectionProfile, given: frozenset[str]) -> set[str]:
    """The settings of ``profile`` that are given in another place, or belong to one that is."""
    given_lists = given & {HEADERS, "resolve"}
    names = set(given - given_lists)
    for group in _TOGETHER:
        if names & set(group):
            names |= set(group)
    if "proxy" in given:
        names.add("noproxy")
    if _login_is_given(shared, profile, given):
        names |= {*_LOGINS, *_PASSWORDS, "password"}
    elif _password_is_given(shared, given):
        names |= {*_PASSWORDS, "password"}
    return names


def _login_is_given(shared: Shared, profile: ConnectionProfile, given: frozenset[str]) -> bool:
    """Whether another login than the profile's is given."""
    if (
        _authorization(shared.header) is not None
        or "oauth2_bearer" in given
        or ("negotiate" in given and shared.negotiate)
    ):
        return True
    if "user" in given and shared.user is not None:
        return shared.user.partition(":")[0] != profile.settings.get("user")
    return "netrc" in given and shared.netrc and "user" not in profile.settings


def _password_is_given(shared: Shared, given: frozenset[str]) -> bool:
    in_user = shared.user is not None and ":" in shared.user
    return in_user or bool(given & set(_PASSWORDS)) or password_in_environment() is not None


def _joined(given: tuple[str, ...], supplied: tuple[str, ...], place: Callable[[str], str]) -> tuple[str, ...]:
    """Both lists. Of two entries about one header, or about one host and port, the given one stays."""
    places = set(map(place, given))
    return (*given, *(text for text in supplied if place(text) not in places))


def _host_and_port(resolve: str) -> str:
    place = re.match(r"(?:\[[^\]]*\]|[^:]*):[^:]*", resolve)
    return place[0].lower() if place else resolve


def _name(header: str) -> str:
    return header.partition(":")[0].strip().lower()


def _authorization(headers: tuple[str, ...]) -> str | None:
    return next((text for text in headers if _name(text) == "authorization"), None)

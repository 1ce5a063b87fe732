"""Where each setting of a command line comes from: an option, the environment, a profile, or davlock itself."""

import os
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import click

from davlock.capture.known_secrets import is_secret_field
from davlock.capture.secret import HIDDEN, without_passwords
from davlock.cli.options import Shared, shared_options
from davlock.cli.password_sources import PASSWORD, password_in_environment
from davlock.cli.profile_keys import COMMAND_KEYS, HEADERS, SCHEMES, is_secret
from davlock.cli.profile_targets import typed_targets
from davlock.cli.profiles import ConnectionProfile
from davlock.cli.proxy_environment import exceptions_variable, is_excepted, proxy_of_environment, proxy_variable
from davlock.protocol.url import without_credentials
from davlock.transport.proxy_url import shown_proxy
from davlock.values import dataclass

_TYPED_URL = "the URL"

_SOURCES = {
    click.core.ParameterSource.COMMANDLINE: "option",
    click.core.ParameterSource.ENVIRONMENT: "environment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSource:
    """One setting: ``value`` without secrets, ``source`` as one word, and ``place``, which is what to change."""

    setting: str
    value: object
    source: str
    place: str | None = None

    def as_dict(self) -> dict[str, object]:
        """One of ``settings`` in the contract."""
        return {"setting": self.setting, "value": self.value, "source": self.source, "from": self.place}


def setting_sources(context: click.Context, shared: Shared, url: str) -> Iterator[SettingSource]:
    """The URL, and each connection setting in the order of the options; of a list each entry."""
    yield _url(shared, url)
    yield _password(shared, url)
    for option in shared_options("connection"):
        ambient = _of_surroundings(str(option.name), shared, url)
        yield from (ambient,) if ambient is not None else _of_option(context, shared, option)
    if shared.from_profile is not None:
        profile = shared.from_profile.profile
        for key, parameter in COMMAND_KEYS.items():
            if parameter in profile.of_commands:
                value = profile.of_commands[parameter]
                yield SettingSource(setting=key, value=value, source="profile", place=profile.where(key))


def _of_option(context: click.Context, shared: Shared, option: click.Option) -> Iterator[SettingSource]:
    name = str(option.name)
    value = getattr(shared, name)
    use = shared.from_profile
    from_profile = use is not None and name in use.supplied
    source = _SOURCES.get(context.get_parameter_source(name) or click.core.ParameterSource.DEFAULT, "default")
    place = {"option": max(option.opts, key=len), "environment": str(option.envvar)}.get(source)
    entries = value if option.multiple else (value,)
    for entry in entries or (None,):
        supplied = from_profile and use is not None and (not option.multiple or entry in use.profile.settings[name])
        yield SettingSource(
            setting=name,
            value=HIDDEN if entry and is_secret(option) else _without_secret(name, entry),
            source="profile" if supplied else source,
            place=_where(use.profile, name) if use is not None and supplied else place,
        )


def _of_surroundings(name: str, shared: Shared, url: str) -> SettingSource | None:
    """What no option of davlock says: the user in the URL, and the proxy that curl's variables or the system name."""
    if name == "user" and "user" not in shared.typed and (user := urlsplit(url).username) is not None:
        return SettingSource(setting=name, value=unquote(user), source="option", place=_TYPED_URL)
    if shared.proxy is not None or shared.unix_socket is not None:
        return None
    exceptions = exceptions_variable(os.environ) if shared.noproxy is None else None
    if name == "noproxy" and exceptions is not None:
        return SettingSource(setting=name, value=os.environ[exceptions], source="environment", place=exceptions)
    if name != "proxy" or (shared.noproxy is not None and is_excepted(url, shared.noproxy)):
        return None
    # --noproxy takes the place of no_proxy.
    without = {} if shared.noproxy is None else {"no_proxy": "", "NO_PROXY": ""}
    proxy, variable = proxy_of_environment(url, {**os.environ, **without}), proxy_variable(url, os.environ)
    if proxy is None and variable is None:
        return None
    value = shown_proxy(proxy) if proxy is not None else None
    if variable is None:
        return SettingSource(setting=name, value=value, source="default", place="the system's settings")
    return SettingSource(setting=name, value=value, source="environment", place=variable if proxy else exceptions)


def _where(profile: ConnectionProfile, name: str) -> str:
    """The line that supplies the option ``name``: a login may stand in the URL."""
    keys = (name, {HEADERS: "headers", **dict.fromkeys(SCHEMES, "auth")}.get(name, "user"), "url")
    return profile.where(next((key for key in keys if key in profile.lines), "url"))


def _without_secret(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name == "user":
        return value.partition(":")[0]
    if name == "header":
        field, _, content = value.partition(":")
        return f"{field}: {HIDDEN}" if is_secret_field(field, content.strip()) else without_passwords(value)
    return shown_proxy(value) if name == "proxy" and value else without_passwords(value)


def _url(shared: Shared, url: str) -> SettingSource:
    bare, use = without_credentials(url), shared.from_profile
    if use is not None and bare in typed_targets().words:
        return SettingSource(setting="url", value=bare, source="profile", place=use.profile.where("url"))
    return SettingSource(setting="url", value=bare, source="option", place=_TYPED_URL)


def _password(shared: Shared, url: str) -> SettingSource:
    """Where a password is written; other settings say which command or file it is read from."""
    if shared.user is not None and ":" in shared.user:
        typed = "user" in shared.typed
        source, place = ("option", "--user") if typed else ("environment", "DAVLOCK_USER")
        return SettingSource(setting="password", value=HIDDEN, source=source, place=place)
    if urlsplit(url).password is not None:
        return SettingSource(setting="password", value=HIDDEN, source="option", place=_TYPED_URL)
    if password_in_environment() is not None:
        return SettingSource(setting="password", value=HIDDEN, source="environment", place=PASSWORD)
    use = shared.from_profile
    if use is not None and use.password is not None:
        return SettingSource(setting="password", value=HIDDEN, source="profile", place=_where(use.profile, "password"))
    return SettingSource(setting="password", value=None, source="default")

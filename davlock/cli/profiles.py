"""Profiles: the servers that a person has named in a file, each with its URL and its options."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from davlock.capture.known_secrets import is_secret_field
from davlock.cli.profile_file import ConfigFile, config_path, parsed, read_config
from davlock.cli.profile_keys import (
    COMMAND_KEYS,
    HEADERS,
    SCHEMES,
    WrongValue,
    is_secret,
    key_checks,
    key_meant,
    keys,
    options_by_key,
)
from davlock.cli.profile_names import RESERVED, is_name, nearest
from davlock.errors import LocalProtocolError
from davlock.protocol.url import without_credentials
from davlock.values import dataclass

_PASSWORDS = ("password", "password_file", "password_command", "keyring", "netrc")

_EXCLUDE = (("proxy", "unix_socket"), ("ipv4", "ipv6"), ("user", "oauth2_bearer"))

MOST_FAULTS = 100
"""Faults that are listed: a file with more of them is none of profiles."""

_SHOWN = 40
"""Characters of a word from the file that are quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFault:
    """What is wrong in the file: ``where`` is the file with its line, then the name of the table and of the key."""

    where: str
    line: int | None
    key: str
    why: str
    hint: str

    def error(self) -> LocalProtocolError:
        """The fault, for a command that needs what is wrong."""
        return LocalProtocolError(f"{self.where}: {self.key}: {self.why}", self.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionProfile:
    """One ``[servers.NAME]``. ``settings`` are by the names of options, ``of_commands`` by those of parameters."""

    name: str
    url: str
    """Without a login."""
    path: Path
    settings: Mapping[str, Any] = field(repr=False)
    of_commands: Mapping[str, Any] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)
    lines: Mapping[str, int | None] = field(default_factory=dict)
    """Where each key stands in the file."""

    def fault(self, key: str, why: str, hint: str) -> ConfigFault:
        """What is wrong with a key, as only a look at this machine shows."""
        return ConfigFault(
            where=self.where(key), line=self.lines.get(key), key=f"servers.{self.name}.{key}", why=why, hint=hint
        )

    def where(self, key: str) -> str:
        """The file and the line of a key."""
        line = self.lines.get(key)
        return f"{self.path}:{line}" if line else str(self.path)

    @property
    def place(self) -> str:
        """Where its password is to be corrected."""
        return f"[servers.{self.name}] in {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """All of the file. A profile with a fault is not in ``by_name``."""

    path: Path
    by_name: Mapping[str, ConnectionProfile]
    names: tuple[str, ...]
    """All names in the file, of profiles with a fault, too."""
    exists: bool
    faults: tuple[ConfigFault, ...]
    """Those of a profile have a key that begins with ``servers.NAME``."""

    def profile(self, name: str) -> ConnectionProfile:
        """The profile. Raises LocalProtocolError if there is none, or it has a fault."""
        if name in self.by_name:
            return self.by_name[name]
        faults = [fault for fault in self.faults if _is_about(fault, name)]
        faults = faults or ([fault for fault in self.faults if not fault.key.startswith("servers.")])
        if faults:
            raise faults[0].error()
        near = nearest(name, list(filter(is_name, self.names)))
        raise LocalProtocolError(
            f"there is no profile {name!r} in {self.path}",
            f"did you mean {near}:?" if near else "davlock config list shows the profiles",
        )


def _is_about(fault: ConfigFault, name: str) -> bool:
    return fault.key == f"servers.{name}" or fault.key.startswith(f"servers.{name}.")


def load_profiles() -> Profiles:
    """What the file holds; nothing if there is no file. Raises LocalProtocolError for a file that is no TOML, or that
    others can read although it holds a password.
    """
    config = read_config()
    if config is None:
        return Profiles(path=config_path(), by_name={}, names=(), exists=False, faults=())
    return _Reading(config).profiles()


class _Reading:
    """One reading of the file, which collects its faults."""

    def __init__(self, config: ConfigFile) -> None:
        self._config = config
        self._lines = config.lines()
        self._faults: list[ConfigFault] = []
        self._secrets: list[str] = []

    def profiles(self) -> Profiles:
        """All that stands in the file."""
        content = parsed(self._config)
        for name, value in content.items():
            if name != "servers":
                self._fault("", name, *_misplaced(name, value))
        servers = content.get("servers", {})
        if not isinstance(servers, dict):
            self._fault("", "servers", "this is not a table", "write [servers.NAME]")
            servers = {}
        by_name = {}
        for name, table in servers.items():
            count = len(self._faults)
            profile = self._profile(name, table)
            if profile is not None and len(self._faults) == count:
                by_name[name] = profile
        self._refuse_to_share()
        path = self._config.path
        return Profiles(path=path, by_name=by_name, names=tuple(servers), exists=True, faults=tuple(self._faults))

    def _fault(self, server: str, key: str, why: str, hint: str) -> None:
        key = _short(key)
        if len(self._faults) == MOST_FAULTS:
            first = self._faults[0].error()
            raise LocalProtocolError(f"{first.what} (the first of more than {MOST_FAULTS} faults)", first.hint)
        line = self._lines.get((server, key)) or (self._lines.get((server, "")) if server else None)
        name = ".".join(filter(None, ("servers" if server else "", _short(server), key)))
        where = f"{self._config.path}:{line}" if line else str(self._config.path)
        self._faults.append(ConfigFault(where=where, line=line, key=name, why=why, hint=hint))

    def _refuse_to_share(self) -> None:
        config = self._config
        if self._secrets and (config.readable_by_others or config.owned_by_another):
            who = "other users can read it" if config.readable_by_others else "it belongs to another user"
            raise LocalProtocolError(
                f"davlock does not use {config.path}: {who}, and it holds a secret ({self._secrets[0]})",
                f"run: chmod 600 {config.path}, or use password_command",
            )

    def _profile(self, name: str, table: object) -> ConnectionProfile | None:
        if not is_name(name):
            why = "a scheme of URLs has this name" if name.lower() in RESERVED else "this is no name of a profile"
            self._fault(name, "", why, "use letters, digits, - and _; two or more, a letter first")
            return None
        if not isinstance(table, dict):
            fault = _OUTSIDE if name in keys() else ("this is not a table", f"write [servers.{name}]")
            self._fault(name, "", *fault)
            return None
        values = dict(self._values(name, table))
        self._note_secrets(name, values)
        if "url" not in values:
            if "url" not in table:
                self._fault(name, "", "the URL is missing", 'add url = "https://HOST/PATH/"')
            return None
        self._check_together(name, values)
        return _made(name, values, self._config.path, {key: self._lines.get((name, key)) for key in values})

    def _values(self, name: str, table: Mapping[str, object]) -> Iterator[tuple[str, Any]]:
        checks = key_checks(Path(os.path.abspath(self._config.path)).parent)
        for key, value in table.items():
            if key not in checks:
                near = key_meant(key)
                known = f"did you mean {near}?" if near else "davlock help profiles lists the keys"
                self._fault(name, key, "davlock does not know this key", known)
                continue
            try:
                yield key, checks[key](value)
            except WrongValue as wrong:
                self._fault(name, key, wrong.why, wrong.hint)

    def _note_secrets(self, name: str, values: Mapping[str, Any]) -> None:
        headers = (text.partition(":") for text in values.get("headers", ()))
        holds = {
            "password": "password" in values,
            **{key: key in values for key, option in options_by_key().items() if is_secret(option)},
            "user": ":" in values.get("user", ""),
            "url": _password_in(values.get("url", "")) is not None,
            "proxy": "@" in values.get("proxy", ""),
            "headers": any(is_secret_field(field, content.strip()) for field, _, content in headers),
        }
        self._secrets += [f"{key} of [servers.{name}]" for key, held in holds.items() if held]

    def _check_together(self, name: str, values: Mapping[str, Any]) -> None:
        in_url, user = urlsplit(values["url"]).username, values.get("user")
        if in_url is not None and user is not None:
            self._fault(name, "user", "the URL has a user, too", "write one of them")
        given = [key for key in _PASSWORDS if values.get(key)]
        given += ["url"] if _password_in(values["url"]) is not None else []
        given += ["user"] if user is not None and ":" in user else []
        if len(given) > 1:
            self._fault(name, given[1], f"{given[0]} has a password, too", "write one of them")
        if given and given != ["netrc"] and in_url is None and user is None:
            self._fault(name, given[0], "a password needs a user", 'add user = "NAME"')
        for one, other in _EXCLUDE:
            if values.get(one) and values.get(other):
                self._fault(name, other, f"it and {one} exclude each other", "write one of them")
        for key in ("key", "key_password", "cert_type"):
            if key in values and "cert" not in values:
                self._fault(name, key, "it needs a certificate", 'add cert = "FILE"')
        if values.get("auth") == "negotiate" and (given or {"user", "oauth2_bearer"} & values.keys()):
            self._fault(name, "auth", "a Kerberos ticket is a login of its own", "leave out auth, or the other login")


_OUTSIDE = ("this key belongs to a profile", "write it below [servers.NAME]")
"""What is wrong with a key that stands outside of a profile, and what to do."""


def _misplaced(name: str, value: object) -> tuple[str, str]:
    """What is wrong with what stands beside the table ``servers``, and what to do."""
    if not isinstance(value, dict):
        return _OUTSIDE if key_meant(name) else ("davlock does not know this key", _OUTSIDE[1])
    why = "davlock does not know this table"
    if nearest(name, ["servers"]):
        return why, "write [servers.NAME]" if value.keys() & set(keys()) else "did you mean servers?"
    inner = next((key for key, content in value.items() if isinstance(content, dict) and key not in keys()), "")
    meant = next(filter(is_name, (inner, name)), "NAME")
    return why, f"write [servers.{meant}]"


def _short(word: str) -> str:
    return word if len(word) <= _SHOWN else f"{word[:_SHOWN]}…"


def _password_in(url: str) -> str | None:
    return urlsplit(url).password if url else None


def _made(name: str, values: Mapping[str, Any], path: Path, lines: Mapping[str, int | None]) -> ConnectionProfile:
    parts = urlsplit(values["url"])
    settings = {key: value for key, value in values.items() if key in options_by_key()}
    user, colon, password = values.get("user", "").partition(":")
    kept = values.get("password", password if colon else None)
    if parts.username is not None:
        user = unquote(parts.username)
        kept = unquote(parts.password) if parts.password is not None else kept
    if user:
        settings["user"] = user
    scheme = values.get("auth", "any")
    if scheme in SCHEMES:
        settings[scheme] = True
    if "headers" in values:
        settings[HEADERS] = values["headers"]
    return ConnectionProfile(
        name=name,
        url=without_credentials(values["url"]),
        path=path,
        settings=settings,
        of_commands={parameter: values[key] for key, parameter in COMMAND_KEYS.items() if key in values},
        password=kept,
        lines=lines,
    )

"""Who asks: from -u, a URL, the environment and ~/.netrc to the login of a request. Each password is read once.

What was typed outweighs the environment, and that ~/.netrc. Of two sources that were typed, neither is better.
"""

import os
import sys
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

import click

from davlock.cli.options import Shared
from davlock.cli.password_line import LONGEST_OUTPUT, line_of_command, line_of_file
from davlock.errors import LocalProtocolError
from davlock.transport.settings import Credentials, Scheme

PASSWORD = "DAVLOCK_PASSWORD"  # noqa: S105 -- the name of a variable
"""The variable that a password may stand in; the others are those of options."""

_LOGIN_OPTIONS = frozenset({"user", "password_file", "password_command", "oauth2_bearer", "netrc"})

OTHER_WAYS = f"set {PASSWORD}, or use --password-command or --password-file"


@dataclass(frozen=True, slots=True)
class ChosenLogin:
    """The login of one URL. ``kept_in`` says where a password is to be corrected; it is empty where davlock would ask.

    Without ``credentials`` no login was given, or it stands in a header field of its own.
    """

    credentials: Credentials | None = None
    kept_in: str = ""


@dataclass(frozen=True, slots=True)
class _UserName:
    """A user name, the password that stands beside it, and whether both were typed."""

    user: str
    password: str | None = field(repr=False)
    typed: bool


def chosen_login(shared: Shared, url: str) -> ChosenLogin:
    """The login for ``url``, its password read or asked for. Raises LocalProtocolError where there is none to have."""
    _refuse_two(shared, url)
    if authorization_typed(shared):
        return ChosenLogin()
    scheme = _scheme(shared)
    if _by_bearer(shared, url):
        kept_in = "" if "oauth2_bearer" in shared.typed else "DAVLOCK_OAUTH2_BEARER"
        return ChosenLogin(Credentials("", shared.oauth2_bearer or "", Scheme.BEARER), kept_in)
    name = _name(shared, url)
    if name is None:
        if shared.netrc:
            user, password = _from_netrc(url)
            return ChosenLogin(Credentials(user, password, scheme), _netrc_entry(url))
        for option in ("password_file", "password_command"):
            if option in shared.typed:
                raise LocalProtocolError(f"--{option.replace('_', '-')} was given without a user", "add -u USER")
        return ChosenLogin()
    password, kept_in = _password(shared, url, name)
    return ChosenLogin(Credentials(name.user, password, scheme), kept_in)


def login_for(shared: Shared, url: str) -> str:
    """The user name that ``url`` is asked with; empty where none was given. No password is read."""
    _refuse_two(shared, url)
    if authorization_typed(shared) or _by_bearer(shared, url):
        return ""
    name = _name(shared, url)
    if name is not None:
        return name.user
    return _from_netrc(url)[0] if shared.netrc else ""


def has_login(shared: Shared, url: str) -> bool:
    """Whether requests to ``url`` carry anything that says who asks."""
    typed = (shared.user, shared.oauth2_bearer, shared.cert, urlsplit(url).username)
    return any(one is not None for one in typed) or shared.netrc or any(map(lets_in, shared.header))


def without_login(shared: Shared) -> Shared:
    """What was typed, less all that says who asks. A URL that is asked with it must have no credentials in it."""
    header = tuple(text for text in shared.header if not lets_in(text))
    return replace(for_another_user(shared, None), cert=None, key=None, header=header)


def for_another_user(shared: Shared, user: str | None) -> Shared:
    """What was typed, with ``user`` (``USER[:PASSWORD]``) in place of the person, whose password is not theirs."""
    return replace(
        shared,
        user=user,
        password_file=None,
        password_command=None,
        oauth2_bearer=None,
        netrc=False,
        header=tuple(text for text in shared.header if _field_name(text) != "authorization"),
        typed=shared.typed - _LOGIN_OPTIONS | ({"user"} if user is not None else frozenset()),
        own_password=False,
    )


def lets_in(header: str) -> bool:
    """Whether a field that was typed with -H lets somebody in."""
    from davlock.capture.secret import SECRET_FIELDS

    name = _field_name(header)
    return name in SECRET_FIELDS and name != "proxy-authorization"


def authorization_typed(shared: Shared) -> str | None:
    """The value of the Authorization that was typed with -H."""
    values = (text.partition(":")[2].strip() for text in shared.header if _field_name(text) == "authorization")
    return next(values, None)


def _field_name(header: str) -> str:
    return header.partition(":")[0].strip().lower()


def _refuse_two(shared: Shared, url: str) -> None:
    """Raise LocalProtocolError where two logins or two passwords were typed: davlock cannot know which one you mean."""
    parts = urlsplit(url)
    if "basic" in shared.typed and "digest" in shared.typed:
        raise LocalProtocolError("--basic and --digest exclude each other", "leave both away: davlock tries both")
    user = shared.user.partition(":") if shared.user is not None and "user" in shared.typed else None
    in_url = None if parts.username is None else unquote(parts.username)
    logins = {
        "-u": user is not None,
        "the user in the URL": in_url is not None and (user is None or user[0] != in_url),
        "--oauth2-bearer": "oauth2_bearer" in shared.typed,
        "-H Authorization": authorization_typed(shared) is not None,
    }
    _refuse_more_than_one("logins", logins)
    passwords = {
        "-u USER:PASSWORD": user is not None and bool(user[1]),
        "a password in the URL": parts.password is not None,
        "--password-file": "password_file" in shared.typed,
        "--password-command": "password_command" in shared.typed,
        "--netrc": "netrc" in shared.typed and shared.netrc,
    }
    _refuse_more_than_one("passwords", passwords)


def _refuse_more_than_one(what: str, given: dict[str, bool]) -> None:
    names = [name for name, one in given.items() if one]
    if len(names) > 1:
        raise LocalProtocolError(f"two {what} were given: {names[0]}, and {names[1]}", "use one of them")


def _by_bearer(shared: Shared, url: str) -> bool:
    """Whether the bearer token is the login: one of the environment gives way to a user or --netrc that was typed."""
    if shared.oauth2_bearer is None or "oauth2_bearer" in shared.typed:
        return shared.oauth2_bearer is not None
    return urlsplit(url).username is None and not {"user", "netrc"} & shared.typed


def _name(shared: Shared, url: str) -> _UserName | None:
    """The user, by what was typed before the environment; ``None``: nobody, or the one in ~/.netrc."""
    parts = urlsplit(url)
    given = None
    if shared.user is not None:
        user, colon, password = shared.user.partition(":")
        given = _UserName(user, password if colon else None, "user" in shared.typed)
    if given is not None and given.typed and (given.password is not None or parts.password is None):
        return given
    if parts.username is not None:
        return _UserName(unquote(parts.username), unquote(parts.password) if parts.password is not None else None, True)
    return None if "netrc" in shared.typed and shared.netrc else given


def _password(shared: Shared, url: str, name: _UserName) -> tuple[str, str]:
    """The password of ``name``, and where it is kept."""
    if name.typed and name.password is not None:
        return name.password, ""
    for typed in (True, False):
        if (found := _from_source(shared, url, name, typed=typed)) is not None:
            return found
        if name.password is not None:
            return name.password, ""
    return _asked(name.user, shared), ""


def _from_source(shared: Shared, url: str, name: _UserName, *, typed: bool) -> tuple[str, str] | None:
    """The password of the first source that was ``typed``, or that the environment names."""
    if not typed and shared.own_password and (password := os.environ.get(PASSWORD)) is not None:
        return password, PASSWORD
    if shared.password_command is not None and ("password_command" in shared.typed) is typed:
        return _from_command(
            shared.password_command, _seconds_left(shared)
        ), f"the output of `{shared.password_command}`"
    if shared.password_file is not None and ("password_file" in shared.typed) is typed:
        path = shared.password_file
        return _first_line(path, _seconds_left(shared)), "the first line of stdin" if path == "-" else path
    if shared.netrc and ("netrc" in shared.typed) is typed:
        user, password = _from_netrc(url)
        if user == name.user:
            return password, _netrc_entry(url)
        if typed:
            what = f"--netrc: the entry for {urlsplit(url).hostname} is of {user}, and {name.user} was given"
            raise LocalProtocolError(what, "use one of them")
    return None


def _scheme(shared: Shared) -> Scheme:
    """What was typed outweighs what the environment says."""
    for name, scheme in (("digest", Scheme.DIGEST), ("basic", Scheme.BASIC)):
        if name in shared.typed:
            return scheme
    return Scheme.DIGEST if shared.digest else Scheme.BASIC if shared.basic else Scheme.ANY


def _kept() -> dict[str, str]:
    """The passwords of this command line that were read already: for all URLs and collections."""
    kept: dict[str, str] = click.get_current_context().find_root().meta.setdefault(__name__, {})
    return kept


def _seconds_left(shared: Shared) -> float | None:
    return None if shared.budget is None else shared.budget.seconds_left()


def _first_line(path: str, left: float | None) -> str:
    kept = _kept()
    if path in kept:
        return kept[path]
    try:
        kept[path] = _line_of_stdin() if path == "-" else line_of_file(path, left)
    except (OSError, UnicodeDecodeError) as error:
        raise LocalProtocolError(f"--password-file {path}: {_why(error)}", "name a readable file") from None
    return kept[path]


def _line_of_stdin() -> str:
    """Not a byte more than the line: what follows may be URLs or a file to write."""
    line = sys.stdin.readline(LONGEST_OUTPUT)
    if len(line) == LONGEST_OUTPUT and not line.endswith("\n"):
        what = f"--password-file -: the first line is longer than {LONGEST_OUTPUT // 1024} KiB"
        raise LocalProtocolError(what, "put the password alone on it")
    return line.rstrip("\r\n")


def _from_command(command: str, left: float | None) -> str:
    """The first line that it prints. It runs once."""
    import shlex

    kept = _kept()
    key = f"command {command}"
    if key not in kept:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise LocalProtocolError(f"--password-command: {error}", "quote it as for a shell") from None
        if not words:
            raise LocalProtocolError("--password-command is empty", "name a command that prints the password")
        try:
            line = line_of_command(words, left)
        except OSError as error:
            raise LocalProtocolError(f"--password-command: {words[0]}: {error.strerror}", "check its name") from None
        except UnicodeDecodeError:
            raise LocalProtocolError(f"--password-command: {words[0]} printed what is no UTF-8") from None
        if not line:
            raise LocalProtocolError(f"--password-command: {words[0]} printed no password", "run it alone to see why")
        kept[key] = line
    return kept[key]


def may_ask(shared: Shared) -> str:
    """Why no question may be asked; empty where one may be."""
    if shared.no_input:
        return "--no-input forbids to ask" if "no_input" in shared.typed else "DAVLOCK_NO_INPUT forbids to ask"
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        return "CI is set, so davlock does not ask"
    return "" if sys.stdin.isatty() and sys.stderr.isatty() else "there is no terminal to ask at"


def _asked(user: str, shared: Shared) -> str:
    if not user:
        raise LocalProtocolError("the user name is empty", "write -u USER, or leave -u away")
    kept = _kept()
    key = f"password of {user}"
    if key not in kept:
        if why := may_ask(shared):
            ways = OTHER_WAYS if shared.own_password else "give it as --user2 USER:PASSWORD, or in DAVLOCK_USER2"
            raise LocalProtocolError(f"no password for {user}, and {why}", ways)
        kept[key] = click.prompt(f"Password for {user}", hide_input=True, err=True, default="", show_default=False)
    return kept[key]


def _netrc_path() -> str:
    return os.environ.get("NETRC") or os.path.expanduser("~/.netrc")


def _netrc_entry(url: str) -> str:
    return f"the entry for {urlsplit(url).hostname} in {_netrc_path()}"


def _from_netrc(url: str) -> tuple[str, str]:
    """User and password. Raises LocalProtocolError where there is no entry for the host."""
    import netrc

    path, host = _netrc_path(), urlsplit(url).hostname or ""
    try:
        entry = netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError) as error:
        raise LocalProtocolError(f"--netrc: {_why(error)}", "name the file in NETRC, or use -u") from None
    if entry is None:
        raise LocalProtocolError(f"--netrc: {path} has no entry for {host}", f"add: machine {host} login … password …")
    return entry[0], entry[2] or ""


def _why(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)

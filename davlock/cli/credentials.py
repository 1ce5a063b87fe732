"""Who asks: from -u, a URL, the environment and ~/.netrc to the login of a request. Each password is read once.

What was typed outweighs the environment, and that ~/.netrc. Of two sources that were typed, neither is better.
"""

from dataclasses import field, replace
from urllib.parse import unquote, urlsplit

import click

from davlock.capture.secret import SECRET_FIELDS
from davlock.cli.options import Shared
from davlock.cli.password_sources import (
    PASSWORD,
    asked_password,
    netrc_entry,
    netrc_login,
    password_in_environment,
    password_of_command,
    password_of_file,
    seconds_left,
)
from davlock.errors import LocalProtocolError
from davlock.protocol.url import origin_name
from davlock.transport.settings import Credentials, Scheme
from davlock.values import dataclass

_LOGIN_OPTIONS = frozenset({"user", "password_file", "password_command", "oauth2_bearer", "netrc", "negotiate"})


@dataclass(frozen=True, slots=True)
class ChosenLogin:
    """The login of one URL. ``kept_in`` says where a password is to be corrected; it is empty where davlock would ask.

    Without ``credentials`` no login was given, or it stands in a header field of its own. ``asked`` is true if the
    server wanted a login, and the person typed all of it at the terminal.
    """

    credentials: Credentials | None = None
    kept_in: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True)
class _UserName:
    """A user name, the password that stands beside it, and whether both were typed."""

    user: str
    password: str | None = field(repr=False)
    typed: bool


def answers() -> "dict[str, ChosenLogin | None]":
    """The logins that were typed when a server wanted one, by its origin; ``None`` if the person gave none."""
    context = click.get_current_context(silent=True)
    if context is None:  # outside a command
        return {}
    known: dict[str, ChosenLogin | None] = context.find_root().meta.setdefault(__name__, {})
    return known


def _answered(shared: Shared, url: str) -> ChosenLogin | None:
    """The login that the person typed for an earlier request to that server."""
    return answers().get(origin_name(url)) if shared.own_login else None


def chosen_login(shared: Shared, url: str) -> ChosenLogin:
    """The login for ``url``, its password read or asked for. Raises LocalProtocolError where there is none to have."""
    _refuse_two(shared, url)
    if authorization_typed(shared):
        return ChosenLogin(kept_in=_authorization_place(shared))
    scheme = _scheme(shared)
    if _by_ticket(shared, url):
        from davlock.cli.install_hint import require_package

        require_package("gssapi", "--negotiate")
        return ChosenLogin(Credentials("", "", Scheme.NEGOTIATE))
    if _by_bearer(shared, url):
        kept_in = "" if "oauth2_bearer" in shared.typed else _place_of("oauth2_bearer", shared)
        return ChosenLogin(Credentials("", shared.oauth2_bearer or "", Scheme.BEARER), kept_in)
    name = _name(shared, url)
    if name is None:
        if shared.netrc:
            user, password = netrc_login(url)
            return ChosenLogin(Credentials(user, password, scheme), netrc_entry(url))
        for option in ("password_file", "password_command"):
            if option in shared.typed:
                raise LocalProtocolError(f"--{option.replace('_', '-')} needs a user", "add -u USER")
        return _answered(shared, url) or ChosenLogin()
    password, kept_in = _password(shared, url, name)
    return ChosenLogin(Credentials(name.user, password, scheme), kept_in)


def login_for(shared: Shared, url: str) -> str:
    """The user name that ``url`` is asked with; empty where none was given. No password is read."""
    _refuse_two(shared, url)
    if authorization_typed(shared) or _by_bearer(shared, url) or _by_ticket(shared, url):
        return ""
    name = _name(shared, url)
    if name is not None:
        return name.user
    if shared.netrc:
        return netrc_login(url)[0]
    answered = _answered(shared, url)
    return answered.credentials.user if answered is not None and answered.credentials is not None else ""


def has_login(shared: Shared, url: str) -> bool:
    """Returns true if requests to ``url`` carry anything that says who asks."""
    typed = (shared.user, shared.oauth2_bearer, shared.cert, urlsplit(url).username)
    return (
        any(value is not None for value in typed)
        or shared.netrc
        or shared.negotiate
        or any(map(lets_in, shared.header))
    )


def without_login(shared: Shared) -> Shared:
    """What was typed, less all that says who asks. A URL that is asked with it must have no credentials in it."""
    header = tuple(text for text in shared.header if not lets_in(text))
    return replace(
        for_another_user(shared, None), cert=None, key=None, cert_type=None, key_password=None, header=header
    )


def for_another_user(shared: Shared, user: str | None) -> Shared:
    """What was typed, with ``user`` (``USER[:PASSWORD]``) in place of the person, whose password is not theirs."""
    return replace(
        shared,
        user=user,
        password_file=None,
        password_command=None,
        oauth2_bearer=None,
        netrc=False,
        negotiate=False,
        header=tuple(text for text in shared.header if _field_name(text) != "authorization"),
        typed=shared.typed - _LOGIN_OPTIONS | ({"user"} if user is not None else frozenset()),
        own_login=False,
    )


def lets_in(header: str) -> bool:
    """Returns true if a field that was typed with -H lets somebody in."""
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
        raise LocalProtocolError("--basic and --digest exclude each other", "leave both out: davlock tries both")
    user = shared.user.partition(":") if shared.user is not None and "user" in shared.typed else None
    by_ticket = "negotiate" in shared.typed
    if by_ticket and shared.user in ("", ":"):  # as curl wants it
        user = None
    in_url = None if parts.username is None else unquote(parts.username)
    logins = {
        "-u": user is not None,
        "the user in the URL": in_url is not None and (user is None or user[0] != in_url),
        "--oauth2-bearer": "oauth2_bearer" in shared.typed,
        "--negotiate": by_ticket,
        "-H Authorization": authorization_typed(shared) is not None,
    }
    _refuse_more_than_one("logins", logins)
    passwords = {
        "-u USER:PASSWORD": user is not None and bool(user[1]),
        "a password in the URL": parts.password is not None,
        "--password-file": "password_file" in shared.typed,
        "--password-command": "password_command" in shared.typed,
        "--netrc": "netrc" in shared.typed and shared.netrc,
        "--keyring": "keyring" in shared.typed,
    }
    _refuse_more_than_one("passwords", passwords)


def _refuse_more_than_one(what: str, given: dict[str, bool]) -> None:
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise LocalProtocolError(f"there are two {what}: {names[0]}, and {names[1]}", "use one of them")


def _by_bearer(shared: Shared, url: str) -> bool:
    """Whether the bearer token is the login: one of the environment gives way to a user or --netrc that was typed."""
    if shared.oauth2_bearer is None or "oauth2_bearer" in shared.typed:
        return shared.oauth2_bearer is not None
    return urlsplit(url).username is None and not {"user", "netrc"} & shared.typed


def _place_of(option: str, shared: Shared) -> str:
    """Where a value stands that was not typed: in the profile, or in a variable."""
    use = shared.from_profile
    return use.profile.place if use is not None and option in use.supplied else f"DAVLOCK_{option.upper()}"


def _authorization_place(shared: Shared) -> str:
    """Where the Authorization stands, unless it was typed."""
    use = shared.from_profile
    supplied = use.profile.settings["header"] if use is not None and "header" in use.supplied else ()
    text = next(text for text in shared.header if _field_name(text) == "authorization")
    return use.profile.place if use is not None and text in supplied else ""


def _by_ticket(shared: Shared, url: str) -> bool:
    """Whether a Kerberos ticket is the login: --negotiate of the environment gives way to a login that was typed."""
    if "negotiate" in shared.typed or not shared.negotiate:
        return shared.negotiate
    return urlsplit(url).username is None and not {"user", "netrc", "oauth2_bearer"} & shared.typed


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
        if (password := _from_source(shared, url, name, typed=typed)) is not None:
            return password
        if name.password is not None:
            return name.password, ""
    if not shared.keyring:
        return asked_password(name.user, shared), ""
    from davlock.cli.keyring_password import set_command

    return asked_password(name.user, shared, f"store it: {set_command(url, name.user)}"), ""


def _from_source(shared: Shared, url: str, name: _UserName, *, typed: bool) -> tuple[str, str] | None:
    """The password of the first source that was ``typed``, or that the environment names."""
    if not typed and shared.own_login and (password := password_in_environment()) is not None:
        return password, PASSWORD
    if shared.password_command is not None and ("password_command" in shared.typed) is typed:
        return password_of_command(
            shared.password_command, seconds_left(shared)
        ), f"the output of `{shared.password_command}`"
    if shared.password_file is not None and ("password_file" in shared.typed) is typed:
        path = shared.password_file
        return password_of_file(path, seconds_left(shared)), "" if path == "-" else path
    use = shared.from_profile
    if not typed and use is not None and use.password is not None and name.user == use.profile.settings.get("user"):
        return use.password, use.profile.place
    if shared.netrc and ("netrc" in shared.typed) is typed:
        user, password = netrc_login(url)
        if user == name.user:
            return password, netrc_entry(url)
        if typed:
            what = f"--netrc: the entry for {urlsplit(url).hostname} is for {user}, not for {name.user}"
            raise LocalProtocolError(what, "use one of them")
    if shared.keyring and ("keyring" in shared.typed) is typed:
        from davlock.cli.keyring_password import password_of_keyring, set_command

        kept = password_of_keyring(url, name.user, seconds_left(shared))
        return (kept, f"the keyring ({set_command(url, name.user)})") if kept else None
    return None


def _scheme(shared: Shared) -> Scheme:
    """What was typed outweighs what the environment says."""
    for name, scheme in (("digest", Scheme.DIGEST), ("basic", Scheme.BASIC)):
        if name in shared.typed:
            return scheme
    return Scheme.DIGEST if shared.digest else Scheme.BASIC if shared.basic else Scheme.ANY

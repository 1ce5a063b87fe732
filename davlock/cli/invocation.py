"""The command line that is being carried out, as a finding may print it again: one URL, and no secret in it."""

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import click

from davlock.capture.known_secrets import is_secret_field
from davlock.capture.secret import HIDDEN, without_passwords
from davlock.cli.credentials import ChosenLogin, authorization_typed
from davlock.cli.options import Shared
from davlock.cli.profile_targets import typed_targets
from davlock.cli.typed_urls import url_meant
from davlock.diagnosis.invocation import Invocation, NamedServer
from davlock.protocol.url import is_ancestor, same_origin, same_resource, without_credentials
from davlock.transport.proxy_url import with_scheme
from davlock.values import dataclass

WORDS = "davlock.words"
"""Where a command that reads its words in a way of its own keeps them for us: its own, and those of a child."""

SHORTEST = 4
"""Characters: a shorter secret is part of too many words to be hidden wherever it stands."""

_LOGIN = ("password_file", "password_command", "netrc", "keyring", "negotiate")
_SCHEMES = ("basic", "digest")
_OF_THE_SCREEN = (
    "output",
    "save",
    "bundle",
    "why",
    "columns",
    "no_pager",
    "show_kept",
    "tokens",
    "list_warnings",
    "dry_run",
)
"""How this run was shown or kept: nothing about what is done, so no command repeats it."""

_REACH = (
    "insecure",
    "cacert",
    "cert",
    "key",
    "cert_type",
    "noproxy",
    "resolve",
    "unix_socket",
    "ipv4",
    "ipv6",
    "allow_insecure_auth",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginUse:
    """With which login a URL is asked, as typed; ``exposed``: the header fields that others on the way can read, and
    ``exposed_proxy`` whether they can read the login of the proxy.
    """

    url: str
    login: ChosenLogin
    exposed: tuple[str, ...]
    exposed_proxy: bool
    proxy: str | None


def remember(use: LoginUse) -> None:
    """For the findings about that URL. Who asked it first counts: a second user is not the person."""
    context = click.get_current_context(silent=True)
    if context is not None:
        _uses(context).setdefault(without_credentials(use.url), use)


def remember_answer(url: str, login: ChosenLogin, exposed: tuple[str, ...]) -> None:
    """For the findings about ``url``, which was asked without a login at first."""
    context = click.get_current_context(silent=True)
    bare = without_credentials(url)
    if context is not None and bare in _uses(context):
        _uses(context)[bare] = replace(_uses(context)[bare], login=login, exposed=exposed)


def _was_typed(shared: Shared, use: LoginUse) -> bool:
    """Returns true if the user name is not in the environment, so that a command must say it again."""
    return use.login.asked or "user" in shared.typed or "@" in urlsplit(use.url).netloc


def _uses(context: click.Context) -> dict[str, LoginUse]:
    uses: dict[str, LoginUse] = context.meta.setdefault(__name__, {})
    return uses


def invocation(shared: Shared, target: str) -> Invocation | None:
    """The command line, about ``target``; ``None`` where nothing was sent, as for a capture."""
    context = click.get_current_context(silent=True)
    uses = _uses(context) if context is not None else {}
    if context is None or not uses:
        return None
    use = uses[_nearest(target, uses)]
    credentials = use.login.credentials
    user = credentials.user if credentials is not None else ""
    typed = _typed_words(context)
    header = authorization_typed(shared) is not None
    proxy = _without_login(use.proxy) if use.proxy else ""
    known = (credentials.password if credentials is not None else "", *_typed_secrets(shared))
    secrets = [word for word in known if len(word) >= SHORTEST]
    harmless = list(_harmless_options(typed.options, secrets))
    server = _named_server(context, shared, secrets)
    options = [
        (option, value)
        for option, value in harmless
        if not _is_login(option, value) and option.name not in _OF_THE_SCREEN
    ]
    login = [(option, value) for option, value in harmless if _says_who(option, value)]
    return Invocation(
        verb=tuple(context.command_path.split()),
        login=(
            *(("-u", user) if user and not _from_profile(shared, "user") else ()),
            *(word for option, value in login for word in _as_typed(option, value)),
        ),
        proxy=("-x", proxy) if shared.proxy and "proxy" in shared.typed else (),
        others=tuple(word for option, value in options for word in _as_typed(option, value)),
        arguments=_arguments(context, typed, target, secrets, server),
        reach=typed_reach(),
        asks=(
            *((("-u", user),) if user and _was_typed(shared, use) else ()),
            *(_as_typed(option, value) for option, value in _of(harmless, (*_LOGIN, *_SCHEMES))),
        ),
        user=user,
        scheme=next((f"--{name}" for name in _SCHEMES if name in shared.typed), ""),
        bearer=credentials is not None and not user and shared.oauth2_bearer is not None,
        header=header,
        certificate=shared.cert is not None,
        proxy_host=urlsplit(proxy).netloc if proxy else "",
        proxy_login="@" in (use.proxy or ""),
        kept_in=_without(secrets, use.login.kept_in),
        server=server,
        exposed=use.exposed,
        exposed_proxy=use.exposed_proxy,
    )


def typed_reach() -> tuple[tuple[str, ...], ...]:
    """How the command line reaches its server, as :attr:`Invocation.reach`, also before anything is sent."""
    context = click.get_current_context(silent=True)
    typed = () if context is None else _typed_words(context).options
    return (
        *(_as_typed(option, value) for option, value in _of(typed, _REACH)),
        *(("-x", _without_login(str(value))) for _, value in _of(typed, ("proxy",)) if value),
    )


def _from_profile(shared: Shared, name: str) -> bool:
    return shared.from_profile is not None and name in shared.from_profile.supplied


def _named_server(context: click.Context, shared: Shared, secrets: list[str]) -> NamedServer | None:
    """The profile that a target names, with what it supplies as options."""
    if shared.from_profile is None:
        return None
    from davlock.cli.profile_keys import is_secret

    profile = shared.from_profile.profile
    given: list[tuple[click.Option, object]] = []
    for option in context.command.params:
        if not isinstance(option, click.Option) or option.name not in shared.from_profile.supplied:
            continue
        value = profile.settings[option.name]
        if not is_secret(option):
            given += [(option, part) for part in (value if option.multiple else (value,)) if part is not False]
    options = tuple(_as_typed(option, value) for option, value in _harmless_options(given, secrets))
    return NamedServer(name=profile.name, url=profile.url, options=options)


def _typed_secrets(shared: Shared) -> tuple[str, ...]:
    """What an Authorization that was typed with -H carries; of Basic also the password inside it (RFC 7617 §2)."""
    value = (authorization_typed(shared) or "").rpartition(" ")[2]
    try:
        inside = binascii.a2b_base64(value.encode()).decode("utf-8", "replace").partition(":")[2]
    except ValueError:  # no base64, or bytes that are no UTF-8
        inside = ""
    return value, inside


def _nearest(target: str, uses: Mapping[str, LoginUse]) -> str:
    """Of the URLs that were asked for, the one that ``target`` belongs to."""
    return next(iter(_related(target, uses)), next(iter(uses)))


def _related(target: str, urls: Iterable[str]) -> list[str]:
    every = list(urls)
    for related in (same_resource, is_ancestor, same_origin):
        if related_urls := [url for url in every if related(url, target)]:
            return related_urls
    return []


# -- the words


@dataclass(frozen=True, slots=True)
class _TypedWords:
    """Options in the order in which they were typed, each with its value; arguments by name; the child's words."""

    options: tuple[tuple[click.Option, object], ...]
    arguments: Mapping[str, object]
    child: tuple[str, ...]


def _typed_words(context: click.Context) -> _TypedWords:
    """The command line as click's parser takes it apart: the words as they were typed, not what they were read as."""
    own, child = context.meta.get(WORDS) or ((), ())
    if not own:
        arguments = context.find_root().obj
        path = context.command_path.split()[1:]
        own = tuple(arguments[len(path) :]) if isinstance(arguments, tuple) else ()
    try:
        values, _, order = context.command.make_parser(context).parse_args(list(own))
    except click.UsageError:
        return _TypedWords((), {}, ())
    options: list[tuple[click.Option, object]] = []
    taken: dict[str, int] = {}
    for parameter in order:
        if not isinstance(parameter, click.Option) or parameter.name is None:
            continue
        value = values[parameter.name]
        if parameter.multiple:
            place = taken.get(parameter.name, 0)
            taken[parameter.name] = place + 1
            value = value[place]
        elif any(parameter is other for other, _ in options):
            continue  # typed twice: the last value counts
        options.append((parameter, value))
    named = {str(parameter.name) for parameter in context.command.params if isinstance(parameter, click.Argument)}
    return _TypedWords(tuple(options), {name: values.get(name) for name in named}, tuple(child))


def _as_typed(option: click.Option, value: object) -> tuple[str, ...]:
    return (option.opts[0],) if option.is_flag else (option.opts[0], str(value))


def _of(typed: Iterable[tuple[click.Option, object]], names: tuple[str, ...]) -> list[tuple[click.Option, object]]:
    """Those of the ``typed`` options, with their values, that have one of these ``names``."""
    return [(option, value) for option, value in typed if option.name in names]


def _says_who(option: click.Option, value: object) -> bool:
    """Returns true if it is about the login, and can be typed again."""
    authorization = option.name == "header" and str(value).partition(":")[0].strip().lower() == "authorization"
    return authorization or option.name in _LOGIN


def _is_login(option: click.Option, value: object) -> bool:
    secret_or_login = ("user", "oauth2_bearer", "key_password", "proxy", *_SCHEMES)
    return _says_who(option, value) or option.name in secret_or_login


def _harmless_options(
    typed: Iterable[tuple[click.Option, object]], secrets: list[str]
) -> Iterator[tuple[click.Option, object]]:
    """The options without what lets anybody in. A command that holds the password would print another one.

    A command that is pasted has not the same stdin: without a password from there, it asks for one.
    """
    for option, value in typed:
        if option.name == "password_file" and value == "-":
            continue
        harmless = _harmless(option, value, secrets)
        if option.name != "password_command" or harmless == value:
            yield option, harmless


def _harmless(option: click.Option, value: object, secrets: list[str]) -> object:
    """``value`` without what lets anybody in."""
    if not isinstance(value, str):
        return value
    if option.name == "header":
        name, _, content = value.partition(":")
        if is_secret_field(name, content):
            return f"{name}: {HIDDEN}"
    if option.name == "user2":
        return value.partition(":")[0]
    quotes_any = option.name in ("header", "password_command")
    return _without(secrets, without_passwords(value)) if quotes_any else without_passwords(value)


def _without(secrets: list[str], text: str) -> str:
    return re.sub("|".join(map(re.escape, secrets)), HIDDEN, text) if secrets else text


def _without_login(proxy: str) -> str:
    return without_passwords(with_scheme(proxy))


def _arguments(
    context: click.Context, typed: _TypedWords, target: str, secrets: list[str], server: NamedServer | None
) -> tuple[str, ...]:
    """The arguments in the command's order; of several URLs the one that ``target`` belongs to."""
    words: list[str] = []
    for parameter in context.command.params:
        if not isinstance(parameter, click.Argument):
            continue
        value = typed.arguments.get(str(parameter.name))
        # What was not typed is a sentinel of click's, which is no text.
        values = [text for text in (value if isinstance(value, tuple | list) else [value]) if isinstance(text, str)]
        if parameter.name == "urls":
            values = _one_url(context, values, target, server, whole=bool(typed.child))
        words += [_no_option(without_passwords(url_meant(text))) for text in values]
    child = ("--", *(_without(secrets, without_passwords(word)) for word in typed.child)) if typed.child else ()
    return (*words, *child)


def _no_option(word: str) -> str:
    """A file whose name begins with a dash, typed behind ``--``, so that it stands anywhere; ``-`` is stdin."""
    return f"./{word}" if word.startswith("-") and word != "-" else word


def _one_url(
    context: click.Context, typed: list[str], target: str, server: NamedServer | None, *, whole: bool
) -> list[str]:
    here = server.word(target) if server is not None else None
    if "-" in typed:  # stdin is read by now
        return [here or target]
    addresses = {word: url for url, word in typed_targets().words.items()}
    urls = {addresses.get(word) or without_credentials(url_meant(word).strip()): word for word in typed}
    words = [word if word in addresses else url for url, word in urls.items()]
    if whole:
        return words
    if not urls:
        return [here or target] if context.command_path.split()[1:2] == ["ledger"] else []
    return [word for url, word in zip(urls, words, strict=True) if url in _related(target, urls)[:1]] or words

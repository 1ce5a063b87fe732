"""The options that commands share, each with its environment variable ``DAVLOCK_<OPTION>``; curl's names where curl
has one.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import click

from davlock.cli.connection_options import CONNECTION_OPTIONS
from davlock.cli.profile_targets import read_stdin, refuse_other_servers, typed_targets
from davlock.cli.stdin_readers import refuse_two_readers
from davlock.errors import LocalProtocolError
from davlock.protocol.url import without_credentials
from davlock.protocol.visible import has_control
from davlock.values import dataclass

if TYPE_CHECKING:
    from davlock.capture.known_secrets import KnownSecrets
    from davlock.cli.activity import Activity
    from davlock.cli.bundle import Recorder
    from davlock.cli.profile_settings import ProfileUse
    from davlock.cli.profiles import ConnectionProfile
    from davlock.cli.progress import ProgressLine
    from davlock.cli.saving import ScreenFile
    from davlock.operations.budget import Budget

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]

FORMATS = ("auto", "table", "tsv", "json", "jsonl")

NAGIOS = "nagios"
"""The format of ``check`` for monitoring systems, with exit statuses of its own."""

MONITORED_SECONDS = 25.0
"""The deadline with that format. With 30 s to remove what the checks made, it is less than the 60 that Nagios waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What was typed, before it is decided what it means. ``typed`` are the names of the options that stand on the
    command line; the others come from the environment or are defaults.
    """

    typed: frozenset[str] = frozenset()
    user: str | None = field(default=None, repr=False)
    password_file: str | None = None
    password_command: str | None = None
    own_login: bool = True
    """True if the person logs in: DAVLOCK_PASSWORD is for ``user``, and davlock may ask who they are."""
    no_input: bool = False
    allow_insecure_auth: bool = False
    basic: bool = False
    digest: bool = False
    negotiate: bool = False
    oauth2_bearer: str | None = field(default=None, repr=False)
    netrc: bool = False
    keyring: bool = False
    insecure: bool = False
    cacert: str | None = None
    cert: str | None = None
    key: str | None = None
    cert_type: str | None = None
    key_password: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    noproxy: str | None = None
    resolve: tuple[str, ...] = ()
    unix_socket: str | None = None
    ipv4: bool = False
    ipv6: bool = False
    connect_timeout: float = 10.0
    max_time: float = 60.0
    user_agent: str | None = None
    header: tuple[str, ...] = field(default=(), repr=False)
    retry_budget: float = 0.0
    format: str = "auto"
    document: bool = False
    """True if the results are a text to read: in a pipe or a file, ``auto`` prints the text, and no TSV."""
    columns: bool = False
    color: str = "auto"
    no_pager: bool = False
    output: str | None = None
    quiet: bool = False
    why: bool = False
    verbose: bool = False
    trace_tokens: bool = False
    no_plugins: bool = False
    no_ledger: bool = False
    max_requests: int = 100_000
    deadline: float | None = None
    bundle: str | None = None
    save: str | None = None
    screen_file: "ScreenFile | None" = field(default=None, repr=False, compare=False)
    recorder: "Recorder | None" = field(default=None, repr=False, compare=False)
    secrets: "KnownSecrets | None" = field(default=None, repr=False, compare=False)
    """Every secret that the command uses: one list for all senders, so that no output shows any of them."""
    from_profile: "ProfileUse | None" = field(default=None, repr=False)
    """The profile that a target names, and what it supplies."""
    progress: "ProgressLine | None" = field(default=None, repr=False, compare=False)
    """What a person sees while the command lasts; ``None`` where nobody watches."""
    activity: "Activity | None" = field(default=None, repr=False, compare=False)
    budget: "Budget | None" = field(default=None, repr=False, compare=False)
    """The time of the whole command, which runs from when its options were read."""


def _format(
    formats: tuple[str, ...], auto: str = "a table at a terminal, and TSV elsewhere"
) -> Callable[[Function], Function]:
    return click.option(
        "--format",
        type=click.Choice(formats),
        default="auto",
        help=f"How to print results. auto is {auto}.",
        show_default=True,
    )


_OUTPUT = (
    _format(FORMATS),
    click.option("--json", "json_", is_flag=True, help="Short for --format json."),
    click.option("--columns", is_flag=True, help="Begin TSV with a line of column names."),
    click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="When to use colour."),
    click.option("--no-pager", is_flag=True, help="Print long pages and lists directly."),
    click.option("-q", "--quiet", is_flag=True, help="Print only the result lines."),
    click.option("-v", "--verbose", is_flag=True, help="Show requests and answers on stderr, without secrets."),
    click.option("--trace-tokens", is_flag=True, help="With -v, show lock tokens unchanged."),
    click.option("--no-input", is_flag=True, help="Never ask a question; fail instead. The variable CI does the same."),
)

OUTPUT_FILE = click.option(
    "-o", "--output", metavar="FILE", help="Write results to FILE instead of stdout, in one step. '-' is stdout."
)
"""For every command that prints results; `run`, whose stdout is that of its child, refuses it."""

_SAVE = (
    OUTPUT_FILE,
    click.option(
        "--save",
        metavar="FILE",
        help="Also write the screen to FILE for a ticket or a wiki: .html, .svg or .md.",
    ),
)
"""For every command; `watch`, whose screen is live, refuses --save."""

_BUNDLE = (
    click.option(
        "--bundle",
        metavar="FILE",
        help="Write a zip for a bug report: results and exchanges, without secrets.",
    ),
)
"""For every command that asks a server."""

_PLUGINS = (click.option("--no-plugins", is_flag=True, help="Do not load plug-ins, which add rules and servers."),)

_OFFLINE = (*_OUTPUT[:6], *_SAVE, *_PLUGINS)
"""For commands that ask no server."""

_LEDGER = (click.option("--no-ledger", is_flag=True, help="Do not read or store lock tokens in the ledger."),)

NAMES = tuple(Shared.__dataclass_fields__)


def _gather(function: Function, *, is_document: Callable[[dict[str, Any]], bool] = lambda kwargs: False) -> Function:
    """Hand the shared options over as one value, ``shared``."""

    @functools.wraps(function)  # with the options that click keeps on it
    def command(*args: Any, **kwargs: Any) -> Any:
        networked = "deadline" in kwargs
        if kwargs.pop("json_", False):
            kwargs["format"] = "json"
        context = click.get_current_context()
        source = context.get_parameter_source
        typed = frozenset(name for name in NAMES if source(name) is click.core.ParameterSource.COMMANDLINE)
        if networked:
            refuse_two_readers(context.command.params, kwargs)
        shared = Shared(
            typed=typed, document=is_document(kwargs), **{name: kwargs.pop(name) for name in NAMES if name in kwargs}
        )
        if networked and (profile := _profile_of(kwargs)) is not None:
            from davlock.cli.profile_settings import with_profile

            shared, kwargs = with_profile(shared, kwargs, profile, context)
        if shared.output is None or shared.output == "-":
            return save(shared, networked, args, kwargs)
        from davlock.cli.output_file import write_output_file

        return write_output_file(shared, lambda: save(shared, networked, args, kwargs))

    def save(shared: Shared, networked: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if shared.save is None:
            return run(shared, networked, args, kwargs)
        from davlock.cli.saving import ScreenFile, run_and_save

        file = ScreenFile(shared.save, quiet=shared.quiet)
        return run_and_save(file, lambda: run(replace(shared, screen_file=file), networked, args, kwargs))

    def run(shared: Shared, networked: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not networked:
            return function(*args, shared=shared, **kwargs)
        from davlock.capture.known_secrets import KnownSecrets

        secrets = KnownSecrets()
        shared = replace(shared, budget=_budget(shared), secrets=secrets)
        typed_targets().shared = shared  # for the commands in what is said on stderr
        if shared.quiet or shared.verbose or click.get_current_context().info_name == "watch":  # its screen is live
            return bundle(shared, args, kwargs)
        from davlock.cli.activity import Activity
        from davlock.cli.progress import ProgressLine

        activity = Activity()
        with ProgressLine(idle=activity.words) as progress:
            return bundle(replace(shared, progress=progress, activity=activity), args, kwargs)

    def bundle(shared: Shared, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if shared.bundle is None:
            return function(*args, shared=shared, **kwargs)
        from davlock.capture.known_secrets import KnownSecrets
        from davlock.cli.bundle import Recorder, run_with_bundle

        fields = tuple(text.partition(":")[0].strip() for text in shared.header)
        secrets = shared.secrets if shared.secrets is not None else KnownSecrets()
        recorder = Recorder(shared.bundle, secrets, keep_tokens=shared.trace_tokens, fields=fields)
        return run_with_bundle(recorder, lambda: function(*args, shared=replace(shared, recorder=recorder), **kwargs))

    return command


def _profile_of(kwargs: dict[str, Any]) -> "ConnectionProfile | None":
    """The profile that the targets name. Targets on stdin are read now: a profile holds for the whole command line."""
    if any(isinstance(value, tuple) and "-" in value for name, value in kwargs.items() if name == "urls"):
        read_stdin()
    profile = typed_targets().profile
    if profile is not None:
        refuse_other_servers(profile)
    return profile


def _budget(shared: Shared) -> "Budget":
    """The bounds of this command. A deadline that was typed holds for all of it, the default for its walks alone."""
    from davlock.operations.budget import MAX_TIME, Budget

    typed = shared.deadline if shared.deadline is not None else MONITORED_SECONDS if shared.format == NAGIOS else None
    return Budget(
        clock=time.monotonic,
        requests=shared.max_requests,
        seconds=typed if typed is not None else MAX_TIME,
        whole=typed is not None,
    )


@functools.cache
def shared_options(topic: str) -> tuple[click.Option, ...]:
    """The options that many commands share: of ``connection``, or of ``output``."""
    options = CONNECTION_OPTIONS if topic == "connection" else (*_OUTPUT, *_SAVE, *_BUNDLE, *_PLUGINS, *_LEDGER)

    def none() -> None:
        """A function to hang them on."""

    declared: list[click.Option] = getattr(_apply(none, options), "__click_params__", [])
    return tuple(reversed(declared))


def _apply(function: Function, options: tuple[Callable[[Function], Function], ...]) -> Function:
    for option in reversed(options):
        function = option(function)
    for parameter in getattr(function, "__click_params__", ()):
        if (
            parameter.name in NAMES
            and parameter.envvar is None
            and parameter.name not in ("header", "no_ledger", "bundle", "output", "save")
        ):
            parameter.envvar = f"DAVLOCK_{parameter.name.upper()}"
    return function


def why_option(function: Function) -> Function:
    """``--why``, for the commands that explain one target; it is part of what ``shared`` holds."""
    option = click.option("--why", is_flag=True, help="Also show evidence, tokens and the server.")
    return option(function)


def quiet_prints_token(function: Function) -> Function:
    """Change the help of ``--quiet``, for commands that take a lock and print its token then."""
    for parameter in getattr(function, "__click_params__", ()):
        if parameter.name == "quiet":
            parameter.help = "Print only the token of the new lock."
    return function


def network_options(function: Function) -> Function:
    """Connection and output options, handed over as ``shared``."""
    return network_options_with(FORMATS)(function)


def network_options_with(formats: tuple[str, ...], *more: Decorator) -> Decorator:
    """Like :func:`network_options`, with other ``formats`` for --format, and ``more`` options before."""
    output = (_format(formats), *_OUTPUT[1:], *_SAVE, *_BUNDLE, *_PLUGINS, *_LEDGER)
    options: tuple[Decorator, ...] = (*more, *CONNECTION_OPTIONS, *output)
    return lambda function: _apply(_gather(function), options)


WALK = (
    click.option(
        "--max-requests",
        type=click.IntRange(1),
        metavar="N",
        default=100_000,
        show_default=True,
        help="Stop after N requests.",
    ),
)
"""The bound of a walk over a tree that no other command has."""


def walk_options(function: Function) -> Function:
    """Connection and output options, and the bounds of a walk."""
    return network_options_with(FORMATS, *WALK)(function)


def refuse_unless(means_something: bool, name: str, what: str, hint: str) -> None:
    """Raise LocalProtocolError for an option that was typed, and does nothing here. The environment may have it."""
    typed = click.get_current_context().get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    if typed and not means_something:
        raise LocalProtocolError(what, hint)


def output_options(function: Function) -> Function:
    """Output options alone, for commands that work offline."""
    return _apply(_gather(function), _OFFLINE)


def document_options(*lists: str) -> Callable[[Function], Function]:
    """Like :func:`output_options`, for commands whose results are a text to read, also in a pipe.

    ``lists`` are the flags that ask for a list instead.
    """
    auto = "text, also in a pipe; TSV for lists there" if lists else "text, also in a pipe"
    options = (_format(FORMATS, auto), *_OFFLINE[1:])
    return lambda function: _apply(
        _gather(function, is_document=lambda kwargs: not any(map(kwargs.get, lists))), options
    )


def parse_captured_url(text: str) -> str:
    """``--url``: a URL that was asked once is data, and need not be one that could be asked again."""
    if has_control(text):
        raise LocalProtocolError("--url has a line break or another control character in it", "give it on one line")
    return without_credentials(text.strip())

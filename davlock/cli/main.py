"""The root of the command tree: commands are imported when they are called, errors become one line and a status."""

import contextlib
import errno
import importlib
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

import click

from davlock import __version__
from davlock.cli.exit_status import ExitStatus, for_error, for_exception, for_refusing_system
from davlock.cli.help_formatter import HelpContext
from davlock.cli.implied_command import TASKS, with_command
from davlock.cli.output import write_line, write_waiting
from davlock.cli.streams import STDOUT, discard, mend_streams
from davlock.errors import Cancelled, DavlockError, LocalProtocolError, OutputFailed, Terminated
from davlock.posix import signals_named
from davlock.protocol.visible import visible

ENDING = signals_named("SIGTERM", "SIGHUP", "SIGQUIT")
"""Signals that end davlock, besides Ctrl-C: not before it has released what it must."""

ENDING_RUN = signals_named("SIGUSR1", "SIGUSR2", "SIGALRM")
"""Those that end it too; davlock run holds locks when they come."""

COMMANDS = {
    "diagnose": "Show who holds a lock, until when, and what to do. Only reads.",
    "explain": "Explain a status such as 423, a finding, or an answer in a file.",
    "locks": "List the active locks of a URL or of a whole tree.",
    "watch": "Follow a lock: is it renewed, does it end, is its holder alive?",
    "propfind": "Show properties, each with its status.",
    "lock": "Take a lock and verify it.",
    "refresh": "Renew a lock and verify it.",
    "unlock": "Release a lock and verify that it is gone.",
    "put": "Write a file under locks and conditions.",
    "run": "Hold locks while a command runs.",
    "wait": "Wait until no lock is in the way.",
    "cleanup": "Find stale locks in a tree and release them. Shows a plan first.",
    "check": "Check that locking works on a server: a smoke test for CI.",
    "ledger": "List, verify and release the locks that davlock took.",
    "config": "Show and check your profiles: named servers in a file.",
    "decode": "Explain an If header, a lock token or a 207 body.",
    "completion": "Let bash, zsh or fish complete commands, options and ids.",
    "demo": "Stage a lock conflict on a local server, and diagnose it.",
    "help": "Show all about a command or a topic.",
}


TOPICS = ("connection", "output", "formats", "json", "exit-status", "environment", "targets", "profiles", "locks")
"""What ``davlock help`` explains besides commands; a test compares them with the pages."""


class Commands(click.Group):
    """Finds a command in the module of its name, in the order of COMMANDS."""

    context_class = HelpContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The order of the table is that of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import it now, not before."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"davlock.cli.commands.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 -- each module keeps to it; a test looks at all
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A name that is nearly right is named in the answer."""
        name = args[0] if args else ""
        if name not in COMMANDS and not name.startswith("-"):
            from davlock.cli.profile_targets import profile_hint
            from davlock.cli.suggestions import command_hint

            hint = (
                f"type: davlock help {name}" if name in TOPICS else profile_hint(name) or command_hint(name, COMMANDS)
            )
            ctx.fail(f"there is no command {name!r}{f'; {hint}' if hint else ''}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, so that help imports no command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        if ctx.invoked_subcommand == "help":
            from davlock.cli.help_topics import TOPICS as PAGES

            with formatter.section("Topics"):
                formatter.write_dl([(name, about) for name, (about, _) in PAGES.items()])
            return
        formatter.write_paragraph()
        formatter.write_text(f"Topics of davlock help: {', '.join(TOPICS)}.")


@click.group(
    cls=Commands,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND] [ARGS]...",  # click 8.4 says that a command is a must
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Locked out? davlock diagnose URL. An answer in a file? davlock explain FILE.",
)
@click.version_option(
    __version__,
    "-V",
    "--version",
    prog_name="davlock",
    message="%(prog)s %(version)s",
    help="Show the version and exit. With -v: also what a bug report needs; with --json: as JSON.",
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Explain 423 Locked and similar answers of WebDAV servers.

    davlock says who holds a lock, until when, and what to do.
    """
    if context.invoked_subcommand is None:
        click.echo(TASKS, nl=False)


def run(arguments: list[str], *, imported: Callable[[], object] = lambda: None) -> int:
    """Run one command line, and call ``imported`` once its command is imported. Never raises; the exit status."""
    mend_streams()
    arguments = with_command(arguments, COMMANDS)
    command = arguments[0] if arguments else ""
    try:
        return _run(arguments, command, imported)
    finally:
        write_waiting()


def _run(arguments: list[str], command: str, imported: Callable[[], object]) -> int:
    if command == "check" and _may_be_monitored(arguments):
        from davlock.cli.monitoring import is_monitored, say_state_of_error, stderr_last

        if is_monitored(arguments):
            with stderr_last():
                try:
                    return _invoke(arguments, command, imported)
                except BaseException as error:
                    return say_state_of_error(error)
    try:
        return _invoke(arguments, command, imported)
    except click.UsageError as error:
        return _usage(error, command)
    except click.Abort as error:  # what click makes of KeyboardInterrupt
        return for_exception(error.__cause__ or KeyboardInterrupt(), command)
    except SystemExit:  # what click makes of a broken pipe, with a stdout that no longer minds
        return ExitStatus.OK
    except click.ClickException as error:
        return _say(error.format_message(), ExitStatus.USAGE)
    except Cancelled as error:
        return _say(str(error), for_exception(error, command))
    except OutputFailed as error:
        if error.what == STDOUT:
            discard(sys.stdout)
        return _say(str(error), for_error(error))
    except DavlockError as error:
        code = _say(error.about(), for_error(error))
        if isinstance(error, LocalProtocolError):
            with contextlib.suppress(OSError):
                for step in error.steps:
                    write_line(visible(step))
        return code
    except KeyboardInterrupt as error:
        return for_exception(error, command)
    except BrokenPipeError:
        discard(sys.stdout)  # the reader has had enough, which is not an error
        return ExitStatus.OK
    except Exception as error:  # the last line of defence: a bug is reported as one
        if (signalled := _signal_behind(error)) is not None:
            return for_exception(signalled, command)
        if os.environ.get("DAVLOCK_TRACEBACK"):
            import traceback

            traceback.print_exc()
        if refusal := _refused_by_system(error):
            return _say(f"this system keeps davlock from going on: {refusal}", for_refusing_system(command))
        return _say(
            f"a bug in davlock: {type(error).__name__}: {error}; please report it with the command line and the"
            " output of the same command with DAVLOCK_TRACEBACK=1 set",
            for_exception(error, command),
        )


def _may_be_monitored(arguments: list[str]) -> bool:
    return "nagios" in " ".join((*arguments, os.environ.get("DAVLOCK_FORMAT", "")))


def _invoke(arguments: list[str], command: str, imported: Callable[[], object]) -> int:
    """Run the command; raises whatever ends it."""
    if command.startswith("-") and _asks_for_installation(arguments):
        _show_installation(as_json="--json" in arguments)
        return ExitStatus.OK
    if command in COMMANDS:
        # Until then a signal just ends the process: an exception in the middle of an import can be lost.
        importlib.import_module(f"davlock.cli.commands.{command}")
    imported()
    _heed_signals(ENDING + (ENDING_RUN if command == "run" else ()))
    status = cli.main(
        arguments,
        prog_name="davlock",
        complete_var="" if arguments else None,  # a shell asks without any: these were typed
        standalone_mode=False,
        obj=tuple(arguments),
    )
    sys.stdout.flush()
    return int(status or 0)


def _asks_for_installation(arguments: list[str]) -> bool:
    from davlock.cli.installation import is_asked

    return is_asked(arguments)


def _show_installation(*, as_json: bool) -> None:
    from davlock.cli.installation import installation, installation_lines

    facts = installation()
    if as_json:
        import json

        click.echo(json.dumps(facts, indent=2))
    else:
        click.echo(installation_lines(facts), nl=False)


def _heed_signals(ending: tuple[signal.Signals, ...]) -> None:
    """From now on Ctrl-C raises KeyboardInterrupt, and each of ``ending`` raises Terminated."""
    for number in (signal.SIGINT, *ending):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup(1) has it
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else _terminated)


def _signal_behind(error: BaseException) -> KeyboardInterrupt | None:
    """What a signal raised, where Python wrapped that: RuntimeError says so in the middle of a class definition."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__
    return cause


def _refused_by_system(error: Exception) -> str:
    """What the system did not give davlock; empty if davlock is to blame. No import: it may need a file."""
    if isinstance(error, MemoryError):
        return "it has no memory left"
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        return error.strerror or str(error)
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "it starts no more threads"
    if isinstance(error, OverflowError) and "PyTime_t" in str(error):
        return "its clock is later than the year 2262"
    return ""


def _terminated(number: int, frame: FrameType | None) -> None:
    raise Terminated(number)


def _say(words: str, code: int, who: str = "davlock") -> int:
    with contextlib.suppress(OSError):  # the code is told all the same
        click.echo(f"{who}: {visible(words)}", err=True)
    return code


def _usage(error: click.UsageError, command: str) -> int:
    """One line that says what to type instead."""
    from davlock.cli.usage_errors import usage_words

    path = f"davlock {command}" if command in COMMANDS else "davlock"
    path = error.ctx.command_path if error.ctx is not None else path
    return _say(usage_words(error, path), ExitStatus.USAGE, path)

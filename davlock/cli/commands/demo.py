"""``davlock demo``: a conflict staged on an embedded server, and diagnosed by the real commands."""

import contextlib
import os
import shlex
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from davlock.cli.exit_status import ExitStatus, for_demo
from davlock.cli.help_page import BriefCommand
from davlock.cli.install_hint import install_command
from davlock.cli.program_name import program_words
from davlock.errors import LocalProtocolError

USERS = ("alice", "bob")

NEEDED = ("wsgidav", "cheroot")
"""Distributions of the extra ``demo``."""


@click.command("demo", cls=BriefCommand)
@click.option("--serve", is_flag=True, help="Keep the server running, and print commands to try.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="any that is free",
    help="Port on 127.0.0.1.",
    metavar="PORT",
)
def command(serve: bool, port: int) -> int:
    """Stage a lock conflict on a local WebDAV server, and diagnose it.

    alice locks a folder. The server answers 423 to bob's upload into it, and davlock says why. All of it happens on
    127.0.0.1, in a temporary folder that davlock removes at the end. demo needs WsgiDAV and cheroot, the extra
    davlock[demo]. If they are missing, it prints the command that installs them.
    """
    with tempfile.TemporaryDirectory(prefix="davlock-demo-") as folder:
        root = Path(folder) / "files"
        (root / "team").mkdir(parents=True)
        (root / "team" / "report.txt").write_text("first draft\n", encoding="utf-8")
        draft = Path(folder) / "draft.txt"
        draft.write_text("bob's version\n", encoding="utf-8")
        with demo_server(root, port) as base:
            if serve:
                return _serve(base)
            return _play(base, str(draft), folder)


def _play(base: str, draft: str, state: str) -> int:
    """The story, told by the commands that a person would type."""
    os.environ["XDG_STATE_HOME"] = state  # the ledger of this server ends with it
    team, report = f"{base}team/", f"{base}team/report.txt"
    _say("alice locks the folder with everything in it:")
    _run("lock", "-u", "alice:alice", "--depth", "infinity", "--timeout", "30m", "--owner", "alice, at her desk", team)
    _say("bob does not know, and uploads his version of a file in it. The server answers 423:")
    refused = _run("put", "-u", "bob:bob", draft, report)
    _say("bob asks who is in the way, before he types anything else:")
    status = _run("diagnose", "-u", "bob:bob", report)
    _say(f"That is what davlock does. Now try it on your own server:  {program_words()} diagnose -u YOU URL")
    return for_demo(refused=refused, diagnosed=status)


def _run(*arguments: str) -> int:
    from davlock.cli.main import cli

    if not sys.stdout.isatty():
        arguments += ("--format", "table")  # a demonstration is for people, also through a pipe
    click.echo(click.style(f"$ davlock {shlex.join(arguments)}", bold=True))
    status = int(cli.main(list(arguments), prog_name="davlock", complete_var="", standalone_mode=False) or 0)
    click.echo(f"(exit status {status})\n")
    return status


def _say(words: str) -> None:
    click.echo(f"# {words}\n")


def _serve(base: str) -> int:
    team, report, davlock = f"{base}team/", f"{base}team/report.txt", program_words()
    click.echo(f"WebDAV server on {base} for alice (password alice) and bob (password bob). Ctrl-C ends it. Try:\n")
    for line in (
        f"{davlock} lock -u alice:alice --depth infinity {team}",
        f"{davlock} diagnose -u bob:bob {report}",
        f"echo hello | {davlock} put -u bob:bob - {report}",
        f"{davlock} locks -u bob:bob --depth 1 {team}",
        f"{davlock} unlock -u alice:alice --steal {team}",
    ):
        click.echo(f"  {line}")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    return ExitStatus.OK


@contextlib.contextmanager
def demo_server(root: Path, port: int) -> Iterator[str]:
    """WsgiDAV on a loopback port, in a thread; its URL, which ends in a slash."""
    try:
        from cheroot import wsgi
        from wsgidav import __version__ as version
        from wsgidav.wsgidav_app import WsgiDAVApp
    except ImportError as error:
        missing = f"the demo needs {' and '.join(NEEDED)}, but {error.name} is missing"
        raise LocalProtocolError(missing, f"install them: {install_command(*NEEDED)}") from None
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": {"root": str(root), "readonly": False}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "simple_dc": {"user_mapping": {"*": {user: {"password": user} for user in USERS}}},
            "lock_storage": True,
            "property_manager": True,
            "verbose": 0,
            "logging": {"enable": False, "enable_loggers": []},
        }
    )
    try:
        server = wsgi.Server(("127.0.0.1", port), app, numthreads=4)
        server.server_name = f"WsgiDAV/{version}"  # what it calls itself in the Server header
        _prepare(server.prepare)
    except OSError as error:
        raise LocalProtocolError(f"port {port} of 127.0.0.1 cannot be used: {error}", "choose another --port") from None
    thread = threading.Thread(target=server.serve, name="davlock-demo", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}/"
    finally:
        server.stop()
        thread.join(timeout=10)


def _prepare(prepare: Callable[[], None]) -> None:
    """Call ``prepare`` in a daemon thread: the threads that it starts are daemons, too.

    Otherwise Python would wait for them for ever after a signal that comes before the server is stopped.
    """
    failures: list[OSError] = []

    def call() -> None:
        try:
            prepare()
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=call, name="davlock-demo-start", daemon=True)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]

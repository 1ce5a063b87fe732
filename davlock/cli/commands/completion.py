"""``davlock completion``."""

import os
import shlex
from pathlib import Path

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from davlock.cli.complete_words import ASKED_BY
from davlock.cli.exit_status import ExitStatus
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import refuse_unless
from davlock.cli.output_file import output_file_option
from davlock.cli.report_file import write_report
from davlock.errors import LocalProtocolError
from davlock.own_files.user_folders import config_folder, data_folder

SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command("completion", cls=BriefCommand)
@click.argument("shell", metavar="[bash|zsh|fish]", type=click.Choice(tuple(SHELLS)), required=False)
@click.option("--install", is_flag=True, help="Write the script to where the shell looks for it.")
@output_file_option
def command(shell: str | None, install: bool) -> int:
    """Print the script by which a shell completes davlock's commands, options and ids.

    Without a shell, it is the one that SHELL names. For this session alone: source <(davlock completion bash).
    """
    refuse_unless(not install, "output", "--install knows where to write", "leave out -o, or --install")
    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    if name not in SHELLS:
        words = "davlock completion bash --install" if install else "davlock completion bash"
        raise LocalProtocolError("SHELL names neither bash, zsh nor fish", f"name the shell: {words}")
    script = _script(SHELLS[name])
    if not install:
        click.echo(script)
        return ExitStatus.OK
    path = _place(name)
    write_report(str(path), script + "\n", option=f"--install: {path}", make_folder=True)
    click.echo(f"Wrote {path}. {_next(name, path)}")
    return ExitStatus.OK


_CHANGES = (
    # Where davlock is gone, or its Python, the shell says so in the middle of the line that is typed.
    ("_DAVLOCK_COMPLETE=bash_complete $1)", "_DAVLOCK_COMPLETE=bash_complete $1 2>/dev/null)"),
    ("_DAVLOCK_COMPLETE=zsh_complete davlock)", "_DAVLOCK_COMPLETE=zsh_complete davlock 2>/dev/null)"),
    ("COMP_CWORD=(commandline -t) davlock)", "COMP_CWORD=(commandline -t) davlock 2>/dev/null)"),
    # bash takes words apart at each colon.
    ('env COMP_WORDS="${COMP_WORDS[*]}"', 'env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDS="${COMP_WORDS[*]}"'),
    (
        "            COMPREPLY+=($value)\n",
        "            COMPREPLY+=($value)\n            [[ $value == *: ]] && compopt -o nospace\n",
    ),
    (
        "        compadd -U -V unsorted -a completions\n",
        "        compadd -U -V unsorted -S '' -- ${(M)completions:#*:}\n"
        "        compadd -U -V unsorted -- ${completions:#*:}\n",
    ),
)
"""What click's scripts lack: silence, and profiles. The name of one ends in a colon, and a path follows at once."""


def _script(shell: type[ShellComplete]) -> str:
    """click's own, without its question which bash this is."""
    completer = shell(click.Command("davlock"), {}, "davlock", ASKED_BY)
    script = completer.source_template % completer.source_vars()
    for lacking, better in _CHANGES:
        script = script.replace(lacking, better)
    return script.strip()


def _place(shell: str) -> Path:
    """Where the shell looks for the script of a user."""
    if shell == "fish":
        return config_folder() / "fish" / "completions" / "davlock.fish"
    if shell == "zsh":
        return data_folder() / "zsh" / "site-functions" / "_davlock"
    own = os.environ.get("BASH_COMPLETION_USER_DIR", "")
    return (Path(own) if os.path.isabs(own) else data_folder() / "bash-completion") / "completions" / "davlock"


def _next(shell: str, path: Path) -> str:
    """What is left to do."""
    return {
        "bash": "New shells use it, if bash-completion is installed.",
        "zsh": "Put this line into ~/.zshrc, above the line with compinit, and open a new shell:\n"
        f"  fpath=({shlex.quote(str(path.parent))} $fpath)\n"
        "If no line has compinit, put this one below it:\n"
        "  autoload -Uz compinit && compinit",
        "fish": "New shells use it.",
    }[shell]

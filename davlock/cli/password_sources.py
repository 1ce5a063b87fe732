"""The passwords of one command line: from a file, a command, the netrc file, or asked for. Each is read once."""

import os
import shlex
import stat
import sys
from urllib.parse import urlsplit

import click

from davlock.cli.options import Shared
from davlock.cli.output import clear_of_progress
from davlock.cli.password_line import ALONE, LONGEST_OUTPUT, line_of_command, line_of_file
from davlock.cli.question import answer_to
from davlock.errors import LocalProtocolError
from davlock.own_files.user_folders import home_folder

PASSWORD = "DAVLOCK_PASSWORD"  # noqa: S105 -- the name of a variable
"""The variable that a password may stand in; the others are those of options."""


def password_in_environment() -> str | None:
    """What DAVLOCK_PASSWORD says. An empty one counts as unset, as other variables do: CI makes it of a lost secret."""
    return os.environ.get(PASSWORD) or None


OTHER_WAYS = f"set {PASSWORD}, or use --password-command or --password-file"


class NoAnswerTyped(LocalProtocolError):
    """A person was asked for a password, and pressed Ctrl-D."""


def _kept() -> dict[str, str]:
    """The passwords of this command line that were read already: for all URLs and collections."""
    kept: dict[str, str] = click.get_current_context().find_root().meta.setdefault(__name__, {})
    return kept


def seconds_left(shared: Shared) -> float | None:
    return None if shared.budget is None else shared.budget.seconds_left()


def password_of_file(path: str, left: float | None) -> str:
    kept = _kept()
    if path in kept:
        return kept[path]
    try:
        line = _line_of_stdin() if path == "-" else line_of_file(path, left)
    except OSError as error:
        raise LocalProtocolError(f"--password-file {path}: {_why(error)}", "name a readable file") from None
    except UnicodeError:  # its words quote a byte of the password
        what = f"--password-file {path}: the first line is not UTF-8 text"
        raise LocalProtocolError(what, "save the file as UTF-8") from None
    if not line:  # a lost secret of CI leaves such a file, and each wrong login counts towards a block
        raise LocalProtocolError(f"--password-file {path}: the first line is empty", "write the password on it")
    kept[path] = line
    return line


def _line_of_stdin() -> str:
    """Not a byte more than the line: what follows may be URLs or a file to write."""
    line = sys.stdin.readline(LONGEST_OUTPUT)
    if len(line) == LONGEST_OUTPUT and not line.endswith("\n"):
        what = f"--password-file -: the first line is longer than {LONGEST_OUTPUT // 1024} KiB"
        raise LocalProtocolError(what, "put only the password on it")
    line.encode()  # raises UnicodeEncodeError: bytes that are no text stand in it as surrogates
    return line.rstrip("\r\n").removeprefix("\ufeff")


def password_of_command(command: str, left: float | None) -> str:
    """The first line that it prints. It runs once."""
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
            raise LocalProtocolError(
                f"--password-command: {words[0]} printed something that is not UTF-8", ALONE
            ) from None
        if not line:
            raise LocalProtocolError(f"--password-command: {words[0]} printed no password", ALONE)
        kept[key] = line
    return kept[key]


def may_ask(shared: Shared) -> str:
    """Why no question may be asked; empty where one may be."""
    if shared.no_input:
        return "--no-input forbids questions" if "no_input" in shared.typed else "DAVLOCK_NO_INPUT forbids questions"
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        return "CI is set, so davlock does not ask"
    return "" if sys.stdin.isatty() and sys.stderr.isatty() else "there is no terminal for the question"


def asked_password(user: str, shared: Shared, other_way: str = "") -> str:
    if not user:
        raise LocalProtocolError("the user name is empty", "write -u USER, or leave -u out")
    ways = OTHER_WAYS if shared.own_login else "give it as --user2 USER:PASSWORD, or in DAVLOCK_USER2"
    return asked_once(shared, user, other_way or ways)


def asked_once(shared: Shared, whose: str, other_ways: str) -> str:
    """The password of ``whose``, asked for at the terminal; raises LocalProtocolError where nobody may be asked."""
    kept = _kept()
    key = f"password of {whose}"
    if key not in kept:
        if why := may_ask(shared):
            raise LocalProtocolError(f"there is no password for {whose}: {why}", other_ways)
        with clear_of_progress():
            answer = answer_to(f"Password for {whose}", hidden=True)
        if answer is None:
            raise NoAnswerTyped(f"there is no password for {whose}: none was typed", other_ways)
        kept[key] = answer
    return kept[key]


def _netrc_path() -> str:
    return os.environ.get("NETRC") or str(home_folder() / ".netrc")


def netrc_entry(url: str) -> str:
    return f"the entry for {urlsplit(url).hostname} in {_netrc_path()}"


def netrc_login(url: str) -> tuple[str, str]:
    """User and password. Raises LocalProtocolError where there is no entry for the host, or it lacks one of them."""
    import netrc

    path, host = _netrc_path(), urlsplit(url).hostname or ""
    hint = "name the file in NETRC, or use -u"
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe may never have an end
            raise LocalProtocolError(f"--netrc: {path} is not a regular file", hint)
        entry = netrc.netrc(path).authenticators(host)
    except netrc.NetrcParseError as error:  # its words quote the file, where a password may stand
        line = f", near line {error.lineno}" if error.lineno else ""
        raise LocalProtocolError(f"--netrc: {path}{line}: davlock cannot read this entry", hint) from None
    except UnicodeDecodeError:
        raise LocalProtocolError(f"--netrc: {path} is not UTF-8 text", "save the file as UTF-8") from None
    except OSError as error:
        raise LocalProtocolError(f"--netrc: {_why(error)}", hint) from None
    whole = f"machine {host} login … password …"
    if entry is None:
        raise LocalProtocolError(f"--netrc: {path} has no entry for {host}", f"add: {whole}")
    user, _, password = entry
    if not user or not password:
        missing = "password" if user else "user"
        raise LocalProtocolError(f"--netrc: the entry for {host} in {path} has no {missing}", f"write: {whole}")
    return user, password


def _why(error: OSError) -> str:
    return error.strerror or str(error)

"""The file of profiles as bytes and as TOML: where it is, whether it can be trusted, and what stands in it.

A shell that completes a word waits for it, so click and dataclasses are not imported here.
"""

import os
import re
import stat
from pathlib import Path
from typing import Any, NamedTuple

from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern
from davlock.posix import POSIX

VARIABLE = "DAVLOCK_CONFIG"

LARGEST = 64 * 1024
"""Bytes of the file."""

LONGEST_LINE = 8 * 1024
"""Characters: more than any token has."""

_OTHER = "["
"""In place of a server, for the keys of another table: no server has this name."""

_TABLE = re.compile(r"[ \t]*\[[ \t]*(?:servers[ \t]*\.[ \t]*([\w-]+|\"[^\"]*\"|'[^']*')[ \t]*\])?")
_OTHER_TABLE = late_pattern(r"[ \t]*\[{1,2}[ \t]*[\"']?([\w-]+)")
_KEY = re.compile(r"[ \t]*[\"']?([\w-]+)[\"']?[ \t]*[=.]")

# tomllib takes the square of the number of its parts for a dotted key.
_MANY_DOTS = re.compile(
    r"""(?<![\w\\-])(?:(?:[\w-]++|"[^"\\\n]*+(?:\\.[^"\\\n]*+)*"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}"""
)

# What tomllib says without a word of the file, which may be a secret.
_HARMLESS = re.compile(r"[A-Za-z ,/-]+(?:'(?:[=\[\]{},.#]|\\\w{1,4})'[A-Za-z ,/-]*)*")

BACKSLASH = "write '…' in place of \"…\", or each backslash twice"
"""What to do about a backslash that begins an escape nobody meant."""

# A backslash that takes the last quote into the string, as at the end of the name of a Windows folder.
_HIDDEN_QUOTE = late_pattern(r'(?<!\\)(?:\\\\)*\\"')

# What tomllib says where a table, or a key, stands twice.
_TWICE = late_pattern(r"Cannot declare \((.*)\) twice|Cannot overwrite a value|Duplicate inline table key")

_TABLE_NAME = late_pattern(r"'servers', '([\w-]{1,64})'")

_PLACE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)")


class ConfigFile(NamedTuple):
    """The file as it was read. ``readable_by_others`` says that it must not hold a password."""

    path: Path
    text: str
    readable_by_others: bool
    owned_by_another: bool = False

    def lines(self) -> dict[tuple[str, str], int]:
        """Where each key of each server stands, and with an empty key its table. Other ways of writing are left out.

        Without a server: where a key outside of all tables stands, and a table of another kind.
        """
        lines: dict[tuple[str, str], int] = {}
        server = ""
        for number, line in enumerate(self.text.split("\n"), start=1):
            if table := _TABLE.match(line):
                server = (table[1] or _OTHER).strip("\"'")
                lines.setdefault((server, ""), number)
                if server == _OTHER and (other := _OTHER_TABLE.match(line)):
                    lines.setdefault(("", other[1]), number)
            elif key := _KEY.match(line):
                lines.setdefault((server, key[1]), number)
        return lines


def config_path() -> Path:
    """The file that DAVLOCK_CONFIG names, else ``davlock/config.toml`` in the platform's folder for settings."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return Path(named)
    from davlock.own_files.user_folders import config_folder

    return config_folder() / "davlock" / "config.toml"


def read_config() -> ConfigFile | None:
    """The file; ``None`` if there is none. Raises LocalProtocolError for one that cannot be read or trusted.

    Whoever can write to it chooses the server that gets a password, and the command that davlock runs for one.
    """
    path = config_path()
    try:
        # A FIFO must not be waited for.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        if os.environ.get(VARIABLE):
            raise _unusable(path, "there is no such file", f"{VARIABLE} names it") from None
        return None
    except (OSError, ValueError) as error:
        raise _unusable(path, getattr(error, "strerror", None) or str(error), "name a readable file") from None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise _unusable(path, "it is not a regular file", "name a file of TOML")
        _refuse_writable(path, about)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error), "name a readable file") from None
    finally:
        os.close(descriptor)
    if len(content) > LARGEST:
        raise _unusable(path, f"it is larger than {LARGEST // 1024} KiB", "keep only profiles in it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LocalProtocolError(f"{path}:{line}: this is not UTF-8 text", "save the file as UTF-8") from None
    others = os.name == "posix" and bool(about.st_mode & (stat.S_IRGRP | stat.S_IROTH))
    return ConfigFile(path=path, text=text, readable_by_others=others, owned_by_another=_by_another(about))


def _unusable(path: Path, why: str, hint: str) -> LocalProtocolError:
    return LocalProtocolError(f"davlock cannot use {path}: {why}", hint)


def _by_another(about: os.stat_result) -> bool:
    return POSIX and about.st_uid != os.getuid()


def _refuse_writable(path: Path, about: os.stat_result) -> None:
    """As ssh does with its own file. A group of the person alone may write: some systems create files so."""
    if not POSIX:
        return
    if about.st_uid not in (os.getuid(), 0):
        raise _unusable(path, "it belongs to another user", f"make it yours: chown {os.getuid()} {path}")
    by_group = about.st_mode & stat.S_IWGRP and about.st_gid != os.getgid()
    if about.st_mode & stat.S_IWOTH or by_group:
        raise _unusable(path, "other users can write to it", f"run: chmod go-w {path}")


def parsed(config: ConfigFile) -> dict[str, Any]:
    """The TOML in the file. Raises LocalProtocolError, and quotes no word of the file: it may be a password."""
    import tomllib

    long = next((number for number, line in enumerate(config.text.split("\n"), 1) if len(line) > LONGEST_LINE), None)
    if long is not None:
        what = f"{config.path}:{long}: this line is longer than {LONGEST_LINE // 1024} KiB"
        raise LocalProtocolError(what, "put a long list on several lines")
    if dots := _MANY_DOTS.search(config.text):
        line = config.text.count("\n", 0, dots.start()) + 1
        raise LocalProtocolError(
            f"{config.path}:{line}: this has too many dots", "write [servers.NAME] and KEY = VALUE"
        )
    try:
        return tomllib.loads(config.text)
    except (ValueError, RecursionError) as error:
        message = str(error)
        place = _PLACE.search(message)
        line = int(place[1]) if place and place[1] else config.text.count("\n") + 1 if place else 0
        words = message[: place.start()] if place else ""
        why = f": {words[0].lower()}{words[1:]}" if _HARMLESS.fullmatch(words) else ""
        column = f", column {place[2]}" if place and place[2] else ""
        where = f"{config.path}:{line}{column}" if line else str(config.path)
        if (twice := _TWICE.match(message)) is not None:
            raise LocalProtocolError(f"{where}: {_what_is_twice(twice)}", "keep one of the two") from None
        if _is_by_backslash(message, config.text, line):
            why, hint = ': a backslash in "…" begins an escape', BACKSLASH
        else:
            hint = 'write KEY = "VALUE", and quote text'
        raise LocalProtocolError(f"{where}: this is not TOML{why}", hint) from None


def _what_is_twice(twice: re.Match[str]) -> str:
    if twice[1] is None:
        return "a key or a table stands twice"
    name = _TABLE_NAME.fullmatch(twice[1])
    return f"the table [servers.{name[1]}] stands twice" if name else "a table stands twice"


def _is_by_backslash(message: str, text: str, line: int) -> bool:
    """True if the fault is a backslash that begins no escape, or one that hides the last quote of a line."""
    if message.startswith(("Unescaped '\\'", "Invalid hex value", "Escaped character")):
        return True
    lines = text.split("\n")
    is_open = message.startswith(("Illegal character '\\n'", "Unterminated string"))
    return is_open and 0 < line <= len(lines) and _HIDDEN_QUOTE.search(lines[line - 1]) is not None

"""Finds the command of a line that names none: ``davlock URL``, ``davlock work:a.odt``, ``davlock 423``, ``davlock
FILE``.
"""

import os
import re
from collections.abc import Container

from davlock.cli.profile_names import profile_and_path
from davlock.late_pattern import late_pattern

TASKS = """\
davlock says who holds a lock on a WebDAV server, until when, and what to do.

  davlock diagnose -u YOU URL       who is in the way of this file?
  davlock locks -r -u YOU FOLDER/   every lock in a tree
  davlock wait -u YOU URL           until it is free
  davlock explain 423               what does this status mean?
  davlock check URL                 does locking work on this server? (CI)
  davlock demo                      see it without a server of yours

All commands: davlock --help · manual: man davlock
"""

_URL = late_pattern(r"(?:https?|davs?|webdavs?|vnd\.sun\.star\.webdavs?|nc)://", re.IGNORECASE)

# A Windows path, and a host with a path: no command has a name like that.
_TARGET = late_pattern(r"[\\/]{1,2}[\w.-]+@(?:ssl|\d)|(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?/", re.IGNORECASE)
_STATUS = late_pattern(r"(?:HTTP/\S+ )?[1-5]\d\d(?![^\s-])")
"""A status, its line, or a finding's id that begins with it."""


def with_command(words: list[str], commands: Container[str]) -> list[str]:
    """Returns ``words`` with the command that they imply; as they are where they name one, or imply none."""
    if not words or words[0] in commands:
        return words
    first = words[0]
    if _URL.match(first) or (_is_option(first) and any(map(_is_target, words))):
        return ["diagnose", *words]
    if _STATUS.match(first) or ((os.path.sep in first or "." in first) and os.path.isfile(first)):
        return ["explain", *words]
    return ["diagnose", *words] if _is_target(first) else words


def _is_target(word: str) -> bool:
    return bool(_URL.match(word) or _TARGET.match(word)) or profile_and_path(word) is not None


def _is_option(word: str) -> bool:
    return word.startswith("-") and word not in ("-", "-h", "--help", "-V", "--version")

"""Where a bundle is put: never over another file, in one step."""

import errno
import os
import tempfile
import zipfile
from pathlib import Path

from davlock.errors import LocalProtocolError
from davlock.own_files.private import check_private

MARKS = {"README.txt", "command.json", "result.json"}
"""Files by which a bundle is known as one."""


def refuse_path(path: str) -> None:
    """Raise LocalProtocolError for a path at which no bundle can be put."""
    folder = os.path.dirname(path) or "."
    why = ""
    if path in ("", "-"):
        why = "this cannot be a file"
    elif not os.path.isdir(folder):
        why = "the folder does not exist"
    elif not os.access(folder, os.W_OK | os.X_OK):
        why = "you may not write to the folder"
    else:
        try:
            check_private(Path(path))
            if _holds_something_else(path):
                why = "the file is there, and is no bundle of davlock"
        except OSError as error:
            why = error.strerror or str(error)
    if why:
        raise LocalProtocolError(f"--bundle {path}: {why}", "name a file in a folder of yours")


def _holds_something_else(path: str) -> bool:
    """Whether a file that is not empty is there, and it is not an earlier bundle: then it is somebody's work."""
    try:
        if not os.path.getsize(path):
            return False
        with zipfile.ZipFile(path) as archive:
            return MARKS - set(archive.namelist()) != set()
    except FileNotFoundError:
        return False
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return True


def replace_file(path: str, data: bytes) -> None:
    """Write a file of mode 0600 beside ``path``, and put it in its place: no link is followed, nobody reads half."""
    number, name = tempfile.mkstemp(prefix=".davlock-", dir=os.path.dirname(path) or ".")  # of mode 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        check_private(Path(path))
        if _holds_something_else(path):  # the command itself has written it: a report, or a journal
            raise FileExistsError(errno.EEXIST, "another file of this command is there")
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise

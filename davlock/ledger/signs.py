"""Signs of life: each is a file that one davlock holds a lock on until it ends, however that happens."""

import contextlib
import itertools
import os
import secrets
from pathlib import Path

from davlock.ledger.entry import NAME
from davlock.own_files.file_lock import lock_file
from davlock.own_files.private import close_folder_to_others, open_private
from davlock.posix import POSIX

ALIVE = "alive"
"""The folder of the signs, in that of the ledger."""

MOST_CLEARED = 100
"""Files that are looked at before davlock makes a sign of its own."""

TRIES = 5


def make_sign(folder: Path) -> tuple[str, int]:
    """Make a sign of this process in ``folder``, and return its name and its open file.

    Another davlock can lock the new file before this one does, to see whether it is held. Then it may be gone.
    """
    for left in reversed(range(TRIES)):
        name = secrets.token_hex(8)
        sign = open_private(folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        if (lock_file(sign) and os.path.lexists(folder / name)) or not (POSIX and left):
            break
        remove_sign(folder / name, sign)
    return name, sign


def remove_sign(path: Path, sign: int) -> None:
    """Close the file ``sign`` and remove it: its process ends, or needs another one."""
    os.close(sign)  # Windows removes no open file
    with contextlib.suppress(OSError):
        os.unlink(path)


def is_held(path: Path, *, clear: bool = False) -> bool:
    """Returns true if a davlock that runs holds its lock on the sign; ``clear`` removes that of one that ended.

    Raises UnsafeFile for what is no private file, and OSError for what cannot be opened.
    """
    sign = open_private(path, os.O_RDWR)
    try:
        if not lock_file(sign):
            return True
        if clear:
            with contextlib.suppress(OSError):
                os.unlink(path)  # its name is never used again
        return False
    finally:
        os.close(sign)


def clear_signs(folder: Path) -> None:
    """Remove the signs that a crash left. What davlock did not make stays: ``ledger check`` names it."""
    if not POSIX:
        return
    with contextlib.suppress(OSError):
        close_folder_to_others(folder)
        with os.scandir(folder) as files:
            names = [file.name for file in itertools.islice(files, MOST_CLEARED) if NAME.fullmatch(file.name)]
        for name in names:
            with contextlib.suppress(OSError):
                is_held(folder / name, clear=True)

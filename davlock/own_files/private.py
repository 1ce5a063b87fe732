"""Files and folders that only their owner can use, opened without following a symbolic link.

On Windows they have neither an owner nor a mode here: the folder of the account keeps others out.
"""

import contextlib
import errno
import os
import stat
from pathlib import Path

from davlock.posix import POSIX

_SAFELY: int = getattr(os, "O_BINARY", 0)
"""How davlock opens a file. O_BINARY: or Windows changes the ends of lines."""

if POSIX:
    # O_NONBLOCK: a FIFO that comes in between must not make us wait.
    _SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class UnsafeFile(OSError):
    """A file of davlock's own that davlock did not make so. ``strerror`` says why, ``filename`` which one."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(errno.EPERM, why, str(path))


class OpenToOthers(UnsafeFile):
    """A folder behind a link that others can write to."""


def open_private(path: Path, flags: int) -> int:
    """Open a regular file of this user with ``flags``, and return its descriptor. A file to write to gets mode 0600.

    Raises UnsafeFile for a symbolic link, for anything but a file, and for a file of another user.
    """
    check_private(path)  # before it is opened: opening a device can have effects
    try:
        file = os.open(path, flags | _SAFELY, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnsafeFile(path, "it is a symbolic link") from None
        raise
    try:
        status = os.fstat(file)
        _refuse(path, status)
        if POSIX:
            if stat.S_IMODE(status.st_mode) != 0o600 and flags & (os.O_WRONLY | os.O_RDWR):
                os.fchmod(file, 0o600)
            os.set_blocking(file, True)
    except BaseException:
        os.close(file)
        raise
    return file


def check_private(path: Path) -> bool:
    """Returns true if ``path`` exists and only its owner can use it; the file is not opened.

    Raises UnsafeFile like :func:`open_private`.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    _refuse(path, status)
    return not POSIX or stat.S_IMODE(status.st_mode) == 0o600


def make_private(path: Path) -> None:
    """Make ``path`` a file that only its owner can use, unless it is one already.

    A file that is private is not opened: closing it would drop the locks that SQLite holds on it in this process.
    """
    if not check_private(path):
        os.close(open_private(path, os.O_RDWR | os.O_CREAT))


def close_to_others(path: Path) -> None:
    """Like :func:`make_private`, for a file that need not exist."""
    with contextlib.suppress(FileNotFoundError):
        if not check_private(path):
            os.close(open_private(path, os.O_RDWR))


def make_private_folder(path: Path, *, may_be_linked: bool = False) -> None:
    """Make the folder ``path``, and close it to others. Raises UnsafeFile for what is not a folder of this user.

    Managers of dotfiles put a symbolic link in place of a folder: ``may_be_linked`` accepts one of this user, to a
    folder of this user that nobody else can write to. The mode of that folder stays as it is.
    """
    if not os.path.lexists(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    close_folder_to_others(path, may_be_linked=may_be_linked)


def close_folder_to_others(path: Path, *, may_be_linked: bool = False) -> None:
    """Like :func:`make_private_folder`, for a folder that exists."""
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        if not may_be_linked:
            raise UnsafeFile(path, "it is a symbolic link")
        _refuse_foreign(path, status)
        try:
            target = os.stat(path)
        except FileNotFoundError:
            raise UnsafeFile(path, "it is a symbolic link to nothing") from None
        _refuse_foreign(path, target)
        if not stat.S_ISDIR(target.st_mode):
            raise UnsafeFile(path, "it is a symbolic link, and not to a folder")
        if POSIX and target.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise OpenToOthers(path, "it is a symbolic link to a folder that others can write to")
        return
    if not stat.S_ISDIR(status.st_mode):
        raise UnsafeFile(path, "it is not a folder")
    _refuse_foreign(path, status)
    if POSIX and stat.S_IMODE(status.st_mode) & 0o077:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fchmod(folder, 0o700)
        finally:
            os.close(folder)


def _refuse(path: Path, status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFLNK:
        raise UnsafeFile(path, "it is a symbolic link")
    if kind != stat.S_IFREG:
        raise UnsafeFile(path, "it is a folder" if kind == stat.S_IFDIR else "it is not a regular file")
    _refuse_foreign(path, status)


def _refuse_foreign(path: Path, status: os.stat_result) -> None:
    if POSIX and status.st_uid != os.geteuid():
        raise UnsafeFile(path, f"it belongs to another user ({status.st_uid})")

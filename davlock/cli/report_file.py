"""Write a file in one step, so that nobody reads half of it."""

import os
import shutil
import stat
import tempfile

from davlock.errors import OutputFailed
from davlock.posix import POSIX


class FileBeside:
    """A temporary file beside ``path``, which takes its place in one step. A link stays one: its target is replaced.

    Raises OSError where the folder cannot be written to.
    """

    def __init__(self, path: str) -> None:
        self._place = os.path.realpath(path)
        self.number, self.name = tempfile.mkstemp(prefix=".davlock-", dir=os.path.dirname(self._place))

    def keep(self) -> None:
        """Put it in its place, with the permissions and the owner of the file that was there. Raises OSError."""
        try:
            mode = stat.S_IMODE(os.stat(self._place).st_mode)
        except FileNotFoundError:
            mode = 0o666 & ~_umask()
        else:
            if not self._has_owner_of_the_place():
                # Only root gives a file away. Somebody else's file stays theirs, as behind ">".
                shutil.copyfile(self.name, self._place)
                self.drop()
                return
        os.chmod(self.name, mode)
        os.replace(self.name, self._place)

    def _has_owner_of_the_place(self) -> bool:
        """Returns true if owner and group are those of the file that was there; gives the file away if needed."""
        owner = owner_of(self._place)
        if not POSIX or owner_of(self.name) == owner:
            return True
        try:
            os.chown(self.name, *owner)
        except OSError:
            return False
        return True

    def drop(self) -> None:
        """Remove it."""
        os.unlink(self.name)


def owner_of(path: str) -> tuple[int, int]:
    """The user and the group that a file belongs to; Windows has neither here, and says 0."""
    status = os.stat(path)
    return status.st_uid, status.st_gid


def is_device(path: str) -> bool:
    """Returns true for what is written to directly, such as /dev/stderr or a pipe."""
    return os.path.exists(path) and not os.path.isfile(path)


def write_report(path: str, text: str, *, option: str, make_folder: bool = False) -> None:
    """Write ``text`` to ``path`` as UTF-8, in one step: node_exporter reads whenever it likes.

    A device or a pipe such as /dev/stderr is written to directly. Raises OutputFailed, which names ``option``.
    """
    try:
        if make_folder:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if is_device(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return
        beside = FileBeside(path)
        try:
            with os.fdopen(beside.number, "w", encoding="utf-8") as file:
                file.write(text)
            beside.keep()
        except BaseException:
            beside.drop()
            raise
    except OSError as error:
        raise OutputFailed(option, error.strerror or str(error)) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

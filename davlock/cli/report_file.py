"""Write a report to a file in one step, so that nobody reads half of it."""

import os
import tempfile

from davlock.errors import OutputFailed


def write_report(path: str, text: str, *, option: str, make_folder: bool = False) -> None:
    """Write ``text`` to ``path`` as UTF-8, in one step: node_exporter reads whenever it likes.

    A device or a pipe such as /dev/stderr is written to directly. Raises OutputFailed, which names ``option``.
    """
    folder = os.path.dirname(path) or "."
    try:
        if make_folder:
            os.makedirs(folder, exist_ok=True)
        if os.path.exists(path) and not os.path.isfile(path):  # /dev/stderr, a pipe
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return
        number, name = tempfile.mkstemp(prefix=".davlock-", dir=folder)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise OutputFailed(option, error.strerror or str(error)) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""The words by which a person started davlock, and can start it again."""

import os
import shlex
import shutil
import sys


def program_words() -> str:
    """``davlock`` if the shell finds this one by that name; else its path, or that of its Python.

    An environment that is not active has davlock outside of PATH, as the one of ``make demo`` does.
    """
    started = sys.argv[0]
    if os.path.basename(started) == "__main__.py":
        return shlex.join((sys.executable, "-m", "davlock"))
    on_path = shutil.which("davlock")
    if os.path.basename(started) != "davlock" or (on_path is not None and _is_same(on_path, started)):
        return "davlock"
    return shlex.quote(started)


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False

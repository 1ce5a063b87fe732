"""Remedy commands as a person can copy them: whole, on one line, quoted for a shell."""

import shlex

from davlock.protocol.visible import visible


def shell_line(argv: tuple[str, ...]) -> str:
    """``argv`` for a POSIX shell. A word with control characters is shown harmless, which no shell would take for the
    same.
    """
    return " ".join(shlex.quote(visible(word)) for word in argv)

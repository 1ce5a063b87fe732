"""Remedy commands as a person can copy them: whole, on one line, quoted for a shell."""

from davlock.render.sinks import shell_word


def shell_line(argv: tuple[str, ...]) -> str:
    """``argv`` for a POSIX shell, each word with its meaning, and none that acts in a terminal."""
    return " ".join(map(shell_word, argv))

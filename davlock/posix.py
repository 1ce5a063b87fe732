"""What only POSIX systems have: signals that end a program politely, locks on files, owners and modes.

Windows has none of them. davlock reads and writes there all the same, and says what it cannot do.
"""

import os
import signal

POSIX = hasattr(os, "geteuid")
"""True on Linux, macOS and the BSDs. mypy checks both: ``--platform win32 --always-false POSIX``."""


def press_again(number: int) -> str:
    """How a person repeats the signal ``number``: an imperative clause."""
    if number == signal.SIGINT:
        return "press Ctrl-C again"
    return f"send {signal.Signals(number).name} again"


def signals_named(*names: str) -> tuple[signal.Signals, ...]:
    """Those of the signals ``names`` that this system has, in the same order."""
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))

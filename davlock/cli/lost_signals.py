"""Python drops an exception that a signal raises inside a weak reference's callback: the signal is sent again here.

The import system has such a callback, so Ctrl-C in the middle of an import could be lost, and the command went on.
"""

import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from davlock.errors import Terminated
from davlock.posix import POSIX

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

PAUSE = 0.01
"""Seconds until the signal comes again: by then the callback is over."""


def keep_signals() -> None:
    """From now on no signal is dropped with the exception that it raises."""
    sys.unraisablehook = _send_again


def _send_again(dropped: "UnraisableHookArgs") -> None:
    error = dropped.exc_value
    if not isinstance(error, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    number = error.signum if isinstance(error, Terminated) else int(signal.SIGINT)
    main = threading.main_thread().ident

    def send() -> None:
        time.sleep(PAUSE)
        if not POSIX:
            signal.raise_signal(number)
        elif main is not None:
            signal.pthread_kill(main, number)

    # A signal that is raised within this hook would be dropped, too.
    threading.Thread(target=send, daemon=True).start()

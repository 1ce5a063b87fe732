"""A stderr that never makes its writer wait: what is written goes through a thread of its own.

A pipe that nobody reads is full in the end, and a write to it then lasts for ever; locks must be refreshed meanwhile.
"""

import io
import os
import queue
import signal
import sys
import threading
from typing import TextIO

MOMENT = 1.0
"""Seconds that are waited, on the way out, for what is not written yet."""


class Unread(io.TextIOBase):
    """Takes the place of ``stream``. The thread is a daemon, and holds nothing that the end of Python waits for."""

    # click writes to no stream that does not tell them.
    encoding: str = "utf-8"
    errors: str | None = "backslashreplace"

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.encoding = stream.encoding or self.encoding
        self._stream = stream
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        try:
            self._number: int | None = stream.fileno()
        except (OSError, AttributeError):
            self._number = None

    def fileno(self) -> int:
        """Of the stream: what asks for the width of the terminal asks this."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Returns at once."""
        if not isinstance(text, str):
            raise TypeError("text is written to it")
        with self._guard:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="stderr", daemon=True)
                # Signals are the main thread's.
                before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
                try:
                    thread.start()
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, before)
                self._thread = thread
        self._lines.put(text)
        return len(text)

    def written(self) -> bool:
        """Nothing more is coming: wait a moment for what is left; whether it was all written."""
        with self._guard:
            thread = self._thread
        if thread is None:
            return True
        self._lines.put(None)
        thread.join(MOMENT)
        return not thread.is_alive()

    def _work(self) -> None:
        while (text := self._lines.get()) is not None:
            try:
                self._put(text)
            except (OSError, ValueError):  # nobody will ever read it
                continue

    def _put(self, text: str) -> None:
        if self._number is None:
            self._stream.write(text)
            self._stream.flush()
            return
        # By the descriptor: the stream's own lock, held by a daemon thread, would abort Python at its end.
        data = text.encode(self.encoding, "backslashreplace")
        while data:
            data = data[os.write(self._number, data) :]


class UnreadStderr:
    """``sys.stderr`` is one within this block, and stays one where it could not be written in the end."""

    def __enter__(self) -> None:
        sys.stderr.flush()
        self._before = sys.stderr
        self._unread = Unread(sys.stderr)
        sys.stderr = self._unread

    def __exit__(self, *exc: object) -> None:
        if self._unread.written():
            sys.stderr = self._before

"""Processes of davlock that need no start: forked from one that has imported everything, and no less real.

Such a process has its own id, streams, environment and signals, and runs ``davlock/__main__.py`` from its first line.
To import all of davlock takes most of a short command's time, and some hundred tests start one.
"""

import atexit
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36
_NUMBER = 8
"""Bytes of a number on the wire."""

_SET_AT_START = ("LANG", "LANGUAGE", "LC_", "PYTHON", "MALLOC_", "LD_")
"""Variables that a Python reads once: who wants other values needs a process that starts."""


def startable(environment: Mapping[str, str]) -> bool:
    """Whether a fork can stand for a process with this environment."""
    return sys.platform == "linux" and _at_start(environment) == _at_start(os.environ)


def _at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_SET_AT_START) and name != "PYTHONPATH"  # which is only a list of folders
    }


class Forked(subprocess.Popen[bytes]):
    """``davlock arguments…``; before them stands how long it waits for the answer to LOCK, or nothing."""

    def _execute_child(self, args: list[str], *settings: Any) -> None:
        """What ``Popen`` calls once the streams are there."""
        environment = settings[5]
        pipes = settings[9:15]
        streams = (pipes[0], pipes[3], pipes[5])  # the other three are our ends
        order = {"arguments": args[1:], "answer_seconds": args[0], "folder": os.getcwd(), "environment": environment}
        self.pid = _parent(environment).fork(order, [fd if fd != -1 else n for n, fd in enumerate(streams)])
        self._child_created = True
        # Its type stubs leave it out: it closes our copies of the child's ends, as its own _execute_child does.
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class _Parent:
    """The process that everything is forked from, and our end of its line."""

    process: subprocess.Popen[bytes]
    line: socket.socket

    def fork(self, order: Mapping[str, object], streams: list[int]) -> int:
        """The id of the new process, which is a child of ours: so it can be waited for like any other."""
        text = json.dumps(order).encode()
        adopt = ctypes.CDLL(None).prctl
        adopt(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        try:
            socket.send_fds(self.line, [len(text).to_bytes(_NUMBER, "big")], streams)
            self.line.sendall(text)
            return int.from_bytes(_read(self.line, _NUMBER), "big")
        finally:
            adopt(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

    def end(self) -> None:
        """It ends when nobody is at the other end."""
        self.line.close()
        self.process.wait()


_parents: dict[bool, _Parent] = {}


def get_ready() -> None:
    """Start what processes are forked from, so that no test waits for it while a lock of a few seconds runs out."""
    if startable(os.environ):
        _parent(os.environ)


def _parent(environment: Mapping[str, str]) -> _Parent:
    """One that coverage measures, or one that it does not."""
    measured = any(name.startswith("COV") for name in environment)
    if measured not in _parents:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            # Nothing of a single test: what stands on its path would stay on everybody's.
            usual = {name: value for name, value in os.environ.items() if measured or not name.startswith("COV")}
            process = subprocess.Popen(command, env=usual, pass_fds=[theirs.fileno()])
        _parents[measured] = _Parent(process, ours)
        atexit.register(_parents[measured].end)
    return _parents[measured]


def _read(line: socket.socket, size: int) -> bytes:
    text = b""
    while len(text) < size:
        piece = line.recv(size - len(text))
        assert piece, "the process that davlock is forked from has ended"
        text += piece
    return text


# -- in the process that everything is forked from


def _import_everything() -> None:
    davlock = importlib.import_module("davlock")
    for module in pkgutil.walk_packages(davlock.__path__, "davlock."):
        if module.name != "davlock.__main__":
            importlib.import_module(module.name)
    # Ours are shared with every fork until one of them is written to, and looking for garbage writes to all.
    gc.collect()
    gc.freeze()


def _orders(line: socket.socket) -> None:
    """Returns in each new process, ready to be davlock."""
    while True:
        size, streams, _, _ = socket.recv_fds(line, _NUMBER, 3)
        if not size:
            os._exit(0)
        order = json.loads(_read(line, int.from_bytes(size, "big")))
        ours, theirs = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child == 0:
                os.close(ours)
                os.close(theirs)
                line.close()
                _become(order, streams)
                return
            os.write(theirs, child.to_bytes(_NUMBER, "big"))
            os._exit(0)
        # The child is an orphan once this is over, and then its new parent may hear of it.
        os.waitpid(between, 0)
        os.close(theirs)
        line.sendall(os.read(ours, _NUMBER))
        for fd in (ours, *streams):
            os.close(fd)


def _become(order: dict[str, Any], streams: list[int]) -> None:
    # A standard stream may be among those that came, at another place.
    kept = [os.dup(fd) for fd in streams]
    for number, fd in enumerate(kept):
        os.dup2(fd, number)
    for fd in {*kept, *streams} - {0, 1, 2}:
        os.close(fd)
    os.chdir(order["folder"])
    before = os.environ.get("PYTHONPATH")
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    if os.environ.get("PYTHONPATH", "") != (before or ""):
        sys.path[1:1] = os.environ["PYTHONPATH"].split(os.pathsep)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _stream(number, getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv[1:] = order["arguments"]
    if order["answer_seconds"]:
        from davlock.operations import lock_answer

        lock_answer.ANSWER_SECONDS = float(order["answer_seconds"])


def _stream(number: int, like: Any) -> Any:
    """As Python makes them: a terminal, and stderr, get each line when it is there."""
    return open(
        number,
        "w" if number else "r",
        encoding=like.encoding,
        errors=like.errors,
        newline="\n" if number else None,
        buffering=1 if number == 2 or os.isatty(number) else -1,
        closefd=False,
    )


if __name__ == "__main__":
    _import_everything()
    _orders(socket.socket(fileno=int(sys.argv[1])))
    # It ends as Python ends: what is not written yet is written, and threads are waited for.
    runpy.run_module("davlock", run_name="__main__", alter_sys=True)

"""davlock in a process that lacks what Windows lacks: a stand-in, since no test of this project runs on Windows.

It reads a JSON list of ``[arguments, stdin]`` and prints a list of ``[status, stdout, stderr]``. Modules that exist
only on POSIX systems cannot be imported, names that exist only there are gone, and so is /proc.
"""

import builtins
import json
import os
import select
import signal
import socket
import stat
import sys
import time
from typing import Any

# What other libraries need of this system is imported before it is taken away: they have a Windows of their own.
import httpcore  # noqa: F401
import platformdirs.unix  # noqa: F401
import rich.console  # noqa: F401

import tests.cli.forked  # noqa: F401

MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog")

NAMES: dict[Any, tuple[str, ...]] = {
    os: (
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "environb"),
        *("fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getpgid", "getpgrp", "getsid"),
        *("getuid", "killpg", "openpty", "posix_spawn", "posix_spawnp", "pread", "pwrite", "set_blocking", "setsid"),
        *("ttyname", "uname"),
    ),
    signal: (
        *("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGPIPE", "SIGQUIT", "SIGTSTP", "SIGUSR1", "SIGUSR2"),
        *("SIG_BLOCK", "SIG_SETMASK", "pthread_kill", "pthread_sigmask", "setitimer", "sigpending", "sigtimedwait"),
        "sigwait",
    ),
    select: ("PIPE_BUF", "epoll", "poll"),
    socket: ("AF_UNIX",),
    time: ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC", "clock_gettime"),
}


def take_away() -> None:
    """From now on this process has no more than one on Windows."""
    for module in MODULES:
        sys.modules[module] = None  # type: ignore[assignment]  # an import of it fails
    for place, names in NAMES.items():
        for name in names:
            if hasattr(place, name):
                delattr(place, name)
    before = builtins.open, select.select

    def without_proc(file: Any, *rest: Any, **named: Any) -> Any:
        if str(file).startswith("/proc/"):
            raise FileNotFoundError(file)
        return before[0](file, *rest, **named)

    def sockets_only(*waited: Any) -> Any:
        for one in (item for items in waited[:3] for item in items):
            number = one if isinstance(one, int) else one.fileno()
            assert stat.S_ISSOCK(os.fstat(number).st_mode), f"Windows selects no {one!r}"
        return before[1](*waited)

    builtins.open, select.select = without_proc, sockets_only


if __name__ == "__main__":
    lines = json.load(sys.stdin)
    take_away()
    from tests.cli.command import run

    done = [run(*arguments, stdin=stdin.encode(), env={"DAVLOCK_TRACEBACK": "1"}) for arguments, stdin in lines]
    json.dump([[each.code, each.out, each.err] for each in done], sys.stdout)

"""One server process from its first to its last moment.

Every server gets a session of its own and is ended by its process id, never by name. Beside it sits a guard that holds
one end of a pipe: if pytest goes away without cleaning up, even by kill -9, the pipe closes and the guard ends the
server.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_START_SECONDS = 30.0
_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.025
_LOG_TAIL_LINES = 20

# Settings of the person who runs the tests that would change what a server does.
_FOREIGN_SETTINGS = ("COVERAGE_", "COV_CORE_", "PYTEST_", "PYTHONWARNINGS", "RCLONE_")

# It is told the server's process id, and a second word once the server has been ended.
_GUARD = """
import os, signal, sys, time
words = sys.stdin.read().split()
if len(words) == 1:
    leader = int(words[0])
    try:
        os.kill(leader, signal.SIGTERM)
        for _ in range(100):
            time.sleep(0.05)
            os.killpg(leader, 0)
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


class ServerDidNotStart(Exception):
    """The server ended early or never answered: ``reason`` says which, ``log`` is the end of what it wrote."""

    def __init__(self, kind: str, reason: str, log: str) -> None:
        super().__init__(f"{kind} did not start: {reason}" + (f"\n{log}" if log else ""))
        self.kind = kind
        self.reason = reason
        self.log = log


class PortTaken(ServerDidNotStart):
    """Somebody else was faster; another port will do."""


def free_port() -> int:
    """A loopback port that the kernel will hand to nobody else for a while.

    A connection that was closed from this side leaves the port in TIME_WAIT. There the kernel no longer picks it for
    others who ask for any port, such as the next pytest worker, but a server with SO_REUSEADDR may take it.
    """
    with socket.socket() as listener, socket.socket() as client:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client.connect(listener.getsockname())
        accepted, _ = listener.accept()
        accepted.close()
        port: int = listener.getsockname()[1]
    return port


@contextlib.contextmanager
def running(kind: str, command: Sequence[str], *, port: int, directory: Path, log: Path) -> Iterator[None]:
    """Run ``command`` in ``directory``; the block is entered as soon as it answers HTTP on ``port``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_SETTINGS)}
    environment |= {"HOME": str(directory), "TMPDIR": str(directory), "LC_ALL": "C.UTF-8"}
    # Appended to, since Apache opens it a second time; a new one, since the words of an earlier attempt would mislead.
    log.unlink(missing_ok=True)
    with log.open("ab") as output, _guard() as tell_guard:
        server = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            tell_guard(f"{server.pid}\n")
            _wait_for_answer(kind, server, port, log)
            yield
        finally:
            _end(server)
            tell_guard("ended\n")


@contextlib.contextmanager
def _guard() -> Iterator[Callable[[str], None]]:
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _GUARD],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert guard.stdin is not None
    pipe = guard.stdin

    def tell(words: str) -> None:
        pipe.write(words.encode())
        pipe.flush()

    try:
        yield tell
    finally:
        pipe.close()
        guard.wait()


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(_GRACE_SECONDS)
    # Also after a leader that went in peace, or crashed: its workers are in the group and must not outlive it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _wait_for_answer(kind: str, server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    answered = False
    while time.monotonic() < deadline:
        answered = answered or _answers(port)
        # The order matters: whoever answered was not our server if ours has ended, for want of the port.
        if server.poll() is not None:
            tail = _tail(log)
            error = PortTaken if "address already in use" in tail.lower() else ServerDidNotStart
            raise error(kind, f"it ended with status {server.returncode}", tail)
        if answered:
            return
        time.sleep(_POLL_SECONDS)
    raise ServerDidNotStart(kind, f"no answer on port {port} within {_START_SECONDS:.0f} seconds", _tail(log))


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("OPTIONS", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL_LINES:])

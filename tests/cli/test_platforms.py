"""davlock on a system without what only POSIX has: it reads and writes, and names what it cannot do."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from davlock.cli.tokens import kept_token
from davlock.errors import LocalProtocolError
from davlock.ledger import Holder, Ledger, Process, State, store
from davlock.operations.recovery import why_not
from davlock.protocol.lock import Depth, LockScope, LockToken
from tests.cli.command import clean_environment
from tests.conftest import ServerFor
from tests.servers import Server

Line = tuple[list[str], str, int, str]
"""Words, stdin, the exit status, and a part of what davlock writes."""


def test_commands_without_posix(server_for: ServerFor, folder: Callable[[Server], str], tmp_path: Path) -> None:
    """One process for all of them, in the order in which a person would type them."""
    base = folder(server_for("wsgidav", auth="basic"))
    url = f"{base}report.txt"
    secret = tmp_path / "password.txt"
    secret.write_bytes(b"alice\r\n")
    by_file = ["-u", "alice", "--password-file", str(secret)]
    by_command = ["-u", "alice", "--password-command", f'"{sys.executable}" -c "print(\'alice\')"']
    bob = ["-u", "bob:bob"]
    pasted = f"PUT {url}\r\nHTTP/1.1 423 Locked\r\n\r\n"
    lines: list[Line] = [
        (["explain", "423"], "", 0, "423 Locked"),
        (["explain", "-"], pasted, 0, "REFUSED (423)"),
        (["decode", "if", "(<urn:x:1>)"], "", 0, "urn:x:1"),
        (["put", *by_file, "-", url], "first\r\n", 0, ""),
        (["lock", *by_file, "--timeout", "5m", url], "", 0, ""),
        (["diagnose", *bob, url], "", 1, "423-held-by-other"),
        (["put", *bob, "-", url], "bob's", 1, "423-held-by-other"),
        (["locks", *by_command, "-r", base], "", 0, "report.txt"),
        (["propfind", *by_command, url], "", 0, "getcontentlength"),
        (["watch", *bob, "--for", "0.2", url], "", 0, "report.txt"),
        (["ledger", "list"], "", 0, "report.txt"),
        (["ledger", "check"], "", 0, ""),
        (["cleanup", *by_file, "--all", "--yes", base], "", 0, "released"),
        (["wait", *bob, url], "", 0, ""),
        (["check", *by_file, "--select", "token-in-if", base], "", 0, ""),
        (["run", *by_file, url, "--", "true"], "", 2, "davlock run works only on Linux and macOS"),
        (["watch", *bob, "--exec", "true", url], "", 2, "--exec works only on Linux and macOS"),
        (["diagnose", "--unix-socket", "/run/x", url], "", 2, "--unix-socket works only on Linux and macOS"),
    ]
    child = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.cli.without_posix"],
        input=json.dumps([line[:2] for line in lines]),
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    assert child.returncode == 0, child.stderr
    answers = list(zip(lines, json.loads(child.stdout), strict=True))
    wrong = [
        (words, code, out, err)
        for (words, _, status, part), (code, out, err) in answers
        if code != status or part not in out + err
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_lock_of_an_unseen_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can see if a process still runs, davlock releases none of its locks unless a person names it."""
    url, token = "http://dav.example/a.txt", "urn:x:1"

    def ledger(pid: int) -> Ledger:
        process = Process(host="here", boot="", pid=pid, started="")
        return Ledger(tmp_path / "state", process=process, now=lambda: 1000.0, complain=pytest.fail)

    monkeypatch.setattr(store, "POSIX", False)
    with ledger(1) as taker, ledger(2) as later:
        run = taker.new_run()
        taker.intend(run, url, owner=None, scope=LockScope.EXCLUSIVE, depth=Depth.ZERO, kept=False)
        taker.granted(run, LockToken(token), root=None, timeout=None)
        (entry,) = later.entries(State.HELD)
        assert (later.holder(entry), taker.holder(entry)) == (Holder.UNKNOWN, Holder.RUNS)
        released = f"davlock unlock {url} --token {token}"
        unseen = "this system does not show if process 1 still runs"
        assert why_not(entry, later, kept=True) == f"{unseen}; if not: {released}"
        assert why_not(replace(entry, token=None, state=State.INTENDED), later, kept=True) == unseen
        with pytest.raises(LocalProtocolError, match=r"process 1\) may hold the lock .*; end it, or name the lock"):
            kept_token(later, url, verb="unlock", or_else="", ends=True)

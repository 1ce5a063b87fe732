"""Readers of files: settings, logins, journals, first looks, the ledger."""

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from davlock.cli.bundle_file import refuse_path
from davlock.cli.first_look import take_first_looks
from davlock.cli.password_sources import netrc_login
from davlock.cli.profiles import load_profiles
from davlock.errors import LocalProtocolError
from davlock.ledger.check import check
from davlock.ledger.salvage import count_in_index, rows_in_pages
from davlock.operations.cleanup.journal import read as read_journal
from tests.attack.fuzz.reader import Reader, expect
from tests.attack.fuzz.seeds import journals, ledgers

PASSWORD = "kanarie0Passw0rd1234"

_CONFIG = f"""[servers.work]
url = "https://dav.example/files/"
user = "alice"
password = "{PASSWORD}"
timeout = "30s"
headers = ["X-A: b"]

[servers."other one"]
url = "http://h/"
netrc = true
""".encode()

_LISTING = json.dumps(
    {
        "results": [
            {
                "locks": [
                    {
                        "url": "http://h/a",
                        "lockroot": "http://h/a",
                        "token": "urn:uuid:1",
                        "timeout": {"seconds": 600, "infinite": False, "as_sent": "Second-600"},
                        "seen_at": "2026-11-22T12:00:00Z",
                        "server_time": None,
                    }
                ]
            }
        ]
    }
).encode()


@cache
def _folder() -> Path:
    """For the file that is read; gone when the process ends."""
    return Path(tempfile.mkdtemp(prefix="davlock-fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))


def _file(data: bytes, name: str = "file") -> Path:
    path = _folder() / name
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    return path


def _hidden(read: Callable[[], object]) -> None:
    """Call it; an error must not quote the password."""
    try:
        read()
    except LocalProtocolError as error:
        expect("a password is not in the error", PASSWORD not in f"{error} {error.steps}")


def _settings(data: bytes) -> None:
    os.environ["DAVLOCK_CONFIG"] = str(_file(data))

    def read() -> None:
        for fault in load_profiles().faults:
            expect("a password is not in a fault", PASSWORD not in f"{fault.error()}")

    _hidden(read)


def _netrc(data: bytes) -> None:
    os.environ["NETRC"] = str(_file(data))
    _hidden(lambda: netrc_login("https://dav.example/a"))


def _journal(data: bytes) -> None:
    with suppress(LocalProtocolError):
        journal = read_journal(_file(data))
        expect("a release is below what was typed", all(planned.target for planned in journal.left))


def _first_look(data: bytes) -> None:
    with suppress(LocalProtocolError):
        take_first_looks(str(_file(data)))


def _ledger(data: bytes) -> None:
    for _ in rows_in_pages(data):
        pass
    count_in_index(data)


def _ledger_file(data: bytes) -> None:
    folder = _folder() / "state"
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.glob("*"):
        if left.is_file():
            left.unlink()
    _file(data, "state/ledger.sqlite")
    with suppress(LocalProtocolError):
        check(folder)


def _bundle(data: bytes) -> None:
    with suppress(LocalProtocolError):
        refuse_path(str(_file(data)))


READERS = (
    Reader(
        name="settings",
        read=_settings,
        seeds=lambda: (_CONFIG,),
        words=(
            b"[servers.",
            b"]",
            b' = "',
            b'"""',
            b"= [",
            b"{a = 1}",
            b"password_command = ",
            b"a.b.c = 1\n",
            b"# x\n",
            b"\\u0000",
        ),
        count=60_000,
    ),
    Reader(
        name="netrc",
        read=_netrc,
        seeds=lambda: (
            f"machine dav.example login alice password {PASSWORD}\n".encode(),
            f'default\nlogin "alice"\npassword {PASSWORD}\nmacdef x\n a\n\n'.encode(),
        ),
        words=(b"machine ", b"login ", b"password ", b"default", b"macdef a\n", b"account x ", b"#", b'"', b"\\"),
        count=60_000,
    ),
    Reader(
        name="journals",
        read=_journal,
        seeds=journals,
        words=(
            b'{"step": "',
            b'"n": 1',
            b"null",
            b'"decision": "release"',
            b'"url": "http://h/../b"',
            b"\n",
            b"[]",
            b"{}",
        ),
        count=60_000,
        longest=16 * 1024,
    ),
    Reader(
        name="first looks",
        read=_first_look,
        seeds=lambda: (_LISTING, _LISTING + b"\n" + _LISTING),
        words=(b'"seen_at": "', b"null", b"[", b"]", b"{}", b"1e400", b"-1", b'"Second--2"', b"+25:00"),
        count=80_000,
    ),
    Reader(name="ledger pages", read=_ledger, seeds=ledgers, count=40_000, longest=32 * 1024, growth=False),
    Reader(name="ledger file", read=_ledger_file, seeds=ledgers, count=10_000, longest=32 * 1024, growth=False),
    Reader(
        name="bundles",
        read=_bundle,
        seeds=lambda: (b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\0" * 40 + b"PK\x05\x06" + b"\0" * 18),
        words=(b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"README.txt", b"\xff\xff\xff\xff", b"PK\x06\x06"),
        count=40_000,
        growth=False,
    ),
)

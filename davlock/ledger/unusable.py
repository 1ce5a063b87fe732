"""Why a ledger cannot be used, and the command that mends it."""

import itertools
import os
import shlex
from pathlib import Path

from davlock.errors import LocalProtocolError
from davlock.ledger.database import MENDED_BY
from davlock.own_files.private import OpenToOthers, UnsafeFile

_OUR_OWN = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")
"""How SQLite's names begin for what is wrong with the disk or another process, and not with the file."""


def unusable(path: Path | None, error: Exception) -> LocalProtocolError:
    """Why the ledger at ``path`` cannot be used, and what to do, in one line.

    ``error`` is an OSError or one that sqlite3 raises: a MemoryError and a UnicodeError are of damaged files, too.
    """
    if isinstance(error, UnsafeFile):
        hint = f"{_way_out(path, error)}; or work without it: --no-ledger"
        return LocalProtocolError(f"the ledger cannot be used: {error.filename}: {error.strerror}", hint)
    if isinstance(error, OSError):
        return LocalProtocolError(
            f"the ledger {path} cannot be used: {error.strerror}", "correct that, or work without it: --no-ledger"
        )
    hint = "correct that, or work without it: --no-ledger" if is_passing(error) else MENDED_BY
    return LocalProtocolError(f"the ledger {path} cannot be used: {words_of(error)}", hint)


def _way_out(ledger: Path | None, error: UnsafeFile) -> str:
    """The command that gets davlock past a file that it must not use."""
    path = Path(error.filename)
    if isinstance(error, OpenToOthers):
        return f"close it to them: chmod go-w {shlex.quote(f'{path}/')}"
    link = path.is_symlink()
    ending = ".link" if link else ".away"
    aside = Path(f"{path}{ending}")
    for number in itertools.count(2):  # mv would write over it
        if not os.path.lexists(aside):
            break
        aside = Path(f"{path}{ending}{number}")
    what = "ledger" if ledger is not None and path in (ledger, ledger.parent) else "one"
    return (
        f"move {'the link' if link else 'it'} away: mv {shlex.quote(str(path))} {shlex.quote(str(aside))};"
        f" davlock then makes a new {what}"
    )


def is_passing(error: Exception) -> bool:
    """Returns true if it is the fault of the disk or of another process, and not damage of the file."""
    return (getattr(error, "sqlite_errorname", "") or "").startswith(_OUR_OWN)


def words_of(error: Exception) -> str:
    """What SQLite says, as a clause."""
    if isinstance(error, MemoryError):
        return "it asks for too much memory"
    return "a name in it is not text" if isinstance(error, UnicodeError) else str(error)

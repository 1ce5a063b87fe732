"""``--first-look FILE``: the time that locks showed earlier, as ``davlock locks -r`` printed it.

A plan that waits keeps its own first look in such a file, so that the command that carries it out need not wait again.
"""

import json
import math
import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from davlock.errors import LocalProtocolError
from davlock.locks.observed import Observation
from davlock.locks.renewal import TimeReading
from davlock.operations.cleanup.second_reading import LockKey, key_of
from davlock.own_files.private import make_private_folder
from davlock.render import json_v1
from davlock.render.result import LockView, Result

LIMIT = 32 * 1024 * 1024
"""Bytes of a listing that are read, some 50,000 locks: a device never ends."""

KEPT = 86_400.0
"""Seconds for which davlock keeps a first look of its own."""


def keep_first_look(views: Iterable[LockView], state: Path, now: float) -> Path | None:
    """Write what was just read of locks into a new file in ``state``; ``None`` where that is not possible.

    Files of earlier plans that are older than KEPT are removed.
    """
    folder = state / "first-looks"
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"{stamp}-{secrets.token_hex(4)}.json"
    listing = Result(target=None, locks=tuple(views))
    try:
        make_private_folder(state, may_be_linked=True)
        make_private_folder(folder)
        for old in folder.glob("*.json"):
            if old.stat().st_mtime < now - KEPT:
                old.unlink()
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(json_v1.document_pieces("locks", [listing]))
    except OSError:
        return None
    return path


def take_first_looks(path: str | None) -> dict[LockKey, TimeReading] | None:
    """From the output of ``davlock locks -r``: one JSON document, or a line for each resource. ``None``: no file."""
    if path is None:
        return None
    hint = "give what davlock locks -r --json printed"
    try:
        with open(path, "rb") as file:
            data = file.read(LIMIT + 1)
        if len(data) > LIMIT:
            raise LocalProtocolError(f"--first-look {path}: it is larger than {LIMIT // 1024 // 1024} MiB", hint)
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise LocalProtocolError(f"--first-look {path}: {why}", hint) from None
    try:
        try:
            results = json.loads(text)["results"]
        except ValueError:
            results = [json.loads(line) for line in text.splitlines() if line.strip()]
        locks = [lock for result in results for lock in result["locks"] or ()]
        return dict(entry for lock in locks for entry in _first_look(lock))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
        raise LocalProtocolError(f"--first-look {path}: it is not a listing of locks", hint) from None


def _first_look(lock: dict[str, Any]) -> Iterator[tuple[LockKey, TimeReading]]:
    """Nothing for a lock without a token or a moment: a listing without ``-r`` has no moments."""
    timeout = lock["timeout"]
    seconds, token, root = timeout["seconds"], lock["token"], lock["lockroot"] or lock["url"]
    if token is None or lock.get("seen_at") is None:
        return
    if seconds is not None and not math.isfinite(seconds):
        raise ValueError("no number of seconds")
    moment = datetime.fromisoformat(lock["seen_at"]).timestamp()
    at = lock.get("server_time")
    # Both are cut to whole seconds; our own clock may have been set since, so the server's decides.
    observation = Observation(
        sent=moment, received=moment + 1, date=datetime.fromisoformat(at) if at is not None else None
    )
    over = isinstance(timeout["as_sent"], str) and timeout["as_sent"].startswith("Second--")
    yield (
        key_of(token, root),
        TimeReading(
            seconds=0.0 if over else seconds,
            observation=observation,
            endless=timeout["infinite"] is True,
            over=over,
            as_sent=timeout["as_sent"] or "",
        ),
    )

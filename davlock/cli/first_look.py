"""``--first-look FILE``: the time that locks showed earlier, as ``davlock locks -r`` printed it."""

import json
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from davlock.errors import LocalProtocolError
from davlock.locks.observed import Observation
from davlock.locks.renewal import TimeReading
from davlock.operations.cleanup.second_reading import LockKey, key_of


def take_first_looks(path: str | None) -> dict[LockKey, TimeReading] | None:
    """From the output of ``davlock locks -r``: one JSON document, or a line for each resource. ``None``: no file."""
    if path is None:
        return None
    hint = "give what davlock locks -r --json printed"
    try:
        text = Path(path).read_text(encoding="utf-8")
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

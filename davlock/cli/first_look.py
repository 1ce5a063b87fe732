"""``--first-look FILE``: when and with how much time locks were seen before, by the output of ``davlock locks``."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from davlock.diagnosis.life import Sight
from davlock.errors import LocalProtocolError
from davlock.operations.vigil import Key, key_of


def first_looks(path: str | None) -> dict[Key, Sight]:
    """From the output of ``davlock locks``: one JSON document, or a line for each resource."""
    if path is None:
        return {}
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
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError):
        raise LocalProtocolError(f"--first-look {path}: it is no listing of locks", hint) from None


def _first_look(lock: dict[str, Any]) -> Iterator[tuple[Key, Sight]]:
    if lock["token"] is None or lock.get("seen_at") is None:
        return
    seen = datetime.fromisoformat(lock["seen_at"]).timestamp()
    # The moment is cut to a whole second.
    sight = Sight(seconds=lock["timeout"]["seconds"], sent=seen, received=seen + 1)
    yield key_of(lock["token"], lock["lockroot"] or lock["url"]), sight

"""What happened to a watched lock, for pipes: TSV and the keys of the JSON contract; and the words it is told in."""

from davlock.locks.holder_words import holder_words
from davlock.operations.changes import ChangeKind, LockChange, TrackedLock
from davlock.render.json_v1 import iso, lock
from davlock.render.result import LockView
from davlock.render.sinks import exact
from davlock.render.tsv import row

EVENT_COLUMNS = ("at", "event", "url", "owner", "token", "seconds_left", "renewal", "words")


def event_row(event: LockChange) -> str:
    """EVENT_COLUMNS."""
    held = event.held
    return row(
        (
            iso(event.at),
            event.happening.value,
            exact(event.url),
            held.owner if held else None,
            exact(held.token) if held else None,
            None if event.left is None else round(event.left),
            held.renewal.value if held else None,
            event.words,
        )
    )


def event_keys(event: LockChange, view: LockView | None) -> tuple[tuple[str, object], ...]:
    """The keys that an event adds to RESULT; ``view`` is its lock, as it is or was."""
    held = event.held
    refreshed = held.refreshed_at if held else None
    silence = held.unrenewed_for if held else None
    return (
        ("event", event.happening.value),
        ("at", iso(event.at)),
        ("why", event.words),
        ("lock", lock(view) if view is not None else None),
        ("renewal", held.renewal.value if held else None),
        ("unrenewed_for", round(silence) if silence is not None else None),
        ("seconds_left", None if event.left is None else round(event.left)),
        ("refreshed_at", iso(refreshed) if refreshed else None),
    )


def event_line(event: LockChange, time: str) -> str:
    """One event for people: ``12:00:05 CET  renewed      alice: …``."""
    who = f"{holder_of_tracked(event.held)}: " if event.held else ""
    word = "renewed" if event.happening is ChangeKind.REFRESHED else event.happening.value.replace("-", " ")
    return f"{time}  {word:<11}  {who}{event.words}"


def holder_of_tracked(held: TrackedLock) -> str:
    """Returns the name of who holds a watched lock, as a person reads it."""
    return holder_words(held.lock, mine=held.observed.mine).name

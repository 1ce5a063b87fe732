"""What was skipped and why, as lines for people."""

from collections.abc import Iterable, Iterator

from davlock.diagnosis.skipped import Skipped

NAMED = 2
"""Names in a line that stands for many notes with one reason."""


def note_lines(skipped: Iterable[Skipped]) -> Iterator[str]:
    """One line for each reason that several notes share, else one for each note."""
    names: dict[str, list[str]] = {}
    unnamed: dict[str, int] = {}
    for note in skipped:
        if note.like:
            unnamed[note.like] = unnamed.get(note.like, 0) + note.more
        elif not note.only_json:
            names.setdefault(note.why, []).append(note.what)
    for why, named in names.items():
        count = len(named) + unnamed.get(why, 0)
        if count > NAMED + 1:
            yield f"{', '.join(named[:NAMED])} and {count - NAMED} more: {why}"
        else:
            yield from (f"{name}: {why}" for name in named)

"""A line of a screen as plain text, for streams that are no terminal."""

from datetime import datetime

from davlock.diagnosis.screen import Line, StateWord
from davlock.render.local_time import local_time


def part_words(part: str | StateWord | datetime, now: datetime) -> str:
    """Returns one part of a line."""
    if isinstance(part, StateWord):
        return part.word
    return local_time(part, now) if isinstance(part, datetime) else part


def line_words(line: Line, now: datetime) -> str:
    """Returns a line, its moments in the zone of the reader."""
    return "".join(part_words(part, now) for part in line)

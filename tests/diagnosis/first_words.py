"""What a person reads first about a piece of evidence, as one text."""

from datetime import UTC, datetime

from davlock.diagnosis.build_screen import build_screen
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.judge import judge
from davlock.render.screen_words import line_words

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def first_words(evidence: Evidence) -> str:
    """How things stand, and what that means."""
    screen = build_screen(judge(evidence))
    return " ".join(filter(None, (line_words(screen.headline, NOW), line_words(screen.meaning, NOW))))

"""The words of a finding, as they go on in the sentences of a screen."""

_SMALL = frozenset(
    {
        "The",
        "A",
        "An",
        "It",
        "This",
        "That",
        "Your",
        "No",
        "Someone",
        "Nothing",
        "Another",
        "Some",
        "Too",
        "Whether",
        "There",
    }
)

SHORT = 260
"""Characters of an explanation that a screen has room for; ``--why`` shows all of it."""


def as_clause(words: str) -> str:
    """Returns a headline as it goes on behind a colon: without its capital, where that is no name, and with a stop."""
    first, blank, rest = words.partition(" ")
    return _stopped_sentence(f"{first.lower() if first in _SMALL else first}{blank}{rest}")


def sentence(words: str) -> str:
    """Returns words with a capital and a full stop."""
    return _stopped_sentence(f"{words[:1].upper()}{words[1:]}")


def _stopped_sentence(words: str) -> str:
    """``words`` with a full stop, but not behind a URL, which people copy."""
    url = "://" in words.rpartition(" ")[2]
    return words if url or words.endswith((".", "!", "?")) else f"{words}."


def in_short(explanation: str) -> str:
    """Returns the first sentences of an explanation."""
    flat = " ".join(explanation.split())
    if len(flat) <= SHORT:
        return flat
    end = max(flat.rfind(stop, 0, SHORT) for stop in (". ", "? ", "! "))
    return flat[: end + 1] if end > 0 else flat
